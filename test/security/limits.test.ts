import { gzipSync } from 'node:zlib';
import { isPostgres } from '../../src/db';
import { memoryInUse } from '../support/memory';
import type { Visitor } from '../support/test-app';
import { listUrl } from './support/acts';
import { dump, realChanges } from './support/dump';
import { type RawServer, rawServer } from './support/raw';
import { createWorld, type World } from './support/world';

const MB = 1024 * 1024;

let world: World;
let sam: Visitor;
let raw: RawServer;
beforeAll(async () => {
  world = await createWorld();
  sam = await world.as('sam');
  raw = await rawServer(world.app);
});
afterAll(async () => {
  await raw?.close();
  await world?.close();
});

describe('a body', () => {
  let cookie: string;
  let token: string;
  beforeAll(async () => {
    const { headers, text } = await world.visitor().get('/login');
    cookie = /^[^;]+/.exec(String(headers['set-cookie']))?.[0] ?? '';
    token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
  });

  const head = (...headers: string[]): string =>
    [
      'POST /login HTTP/1.1',
      'Host: localhost',
      `Cookie: ${cookie}`,
      `X-CSRF-Token: ${token}`,
      'Connection: close',
      'Content-Type: application/x-www-form-urlencoded',
      ...headers,
      '',
      '',
    ].join('\r\n');

  /** As much of `a` as is asked for, never held at once. Says `now` once every sixteen megabytes. */
  async function* stream(start: string, bytes: number, chunked: boolean, now: () => void): AsyncGenerator<Buffer> {
    const piece = Buffer.alloc(64 * 1024, 'a');
    const framed = chunked
      ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
      : piece;
    yield Buffer.from(start);
    for (let sent = 0; sent < bytes; sent += piece.length) {
      yield framed;
      if (sent % (16 * MB) === 0) now();
    }
    if (chunked) yield Buffer.from('0\r\n\r\n');
  }

  it('of up to a megabyte is read, and not a byte more', async () => {
    const fields = 'email=a%40example.com&password=x&next=';
    const most = MB - fields.length;
    for (const [length, status] of [
      [most, 422],
      [most + 1, 413],
    ] as const) {
      const answer = await raw.send(
        `${head(`Content-Length: ${fields.length + length}`)}${fields}${'a'.repeat(length)}`,
      );
      expect([length, answer.status]).toEqual([length, status]);
    }
  });

  it.each([
    ['with its length', false],
    ['without one', true],
  ])(
    'of a hundred megabytes %s is refused without being kept',
    async (_how, chunked) => {
      const bytes = 100 * MB;
      const before = memoryInUse();
      let most = 0;
      const start = head(chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes}`);
      const look = () => {
        most = Math.max(most, memoryInUse() - before);
      };
      const answer = await raw.send(stream(start, bytes, chunked, look));
      expect(answer.status).toBe(413);
      expect(answer.body).toContain('more than we accept');
      expect(most).toBeLessThan(8 * MB);
    },
    30_000,
  );

  it('that unpacks to a hundred megabytes is refused while it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * MB, 'a'));
    expect(bomb.length).toBeLessThan(200 * 1024);
    const before = process.memoryUsage().rss;
    const start = Buffer.from(head('Content-Encoding: gzip', `Content-Length: ${bomb.length}`));
    const answer = await raw.send(Buffer.concat([start, bomb]));
    expect(answer.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * MB);
  }, 30_000);

  it.each(['deflate', 'br', 'gzip, gzip', 'nonsense'])('packed as %s does not get further', async (encoding) => {
    const answer = await raw.send(`${head(`Content-Encoding: ${encoding}`, 'Content-Length: 5')}a=1&b`);
    expect([400, 415]).toContain(answer.status);
  });

  it('has at most a thousand fields and five thousand values', async () => {
    const visitor = world.visitor();
    const own = await visitor.csrfToken();
    const send = async (body: string) =>
      (await visitor.agent.post('/login').set('X-CSRF-Token', own).type('form').send(body)).status;
    const names = (count: number) => Array.from({ length: count }, (_, index) => `f${index}=1`).join('&');
    expect(await send(names(1_000))).toBe(422);
    expect(await send(names(1_001))).toBe(413);
    expect(await send('a=1&'.repeat(5_001))).toBe(413);
    expect(await send('a&'.repeat(400_000))).toBe(413);
  });

  it('of somebody who may not send it is not even read', async () => {
    const before = await dump(world.db);
    const start = head('Content-Length: 104857600').replace('/login', '/admin/auth/user/add/');
    const answer = await raw.send(start);
    expect(answer.status).toBe(303);
    expect(realChanges(before, await dump(world.db))).toEqual([]);
  });

  it('comes with headers of a reasonable size', async () => {
    const answer = await raw.send(head('Content-Length: 0', `X-Long: ${'a'.repeat(20_000)}`));
    expect(answer.status).toBe(431);
  });
});

describe('a list', () => {
  const MISSING = 200_001;
  const list = listUrl('teams.missing');

  beforeAll(async () => {
    const { db } = world;
    const into = 'insert into teams_missing (kind, name, asked, created_at, modified_at)';
    const now = world.clock.now().toISOString();
    if (isPostgres(db)) {
      await db.raw(
        `${into} select 'flag', 'many_' || i, 1, ?::timestamptz, ?::timestamptz from generate_series(1, ?::int) i`,
        [now, now, MISSING],
      );
    } else {
      const numbers = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)';
      await db.raw(`${into} ${numbers} select 'flag', 'many_' || i, 1, ?, ? from n`, [MISSING, now, now]);
    }
  }, 60_000);

  const rowsOf = (html: string): number => html.match(/<th scope="row"/g)?.length ?? 0;

  it('shows a page at most, however many are asked for', async () => {
    for (const query of ['', '?all=', '?per_page=100000', '?limit=100000&page_size=100000', '?p=999999', '?q=many']) {
      const answer = await sam.get(list + query).redirects(1);
      expect(answer.status).toBe(200);
      expect(rowsOf(answer.text)).toBeLessThanOrEqual(100);
      expect(rowsOf(answer.text)).toBeGreaterThan(0);
    }
  }, 60_000);

  it('leaves as a file of a hundred thousand rows at most', async () => {
    const answer = await sam.get(`${list}export/?format=csv`);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('at most 100000 rows');
  }, 60_000);

  it('lends itself to actions on two hundred thousand at most, and on a thousand named ones', async () => {
    const across = await sam.get(`${list}action/?_action=delete_selected&_across=1`);
    expect(across.status).toBe(422);
    expect(across.text).toContain('at most 200000 missing names');
    const ids = Array.from({ length: 1_001 }, (_, index) => String(index + 1));
    const named = await sam.post(`${list}action/`, { _action: 'delete_selected', _ids: ids.join('.') });
    expect(named.status).toBe(422);
    expect(named.text).toContain('at most 1000');
    const chosen = await sam.post(list, { action: 'delete_selected', _selected_action: ids });
    expect(chosen.status).toBe(422);
    expect(Number((await world.db('teams_missing').count({ n: '*' }).first())?.n)).toBe(MISSING + 1);
  }, 60_000);

  it('saves five hundred of its rows at most', async () => {
    const rows = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`edit-${index + 1}-version`, 'x']));
    const answer = await sam.post(listUrl('teams.switch'), { ...rows, _save_list: '1' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('at most 500 rows');
  });

  it('searches for two hundred letters and eight words at most', async () => {
    const answer = await sam.get(`${list}?q=${'a'.repeat(5_000)}`);
    expect(answer.status).toBe(200);
    expect(/ name="q"[^>]* value="(a+)"/.exec(answer.text)?.[1]).toHaveLength(200);
    await sam.get(`${list}?q=${'a+'.repeat(100)}`).expect(200);
  }, 60_000);
});

describe('an object', () => {
  it('is linked to a thousand others at most', async () => {
    const users = Array.from({ length: 1_001 }, (_, index) => String(index + 1));
    const answer = await sam.post(`${listUrl('teams.flag')}add/`, {
      name: 'crowded',
      everyone: 'unknown',
      languages: '',
      users,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Choose at most 1000.');
  });

  it('has as many rows of its own as its declaration says', async () => {
    const rows = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        [`membership-${index}-user_id`, String(world.ids.dana)],
        [`membership-${index}-role`, 'member'],
      ]).flat() as [string, string][],
    );
    const form = { name: 'Crowded', slug: 'crowded', time_zone: 'UTC', ...rows };
    for (const total of ['300', '9999']) {
      const answer = await sam.post(`${listUrl('orgs.organization')}add/`, {
        ...form,
        'membership-TOTAL_FORMS': total,
      });
      expect([total, answer.status]).toEqual([total, 422]);
      expect(answer.text).toMatch(/(Keep|Send) at most \d+/);
    }
  });

  it('has texts no longer than its columns', async () => {
    for (const [label, field, longest] of [
      ['teams.flag', 'name', 100],
      ['teams.flag', 'note', 10_000],
      ['orgs.organization', 'name', 100],
      ['auth.group', 'name', 150],
      ['auth.user', 'email', 254],
    ] as const) {
      const value = field === 'email' ? `${'a'.repeat(longest)}@example.com` : 'a'.repeat(longest + 1);
      const answer = await sam.post(`${listUrl(label)}add/`, { [field]: value });
      const said = answer.text.includes(`Use at most ${longest} characters`);
      expect([label, field, answer.status, said]).toEqual([label, field, 422, true]);
    }
  });
});
