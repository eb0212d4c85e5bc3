import type { RouteEntry } from '../../src/web/routes';
import { actorOf, acts } from './support/acts';
import { dump, realChanges } from './support/dump';
import { createWorld, type World } from './support/world';

let world: World | undefined;
afterEach(() => world?.close().finally(() => (world = undefined)));

const newest = async ({ db }: World): Promise<number> =>
  (await db('audit_entry').max({ seq: 'seq' }).first())?.seq ?? 0;

interface Written {
  action: string;
  object_type: string;
  actor_label: string;
  address: string;
  user_agent: string;
  request_id: string;
  created_at: unknown;
  before: string | null;
  after: string | null;
}

const since = async ({ db }: World, seq: number): Promise<Written[]> =>
  (await db('audit_entry').where('seq', '>', seq).orderBy('seq')) as Written[];

describe('what a request changes', () => {
  it('is told by an act for every route that can change something', async () => {
    world = await createWorld();
    const routes = (world.app.get('routes') as RouteEntry[]).filter(({ method }) => method !== 'GET');
    const known = new Set(acts.map(({ route }) => route));
    expect(routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !known.has(route))).toEqual([]);
    expect(routes.length).toBeGreaterThan(50);
  });

  it.each(acts.map((act, index) => ({ ...act, name: `${act.route} (${index})` })))(
    'is in the audit log: $name',
    async (act) => {
      world = await createWorld(act.world);
      const visitor = await actorOf(world, act);
      await act.prepare?.(world);
      const fields = (await act.fields?.(world, visitor)) ?? {};
      const seq = await newest(world);
      const response = await visitor.post(act.url(world), fields);
      expect([response.status, response.status === 422 ? response.text : '']).toEqual([act.status ?? 303, '']);
      const written = await since(world, seq);
      const { audit } = act;
      expect(written.map(({ action, object_type }) => `${action} ${object_type}`)).toEqual(
        'none' in audit ? [] : audit,
      );
      for (const entry of written) {
        expect(entry.actor_label).toMatch(/@example\.com$/);
        expect(entry.address).toMatch(/127\.0\.0\.1$/);
        expect(entry.request_id).toBe(response.headers['x-request-id']);
        expect(new Date(String(entry.created_at)).getTime()).toBe(world.clock.now().getTime());
      }
    },
  );
});
