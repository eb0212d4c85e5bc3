import { Redis } from 'ioredis';
import pino from 'pino';
import { describeWithRedis, type RedisServer, startRedis } from '../../test/support/redis';
import { type TestClock, testApp, testClock } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { loadConfig } from '../config';
import { IntegrationStatusService, KeptStatus } from './readiness';
import { MemoryStatusCache, type StatusCache } from './status-cache';
import { RedisStatusCache } from './status-cache-redis';

const value = (checkedAt: number): KeptStatus => ({
  connected: true,
  authenticated: true,
  hasRefresh: false,
  checkedAt,
  ttl: 600,
});

interface Subject {
  readonly cache: StatusCache<KeptStatus>;
  /** Lets the time of what is kept pass. */
  pass(key: string, seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter does. */
function keepsTheContract(open: () => Promise<Subject>): void {
  let subject: Subject;
  beforeEach(async () => {
    subject = await open();
  });
  afterEach(() => subject?.close());

  it('gives back what was set, the last of it, and nothing under other keys', async () => {
    const { cache } = subject;
    expect(await cache.get('a:1')).toBeUndefined();
    await cache.set('a:1', value(1), 600);
    await cache.set('a:1', value(2), 600);
    await cache.set('b:1', value(3), 600);
    expect(await cache.get('a:1')).toEqual(value(2));
    expect(await cache.get('a')).toBeUndefined();
    for (const odd of ['__proto__', 'a*', '', 'a\n1', 'ä ☃']) {
      expect(await cache.get(odd)).toBeUndefined();
      await cache.set(odd, value(4), 600);
      expect(await cache.get(odd)).toEqual(value(4));
    }
  });

  it('keeps it for its time and no longer', async () => {
    const { cache } = subject;
    await cache.set('short', value(1), 10);
    await cache.set('long', value(1), 600);
    await subject.pass('short', 11);
    expect(await cache.get('short')).toBeUndefined();
    expect(await cache.get('long')).toEqual(value(1));
  });

  it('deletes one, also one that is not there, and keeps it anew afterwards', async () => {
    const { cache } = subject;
    await cache.set('a', value(1), 600);
    await cache.set('b', value(1), 600);
    await cache.delete('a');
    await cache.delete('never there');
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.get('b')).toEqual(value(1));
    await cache.set('a', value(2), 600);
    expect(await cache.get('a')).toEqual(value(2));
  });

  it('clears all, and keeps anew afterwards', async () => {
    const { cache } = subject;
    await Promise.all(Array.from({ length: 50 }, (_, n) => cache.set(`k${n}`, value(n), 600)));
    await cache.clear();
    expect(await Promise.all(['k0', 'k49'].map((key) => cache.get(key)))).toEqual([undefined, undefined]);
    await cache.set('k0', value(7), 600);
    expect(await cache.get('k0')).toEqual(value(7));
  });

  it('answers many at once', async () => {
    const { cache } = subject;
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
    await Promise.all(keys.map((key, n) => cache.set(key, value(n), 600)));
    expect(await Promise.all(keys.map((key) => cache.get(key)))).toEqual(keys.map((_, n) => value(n)));
  });
}

describe('the configuration', () => {
  const given = (environment: Record<string, string>) => () => loadConfig({ NODE_ENV: 'test', ...environment });

  it('names what is missing or wrong', () => {
    expect(given({ INTEGRATION_STATUS_CACHE: 'redis' })).toThrow('INTEGRATION_STATUS_REDIS_URL: needed with');
    expect(given({ INTEGRATION_STATUS_CACHE: 'disk' })).toThrow('INTEGRATION_STATUS_CACHE: expected memory or redis');
    expect(given({ INTEGRATION_STATUS_REDIS_URL: 'localhost' })).toThrow(
      'INTEGRATION_STATUS_REDIS_URL: expected redis://',
    );
    expect(given({ INTEGRATION_STATUS_TTL_SECONDS: '0' })).toThrow('INTEGRATION_STATUS_TTL_SECONDS: expected a whole');
  });
});

describe('statuses in memory', () => {
  keepsTheContract(async () => {
    const clock: TestClock = testClock();
    const cache = new MemoryStatusCache<KeptStatus>({ clock });
    return { cache, pass: async (_key, seconds) => clock.advance(seconds * 1_000), close: async () => undefined };
  });

  it('are bounded: the least used go first', async () => {
    const cache = new MemoryStatusCache<KeptStatus>({ clock: testClock(), most: 2 });
    await cache.set('a', value(1), 600);
    await cache.set('b', value(1), 600);
    cache.peek('a');
    await cache.set('c', value(1), 600);
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual([value(1), undefined, value(1)]);
  });
});

describeWithRedis()('statuses in Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let lines: string[] = [];
  const opened: RedisStatusCache<KeptStatus>[] = [];

  function open(prefix = 'flagstaff:1:status:test:'): RedisStatusCache<KeptStatus> {
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
    const cache = new RedisStatusCache<KeptStatus>({ url: server.url, prefix, schema: KeptStatus, log });
    opened.push(cache);
    return cache;
  }

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
    admin.on('error', () => undefined);
  });
  beforeEach(async () => {
    lines = [];
    await admin.flushall();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.stop()));
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.stop();
  });

  keepsTheContract(async () => {
    const cache = open();
    return {
      cache,
      // Redis has a clock of its own: what is left of the time is cut instead.
      pass: async (key, seconds) => {
        const place = `flagstaff:1:status:test:${key}`;
        const left = (await admin.ttl(place)) - seconds;
        expect(await admin.pexpire(place, Math.max(1, left * 1_000))).toBe(1);
        await until('the end of its time', async () => (await admin.exists(place)) === 0);
      },
      close: async () => undefined,
    };
  });

  it('are shared by all processes of an installation, and by nobody else', async () => {
    const [one, other, stranger] = [open(), open(), open('flagstaff:1:status:tes*:')];
    await one.set('a', value(1), 600);
    await stranger.set('a', value(2), 600);
    expect(await other.get('a')).toEqual(value(1));
    await other.delete('a');
    expect(await one.get('a')).toBeUndefined();
    await one.set('a', value(3), 600);
    await stranger.clear();
    expect(await one.get('a')).toEqual(value(3));
    expect(await stranger.get('a')).toBeUndefined();
  });

  it.each(['', '{', 'null', '{"connected":true}', '[1]', '{"connected":"yes","authenticated":1}'])(
    'count as nothing when somebody has put this there: %p',
    async (garbage) => {
      await admin.set('flagstaff:1:status:test:a', garbage);
      expect(await open().get('a')).toBeUndefined();
    },
  );

  /** A service that assesses over this cache; how often it looked is counted. */
  function serviceOver(cache: StatusCache<KeptStatus>) {
    const counts = { looks: 0 };
    const service = new IntegrationStatusService({
      providers: [{ slug: 'dropbox', name: 'Dropbox', missingCredentials: [], registration: 'a' }],
      cache,
      ttlSeconds: 600,
      clock: testClock(),
      log: pino({ level: 'silent' }),
      listConnections: async () => {
        counts.looks += 1;
        return [];
      },
      probe: async () => undefined,
    });
    return { service, counts };
  }

  it('are done without while Redis is stopped or hangs: assessed each time, said once, and kept again afterwards', async () => {
    const { service, counts } = serviceOver(open());
    const ask = () => service.assess({ id: 1, isStaff: false }, 'dropbox');
    await ask();
    await ask();
    expect(counts.looks).toBe(1);
    for (const fault of ['stop', 'hang'] as const) {
      const before = counts.looks;
      lines = [];
      if (fault === 'stop') await server.stop();
      else server.pause();
      const started = performance.now();
      for (let times = 0; times < 5; times++) expect((await ask()).blockingProblem).toBe(true);
      expect(performance.now() - started).toBeLessThan(1_000);
      expect(counts.looks).toBe(before + 5);
      expect(lines).toEqual(['Redis does not answer; integrations are assessed each time instead']);
      if (fault === 'stop') await server.restart();
      else server.resume();
      await until(
        'statuses to be kept again',
        async () => {
          const looks = counts.looks;
          await ask();
          return counts.looks === looks;
        },
        5_000,
      );
      expect(lines.filter((line) => line.includes('again'))).toHaveLength(1);
    }
  }, 15_000);

  it('carry the pages of all processes, which are shown while Redis is away, too', async () => {
    const environment = { INTEGRATION_STATUS_CACHE: 'redis', INTEGRATION_STATUS_REDIS_URL: server.url };
    const github = { GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret' };
    const t = await testApp({ environment: { ...environment, ...github } });
    const now = t.clock.now().toISOString();
    const times = { created_at: now, modified_at: now, auth_failed_at: now };
    const row = { user_id: t.ids.alice, provider: 'github', external_id: '7', access_token: 'sealed', ...times };
    await t.db('integration_connections').insert(row);
    const alice = await t.as('alice');
    const looks = () =>
      t.countQueries(async () => {
        const { text } = await alice.get('/account/').expect(200);
        expect(text.match(/id="ff-cta"/g)).toHaveLength(1);
      }, /integration_connections/);
    await looks();
    expect(await looks()).toBe(0);
    expect(await admin.keys('*')).toEqual([
      expect.stringMatching(new RegExp(`^flagstaff:1:status:[0-9a-f]{16}:[0-9a-f]{12}:github:${t.ids.alice}$`)),
    ]);
    await server.stop();
    expect(await looks()).toBe(1);
    await server.restart();
    await t.close();
  }, 15_000);

  it('that were to be deleted while Redis hung are not believed when it is back', async () => {
    const cache = open();
    await cache.set('a', value(1), 600);
    await cache.set('b', value(1), 600);
    server.pause();
    await cache.delete('a');
    expect(await cache.get('a')).toBeUndefined();
    server.resume();
    await until('Redis to answer', async () => (await cache.get('b')) !== undefined, 5_000);
    expect(await cache.get('a')).toBeUndefined();
    await until('the deletion', async () => (await admin.exists('flagstaff:1:status:test:a')) === 0, 5_000);
    await cache.set('a', value(2), 600);
    expect(await cache.get('a')).toEqual(value(2));
  }, 15_000);
});
