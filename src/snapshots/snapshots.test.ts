import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pino, { type Logger } from 'pino';
import { createTestDatabase, onServer, type TestDatabase } from '../../test/support/databases';
import { until } from '../../test/support/until';
import { type Database, inTransaction, openDatabase, type Transaction } from '../db';
import { systemClock } from '../lib/clock';
import { bumpRevision, type SnapshotPace, Snapshots } from '.';

const SCOPE = 'test';

/** What the tests keep in memory: the notes of the switches they made, read in two statements. */
const load = async (trx: Transaction): Promise<string[]> => {
  await trx('teams_flag').count();
  return trx('teams_switch').whereNot({ name: 'producer_flags_enabled' }).orderBy('name').pluck('note');
};

let database: TestDatabase;
const opened: { snapshots: Snapshots; db: Database }[] = [];

function open(options: { pace?: Partial<SnapshotPace>; log?: Logger } = {}) {
  const db = openDatabase(database.config);
  const { pace, log = pino({ level: 'silent' }) } = options;
  const snapshots = new Snapshots({
    db,
    database: database.config,
    clock: systemClock,
    log,
    ...(pace ? { pace } : {}),
  });
  opened.push({ snapshots, db });
  return { db, snapshots };
}

async function write(db: Database, name: string, note: string): Promise<void> {
  const now = new Date(0).toISOString();
  await inTransaction(db, async (trx) => {
    await trx('teams_switch')
      .insert({ name, note, created_at: now, modified_at: now })
      .onConflict('name')
      .merge(['note']);
    await bumpRevision(trx, SCOPE);
  });
}

/** A log that keeps what is said at `warn` and above. */
function listeningLog() {
  const lines: string[] = [];
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { log, lines };
}

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const { snapshots, db } of opened.splice(0)) {
    await snapshots.stop();
    await db.destroy();
  }
  await database.drop();
});

describe('a snapshot', () => {
  it('is the default before the first load, and all of it afterwards', async () => {
    const { db, snapshots } = open();
    await write(db, 'a', 'one');
    const source = snapshots.register(SCOPE, { initial: ['default'], load });
    expect(source.current()).toEqual(['default']);
    expect(source.status()).toMatchObject({ scope: SCOPE, revision: undefined, loadedAt: undefined, stale: false });
    await snapshots.start();
    expect(source.current()).toEqual(['one']);
    expect(source.status()).toMatchObject({ revision: 1, stale: false });
  });

  it('has changed when the write call returns', async () => {
    const { db, snapshots } = open();
    const source = snapshots.register(SCOPE, { initial: [], load });
    await snapshots.start();
    await write(db, 'a', 'one');
    expect(source.current()).toEqual(['one']);
    await write(db, 'a', 'two');
    expect(source.current()).toEqual(['two']);
    expect(source.status().revision).toBe(2);
  });

  it('stays as it is when the write is rolled back', async () => {
    const { db, snapshots } = open();
    const source = snapshots.register(SCOPE, { initial: [], load });
    await snapshots.start();
    const failed = inTransaction(db, async (trx) => {
      await bumpRevision(trx, SCOPE);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(source.status().revision).toBe(0);
  });

  it('follows a write of another process within a second', async () => {
    const here = open();
    const there = open();
    const source = here.snapshots.register(SCOPE, { initial: [], load });
    await here.snapshots.start();
    for (const note of ['one', 'two', 'three']) {
      await write(there.db, 'a', note);
      const waited = await until(`the note ${note}`, () => source.current()[0] === note);
      expect(waited).toBeLessThan(1_000);
    }
  });

  it('is loaded once for one change, and only where its own scope changed', async () => {
    const { db, snapshots } = open();
    let loads = 0;
    let others = 0;
    snapshots.register(SCOPE, { initial: 0, load: async () => ++loads });
    snapshots.register('other', { initial: 0, load: async () => ++others });
    await snapshots.start();
    await write(db, 'a', 'one');
    await sleep(300);
    expect({ loads, others }).toEqual({ loads: 2, others: 1 });
  });

  it('is loaded one at a time, and once more for all that asked meanwhile', async () => {
    const { snapshots } = open();
    let atOnce = 0;
    let most = 0;
    let loads = 0;
    const source = snapshots.register(SCOPE, {
      initial: 0,
      load: async () => {
        most = Math.max(most, ++atOnce);
        await sleep(20);
        atOnce -= 1;
        return ++loads;
      },
    });
    await Promise.all(Array.from({ length: 10 }, () => source.refresh()));
    expect({ most, loads }).toEqual({ most: 1, loads: 2 });
  });

  it('survives many writers at once and ends with the last revision', async () => {
    const { db, snapshots } = open();
    const source = snapshots.register(SCOPE, { initial: [], load });
    await snapshots.start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(db, `s${String(i).padStart(2, '0')}`, String(i))));
    expect(source.current()).toHaveLength(20);
    expect(source.status().revision).toBe(20);
  });

  it('counts back with a restored backup', async () => {
    const { db, snapshots } = open({ pace: { poll: 50 } });
    const source = snapshots.register(SCOPE, { initial: [], load });
    await write(db, 'a', 'one');
    await write(db, 'a', 'two');
    await snapshots.start();
    await db('teams_switch').update({ note: 'restored' });
    await db('snapshots_revision').where({ scope: SCOPE }).update({ revision: 1 });
    await until('the restored note', () => source.current()[0] === 'restored');
  });
});

describe('when the database fails', () => {
  it('serves the last good snapshot, says so once, and heals', async () => {
    const { log, lines } = listeningLog();
    const { db, snapshots } = open({ log, pace: { poll: 20, longestPause: 50 } });
    const source = snapshots.register(SCOPE, { initial: [], load });
    await write(db, 'a', 'one');
    await snapshots.start();
    await db.schema.renameTable('snapshots_revision', 'gone');
    await until('the snapshot to be stale', () => source.status().stale);
    await sleep(200);
    expect(source.current()).toEqual(['one']);
    expect(lines.filter((line) => line.includes('last good one'))).toHaveLength(1);
    await db.schema.renameTable('gone', 'snapshots_revision');
    await until('the snapshot to be fresh', () => !source.status().stale);
  });

  it('does not fail a write whose reload fails', async () => {
    const { db, snapshots } = open();
    let broken = false;
    const source = snapshots.register(SCOPE, {
      initial: [],
      load: async (trx) => (broken ? Promise.reject(new Error('unreadable')) : load(trx)),
    });
    await snapshots.start();
    broken = true;
    await write(db, 'a', 'one');
    expect(source.current()).toEqual([]);
    expect(source.status().stale).toBe(true);
  });

  it('gives up a load that hangs, and the write call returns', async () => {
    const { db, snapshots } = open({ pace: { load: 200 } });
    const late = new EventEmitter();
    const answers = [Promise.resolve('good'), once(late, 'come').then(() => 'too late')];
    const next = () => answers.shift() ?? Promise.reject(new Error('away'));
    const source = snapshots.register(SCOPE, { initial: 'nothing', load: next });
    await snapshots.start();
    const started = performance.now();
    await write(db, 'a', 'one');
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(source.current()).toBe('good');
    expect(source.status().stale).toBe(true);
    late.emit('come');
    await sleep(100);
    expect(source.current()).toBe('good');
  });

  it('starts with the defaults when there is no database', async () => {
    const { db, snapshots } = open({ pace: { poll: 20 } });
    const source = snapshots.register(SCOPE, { initial: ['default'], load });
    await db.schema.renameTable('teams_switch', 'gone');
    await snapshots.start();
    expect(source.current()).toEqual(['default']);
    expect(source.status().stale).toBe(true);
    await db.schema.renameTable('gone', 'teams_switch');
    await until('the first load', () => source.status().revision !== undefined);
  });
});

describe('listening on PostgreSQL', () => {
  it('begins again by itself when its connection is cut, and catches up', async () => {
    if (testDialect !== 'postgres') return;
    const { log, lines } = listeningLog();
    const here = open({ log, pace: { poll: 60_000 } });
    const there = open();
    const source = here.snapshots.register(SCOPE, { initial: [], load });
    await here.snapshots.start();
    const name = new URL(database.config.client === 'pg' ? database.config.url : '').pathname.slice(1);
    await onServer((client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flagstaff listener' and datname = $1`,
        [name],
      ),
    );
    await until('the loss to be noticed', () => lines.length > 0);
    await write(there.db, 'a', 'while away');
    await until('the missed note', () => source.current()[0] === 'while away', 2_000);
    await write(there.db, 'a', 'back');
    expect(await until('the announced note', () => source.current()[0] === 'back')).toBeLessThan(1_000);
    expect(lines).toHaveLength(1);
  });

  it('is not needed: polling alone brings the change', async () => {
    const here = open({ pace: { poll: 100 } });
    const there = open();
    const source = here.snapshots.register(SCOPE, { initial: [], load });
    await here.snapshots.start();
    await there
      .db('teams_switch')
      .insert({ name: 'a', note: 'by hand', created_at: '2026-01-01T00:00:00Z', modified_at: '2026-01-01T00:00:00Z' });
    await there.db('snapshots_revision').insert({ scope: SCOPE, revision: 7 });
    await until('the note', () => source.current()[0] === 'by hand');
    expect(source.status().revision).toBe(7);
  });
});
