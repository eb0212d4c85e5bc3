import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../support/redis';
import { openWriter, signIn, Watch } from './drill';
import { type Findings, milliseconds } from './findings';
import { ask } from './load';
import type { Place } from './place';
import { startServer } from './server';

const RATE = 20;

/** Row F9: Redis hangs, is shut down and comes back empty, while flags change and limits count. */
export async function redisFaults(findings: Findings, { seconds, directory, redisProgram }: Place): Promise<void> {
  const redis = await startRedis(redisProgram());
  const environment = {
    DATABASE_URL: `sqlite:${directory('database')}/drill.sqlite3`,
    FEATURE_FLAGS_STORAGE: 'redis',
    FEATURE_FLAGS_REDIS_URL: `${redis.url}/2`,
    API_RATE_PER_ADDRESS: String(RATE),
  };
  const writer = await openWriter(environment, directory('writer'));
  const server = await startServer({ ...environment, DATA_DIR: directory('server') });
  const faults = [
    { what: 'hangs', leave: async () => redis.pause(), come: async () => redis.resume() },
    { what: 'is shut down', leave: () => redis.stop(), come: () => redis.restart() },
  ];
  try {
    for (const { what, leave, come } of faults) {
      findings.heading(`F9: Redis ${what} for ${seconds} s`);
      const watch = new Watch(server, await signIn(server));
      await watch.adminAnswers();
      const from = performance.now();
      await leave();
      await change('a change while Redis is lost', watch, false);
      await isLimited();
      await sleep(Math.max(0, seconds * 1_000 - (performance.now() - from)));
      await come();
      const to = performance.now();
      await change('a change once Redis is back', watch, true);
      await watch.judge(findings, { admin: 3_000, from, to });
    }
  } finally {
    await server.stop();
    await writer.close();
    await redis.stop();
  }

  async function change(what: string, watch: Watch, on: boolean): Promise<void> {
    const began = performance.now();
    await writer.set(on);
    const wrote = performance.now() - began;
    const seen = await watch.shows(on);
    findings.expect(`${what} is seen by another process after`, milliseconds(seen), '5000 ms at most', seen <= 5_000);
    findings.expect('writing it took', milliseconds(wrote), '3000 ms at most', wrote <= 3_000);
  }

  /** Limits are counted in each process: they hold whether Redis is there or not. */
  async function isLimited(): Promise<void> {
    const asked = Array.from({ length: RATE + 10 }, () => ask(`${server.origin}/api/v1/producers/me/`));
    const refused = (await Promise.all(asked)).filter(({ status }) => status === 429).length;
    findings.expect(`of ${asked.length} requests refused by the limit`, refused, '10 at least', refused >= 10);
  }
}
