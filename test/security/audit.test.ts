import { recordAudit, verifyChain } from '../../src/audit';
import { signInByGitHub } from '../../src/auth/identities';
import { type Database, fromDbTime, inTransaction, isPostgres, type Transaction } from '../../src/db';
import { localActor } from '../../src/lib/viewer';
import type { RouteEntry } from '../../src/web/routes';
import { type TestApp, testApp } from '../support/test-app';
import { type Act, actorOf, acts, listUrl, sendAct, spoils } from './support/acts';
import { breakAudit } from './support/break';
import { dump, realChanges } from './support/dump';
import { createWorld, SharedWorld, type World } from './support/world';

interface Written {
  seq: number;
  action: string;
  object_type: string;
  object_label: string;
  actor_id: number | null;
  actor_label: string;
  address: string;
  request_id: string;
  created_at: unknown;
  after: string | null;
}

const newest = async (db: Database): Promise<number> =>
  Number((await db('audit_entry').max({ seq: 'seq' }).first())?.seq);

const since = async (db: Database, seq: number): Promise<Written[]> =>
  (await db('audit_entry').where('seq', '>', seq).orderBy('seq')) as Written[];

const named = acts.map((act, index) => ({ name: `${act.route} as in case ${index}`, act }));

describe('what a request changes', () => {
  const shared = new SharedWorld();
  afterAll(() => shared.giveUp());

  it('is told by an act for every route that can change something', async () => {
    const world = await shared.get();
    const routes = (world.app.get('routes') as RouteEntry[]).filter(({ method }) => method !== 'GET');
    const known = new Set(acts.map(({ route }) => route));
    expect(routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !known.has(route))).toEqual([]);
    expect(routes.length).toBeGreaterThan(50);
  });

  it.each(named)('is in the audit log: $name', async ({ act }) => {
    const world = await shared.get(act.world);
    const { db } = world;
    const visitor = await actorOf(world, act);
    await act.prepare?.(world);
    const fields = (await act.fields?.(world, visitor)) ?? {};
    const seq = await newest(db);
    const response = await sendAct(visitor, act, act.url(world), fields);
    expect([response.status, response.status === 422 ? response.text : '']).toEqual([act.status ?? 303, '']);
    const written = await since(db, seq);
    const { audit } = act;
    expect(written.map(({ action, object_type }) => `${action} ${object_type}`)).toEqual('none' in audit ? [] : audit);
    for (const entry of written) {
      expect(entry.actor_label).toMatch(/@example\.com$/);
      expect(entry.actor_id).not.toBeNull();
      expect(entry.address).toMatch(/127\.0\.0\.1$/);
      expect(entry.request_id).toBe(response.headers['x-request-id']);
      expect(fromDbTime(entry.created_at)).toEqual(world.clock.now());
    }
    if (spoils(act)) await world.reset();
  });
});

describe('what else is in the audit log', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world?.close());

  it('has every export with how much left', async () => {
    const sam = await world.as('sam');
    for (const label of ['auth.user', 'audit.entry', 'integrations.interest']) {
      const seq = await newest(world.db);
      await sam.get(`${listUrl(label)}export/?format=json&q=e`).expect(200);
      const [entry, ...more] = await since(world.db, seq);
      expect(more).toEqual([]);
      expect(entry).toMatchObject({ action: 'export', object_type: label, actor_label: 'sam@example.com' });
      expect(JSON.parse(entry?.after ?? '')).toMatchObject({ format: 'json', query: 'q=e' });
    }
  });

  it('has what somebody was refused: once, not every time', async () => {
    const [alice, bob] = [await world.as('alice'), await world.as('bob')];
    const seq = await newest(world.db);
    for (let time = 0; time < 3; time++) {
      await alice.get('/admin/teams/flag/').expect(404);
      await bob.get('/admin/auth/user/').expect(404);
      expect((await bob.post('/admin/auth/user/1/delete/')).status).toBe(404);
    }
    await alice.get('/no-such-page').expect(404);
    await world.visitor().get('/admin/').expect(303);
    const written = await since(world.db, seq);
    expect(written.map(({ action, actor_label, object_label }) => [action, actor_label, object_label])).toEqual([
      ['refused', 'alice@example.com', 'GET /admin/teams/flag/'],
      ['refused', 'bob@example.com', 'GET /admin/auth/user/'],
      ['refused', 'bob@example.com', 'POST /admin/auth/user/1/delete/'],
    ]);
    world.clock.advance(11 * 60_000);
    await alice.get('/admin/teams/flag/').expect(404);
    expect(await since(world.db, seq)).toHaveLength(4);
  });

  it('has every attempt to come in that failed: by password, by GitHub, at the first set-up', async () => {
    const seq = await newest(world.db);
    await world.visitor().signIn('alice@example.com', 'not the password');
    const actor = localActor('system', 'somebody signed out');
    const gitHub = { subject: '99', login: 'octo', name: '', verifiedEmail: 'alice@example.com' };
    for (const verifiedEmail of ['alice@example.com', undefined]) {
      await signInByGitHub(world.services, { ...gitHub, verifiedEmail }, actor);
    }
    await world.db('auth_user').where({ id: world.ids.alice }).update({ is_active: false });
    await signInByGitHub(world.services, { ...gitHub, subject: '77' }, actor);
    await world.db('auth_user').where({ id: world.ids.alice }).update({ is_active: true });
    const failed = (await since(world.db, seq)).map(({ action, object_label }) => `${action} ${object_label}`);
    expect(failed).toEqual(['login_failed alice@example.com', ...Array(3).fill('login_failed GitHub: octo')]);
    const open = await createWorld({ superuser: false });
    const before = await newest(open.db);
    expect((await open.visitor().post('/setup', { token: 'canary-wrong-token' })).status).toBe(403);
    const [entry] = await since(open.db, before);
    expect(entry).toMatchObject({ action: 'setup_failed', address: expect.stringMatching(/127\.0\.0\.1$/) });
    expect(JSON.stringify(entry)).not.toContain('canary');
    await open.close();
  });

  it('never has the secret of a link', async () => {
    const alice = await world.as('alice');
    world.clock.advance(11 * 60_000);
    const secret = 'S'.repeat(43);
    await alice.get(`/admin/teams/flag/${secret}/change/`).expect(404);
    const { object_label } = (await world.db('audit_entry').orderBy('seq', 'desc').first()) as Written;
    expect(object_label).toBe('GET /admin/teams/flag/…/change/');
  });
});

describe('without its entry in the audit log', () => {
  it.each([true, false])(
    'no change is kept (with a superuser: %s)',
    async (superuser) => {
      const world = await createWorld({ superuser });
      const mine = acts.filter((act) => !('none' in act.audit) && (act.world?.superuser ?? true) === superuser);
      const ready: { act: Act; send: () => Promise<{ status: number }> }[] = [];
      for (const act of mine) {
        const visitor = await actorOf(world, act);
        await act.prepare?.(world);
        await visitor.csrfToken();
        ready.push({
          act,
          send: async () => sendAct(visitor, act, act.url(world), (await act.fields?.(world, visitor)) ?? {}),
        });
      }
      await breakAudit(world.db);
      const wrong: string[] = [];
      for (const { act, send } of ready) {
        // Guesses are counted before anything is decided, so that failing is no way around the count.
        const before = await dump(world.db, ['auth_throttle']);
        const { status } = await send();
        if (status !== 500) wrong.push(`${act.route}: ${status}`);
        wrong.push(
          ...realChanges(before, await dump(world.db, ['auth_throttle'])).map((each) => `${act.route}: ${each}`),
        );
      }
      await world.close();
      expect(ready.length).toBeGreaterThan(superuser ? 40 : 0);
      expect(wrong).toEqual([]);
    },
    60_000,
  );
});

describe('the chain of entries', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
    const change = { action: 'change', objectType: 'teams.flag', objectId: 1 };
    for (let index = 1; index <= 10; index++) {
      await inTransaction(app.db, (trx) =>
        recordAudit(trx, app.clock, localActor('command', 'tests'), { ...change, objectLabel: `flag ${index}` }),
      );
    }
  });
  afterAll(() => app?.close());

  /** Does something to the log as whoever holds the database could, says what checking it finds, and takes it back. */
  async function afterTampering(tamper: (trx: Transaction) => Promise<unknown>): Promise<number[]> {
    const nothing = new Error('nothing is kept');
    let found: number[] = [];
    await app.db
      .transaction(async (trx) => {
        if (isPostgres(trx)) await trx.raw('alter table audit_entry disable trigger user');
        else for (const kind of ['update', 'delete', 'replace']) await trx.raw(`drop trigger audit_entry_no_${kind}`);
        await tamper(trx);
        found = (await verifyChain(trx)).map(({ seq }) => seq);
        throw nothing;
      })
      .catch((error: unknown) => {
        if (error !== nothing) throw error;
      });
    return found;
  }

  it('holds while nobody touches it', async () => {
    expect(await verifyChain(app.db)).toEqual([]);
    expect(await afterTampering(async () => undefined)).toEqual([]);
  });

  it.each<[string, number, (trx: Transaction) => Promise<unknown>]>([
    ['an entry that was changed', 4, (trx) => trx('audit_entry').where({ seq: 4 }).update({ object_label: 'flag 44' })],
    ['an entry that is gone', 5, (trx) => trx('audit_entry').where({ seq: 5 }).delete()],
    [
      'two entries that changed places',
      3,
      async (trx) => {
        for (const [from, to] of [
          [3, 300],
          [7, 3],
          [300, 7],
        ] as const) {
          await trx('audit_entry').where({ seq: from }).update({ seq: to });
        }
      },
    ],
    [
      'an entry that was put in between',
      6,
      async (trx) => {
        const rows = (await trx('audit_entry').where('seq', '>=', 6).orderBy('seq', 'desc')) as {
          id: number;
          seq: number;
        }[];
        for (const { id, seq } of rows)
          await trx('audit_entry')
            .where({ id })
            .update({ seq: seq + 1 });
        const { id: _, ...model } = (await trx('audit_entry').where({ seq: 5 }).first()) as Record<string, unknown>;
        await trx('audit_entry').insert({ ...model, seq: 6, object_label: 'never happened' });
      },
    ],
    ['a tail that was cut off', 9, (trx) => trx('audit_entry').where('seq', '>=', 9).delete()],
  ])('names %s', async (_what, seq, tamper) => {
    expect((await afterTampering(tamper))[0]).toBe(seq);
  });

  it('is closed to changes, whoever asks through SQL', async () => {
    const { db } = app;
    const attempts: PromiseLike<unknown>[] = [
      db('audit_entry').where({ seq: 2 }).update({ message: 'x' }),
      db('audit_entry').where({ seq: 2 }).delete(),
      isPostgres(db)
        ? db.raw('truncate audit_entry')
        : db.raw('insert or replace into audit_entry select * from audit_entry where seq = 2'),
    ];
    for (const attempt of attempts) {
      const answer = await attempt.then(
        () => 'done',
        (error: unknown) => String(error),
      );
      expect(answer).toContain('append-only');
    }
    expect(await verifyChain(db)).toEqual([]);
  });
});
