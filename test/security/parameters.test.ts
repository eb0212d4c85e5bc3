import fc from 'fast-check';
import request from 'supertest';
import type { RouteEntry } from '../../src/web/routes';
import { ADMIN_MODELS, actorOf, acts, type Fields, listUrl, spoils } from './support/acts';
import { dump, realChanges } from './support/dump';
import { unescapeHtml } from './support/html';
import { absentUrl, readUrl, SEARCHED } from './support/reads';
import { createWorld, SharedWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

const getsOf = (of: World): string[] =>
  (of.app.get('routes') as RouteEntry[]).filter(({ method }) => method === 'GET').map(({ path }) => path);

/** Follows the redirect of a list that left something out. */
async function list(url: string): Promise<string> {
  const sam = await world.as('sam');
  const first = await sam.get(url);
  const answer = first.status === 303 ? await sam.get(String(first.headers.location)) : first;
  expect([url, answer.status]).toEqual([url, 200]);
  return answer.text;
}

/** The titles of a list's rows, as a reader sees them. */
const titlesIn = (html: string): string[] =>
  [...html.matchAll(/<th scope="row"[^>]*>([\s\S]*?)<\/th>/g)].map(([, cell = '']) =>
    unescapeHtml(cell.replace(/<[^>]*>/g, '')).trim(),
  );

const SECRET_COLUMNS = [
  'password_hash',
  'session_epoch',
  'token_hash',
  'sid_hash',
  'data',
  'payload',
  'claimed_by',
  'hash',
];

describe('sorting and filtering', () => {
  const bad = [
    ...SECRET_COLUMNS.flatMap((column) => [
      `o=${column}`,
      `o=-${column}`,
      `${column}__exact=a`,
      `${column}__startswith=a`,
      `${column}__isnull=1`,
      `${column}__since=today`,
    ]),
    ...[
      'o=t.password_hash',
      'o=1.password_hash',
      'o=99',
      'o=0',
      'o=1.1',
      'o=-',
      'o=1;',
      'o=1,2',
      'o=1 desc',
      'o=(select 1)',
    ],
    ...['password_hash=x', 'order_by=password_hash', 'sort=password_hash&dir=desc', 'groups__id__exact=1%20or%201=1'],
    ...[
      'is_staff__exact=2',
      "is_staff__exact=1'--",
      'last_login_at__since=(select 1)',
      'created_at__year=0 union select 1',
    ],
    ...['p=-1', 'p=1e9', 'p=NaN', 'fields=password_hash', 'only=id,password_hash', 'id__in=1,2', 'pk=1'],
  ];

  it('knows only what the list declares', async () => {
    expect(bad.length).toBeGreaterThanOrEqual(40);
    const expected = titlesIn(await list(listUrl('auth.user')));
    expect(expected.length).toBeGreaterThan(5);
    for (const query of bad)
      expect([query, titlesIn(await list(`${listUrl('auth.user')}?${query}`))]).toEqual([query, expected]);
  }, 30_000);

  it('answers the same keys on every list, export and action without a fault', async () => {
    const sam = await world.as('sam');
    const wrong: string[] = [];
    for (const [index, label] of ADMIN_MODELS.entries()) {
      // Models share their handlers: each gets a quarter of the keys, and every key meets three models.
      for (const query of bad.filter((_, at) => at % 4 === index % 4)) {
        for (const place of ['', 'export/', 'action/', 'autocomplete/']) {
          const { status } = await sam.get(`${listUrl(label)}${place}?${query}`);
          if (status >= 500) wrong.push(`${label} ${place} ${query}: ${status}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('finds nothing by what is secret, and exports none of it', async () => {
    const sam = await world.as('sam');
    const { password_hash } = await world.db('auth_user').where({ id: world.ids.alice }).first('password_hash');
    for (const q of ['argon2id', String(password_hash), String(password_hash).slice(-20)]) {
      expect(titlesIn(await list(`${listUrl('auth.user')}?q=${encodeURIComponent(q)}`))).toEqual([]);
    }
    for (const label of ADMIN_MODELS) {
      for (const format of ['csv', 'json']) {
        const { text } = await sam.get(`${listUrl(label)}export/?format=${format}`).expect(200);
        expect(text).not.toMatch(/argon2|password_hash|token_hash|sid_hash|payload/);
      }
    }
    for (const field of [...SECRET_COLUMNS, 'id', 'name', '__proto__', 'users.password_hash']) {
      await sam.get(`/admin/teams/flag/autocomplete/?field=${field}&q=a`).expect(404);
    }
  });
});

describe('a search', () => {
  it('takes wildcards of SQL as they are, everywhere', async () => {
    const { db, clock } = world;
    const now = clock.now().toISOString();
    const names = ['100%', '1000', 'a_b', 'axb', 'back\\slash', 'backslash'];
    const stamps = { created_at: now, modified_at: now };
    await db('auth_group').insert(names.map((name) => ({ name, ...stamps })));
    const sam = await world.as('sam');
    const found = async (q: string) => {
      const html = await list(`${listUrl('auth.group')}?q=${encodeURIComponent(q)}`);
      return titlesIn(html)
        .filter((title) => names.includes(title))
        .sort();
    };
    expect(await found('0%')).toEqual(['100%']);
    expect(await found('a_b')).toEqual(['a_b']);
    expect(await found('k\\s')).toEqual(['back\\slash']);
    expect(await found('%')).toEqual(['100%']);
    const everywhere = await sam.get(`/admin/search/?q=${encodeURIComponent('a_b')}`).expect(200);
    const words = everywhere.text.replace(/<[^>]*>/g, '');
    expect([words.includes('a_b'), words.includes('axb')]).toEqual([true, false]);
    await db('auth_user').where({ id: world.ids.target }).update({ email: 'a%b@example.com' });
    const chosen = async (q: string) => {
      const url = `/admin/teams/flag/autocomplete/?field=users&q=${encodeURIComponent(q)}`;
      return (await sam.get(url).expect(200)).text.match(/[\w%]+@example\.com/g) ?? [];
    };
    expect(new Set(await chosen('%'))).toEqual(new Set(['a%b@example.com']));
    expect(await chosen('_')).toEqual([]);
  });
});

describe('a parameter that comes twice', () => {
  const shared = new SharedWorld();
  afterAll(() => shared.giveUp());

  it('is answered in every address', async () => {
    const sam = await world.as('sam');
    const wrong: string[] = [];
    const known = [
      'q',
      'o',
      'p',
      'all',
      'notice',
      'next',
      'field',
      'integration',
      'person',
      'person__text',
      'email',
      'name',
      '_action',
      '_ids',
      '_across',
      'format',
      'actions',
      'filter',
      '_changelist_filters',
      'staff__exact',
      'created_at__year',
    ];
    for (const path of getsOf(world).filter((each) => !/github/.test(each))) {
      const url = readUrl(world, path);
      const twice = known.map((name) => `${name}=1&${name}=2&${name}[]=3&${name}[a]=4`);
      const each = /\/(flag|user|login|interest)\//.test(path) ? twice : [];
      for (const query of [twice.join('&'), ...each]) {
        const { status } = await sam.get(`${url}${url.includes('?') ? '&' : '?'}${query}`);
        if (status >= 500) wrong.push(`${url} ${query}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('is answered in every form', async () => {
    const wrong: string[] = [];
    for (const act of acts) {
      const own = await shared.get(act.world);
      own.clock.advance(20 * 60_000); // no throttle
      const visitor = await actorOf(own, act);
      await act.prepare?.(own);
      const fields: Fields = (await act.fields?.(own, visitor)) ?? {};
      for (const name of Object.keys(fields)) {
        const value = [fields[name] ?? ''].flat()[0] ?? '';
        const { status } = await visitor.post(act.url(own), {
          ...fields,
          [name]: [value, value, 'x'],
          [`${name}[]`]: 'y',
        });
        if (status >= 500) wrong.push(`${act.route} ${name}: ${status}`);
      }
      if (spoils(act)) await own.reset();
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('nesting', () => {
  it.each([21, 1_000, 15_000, 50_000])('of %i levels is refused or taken flat, at once', async (depth) => {
    const visitor = world.visitor();
    const token = await visitor.csrfToken();
    const started = performance.now();
    const json = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    await visitor.agent.post('/login').set('X-CSRF-Token', token).type('json').send(json).expect(415);
    const name = `email${'[a]'.repeat(depth)}`;
    const form = await visitor.agent
      .post('/login')
      .set('X-CSRF-Token', token)
      .type('form')
      .send(`${name}=1&email=a&password=b`);
    expect([422, 429]).toContain(form.status);
    await visitor.get(`/login?${'[a]'.repeat(Math.min(depth, 2_000))}=1`).expect(200);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

/** Half a surrogate pair has no encoding. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%';
  }
}

describe('any address at all', () => {
  const odd = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      '99999999999999999999',
      '2147483648',
      'NaN',
      'null',
      'undefined',
      'true',
    ),
    fc.constantFrom(
      '%00',
      '%',
      '%zz',
      '..',
      '.',
      '%2e%2e',
      ';',
      "1' or '1'='1",
      '1%20union%20select',
      '🦊',
      '\u202e',
      '{{7*7}}',
      '#{7*7}',
    ),
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  const header = fc.oneof(
    fc.constantFrom('', 'a', '*', '*/*;q=nonsense', 'text/html;q=2', ', , ,', '"', "';--", 'de-'.repeat(200), '=;='),
    fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, '?')),
  );

  it('is answered with a page, never with a fault', async () => {
    const paths = getsOf(world).filter((path) => !/github/.test(path));
    const visitors = [world.visitor(), await world.as('alice'), await world.as('sam')] as const;
    const before = await dump(world.db, ['audit_entry', 'audit_head']);
    const property = fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.constantFrom(...visitors),
      odd,
      fc.array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom('q', 'o', 'p', 'next', 'id', 'field', '_ids', '_action', 'person', 'integration'),
            odd,
          ),
          odd,
        ),
        { maxLength: 4 },
      ),
      fc.dictionary(
        fc.constantFrom(
          'Accept',
          'Accept-Language',
          'HX-Request',
          'HX-Request-Type',
          'HX-Current-URL',
          'HX-Target',
          'Referer',
          'If-None-Match',
          'Range',
          'X-CSRF-Token',
          'Content-Type',
        ),
        header,
        { maxKeys: 3 },
      ),
      async (path, visitor, part, pairs, headers) => {
        const query = new URLSearchParams(pairs).toString();
        const url = `${path.replace(/:\w+/, encoded(part))}?${query}`;
        const { status, text } = await visitor.get(url).set(headers);
        expect(status).toBeLessThan(500);
        expect(text).not.toMatch(/node_modules|at \w+ \(|SqliteError|syntax error/);
      },
    );
    await fc.assert(property, { numRuns: 400 });
    expect(realChanges(before, await dump(world.db, ['audit_entry', 'audit_head']))).toEqual([]);
  }, 120_000);

  it('is answered whatever cookies come with it', async () => {
    const names = ['flagstaff', 'flagstaff-device', 'dwf_probe_flag', 'dwft_probe_flag', '__proto__', 'a b', ''];
    const cookie = fc.array(fc.tuple(fc.constantFrom(...names), header), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cookie, fc.constantFrom('/login', '/wafflejs', '/account/', '/nothing'), async (pairs, url) => {
        const sent = pairs.map(([name, value]) => `${name}=${value}`).join('; ');
        const { status } = await request(world.app).get(url).set('Cookie', sent);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  describe('with a number', () => {
    const absent = new Map<string, number>();
    beforeAll(async () => {
      const sam = await world.as('sam');
      for (const path of getsOf(world).filter((each) => each.includes(':id')))
        absent.set(path, (await sam.get(absentUrl(path) ?? '')).status);
    });

    it.each(['0', '-1', '1.5', '01', '1e3', '99999999999', '2147483648', 'abc', '1;2', '%00', '１'])(
      'has nothing at %s',
      async (id) => {
        const sam = await world.as('sam');
        expect(absent.size).toBeGreaterThan(20);
        for (const [path, status] of absent) {
          const answer = await sam.get(path.replace(':id', id));
          expect([path, answer.status]).toEqual([path, status]);
        }
      },
    );
  });
});

it('has a field to search in every place where one is expected', async () => {
  const sam = await world.as('sam');
  for (const [label, field] of Object.entries(SEARCHED))
    await sam.get(`${listUrl(label)}autocomplete/?field=${field}`).expect(200);
});
