import type { Response } from 'supertest';
import type { RouteEntry } from '../../src/web/routes';
import { listUrl } from './support/acts';
import { dump, realChanges } from './support/dump';
import { readUrl } from './support/reads';
import { createWorld, type World } from './support/world';

const CSP = "default-src 'self';object-src 'none';base-uri 'none';frame-ancestors 'none';form-action 'self'";

/** Headers that every answer carries, whatever it answers. */
const ALWAYS: Record<string, string> = {
  'content-security-policy': CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** What of an answer's headers is not as it has to be. */
function wrongHeaders({ headers }: Response, more: Record<string, string> = {}): string[] {
  const expected = { ...ALWAYS, ...more };
  return [
    ...Object.entries(expected).flatMap(([name, value]) =>
      headers[name] === value ? [] : [`${name}: ${headers[name]}`],
    ),
    ...['x-powered-by', 'server', 'access-control-allow-origin'].filter((name) => name in headers),
    ...(headers['x-request-id'] === undefined ? ['no X-Request-Id'] : []),
  ];
}

const getsOf = ({ app }: World): string[] =>
  (app.get('routes') as RouteEntry[]).filter(({ method }) => method === 'GET').map(({ path }) => path);

/** These begin a visit to another site, which has to be remembered until it comes back. */
const LEAVES = ['/login/github', '/account/github/connect', '/integrations/github/connect/'];

/** What looking at pages does move, beside what `realChanges` knows: the log of what left and was refused. */
const MOVED = ['audit_entry', 'audit_head'];

/** More addresses of lists than the routes alone name. */
const VARIANTS = [
  '?q=probe',
  '?o=-1',
  '?all=',
  '?p=2',
  '?no_such_filter=1',
  'export/?format=csv',
  'export/?format=json',
];

const addressesOf = (world: World): string[] => [
  ...getsOf(world)
    .filter((path) => !LEAVES.includes(path))
    .map((path) => readUrl(world, path)),
  ...VARIANTS.map((variant) => listUrl('teams.flag') + variant),
  ...VARIANTS.map((variant) => listUrl('auth.user') + variant),
  '/admin/search/?q=probe',
  '/admin/?actions=everyone',
  '/onboarding/organization/?name=Another',
  '/login?notice=signed-out&next=/account/',
  '/no-such-page',
];

describe('reading', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world?.close());

  const readers = ['visitor', 'alice', 'vera', 'sam'] as const;

  describe.each(readers)('by %s', (who) => {
    /** Every address as it is answered the first time. */
    let answers: ReadonlyMap<string, Response>;
    let changes: string[];
    let written: string[];
    beforeAll(async () => {
      const visitor = who === 'visitor' ? world.visitor() : await world.as(who);
      const before = await dump(world.db, MOVED);
      const [{ seq }] = (await world.db('audit_entry').max({ seq: 'seq' })) as { seq: number }[] as [{ seq: number }];
      const first = new Map<string, Response>();
      for (const url of addressesOf(world)) first.set(url, await visitor.get(url));
      answers = first;
      // Again, and in the other ways; what Vera may see is all among what Sam may.
      const again = who === 'vera' ? [] : [...answers.keys()];
      for (const url of again) {
        await visitor.htmxGet(url);
        await visitor.agent.head(url);
      }
      for (const url of again) {
        await visitor.get(url);
        await visitor.htmxGet(url);
      }
      changes = realChanges(before, await dump(world.db, MOVED));
      const entries = world.db('audit_entry').where('seq', '>', seq).distinct('action');
      written = ((await entries) as { action: string }[]).map(({ action }) => action);
    }, 120_000);

    it('changes nothing, however often it is done', () => {
      expect(changes).toEqual([]);
      // What left in bulk and what was refused is written down.
      expect(written.filter((action) => !['export', 'refused'].includes(action))).toEqual([]);
    });

    it('always comes with the headers that keep browsers strict', async () => {
      const visitor = who === 'visitor' ? world.visitor() : await world.as(who);
      const leaving = await Promise.all(LEAVES.map(async (url) => [url, await visitor.get(url)] as const));
      const wrong = [...answers, ...leaving].flatMap(([url, answer]) =>
        wrongHeaders(answer).map((each) => `${url}: ${each}`),
      );
      expect(answers.size).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    });

    if (who === 'visitor') return;
    it('leaves no page for the next who sits at the computer', () => {
      const personal = [...answers].filter(([url]) => !/^\/(healthz|readyz|\.well-known|api)/.test(url));
      const kept = personal.filter(([, { headers }]) => headers['cache-control'] !== 'no-store');
      expect(kept.map(([url, { headers }]) => `${url}: ${headers['cache-control']}`)).toEqual([]);
    });
  });

  it('ends with nothing left in the browser', async () => {
    const left = await (await world.as('bob')).post('/logout');
    expect(left.headers['clear-site-data']).toBe('"cache", "storage"');
    expect(left.headers['cache-control']).toBe('no-store');
  });

  it('comes with them when it fails, too', async () => {
    const [visitor, alice] = [world.visitor(), await world.as('alice')];
    const { agent } = visitor;
    const answers: [number, Response][] = [
      [404, await visitor.get('/nothing')],
      [404, await alice.get('/admin/')],
      [400, await visitor.get('/verify/%E0%A4%A')],
      [421, await visitor.get('/').set('Host', 'evil.example')],
      [405, await agent.trace('/')],
      [403, await agent.post('/login').type('form').send({})],
      [415, await agent.post('/login').type('json').send('{}')],
      [
        413,
        await agent
          .post('/login')
          .type('form')
          .send(`a=${'a'.repeat(1_100_000)}`),
      ],
      [404, await visitor.get('/static/nothing.css')],
      [404, await agent.put('/login')],
      [410, await visitor.get(`/verify/${'A'.repeat(43)}`)],
      [404, await visitor.htmxGet('/nothing')],
      [404, await visitor.get('/nothing').set('Accept', 'application/json')],
    ];
    for (const [status, answer] of answers) {
      expect([answer.status, wrongHeaders(answer)]).toEqual([status, []]);
    }
  });

  it('serves files with their type, for a year, and nothing beside them', async () => {
    const visitor = world.visitor();
    const url = world.services.assets.url;
    for (const [name, type] of [
      ['app.css', 'text/css; charset=utf-8'],
      ['app.js', 'text/javascript; charset=utf-8'],
      ['favicon.svg', 'image/svg+xml'],
      ['htmx.min.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const answer = await visitor.get(url(name)).expect(200);
      expect(wrongHeaders(answer, { 'content-type': type })).toEqual([]);
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    const folder = url('').replace(/\/$/, '');
    for (const path of [
      '',
      '/',
      '/fa/',
      '/fa/package.json',
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/.env',
      '/app.js.map',
      '/htmx.js',
    ]) {
      const { status, text } = await visitor.get(folder + path);
      expect([400, 403, 404]).toContain(status);
      expect(text).not.toContain('"dependencies"');
    }
  });

  it('gives programs and downloads their exact type, so that no browser takes them for a page', async () => {
    const sam = await world.as('sam');
    const markup = '<script>alert(1)</script>';
    await world.db('teams_flag').where({ id: world.objects['teams.flag'] }).update({ note: markup });
    const list = listUrl('teams.flag');
    for (const [url, type, attached] of [
      ['/waffle_status', 'application/json; charset=utf-8', false],
      ['/wafflejs', 'text/javascript; charset=utf-8', false],
      ['/healthz', 'application/json; charset=utf-8', false],
      ['/.well-known/security.txt', 'text/plain; charset=utf-8', false],
      [`${list}export/?format=csv`, 'text/csv; charset=utf-8', true],
      [`${list}export/?format=json`, 'application/json; charset=utf-8', true],
    ] as const) {
      const answer = await sam.get(url).expect(200);
      expect(wrongHeaders(answer, { 'content-type': type })).toEqual([]);
      const disposition = String(answer.headers['content-disposition'] ?? '');
      expect(disposition).toMatch(attached ? /^attachment; filename="teams-flag-[\d-]+\.(csv|json)"$/ : /^$/);
    }
    const error = await sam
      .get(`/nothing/${encodeURIComponent(markup)}`)
      .set('Accept', 'application/json')
      .expect(404);
    expect(error.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});

describe('behind https', () => {
  it('tells browsers to stay with it for a year', async () => {
    const world = await createWorld({ environment: { BASE_URL: 'https://flags.example', TRUST_PROXY: '1' } });
    const strict = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };
    for (const url of ['/login', '/nothing', world.services.assets.url('app.css'), '/healthz', '/wafflejs']) {
      const answer = await world.visitor().get(url).set('Host', 'flags.example').set('X-Forwarded-Proto', 'https');
      expect(wrongHeaders(answer, strict)).toEqual([]);
      for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) {
        expect(cookie).toMatch(/^__Host-[\w-]+=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      }
    }
    await world.close();
  });
});
