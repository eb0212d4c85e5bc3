import { randomBytes } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Pool } from 'pg';
import type { DatabaseConfig } from '../../src/db';
import { getRunVariable, runId, scratchDirectory } from './run-state';

/** A database of one test's own. */
export interface TestDatabase {
  config: DatabaseConfig;
  /** Removes it. On PostgreSQL this also ends connections that are still open. */
  drop(): Promise<void>;
}

/**
 * A fresh, migrated database of the kind that this jest project runs on: a copy of a template made once per run, so it
 * costs some milliseconds. `migrated: false` gives an empty one.
 */
export async function createTestDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const migrated = options.migrated ?? true;
  return testDialect === 'postgres' ? createOnPostgres(migrated) : createOnSqlite(migrated);
}

const uniqueName = (): string => `flagstaff_${runId()}_${randomBytes(6).toString('hex')}`;

async function createOnSqlite(migrated: boolean): Promise<TestDatabase> {
  const filename = path.join(scratchDirectory(), `${uniqueName()}.sqlite3`);
  if (migrated) await copyFile(needed('FLAGSTAFF_TEST_SQLITE_TEMPLATE'), filename);
  const files = [filename, `${filename}-wal`, `${filename}-shm`];
  return {
    config: { client: 'sqlite', filename },
    drop: async () => {
      await Promise.all(files.map((file) => rm(file, { force: true, maxRetries: 3 })));
    },
  };
}

async function createOnPostgres(migrated: boolean): Promise<TestDatabase> {
  const name = uniqueName();
  const template = migrated ? templateName() : 'template0';
  const copy = getRunVariable('FLAGSTAFF_TEST_POSTGRES_COPY') ?? '';
  await onServer((client) => client.query(`create database ${name} template ${template} ${copy}`));
  return {
    config: { client: 'pg', url: urlOf(name) },
    drop: () => onServer((client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

/** The migrated database that others are copied from. */
export const templateName = (): string => `flagstaff_${runId()}_template`;

/** The address of another database on the same server. */
export function urlOf(database: string): string {
  const url = new URL(needed('FLAGSTAFF_TEST_POSTGRES_URL'));
  url.pathname = `/${database}`;
  return url.href;
}

/** Where the connection is kept that test files of one worker share, since they share their packages. */
const KEPT = Symbol.for('flagstaff.connection-to-the-server');
const kept = Pool as typeof Pool & { [KEPT]?: Pool };

/** One connection that is kept for as long as the process lives, but is no reason for it to live. */
const connect = (): Pool =>
  new Pool({
    connectionString: needed('FLAGSTAFF_TEST_POSTGRES_URL'),
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  }).on('error', () => undefined); // the server ended; the next statement connects anew

/** Runs statements that belong to no database of ours, over a connection that the whole worker shares. */
export async function onServer(work: (server: Pick<Pool, 'query'>) => Promise<unknown>): Promise<void> {
  kept[KEPT] ??= connect();
  await work(kept[KEPT]);
}

function needed(name: Parameters<typeof getRunVariable>[0]): string {
  const value = getRunVariable(name);
  if (value === undefined) throw new Error(`${name} is not set: run this test through jest, whose set-up provides it`);
  return value;
}
