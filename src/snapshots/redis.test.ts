import { Redis } from 'ioredis';
import pino from 'pino';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { describeWithRedis, type RedisServer, startRedis } from '../../test/support/redis';
import { until } from '../../test/support/until';
import type { StorageConfig } from '../config';
import { type Database, inTransaction, openDatabase, type Transaction } from '../db';
import { systemClock } from '../lib/clock';
import { bumpRevision, type Snapshot, Snapshots } from '.';

const SCOPE = 'test';
const KEY = `flagstaff:1:snapshot:${SCOPE}`;
const CHANNEL = 'flagstaff:1:revisions';

/** A process that keeps notes in memory. */
interface Process {
  readonly db: Database;
  readonly snapshots: Snapshots;
  readonly notes: Snapshot<readonly string[]>;
  /** The statements that it sent for what the scope holds. */
  reads(): number;
}

describeWithRedis()('snapshots in Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let database: TestDatabase;
  const processes: Process[] = [];

  function open(storage: StorageConfig = { kind: 'redis', url: server.url }): Process {
    const db = openDatabase(database.config);
    const log = pino({ level: 'silent' });
    const snapshots = new Snapshots({ db, database: database.config, clock: systemClock, log, storage });
    let reads = 0;
    db.on('query', ({ sql }: { sql: string }) => {
      if (sql.includes('teams_switch')) reads += 1;
    });
    const notes = snapshots.part<string[], readonly string[]>({
      name: 'notes',
      scope: SCOPE,
      initial: [],
      load: (trx: Transaction) =>
        trx('teams_switch').whereNot({ name: 'producer_flags_enabled' }).orderBy('id').pluck('note'),
      schema: z.array(z.string()),
      build: (list) => list,
    });
    const opened = { db, snapshots, notes, reads: () => reads };
    processes.push(opened);
    return opened;
  }

  async function started(storage?: StorageConfig): Promise<Process> {
    const opened = open(storage);
    await opened.snapshots.start();
    return opened;
  }

  async function write({ db }: Process, note: string): Promise<void> {
    const now = new Date(0).toISOString();
    await inTransaction(db, async (trx) => {
      await trx('teams_switch').insert({ name: note, note, created_at: now, modified_at: now });
      await bumpRevision(trx, SCOPE);
    });
  }

  const follows = (process: Process, note: string, within = 5_000) =>
    until(`the note ${note}`, () => process.notes.current().includes(note), within);
  const kept = async (): Promise<string[]> => JSON.parse((await admin.hget(KEY, 'content')) ?? '{}').notes ?? [];
  const isKept = (note: string) => until(`${note} in Redis`, async () => (await kept()).includes(note), 5_000);

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
    admin.on('error', () => undefined);
  });
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const { snapshots, db } of processes.splice(0)) {
      await snapshots.stop();
      await db.destroy();
    }
    await database?.drop();
    await admin?.flushall();
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.stop();
  });

  it('are read without the database, which may be away, and follow the process that writes', async () => {
    const writer = await started();
    await write(writer, 'one');
    await isKept('one');
    const reader = open();
    await reader.db.destroy();
    await reader.snapshots.start();
    expect(reader.notes.current()).toEqual(['one']);
    await write(writer, 'two');
    await follows(reader, 'two', 1_000);
    expect(reader.reads()).toBe(0);
    const { scopes, stale, ready } = reader.snapshots.state();
    expect([scopes[0]?.from, scopes[0]?.revision, stale, ready]).toEqual(['redis', 2, false, true]);
  });

  it('are written by a command, too, which keeps nothing in memory', async () => {
    const reader = await started();
    const command = open();
    await write(command, 'by a command');
    await follows(reader, 'by a command', 2_000);
    await isKept('by a command');
  });

  it('lie in the numbered database that the address names', async () => {
    const numbered = await started({ kind: 'redis', url: `${server.url}/3` });
    await write(numbered, 'one');
    const third = new Redis(`${server.url}/3`);
    await until('the snapshot in database 3', async () => (await third.exists(KEY)) === 1);
    third.disconnect();
    expect(await admin.exists(KEY)).toBe(0);
  });

  it('are made anew from the database when they are lost, old, cut off, changed or no snapshot at all', async () => {
    const here = await started();
    const there = await started();
    await write(here, 'one');
    await isKept('one');
    const spoil: Record<string, () => Promise<unknown>> = {
      lost: () => admin.flushall(),
      'cut off': () => admin.hset(KEY, 'content', '{"notes":["o'),
      changed: () => admin.hset(KEY, 'content', '{"notes":["made up"]}', 'revision', '900'),
      'of another form': () =>
        admin.hset(KEY, {
          content: '[]',
          checksum: '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
        }),
      'without a number': () => admin.hset(KEY, 'revision', '__proto__'),
      'no snapshot': async () => {
        await admin.del(KEY);
        await admin.set(KEY, 'text');
      },
    };
    for (const [how, act] of Object.entries(spoil)) {
      await act();
      const newcomer = await started();
      expect([how, newcomer.notes.current()]).toEqual([how, ['one']]);
      await until(`what was ${how} to be mended`, async () => {
        const isHash = (await admin.type(KEY)) === 'hash';
        return isHash && (await admin.hget(KEY, 'revision')) === '1' && (await kept()).join() === 'one';
      });
      await newcomer.snapshots.stop();
    }
    for (const message of ['', '{}', '{"scope":"test","revision":-1}', '{"scope":"test","revision":"900"}', '[]']) {
      await admin.publish(CHANNEL, message);
    }
    await write(there, 'two');
    await follows(here, 'two');
    expect(here.notes.current()).toEqual(['one', 'two']);
  });

  it('follow a process that wrote to the database and never told, and count back with a restored backup', async () => {
    const reader = await started();
    const other = await started();
    const silent = await started({ kind: 'database' });
    await write(silent, 'one');
    await write(silent, 'two');
    expect(await follows(reader, 'two')).toBeLessThan(5_000);
    await isKept('two');
    await silent.db('teams_switch').where({ note: 'two' }).delete();
    await silent.db('snapshots_revision').where({ scope: SCOPE }).update({ revision: 1 });
    for (const process of [reader, other]) {
      await until('the restored notes', () => process.notes.current().join() === 'one', 8_000);
    }
    await until('the restored notes in Redis', async () => (await kept()).join() === 'one', 5_000);
  });

  it('are done without while Redis hangs or is away, and are there again when it is back', async () => {
    const here = await started();
    const there = await started();
    await write(here, 'one');
    await follows(there, 'one');
    const redis = (process: Process) => process.snapshots.state().sources[0];
    for (const [how, leave, come] of [
      ['hangs', async () => server.pause(), async () => server.resume()],
      ['is away', () => server.stop(), () => server.restart()],
    ] as const) {
      await leave();
      const began = performance.now();
      await write(here, how);
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(here.notes.current()).toContain(how);
      expect(await follows(there, how)).toBeLessThan(5_000);
      expect(here.snapshots.state()).toMatchObject({ stale: false, ready: true });
      await until('the loss to be said', () => redis(there)?.up === false, 5_000);
      expect(redis(there)?.reason).toMatch(/./);
      await come();
      await until('Redis to count again', () => redis(here)?.up === true && redis(there)?.up === true, 8_000);
      await isKept(how);
    }
  });
});
