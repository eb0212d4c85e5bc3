import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import { createTestDatabase } from '../../test/support/databases';
import { describeWithRedis, type RedisServer, startRedis } from '../../test/support/redis';
import { scratchDirectory } from '../../test/support/run-state';
import { type Harness, itIsARulesetSource, notesParts, SCOPE } from '../../test/support/snapshots/contract';
import type { StorageConfig } from '../config';
import { type Database, inTransaction, openDatabase } from '../db';
import { systemClock } from '../lib/clock';
import { bumpRevision } from '.';
import { CachedSource } from './cached';
import { DatabaseSource } from './database';
import type { Parts } from './parts';
import type { RulesetSource } from './port';
import { RedisSource } from './redis';
import { stackedSource } from './stack';

const log = pino({ level: 'silent' });
const clock = systemClock;

async function addNote(db: Database, note: string): Promise<void> {
  const now = new Date(0).toISOString();
  await inTransaction(db, async (trx) => {
    await trx('teams_switch').insert({ name: note, note, created_at: now, modified_at: now });
    await bumpRevision(trx, SCOPE);
  });
}

/** A source over a database of its own, and a second connection to it that stands for another process. */
async function harnessOf(
  over: (truth: RulesetSource, parts: Parts) => RulesetSource,
  extra: { fail?(): Promise<void> } = {},
): Promise<Harness> {
  const { config, drop } = await createTestDatabase();
  const [db, elsewhere] = [openDatabase(config), openDatabase(config)];
  const parts = notesParts();
  const truth = new DatabaseSource({ db, database: config, parts, clock, log, listen: true });
  const source = over(truth, parts);
  return {
    source,
    write: (note) => addNote(db, note),
    writeElsewhere: (note) => addNote(elsewhere, note),
    fail: async () => {
      await db.schema.renameTable('snapshots_revision', 'gone');
      await extra.fail?.();
    },
    mend: () => db.schema.renameTable('gone', 'snapshots_revision'),
    close: async () => {
      await source.stop();
      await Promise.all([db.destroy(), elsewhere.destroy()]);
      await drop();
    },
  };
}

const directory = () => mkdtempSync(path.join(scratchDirectory(), 'snapshots-'));

const configured = (storage: StorageConfig) => (truth: RulesetSource, parts: Parts) =>
  stackedSource(truth, { storage, parts, clock, log, directory: directory() });

describe('the database', () => itIsARulesetSource(() => harnessOf((truth) => truth), { keeps: false }));

describe('a cache', () =>
  itIsARulesetSource(() => harnessOf((truth) => new CachedSource(truth, 30)), { keeps: false }));

describe('FEATURE_FLAGS_STORAGE=database', () =>
  itIsARulesetSource(() => harnessOf(configured({ kind: 'database' })), { keeps: true }));

describe('FEATURE_FLAGS_STORAGE=cache', () =>
  itIsARulesetSource(() => harnessOf(configured({ kind: 'cache', seconds: 0.03 })), { keeps: true }));

describeWithRedis()('with Redis', () => {
  let server: RedisServer;
  let client: Redis;
  const flush = async () => {
    await client.flushall();
  };

  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
  });
  afterEach(flush);
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  const redis = (truth: RulesetSource, parts: Parts) => new RedisSource({ url: server.url, truth, parts, clock, log });

  describe('Redis', () => itIsARulesetSource(() => harnessOf(redis, { fail: flush }), { keeps: false }));

  describe('FEATURE_FLAGS_STORAGE=redis', () =>
    itIsARulesetSource(() => harnessOf(configured({ kind: 'redis', url: server.url }), { fail: flush }), {
      keeps: true,
    }));
});
