import type { Response } from 'supertest';
import { createApp } from '../../src/app';
import { isPostgres } from '../../src/db';
import type { RouteEntry } from '../../src/web/routes';
import { tableNames } from '../support/schema';
import { testApp, Visitor } from '../support/test-app';
import { actorOf, acts } from './support/acts';
import { readUrl } from './support/reads';
import { createWorld, enter, type Persona, type World } from './support/world';

/** What an answer must not tell of the inside: code, files, statements, names of tables, versions. */
const LEAKS =
  /\bat \S+ \(|\.(?:ts|js|mjs|njk|sqlite3?):\d+|node_modules|SqliteError|SQLITE_|no such table|relation "|syntax error|select .+ from|insert into|Template render|nunjucks|knex|better-sqlite|ECONN|EPIPE|\/src\/|\/views\/|Express|Node\.js/i;

/** Texts drawn at random, which may read like anything. */
const DRAWN = /(name="_csrf" value=|name="csrf-token" content=)"[^"]*"/g;

function leaksOf({ text, headers }: Response, tables: readonly string[]): string[] {
  const { 'set-cookie': _cookies, etag: _etag, ...told } = headers;
  const all = [text.replace(DRAWN, ''), ...Object.values(told)].join('\n');
  return [...(LEAKS.exec(all) ?? []), ...tables.filter((table) => all.includes(table))];
}

const getsOf = ({ app }: World): string[] =>
  (app.get('routes') as RouteEntry[])
    .filter(({ method, path }) => method === 'GET' && !/github/.test(path))
    .map(({ path }) => path);

/** Takes away what most pages need: the tables are still there, but not under their names. */
async function breakTables({ db }: World): Promise<string[]> {
  const tables = await tableNames(db);
  for (const table of tables.filter((name) => !/^auth_(user|session|group|throttle)/.test(name))) {
    await db.schema.renameTable(table, `gone_${table}`);
  }
  return tables;
}

describe.each(['development', 'test', 'production'])('an error in %s', (env) => {
  let world: World;
  let tables: string[];
  const before = process.env.NODE_ENV;
  beforeAll(async () => {
    world = await createWorld();
    const { config } = world.services;
    // Express, too, looks at the environment: where it is not set, its own last handler shows stacks.
    if (env === 'development') delete process.env.NODE_ENV;
    else process.env.NODE_ENV = env;
    const app = createApp({ ...world.services, config: { ...config, env: env as typeof config.env } });
    const visitor = () => new Visitor(app);
    const signedIn = new Map<Persona, Visitor>();
    for (const who of ['sam', 'bob', 'alice', 'charlie', 'dana'] as const) {
      signedIn.set(who, await enter({ db: world.db, visitor }, who));
    }
    world = { ...world, app, visitor, as: async (who) => signedIn.get(who) ?? visitor() };
    tables = await breakTables(world);
  }, 30_000);
  afterAll(async () => {
    process.env.NODE_ENV = before;
    await world?.close();
  });

  it('says what happened, keeps its inside to itself, and names the entry of the log', async () => {
    const sam = await world.as('sam');
    const wrong: string[] = [];
    let faults = 0;
    const look = (name: string, answer: Response): void => {
      if (answer.status < 500) return;
      faults += 1;
      const leaks = leaksOf(answer, tables);
      if (leaks.length > 0) wrong.push(`${name}: ${leaks.join(', ')}`);
      if (!answer.text.includes(String(answer.headers['x-request-id']))) wrong.push(`${name}: no reference`);
      if (!/unexpected fault|does not answer/.test(answer.text)) wrong.push(`${name}: no sentence`);
    };
    for (const path of getsOf(world)) {
      const url = readUrl(world, path);
      look(`GET ${url}`, await sam.get(url));
      look(`GET ${url} by htmx`, await sam.htmxGet(url));
      look(`GET ${url} as JSON`, await sam.get(url).set('Accept', 'application/json'));
    }
    for (const act of acts.filter(({ prepare }) => prepare === undefined)) {
      const visitor = await actorOf(world, act);
      const fields = await Promise.resolve(act.fields?.(world, visitor)).catch(() => ({}));
      look(act.route, await visitor.post(act.url(world), fields ?? {}));
    }
    expect(faults).toBeGreaterThanOrEqual(50);
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('an error of ours', () => {
  it('in a template leaves a sentence and a reference', async () => {
    const app = await testApp();
    const alice = await app.as('alice');
    app.services.templates.addFilter('timeago', () => {
      throw new Error('secret inside');
    });
    app.services.templates.addFilter('iso', () => {
      throw new Error('secret inside');
    });
    const answer = await alice.get('/account/sessions/').expect(500);
    expect(answer.text).not.toContain('secret inside');
    expect(answer.text).toContain(String(answer.headers['x-request-id']));
    await app.close();
  });
});

describe('an error of the client', () => {
  it('gets a page, a message or JSON, each with its reference, and no fault', async () => {
    const world = await createWorld();
    const { agent } = world.visitor();
    const token = await world.visitor().csrfToken();
    for (const [status, ask] of [
      [400, () => agent.get('/verify/%E0%A4%A')],
      [404, () => agent.get('/nothing')],
      [405, () => agent.trace('/')],
      [403, () => agent.post('/login').type('form').send({ _csrf: token })],
      [415, () => agent.post('/login').type('json').send('{')],
      [415, () => agent.post('/login').type('form').set('Content-Encoding', 'nonsense').send('a=1')],
      [400, () => agent.post('/login').type('form').set('Content-Encoding', 'gzip').send('a=1')],
      [413, () => agent.post('/login').type('form').send('a=1&'.repeat(6_000))],
      [421, () => agent.get('/').set('Host', 'evil.example')],
    ] as const) {
      for (const headers of [{}, { 'HX-Request': 'true' }, { Accept: 'application/json' }]) {
        const answer = await ask().set(headers);
        expect(answer.status).toBe(status);
        expect(leaksOf(answer, [])).toEqual([]);
        expect(answer.text.length + String(answer.headers['x-request-id']).length).toBeGreaterThan(40);
      }
    }
    await world.close();
  });
});

describe('what strangers may ask the server about itself', () => {
  it('is whether it is well, and nothing more', async () => {
    const world = await createWorld();
    const visitor = world.visitor();
    expect((await visitor.get('/healthz').expect(200)).text).toBe('{"status":"ok"}');
    expect((await visitor.get('/readyz').expect(200)).text).toBe('{"status":"ok"}');
    for (const path of [
      '/metrics',
      '/debug',
      '/docs',
      '/api',
      '/api-docs',
      '/swagger',
      '/status',
      '/info',
      '/env',
      '/.env',
      '/.git/config',
      '/package.json',
      '/server-status',
      '/admin/debug/',
      '/__debug__/',
    ]) {
      const { status, text } = await visitor.get(path);
      expect([path, [303, 404].includes(status)]).toEqual([path, true]);
      expect(text).not.toMatch(/"version"|"dependencies"|DATABASE_URL/);
    }
    const { db } = world;
    if (isPostgres(db)) await db.raw('select 1');
    await db.destroy();
    const down = await visitor.get('/readyz').expect(200);
    expect(down.text).toMatch(/^\{"status":"degraded"(,"snapshots":"stale")?\}$/);
    expect((await visitor.get('/healthz').expect(200)).text).toBe('{"status":"ok"}');
    await world.close();
  });

  it('is whom to tell about a weakness', async () => {
    const world = await createWorld({ environment: { SECURITY_CONTACT: 'https://flags.example/security' } });
    const text = (await world.visitor().get('/.well-known/security.txt').expect(200)).text;
    expect(text).toContain('Contact: https://flags.example/security\n');
    expect(text).toContain('Canonical: http://127.0.0.1:3000/.well-known/security.txt\n');
    const expires = new Date(/^Expires: (.+)$/m.exec(text)?.[1] ?? 0).getTime() - world.clock.now().getTime();
    expect(expires).toBeGreaterThan(170 * 86_400_000);
    expect(expires).toBeLessThan(366 * 86_400_000);
    await world.close();
    const plain = await testApp({ environment: { MAIL_FROM: 'Flagstaff <flags@corp.example>' } });
    const answer = await plain.visitor().get('/.well-known/security.txt').expect(200);
    expect(answer.text).toContain('Contact: mailto:flags@corp.example\n');
    await plain.close();
  });
});
