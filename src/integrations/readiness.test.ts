import pino from 'pino';
import { testClock } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { IntegrationStatusService, type KeptStatus, type ReadinessParts } from './readiness';
import { MemoryStatusCache, type StatusCache } from './status-cache';
import type { ConnectionFacts } from './strategies';

type Row = ConnectionFacts & { readonly provider: string };

const ada = { id: 1, isStaff: false };
const sam = { id: 2, isStaff: true };
const row = (provider: string, of: Partial<Row> = {}): Row => ({
  provider,
  hasAccess: true,
  hasRefresh: true,
  expiresAt: null,
  authFailedAt: null,
  ...of,
});

/** A service over connections in a map; `release` lets looks that were held go on. */
function service(options: Partial<ReadinessParts> = {}) {
  const clock = testClock(new Date('2026-11-21T12:00:00.000Z'));
  const rows = new Map<number, Row[]>();
  const counts = { looks: 0, probes: 0 };
  const held: (() => void)[] = [];
  const state = { hold: false };
  const lines: string[] = [];
  const of = new IntegrationStatusService({
    providers: [
      { slug: 'dropbox', name: 'Dropbox', missingCredentials: [], registration: 'a' },
      { slug: 'jira', name: 'Jira', missingCredentials: ['JIRA_CLIENT_ID', 'JIRA_CLIENT_SECRET'], registration: 'a' },
    ],
    cache: new MemoryStatusCache<KeptStatus>({ clock }),
    ttlSeconds: 600,
    clock,
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    listConnections: async (userId) => {
      counts.looks += 1;
      const seen = [...(rows.get(userId) ?? [])];
      if (state.hold) await new Promise<void>((resolve) => held.push(resolve));
      return seen;
    },
    probe: async () => {
      counts.probes += 1;
    },
    ...options,
  });
  const release = () => {
    state.hold = false;
    for (const go of held.splice(0)) go();
  };
  return { of, clock, rows, counts, state, release, lines };
}

describe('IntegrationStatusService.assess', () => {
  it('gives exactly the documented fields, which nobody can change and JSON can carry', async () => {
    const { of, rows } = service();
    rows.set(1, [row('dropbox')]);
    const status = await of.assess(ada, 'dropbox');
    expect(status).toEqual({
      provider: 'dropbox',
      connected: true,
      authenticated: true,
      hasRefresh: true,
      blockingProblem: false,
      reason: 'Dropbox is connected.',
      ctaLabel: null,
      ctaUrl: null,
      lastChecked: new Date('2026-11-21T12:00:00.000Z'),
      ttlSeconds: 600,
    });
    expect(Object.isFrozen(status)).toBe(true);
    expect(JSON.parse(JSON.stringify(status))).toMatchObject({ lastChecked: '2026-11-21T12:00:00.000Z' });
  });

  it.each(['', 'trello', 'toString', '__proto__'])('answers 404 for the unknown provider %p', async (slug) => {
    await expect(service().of.assess(ada, slug)).rejects.toMatchObject({ status: 404 });
  });

  it('looks once for as long as the status holds, and again afterwards', async () => {
    const { of, counts, clock } = service();
    for (let times = 0; times < 3; times++) await of.assess(ada, 'dropbox');
    expect(counts.looks).toBe(1);
    clock.advance(599_000);
    expect((await of.assess(ada, 'dropbox')).lastChecked).toEqual(new Date('2026-11-21T12:00:00.000Z'));
    clock.advance(2_000);
    expect((await of.assess(ada, 'dropbox')).lastChecked).toEqual(clock.now());
    expect(counts).toEqual({ looks: 2, probes: 0 });
  });

  it('does not outlive a token that nothing renews', async () => {
    const { of, rows, clock } = service();
    rows.set(1, [row('dropbox', { hasRefresh: false, expiresAt: new Date('2026-11-21T12:01:00Z') })]);
    expect(await of.assess(ada, 'dropbox')).toMatchObject({ authenticated: true, ttlSeconds: 60 });
    clock.advance(61_000);
    expect(await of.assess(ada, 'dropbox')).toMatchObject({ authenticated: false, ctaLabel: 'Reconnect Dropbox' });
  });

  it('runs one assessment for all who ask at once, and one look for all providers of a person', async () => {
    const { of, counts, state, release } = service();
    state.hold = true;
    const all = Promise.all(Array.from({ length: 20 }, (_, n) => of.assess(ada, n % 2 === 0 ? 'dropbox' : 'jira')));
    await Promise.resolve();
    setImmediate(release);
    expect(new Set((await all).map(({ provider }) => provider))).toEqual(new Set(['dropbox', 'jira']));
    expect(counts.looks).toBe(1);
    await of.assessAll(ada);
    expect(counts.looks).toBe(1);
  });

  it('with refresh asks the provider, once for all who want it, and replaces what was kept', async () => {
    const { of, rows, counts } = service();
    await of.assess(ada, 'dropbox');
    rows.set(1, [row('dropbox')]);
    expect((await of.assess(ada, 'dropbox')).connected).toBe(false);
    const both = await Promise.all([1, 2].map(() => of.assess(ada, 'dropbox', { refresh: true })));
    expect(both.map(({ connected }) => connected)).toEqual([true, true]);
    expect(counts).toEqual({ looks: 2, probes: 1 });
    expect((await of.assess(ada, 'dropbox')).connected).toBe(true);
    // Nobody can be asked without credentials.
    await of.assess(ada, 'jira', { refresh: true });
    expect(counts.probes).toBe(1);
  });

  it('stays with what is known when the provider fails or does not answer, and says so in the log', async () => {
    for (const probe of [() => Promise.reject(new Error('down')), () => new Promise(() => undefined)]) {
      const { of, rows, lines } = service({ probe, probeMs: 20 });
      rows.set(1, [row('dropbox')]);
      expect(await of.assess(ada, 'dropbox', { refresh: true })).toMatchObject({
        connected: true,
        blockingProblem: false,
      });
      expect(lines).toHaveLength(1);
    }
  });

  it('after a task was refused asks the provider, and keeps what the database says then', async () => {
    const { of, rows } = service({
      probe: async () => void rows.set(1, [row('dropbox', { authFailedAt: new Date() })]),
    });
    rows.set(1, [row('dropbox')]);
    expect((await of.assess(ada, 'dropbox')).blockingProblem).toBe(false);
    await of.reportAuthFailure(1, 'dropbox');
    expect(of.atHand(ada, 'dropbox')).toMatchObject({ blockingProblem: true, ctaLabel: 'Reconnect Dropbox' });
    await of.reportAuthFailure(1, 'trello');
  });

  it('rejects when the database does not answer, keeps nothing of it, and asks again', async () => {
    let fails = true;
    const { of } = service({
      listConnections: async () => {
        if (fails) throw new Error('no database');
        return [row('dropbox')];
      },
    });
    await expect(of.assess(ada, 'dropbox')).rejects.toThrow('no database');
    fails = false;
    expect((await of.assess(ada, 'dropbox')).connected).toBe(true);
  });
});

describe('what is forgotten', () => {
  it('is looked at anew, for that person alone', async () => {
    const { of, rows, counts } = service();
    await Promise.all([ada, sam].map((user) => of.assess(user, 'dropbox')));
    rows.set(1, [row('dropbox')]);
    const before = of.generation();
    void of.forget(1, 'dropbox');
    expect(of.generation()).toBeGreaterThan(before);
    expect(of.atHand(ada, 'dropbox')).toBeUndefined();
    expect(of.atHand(sam, 'dropbox')).toBeDefined();
    expect((await of.assess(ada, 'dropbox')).connected).toBe(true);
    expect(counts.looks).toBe(3);
    await of.forgetAll();
    expect(of.atHand(sam, 'dropbox')).toBeUndefined();
  });

  it('does not come back with an assessment that was under way', async () => {
    for (const forget of ['forget', 'forgetAll'] as const) {
      const { of, rows, state, release } = service();
      state.hold = true;
      const old = of.assess(ada, 'dropbox');
      await Promise.resolve();
      await Promise.resolve();
      rows.set(1, [row('dropbox')]);
      await of[forget](1, 'dropbox');
      const fresh = of.assess(ada, 'dropbox');
      setImmediate(release);
      expect((await old).connected).toBe(false);
      expect((await fresh).connected).toBe(true);
      expect((await of.assess(ada, 'dropbox')).connected).toBe(true);
    }
  });
});

describe('a cache of all processes', () => {
  it('does not keep what another one saw before a change and wrote after it', async () => {
    const clock = testClock();
    const memory = new MemoryStatusCache<KeptStatus>({ clock });
    const cache: StatusCache<KeptStatus> = {
      get: (key) => memory.get(key),
      set: (key, value, ttl) => memory.set(key, value, ttl),
      delete: (key) => memory.delete(key),
      clear: () => memory.clear(),
    };
    const here = service({ cache, longestLookMs: 5 });
    const there = service({ cache });
    there.state.hold = true;
    const late = there.of.assess(ada, 'dropbox');
    here.rows.set(1, [row('dropbox')]);
    await here.of.forget(1, 'dropbox');
    there.release();
    await late;
    await until('what was written too late is gone', async () => (await here.of.assess(ada, 'dropbox')).connected);
    await here.of.stop();
  });
});

describe('what others learn', () => {
  it('is never what only staff may know, whoever asked first', async () => {
    for (const order of [
      [sam, ada],
      [ada, sam],
    ] as const) {
      const kept: unknown[] = [];
      const cache: StatusCache<KeptStatus> = new MemoryStatusCache<KeptStatus>({ clock: testClock() });
      const set = cache.set.bind(cache);
      cache.set = (key, value, ttl) => {
        kept.push([key, value]);
        return set(key, value, ttl);
      };
      const { of } = service({ cache });
      // The same account, made staff meanwhile: what is kept must do for both.
      const seen = [];
      for (const { isStaff } of order) seen.push({ isStaff, status: await of.assess({ id: 1, isStaff }, 'jira') });
      for (const { isStaff, status } of seen) {
        expect(JSON.stringify(status).includes('JIRA_CLIENT')).toBe(isStaff);
      }
      expect(kept).toHaveLength(1);
      expect(JSON.stringify(kept)).not.toContain('JIRA_CLIENT');
    }
  });

  it('is nothing of what was kept under another registration', async () => {
    const clock = testClock();
    const cache = new MemoryStatusCache<KeptStatus>({ clock });
    const provider = (registration: string) => [
      { slug: 'dropbox', name: 'Dropbox', missingCredentials: [], registration },
    ];
    const before = service({ cache, clock, providers: provider('old') });
    await before.of.assess(ada, 'dropbox');
    const after = service({ cache, clock, providers: provider('new') });
    expect(after.of.atHand(ada, 'dropbox')).toBeUndefined();
    await after.of.assess(ada, 'dropbox');
    expect(after.counts.looks).toBe(1);
  });
});
