import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { CaptureServer } from '../../test/support/capture-server';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { addPeople } from '../../test/support/people';
import { until } from '../../test/support/until';
import { type Database, inTransaction, openDatabase } from '../db';
import { createEgress, type Egress } from '../egress';
import { systemClock } from '../lib/clock';
import { projectRoot } from '../lib/root';
import { createSender, createTracker, type Pace, postHogDelivery, type Sender, type Tracker } from './index';
import { pauseAfter } from './sender';

const API_KEY = 'phc_test_key';
const QUICK: Partial<Pace> = { pause: 20, longestPause: 80, look: 100, stop: 1_000 };

let database: TestDatabase;
let db: Database;
let alice: number;
let server: CaptureServer;
let egress: Egress;
const senders: Sender[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.config);
  alice = (await addPeople(db, new Date())).alice;
  server = await new CaptureServer().start();
  egress = createEgress({ origins: [server.url], allowPrivate: [] });
});

afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.stop();
  await egress?.close();
  await server?.stop();
  await db?.destroy();
  await database?.drop();
});

function newSender(pace: Partial<Pace> = {}, timeoutMs = 500): Sender {
  const sender = createSender({
    db,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    deliver: postHogDelivery({ egress, apiKey: API_KEY, host: server.url, timeoutMs }),
    pace: { ...QUICK, ...pace },
  });
  senders.push(sender);
  return sender;
}

/** Records `count` events, as so many clicks would. */
async function record(count: number, tracker: Tracker = createTracker({ clock: systemClock })): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (let i = 0; i < count; i++) {
      await tracker.track(trx, {
        user: { id: alice },
        event: 'integration_interest_clicked',
        properties: { integration: 'jira' },
        organization: { slug: 'acme' },
      });
    }
  });
}

const unsent = async (): Promise<number> =>
  Number((await db('analytics_event').whereNull('sent_at').count({ n: '*' }).first())?.n);
const allSent = () => until('every event to be sent', async () => (await unsent()) === 0);
const uuids = (events: { uuid: string }[]) => events.map((event) => event.uuid).sort();
const recordedUuids = async (): Promise<string[]> => uuids(await db('analytics_event').select('uuid'));

describe('recording', () => {
  it('keeps the event with its team, unsent', async () => {
    await record(1);
    const row = await db('analytics_event').first();
    expect(row).toMatchObject({ event: 'integration_interest_clicked', user_id: alice, distinct_id: String(alice) });
    expect(JSON.parse(row.properties)).toEqual({ integration: 'jira', team_slug: 'acme' });
    expect(row.sent_at).toBeNull();
  });

  it('leaves the team out when there is none', async () => {
    const tracker = createTracker({ clock: systemClock });
    await inTransaction(db, (trx) =>
      tracker.track(trx, {
        user: { id: alice },
        event: 'integration_interest_clicked',
        properties: { integration: 'slack' },
      }),
    );
    const row = await db('analytics_event').first();
    expect(JSON.parse(row.properties)).toEqual({ integration: 'slack' });
  });

  it('keeps nothing when the act itself is not kept', async () => {
    const failing = inTransaction(db, async (trx) => {
      await createTracker({ clock: systemClock }).track(trx, {
        user: { id: alice },
        event: 'integration_interest_clicked',
        properties: { integration: 'jira' },
      });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await recordedUuids()).toEqual([]);
  });
});

describe('delivery', () => {
  it('brings what was recorded to PostHog, once, compressed, under its own id and time', async () => {
    const sender = newSender();
    const tracker = createTracker({ clock: systemClock, sender });
    sender.start();
    await record(3, tracker);
    await allSent();
    expect(uuids(server.events)).toEqual(await recordedUuids());
    expect(server.batches[0]).toMatchObject({ apiKey: API_KEY, encoding: 'gzip' });
    const { created_at: createdAt } = await db('analytics_event').where('uuid', server.events[0]?.uuid).first();
    expect(server.events[0]).toMatchObject({
      event: 'integration_interest_clicked',
      distinct_id: String(alice),
      timestamp: new Date(createdAt).toISOString(),
      properties: { integration: 'jira', team_slug: 'acme', $geoip_disable: true },
    });
  });

  it('sends in batches of a bounded size', async () => {
    await record(25);
    newSender({ batch: 10 }).start();
    await allSent();
    expect(server.batches.map((batch) => batch.events.length)).toEqual([10, 10, 5]);
  });

  it('never holds up the one who records, however slow PostHog is', async () => {
    server.reaction = 'never answer';
    const sender = newSender({}, 5_000);
    const tracker = createTracker({ clock: systemClock, sender });
    sender.start();
    await record(1, tracker);
    await until('a request to hang', () => server.batches.length === 1);
    const started = performance.now();
    await record(1, tracker);
    expect(performance.now() - started).toBeLessThan(300);
    server.reaction = { status: 200 };
  });

  it('waits longer after each failure, at random between half and all of it, up to a limit', () => {
    const pace = { pause: 1_000, longestPause: 300_000 };
    const shortest = [1, 2, 3, 9, 40].map((failures) => pauseAfter(failures, pace, () => 0));
    const longest = [1, 2, 3, 9, 40].map((failures) => pauseAfter(failures, pace, () => 1));
    expect(shortest).toEqual([500, 1_000, 2_000, 128_000, 150_000]);
    expect(longest).toEqual([1_000, 2_000, 4_000, 256_000, 300_000]);
  });
});

describe('when PostHog fails', () => {
  it.each([500, 503, 429, 401, 400, 301])(
    'keeps everything through answers of %d and sends it once after',
    async (status) => {
      server.reaction = { status, headers: status === 301 ? { Location: '/elsewhere' } : {} };
      await record(3);
      newSender().start();
      await until('some refused batches', () => server.batches.length >= 3);
      expect(await unsent()).toBe(3);
      expect((await db('analytics_event').whereNotNull('last_error').first()).last_error).toContain(String(status));
      server.reaction = { status: 200 };
      await allSent();
      expect(uuids(server.events)).toEqual(await recordedUuids());
    },
  );

  it('keeps everything while nobody listens, and sends it when somebody does', async () => {
    await server.stop();
    await record(2);
    newSender().start();
    await until('a failed attempt', async () => (await db('analytics_event').max({ n: 'attempts' }).first())?.n >= 2);
    await server.start();
    await allSent();
    expect(uuids(server.events)).toEqual(await recordedUuids());
  });

  it('keeps everything when the connection breaks or the answer does not come in time', async () => {
    server.reaction = 'drop the connection';
    await record(2);
    newSender({}, 50).start();
    await until('broken connections', () => server.batches.length >= 2);
    server.reaction = 'never answer';
    const before = server.batches.length;
    await until('time-outs', () => server.batches.length >= before + 2);
    server.reaction = { status: 200 };
    await allSent();
    expect(uuids(server.events)).toEqual(await recordedUuids());
  });

  it('makes no storm: pokes do not shorten the pause', async () => {
    server.reaction = { status: 503 };
    const sender = newSender({ pause: 400, longestPause: 400 });
    const tracker = createTracker({ clock: systemClock, sender });
    sender.start();
    await record(1, tracker);
    await until('the first refusal', () => server.batches.length === 1);
    for (let i = 0; i < 20; i++) await record(1, tracker);
    await sleep(100);
    expect(server.batches.length).toBeLessThanOrEqual(2);
  });

  it('waits as long as PostHog asks for', async () => {
    server.reaction = { status: 429, headers: { 'Retry-After': '1' } };
    await record(1);
    newSender({ longestPause: 5_000 }).start();
    await until('the refusal', () => server.batches.length === 1);
    server.reaction = { status: 200 };
    await allSent();
    const [first, second] = server.batches;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it('lets the others through when one event is what PostHog refuses', async () => {
    await record(5);
    const [bad] = await db('analytics_event').orderBy('id').limit(1);
    server.reaction = (batch) => ({ status: batch.events.some((event) => event.uuid === bad.uuid) ? 400 : 200 });
    newSender().start();
    await until('the other four', async () => (await unsent()) === 1);
    expect(uuids(server.events)).toEqual((await recordedUuids()).filter((uuid) => uuid !== bad.uuid));
  });
});

describe('stopping and starting', () => {
  it('sends the rest on an orderly stop', async () => {
    const sender = newSender({ look: 60_000 });
    sender.start();
    await sleep(50); // the first look finds nothing
    await record(3); // nobody pokes
    await sender.stop();
    expect(await unsent()).toBe(0);
  });

  it('stops in time while PostHog hangs, and the next start sends what was left', async () => {
    server.reaction = 'never answer';
    await record(2);
    const sender = newSender({ stop: 200 }, 60_000);
    sender.start();
    await until('a request to hang', () => server.batches.length === 1);
    const started = performance.now();
    await sender.stop();
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(await unsent()).toBe(2);
    server.reaction = { status: 200 };
    newSender().start();
    await allSent();
    expect(uuids(server.events)).toEqual(await recordedUuids());
  });

  it('stops at once while it waits after a failure', async () => {
    server.reaction = { status: 503 };
    await record(1);
    const sender = newSender({ pause: 60_000, longestPause: 60_000 });
    sender.start();
    await until('the failure to be noted', async () => (await db('analytics_event').first()).last_error !== null);
    const started = performance.now();
    await sender.stop();
    expect(performance.now() - started).toBeLessThan(500);
    expect(await unsent()).toBe(1);
  });

  it('sends nothing twice across an orderly restart', async () => {
    await record(4);
    const first = newSender();
    first.start();
    await allSent();
    await first.stop();
    newSender().start();
    await record(1);
    await allSent();
    expect(server.events).toHaveLength(5);
    expect(new Set(uuids(server.events)).size).toBe(5);
  });

  it('shares the work between several processes without sending anything twice', async () => {
    await record(60);
    const pool = [1, 2, 3].map(() => openDatabase(database.config));
    for (const connection of pool) {
      const sender = createSender({
        db: connection,
        clock: systemClock,
        log: pino({ level: 'silent' }),
        deliver: postHogDelivery({ egress, apiKey: API_KEY, host: server.url }),
        pace: { ...QUICK, batch: 4 },
      });
      senders.push(sender);
      sender.start();
    }
    await allSent();
    for (const sender of senders.splice(0)) await sender.stop();
    for (const connection of pool) await connection.destroy();
    expect(uuids(server.events)).toEqual(await recordedUuids());
  });

  it('survives being killed in the middle: what was in the air goes again under the same id', async () => {
    await record(3);
    server.reaction = { status: 200, afterMs: 60_000 };
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/send-events.ts'], {
      cwd: projectRoot,
      env: {
        PATH: process.env.PATH,
        TEST_DATABASE: JSON.stringify(database.config),
        TEST_POSTHOG: server.url,
        TEST_CLAIM_MS: '400',
      },
      stdio: 'inherit',
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await until('the child to have a request in the air', () => server.batches.length === 1, 12_000);
    child.kill('SIGKILL');
    await ended;
    expect(await unsent()).toBe(3);
    server.reaction = { status: 200 };
    newSender().start();
    await allSent();
    expect(uuids(server.events)).toEqual(await recordedUuids());
    expect(server.events.map((event) => event.timestamp)).toEqual(server.batches[0]?.events.map((e) => e.timestamp));
  });
});
