import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { RouteEntry } from '../../src/web/routes';
import { tableNames } from '../support/schema';
import { acts, type Fields } from './support/acts';
import { dump, realChanges } from './support/dump';
import { createWorld, type World } from './support/world';

/** Counts of tries are taken back, and when a session was used last is noted, whatever comes of it. */
const BESIDE = ['auth_throttle', 'audit_entry', 'audit_head'];

const UNLIMITED = { environment: { API_RATE_PER_ADDRESS: '100000' } };
const ofApi = acts.filter(({ json }) => json === true);

let world: World;
beforeAll(async () => {
  world = await createWorld(UNLIMITED);
});
afterAll(() => world?.close());

describe('a body of the API', () => {
  it('is tried at every address that takes one', () => {
    const routes = (world.app.get('routes') as RouteEntry[]).filter(({ method, api }) => api && method !== 'GET');
    expect(routes.map(({ path }) => `POST ${path}`).sort()).toEqual(ofApi.map(({ route }) => route).sort());
  });

  it.each(ofApi.map((act) => ({ name: act.route, act })))(
    'with a field that is not its own is refused by name and changes nothing: $name',
    async ({ act }) => {
      const own = await createWorld(UNLIMITED);
      const fields = ((await act.fields?.(own, own.visitor())) ?? {}) as Fields;
      const columns = new Set<string>([
        'feature_flags',
        'featureFlags',
        '__proto__',
        'constructor',
        '_csrf',
        '_method',
      ]);
      for (const table of await tableNames(own.db)) {
        for (const column of Object.keys(await own.db(table).columnInfo())) columns.add(column);
      }
      for (const name of Object.keys(fields)) columns.delete(name);
      expect(columns.size).toBeGreaterThan(100);
      const before = await dump(own.db);
      for (const name of columns) {
        const body = `{${JSON.stringify(name)}: {"ai_agents_enabled": true}, ${JSON.stringify(fields).slice(1)}`;
        const answer = await own.visitor().postJson(act.url(own), body);
        expect([name, answer.status]).toEqual([name, 422]);
        expect(answer.body.error.message).toContain(`“${name}”`);
      }
      expect(realChanges(before, await dump(own.db))).toEqual([]);
      const answer = await own.visitor().postJson(act.url(own), fields);
      expect(answer.status).toBe(act.status); // so that the others failed for their own reason
      await own.close();
    },
    60_000,
  );

  it('is answered whatever it is, and opens nothing', async () => {
    const urls = ofApi.map((act) => act.url(world));
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(null, true, 0, -1, 1e308, '', '\u0000', '🦊', [], [[]], {}, { $ne: null }, 'a'.repeat(2_000)),
    );
    const body = fc.oneof(
      value,
      fc.record({ email: value, password: value }),
      fc.record({ refresh: value }),
      fc.dictionary(fc.constantFrom('email', 'password', 'refresh', '__proto__', 'constructor'), value),
    );
    const before = await dump(world.db, BESIDE);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...urls), body, async (url, sent) => {
        const { status, text } = await world.visitor().postJson(url, JSON.stringify(sent));
        expect(status === 204 || (status >= 400 && status < 500)).toBe(true);
        expect(text).not.toMatch(/node_modules|SqliteError|"access"/);
        expect(({} as Record<string, unknown>).email).toBeUndefined();
      }),
      { numRuns: 300 },
    );
    expect(realChanges(before, await dump(world.db, BESIDE))).toEqual([]);
  }, 60_000);

  it('has 64 KB at most, after unpacking', async () => {
    const url = '/api/v1/token/refresh/';
    const fits = { refresh: 'a'.repeat(60_000) };
    expect((await world.visitor().postJson(url, fits)).status).toBe(422);
    const large = JSON.stringify({ refresh: 'a'.repeat(70_000) });
    const { body } = await world.visitor().postJson(url, large).expect(413);
    expect(body.error.message).toContain('64 KB');
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
    const before = process.memoryUsage().rss;
    const packed = world
      .visitor()
      .agent.post(url)
      .type('json')
      .set('Content-Encoding', 'gzip')
      .serialize(() => bomb as never);
    await packed.send({}).expect(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  });

  it.each([21, 1_000, 15_000])('of %i levels is refused at once', async (depth) => {
    const started = performance.now();
    const body = `{"refresh":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    await world.visitor().postJson('/api/v1/token/refresh/', body).expect(422);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
