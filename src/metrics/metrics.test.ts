import { z } from 'zod';
import { raisingSource } from '../../test/support/snapshots/raising-source';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { inTransaction } from '../db';
import { jobKind } from '../jobs';

const TOKEN = 'token-of-the-tests-of-metrics';
const environment = { METRICS_TOKEN: TOKEN };

/** A scrape: every sample by its name and labels. */
async function scrape({ visitor }: Pick<TestApp, 'visitor'>): Promise<ReadonlyMap<string, number>> {
  const { text, headers } = await visitor().bring(TOKEN).get('/metrics').expect(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = lines.map((line): [string, number] => {
    const [, name = line, value = ''] = /^([a-z_\d]+(?:\{.*\})?) (-?[\d.e+-]+|Nan)$/.exec(line) ?? [];
    expect([name, value]).toEqual([name, expect.stringMatching(/./)]);
    return [name, Number(value)];
  });
  const byName = new Map(samples);
  expect(byName.size).toBe(samples.length); // a sample that is there twice makes Prometheus refuse all of them
  return byName;
}

const requests = (samples: ReadonlyMap<string, number>, method: string, route: string, status: number) =>
  samples.get(`flagstaff_http_requests_total{method="${method}",route="${route}",status="${status}"}`);

describe('metrics', () => {
  let t: TestApp;
  let sam: Visitor;
  beforeAll(async () => {
    t = await testApp({ environment });
    sam = await t.as('sam');
  });
  afterAll(() => t?.close());

  it('are for whoever brings the token', async () => {
    for (const given of [
      undefined,
      'Bearer',
      'Bearer wrong',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN} x`,
    ]) {
      const ask = t.visitor().get('/metrics');
      const { headers, text } = await (given === undefined ? ask : ask.set('Authorization', given)).expect(401);
      expect(headers['www-authenticate']).toBe('Bearer realm="metrics"');
      expect(text).not.toContain('flagstaff_');
    }
    await t.visitor().get(`/metrics?token=${TOKEN}`).expect(401);
    await sam.get('/metrics').expect(401);
    await t.visitor().get('/metrics').set('Authorization', `bearer ${TOKEN}`).set('Host', '10.0.0.9:3000').expect(200);
  });

  it('count what flags answer', async () => {
    const name = (variant: string) =>
      `flagstaff_flag_evaluations_total{form="switch",flag="told",variant="${variant}"}`;
    const before = await scrape(t);
    expect([before.get(name('on')), before.get(name('missing'))]).toEqual([undefined, undefined]);
    t.services.flags.switchIsActive('told');
    await sam.post('/admin/teams/switch/add/', { name: 'told', active: 'on', note: '' });
    for (let times = 0; times < 3; times++) t.services.flags.switchIsActive('told');
    await t.services.usage.flush();
    t.services.flags.switchIsActive('told');
    const after = await scrape(t);
    expect([after.get(name('on')), after.get(name('missing'))]).toEqual([4, 1]);
    expect((await scrape(t)).get(name('on'))).toBe(4);
  });

  it('count requests by the pattern of their route, whatever is asked for', async () => {
    const path = `/admin/auth/user/${t.ids.alice}/change/`;
    const pattern = '/admin/auth/user/:id/change/';
    const before = await scrape(t);
    for (let times = 0; times < 4; times++) await sam.get(path).expect(200);
    for (const odd of ['/nothing', '/nothing/else?email=alice@example.com']) await t.visitor().get(odd).redirects(0);
    await t.visitor().agent.trace('/login').expect(405);
    const after = await scrape(t);
    const grew = (method: string, route: string, status: number) =>
      (requests(after, method, route, status) ?? 0) - (requests(before, method, route, status) ?? 0);
    expect(grew('GET', pattern, 200)).toBe(4);
    expect(grew('GET', '(none)', 404) + grew('GET', '(none)', 303)).toBe(2);
    expect(grew('(other)', '(none)', 405)).toBe(1);
    const labels = [...after.keys()].join('\n');
    expect(labels).not.toContain('alice');
    const counted = (samples: ReadonlyMap<string, number>) =>
      samples.get(`flagstaff_http_request_duration_seconds_count{method="GET",route="${pattern}"}`) ?? 0;
    expect(counted(after) - counted(before)).toBe(4);
  });

  it('tell the revision of what is in memory, and that it is fresh', async () => {
    const before = await scrape(t);
    await sam.post('/admin/teams/switch/add/', { name: 'one_more', active: '', note: '' });
    const after = await scrape(t);
    const revision = 'flagstaff_snapshot_revision{scope="global"}';
    expect((after.get(revision) ?? 0) - (before.get(revision) ?? 0)).toBe(1);
    expect(after.get('flagstaff_snapshot_stale{scope="global"}')).toBe(0);
    expect(after.get('flagstaff_snapshot_age_seconds{scope="global"}')).toBe(0);
    expect(after.get('flagstaff_snapshot_loaded_timestamp_seconds{scope="global"}')).toBeCloseTo(
      t.clock.now().getTime() / 1_000,
      3,
    );
  });

  it('tell what waits in the database', async () => {
    const kind = jobKind('metrics_probe', z.object({ n: z.number() }));
    const later = new Date(t.clock.now().getTime() + 3_600_000);
    await inTransaction(t.db, (trx) => t.services.jobs.enqueue(trx, kind, { n: 1 }, { runAt: later }));
    const queued = 'flagstaff_jobs{kind="metrics_probe",state="queued"}';
    const before = await scrape(t);
    expect([before.get(queued), before.get('flagstaff_database_up')]).toEqual([1, 1]);
    await t.services.jobs.stop(); // nothing takes it when it is due
    t.clock.advance(3_600_000 + 90_000);
    expect((await scrape(t)).get('flagstaff_jobs_waiting_seconds')).toBe(90);
  });

  it('tell how the process does', async () => {
    const samples = await scrape(t);
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_start_time_seconds',
    ])
      expect([name, samples.get(name)]).toEqual([name, expect.any(Number)]);
  });

  it('are there without the database, of which they say that it is away', async () => {
    await t.db.destroy();
    const samples = await scrape(t);
    expect(samples.get('flagstaff_database_up')).toBe(0);
    expect([...samples.keys()].filter((name) => /^flagstaff_(jobs|mail|events)/.test(name))).toEqual([]);
    expect(samples.get('flagstaff_snapshot_revision{scope="global"}')).toBeGreaterThan(0);
  });
});

describe('metrics of an application whose flags cannot be read', () => {
  it('say so, and for how long', async () => {
    const t = await testApp({ environment, source: raisingSource('the store is gone') });
    t.clock.advance(45_000);
    const samples = await scrape(t);
    expect(samples.get('flagstaff_snapshot_stale{scope="global"}')).toBe(1);
    expect(samples.get('flagstaff_snapshot_age_seconds{scope="global"}')).toBe(45);
    expect(samples.get('flagstaff_snapshot_errors_total{scope="global"}')).toBeGreaterThan(0);
    expect(samples.has('flagstaff_snapshot_revision{scope="global"}')).toBe(false);
    await t.close();
  });
});

describe('without a token', () => {
  it('there are no metrics', async () => {
    const t = await testApp();
    await t.visitor().get('/metrics').expect(404);
    await t.visitor().bring('').get('/metrics').expect(404);
    await t.close();
  });
});
