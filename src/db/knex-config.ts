import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { types } from 'pg';
import { codeRoot } from '../lib/root';
import type { HangWatch, PooledConnection } from './hang';
import { FileMigrationSource } from './migration-source';
import { keepStatements, type SqliteConnection, type SqliteHolder } from './sqlite';

/** Which database: one SQLite file (or `:memory:`), or a PostgreSQL server. */
export type DatabaseConfig = { client: 'sqlite'; filename: string } | { client: 'pg'; url: string };

/**
 * How long SQLite may wait for a lock, in milliseconds. The driver runs on the main thread, so waiting stalls every
 * request: keep it short and let `inTransaction` try again without blocking.
 */
export const SQLITE_BUSY_MS = 25;

// PostgreSQL hands out 64-bit integers, numerics and dates as text or local time; ours fit a number and are UTC.
types.setTypeParser(types.builtins.INT8, Number);
types.setTypeParser(types.builtins.NUMERIC, Number);
types.setTypeParser(types.builtins.DATE, String);

function prepareSqlite(connection: SqliteConnection): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma(`busy_timeout = ${SQLITE_BUSY_MS}`);
  connection.pragma('cache_size = -65536');
  keepStatements(connection);
}

/** The file holds password hashes and sessions: nobody but its owner reads it. */
function makePrivate(filename: string): void {
  mkdirSync(path.dirname(filename), { recursive: true });
  closeSync(openSync(filename, 'a', 0o600));
  chmodSync(filename, 0o600);
}

/** Without the values in the text of an error: they may be secrets, and errors are logged. */
const compileSqlOnError = false;

/** Knex prints what it also throws, between the lines of our log and of commands; only the rest is worth saying. */
const log = {
  warn: (message: string) => {
    if (!message.startsWith('Acquire connection error')) process.emitWarning(message);
  },
};

/** How long PostgreSQL may take to let us in, in milliseconds: people are told soon rather than kept waiting. */
const CONNECT_MS = 3_000;

/** Knex's options for a database: pool, pragmas, and migrations that carry the same name from source and from build. */
export function knexOptions(database: DatabaseConfig, watch?: HangWatch): Knex.Config {
  const migrations = { migrationSource: new FileMigrationSource(path.join(codeRoot, 'migrations')) };
  if (database.client === 'pg') {
    return {
      client: 'pg',
      compileSqlOnError,
      log,
      connection: {
        connectionString: database.url,
        application_name: 'flagstaff',
        statement_timeout: 15_000,
        connectionTimeoutMillis: CONNECT_MS,
        keepAlive: true,
      },
      pool: {
        min: 0,
        max: 10,
        afterCreate: (connection: PooledConnection, done: (error: Error | null, connection: unknown) => void) => {
          watch?.add(connection);
          done(null, connection);
        },
      },
      acquireConnectionTimeout: 5_000,
      migrations,
    };
  }
  if (database.filename !== ':memory:') makePrivate(database.filename);
  const sqlite: SqliteHolder = { connection: undefined };
  const options: Knex.Config & { sqlite: SqliteHolder } = {
    client: 'better-sqlite3',
    compileSqlOnError,
    log,
    connection: { filename: database.filename },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: SqliteConnection, done: (error: Error | null, connection: unknown) => void) => {
        prepareSqlite(connection);
        sqlite.connection = connection;
        done(null, connection);
      },
    },
    sqlite,
    acquireConnectionTimeout: 10_000,
    migrations,
  };
  return options;
}
