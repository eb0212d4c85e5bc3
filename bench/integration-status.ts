import pino from 'pino';
import { IntegrationStatusService, KeptStatus } from '../src/integrations/readiness';
import { MemoryStatusCache, type StatusCache } from '../src/integrations/status-cache';
import { RedisStatusCache } from '../src/integrations/status-cache-redis';
import { systemClock } from '../src/lib/clock';
import { prepareRedis, startRedis } from '../test/support/redis';
import { getRunVariable } from '../test/support/run-state';
import { reached } from './report';
import { benchApp, type Dialect, median, report } from './support';

/** What the source document allows a status from the cache to take. */
const DOCUMENT_MS = 5;
const PROVIDERS = ['dropbox', 'basecamp', 'jira', 'slack', 'github'];
const log = pino({ level: 'silent' });

/** The service over a cache, for people of whom nobody has connected anything; it tells how often it had to look. */
function serviceOver(cache: StatusCache<KeptStatus>) {
  const counts = { looks: 0 };
  const service = new IntegrationStatusService({
    providers: PROVIDERS.map((slug) => ({ slug, name: slug, missingCredentials: [], registration: 'bench' })),
    cache,
    ttlSeconds: 600,
    clock: systemClock,
    log,
    listConnections: async () => {
      counts.looks += 1;
      return [];
    },
    probe: async () => undefined,
  });
  return { service, counts };
}

/** Milliseconds of one `assess` that the cache answers: the median of rounds in which each is waited for. */
async function assessTime(cache: StatusCache<KeptStatus>, rounds: number, each: number): Promise<number> {
  const { service, counts } = serviceOver(cache);
  const people = Array.from({ length: 200 }, (_, id) => ({ id, isStaff: false }));
  for (const person of people) await service.assessAll(person);
  const before = counts.looks;
  const taken: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = performance.now();
    for (let n = 0; n < each; n++)
      await service.assess(people[n % 200] ?? { id: 0, isStaff: false }, PROVIDERS[n % 5] ?? '');
    if (round >= 0) taken.push((performance.now() - start) / each);
  }
  if (counts.looks !== before) throw new Error('some of it did not come from the cache');
  await service.stop();
  return median(taken);
}

/** How an integration stands, from both caches; and what the line under the top bar costs a page. */
export async function integrationStatus(): Promise<void> {
  console.log('\nThe status of an integration');
  const inMemory = await assessTime(new MemoryStatusCache<KeptStatus>({ clock: systemClock }), 15, 20_000);
  report(
    'assess, from memory',
    `${(inMemory * 1_000).toFixed(2)} µs`,
    `${(DOCUMENT_MS / inMemory).toFixed(0)} times quicker than allowed`,
    `under 5 µs: ${reached(inMemory < 0.005)}`,
  );
  prepareRedis();
  if (getRunVariable('FLAGSTAFF_TEST_REDIS') === undefined) report('assess, from Redis', 'no Redis', '', '');
  else {
    const server = await startRedis();
    const cache = new RedisStatusCache<KeptStatus>({ url: server.url, prefix: 'bench:', schema: KeptStatus, log });
    const inRedis = await assessTime(cache, 9, 1_000);
    report(
      'assess, from Redis on this machine',
      `${inRedis.toFixed(3)} ms`,
      `${(DOCUMENT_MS / inRedis).toFixed(0)} times quicker than allowed`,
      `under 1 ms: ${reached(inRedis < 1)}`,
    );
    await server.stop();
  }
  for (const dialect of ['sqlite', 'postgres'] as const) await layout(dialect);
}

/** The statements and the time of a page with the base layout: for somebody whose statuses are known, and while they are not. */
async function layout(dialect: Dialect): Promise<void> {
  const t = await benchApp(dialect);
  for (const slug of PROVIDERS) t.services.flags.override('flag', `integration_${slug}_enabled`, true);
  const alice = await t.as('alice');
  const page = async () => void (await alice.get('/account/preferences/').expect(200));
  await page();
  const queries: number[] = [];
  const times: number[] = [];
  for (let n = 0; n < 40; n++) {
    const start = performance.now();
    queries.push(await t.countQueries(page, /integration_connections/));
    times.push(performance.now() - start);
  }
  const most = Math.max(...queries);
  report(
    `a page with five providers, ${dialect}`,
    `${median(times).toFixed(2)} ms`,
    `${most} statements for their statuses`,
    `none: ${reached(most === 0)}`,
  );
  await t.close();
}
