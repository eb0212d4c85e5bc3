import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { scratchDirectory } from '../../test/support/run-state';
import { hangingSource, raisingSource } from '../../test/support/snapshots/raising-source';
import { until } from '../../test/support/until';
import { type Database, inTransaction, openDatabase } from '../db';
import { systemClock } from '../lib/clock';
import { bumpRevision, type RulesetSource, type Snapshot, Snapshots, type SnapshotsOptions } from '.';
import { LastKnownGood } from './last-known-good';
import { type Part, Parts } from './parts';
import { toRuleset } from './port';

const SCOPE = 'test';
const log = pino({ level: 'silent' });
const clock = systemClock;

const notesPart: Part<string[], readonly string[]> = {
  name: 'notes',
  scope: SCOPE,
  initial: ['default'],
  load: (trx) => trx('teams_switch').whereNot({ name: 'producer_flags_enabled' }).orderBy('id').pluck('note'),
  schema: z.array(z.string()),
  build: (notes) => notes,
};

describe('what was good last', () => {
  let database: TestDatabase;
  let db: Database;
  let directory: string;
  let file: string;
  const opened: Snapshots[] = [];

  function open(more: Partial<SnapshotsOptions> = {}): { snapshots: Snapshots; notes: Snapshot<readonly string[]> } {
    const snapshots = new Snapshots({ db, database: database.config, clock, log, directory, ...more });
    opened.push(snapshots);
    return { snapshots, notes: snapshots.part(notesPart) };
  }

  /** A process that starts while its source is as given. */
  async function startWith(source: RulesetSource, more: Partial<SnapshotsOptions> = {}) {
    const parts = new Parts();
    parts.add(notesPart);
    const process = open({
      source: new LastKnownGood(source, { directory, parts, clock, log, patience: 100 }),
      ...more,
    });
    await process.snapshots.start();
    return process;
  }

  async function write(note: string): Promise<void> {
    const now = new Date(0).toISOString();
    await inTransaction(db, async (trx) => {
      await trx('teams_switch').insert({ name: note, note, created_at: now, modified_at: now });
      await bumpRevision(trx, SCOPE);
    });
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDatabase(database.config);
    directory = mkdtempSync(path.join(scratchDirectory(), 'kept-'));
    file = path.join(directory, `${SCOPE}.json`);
    const { snapshots } = open();
    await snapshots.start();
    await write('one');
    await write('two');
    await snapshots.stop(); // writes what is due
  });
  afterEach(async () => {
    for (const snapshots of opened.splice(0)) await snapshots.stop();
  });
  afterAll(async () => {
    await db?.destroy();
    await database?.drop();
  });

  it('lies in a file that its owner alone may read, whole, with no half-written one beside it', () => {
    expect(readdirSync(directory)).toEqual([`${SCOPE}.json`]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ scope: SCOPE, revision: 2 });
  });

  it.each([
    ['fails', raisingSource('away')],
    ['hangs', hangingSource()],
  ])('is what a process starts with whose source %s, marked stale', async (_how, source) => {
    const began = performance.now();
    const { snapshots, notes } = await startWith(source);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(notes.current()).toEqual(['one', 'two']);
    const state = snapshots.state();
    expect(state).toMatchObject({ ready: true, stale: true });
    expect(state.scopes[0]).toMatchObject({ from: 'disk', revision: 2, stale: true });
    expect(state.scopes[0]?.reason).toMatch(/away|no answer within/);
  });

  it('is replaced as soon as the source answers', async () => {
    let source = raisingSource();
    const real = open({ directory: path.join(directory, 'elsewhere') });
    const switching: RulesetSource = {
      ...source,
      load: (scope) => source.load(scope),
      revision: (scope) => source.revision(scope),
    };
    const { snapshots, notes } = await startWith(switching, { pace: { longestPause: 50 } });
    expect(notes.current()).toEqual(['one', 'two']);
    await real.snapshots.start();
    await write('three');
    const { revision } = real.notes.status();
    source = {
      ...source,
      revision: async () => revision ?? 0,
      load: async (scope) => {
        return toRuleset({ scope, revision: revision ?? 0 }, { notes: [...real.notes.current()] }, 'database');
      },
    };
    await until('the newest notes', () => notes.current().includes('three'));
    expect(snapshots.state().stale).toBe(false);
  });

  it('is not used when it is cut off, changed, of another form or of another scope: the defaults of the code are', async () => {
    const good = readFileSync(file, 'utf8');
    const parsed = JSON.parse(good) as Record<string, unknown>;
    const spoilt = {
      'cut off': good.slice(0, -20),
      empty: '',
      changed: JSON.stringify({ ...parsed, content: '{"notes":["made up"]}' }),
      'of another format': JSON.stringify({ ...parsed, format: 2 }),
      'of another scope': JSON.stringify({ ...parsed, scope: 'other' }),
      'no object': '[]',
      'without a number': JSON.stringify({ ...parsed, revision: '2' }),
    };
    for (const [how, text] of Object.entries(spoilt)) {
      writeFileSync(file, text);
      const { snapshots, notes } = await startWith(raisingSource());
      expect([how, notes.current(), snapshots.state().ready]).toEqual([how, ['default'], false]);
      await snapshots.stop();
    }
    writeFileSync(file, good);
  });

  it('stays in memory while the source gives what cannot be read', async () => {
    let text: unknown = ['fine'];
    let revision = 1;
    const source: RulesetSource = {
      ...raisingSource(),
      revision: async () => revision,
      load: async (scope) => toRuleset({ scope, revision }, { notes: text as string[] }, 'redis'),
    };
    const { snapshots, notes } = await startWith(source, { pace: { poll: 20, longestPause: 50 } });
    expect(notes.current()).toEqual(['fine']);
    [text, revision] = [[1, 2], 2];
    await until('the garbage to be noticed', () => snapshots.state().stale);
    expect(notes.current()).toEqual(['fine']);
    expect(snapshots.state().scopes[0]?.reason).toContain('cannot be read at notes.0');
    [text, revision] = [['better'], 3];
    await until('the next good one', () => notes.current()[0] === 'better' && !snapshots.state().stale);
  });
});
