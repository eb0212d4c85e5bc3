import knex, { type Knex } from 'knex';
import { type DatabaseConfig, knexOptions } from './knex-config';

export * from './errors';
export { type DatabaseConfig, knexOptions, SQLITE_BUSY_MS } from './knex-config';
export * from './time';
export * from './transaction';

/** The open database. Queries take it, or a transaction in its place. */
export type Database = Knex;
export type Transaction = Knex.Transaction;

/** Opens a pool; nothing is connected before the first query. */
export const openDatabase = (database: DatabaseConfig): Database => knex(knexOptions(database));

/** Brings the schema up to date and returns the names of the migrations that ran. */
export async function migrateLatest(db: Database): Promise<string[]> {
  const [, names] = (await db.migrate.latest()) as [number, string[]];
  return names.map((name) => name.replace(/\.(js|ts)$/, ''));
}

/** Takes the last batch of migrations back and returns their names. */
export async function migrateRollback(db: Database): Promise<string[]> {
  const [, names] = (await db.migrate.rollback()) as [number, string[]];
  return names.map((name) => name.replace(/\.(js|ts)$/, ''));
}

/** Whether this is PostgreSQL (else SQLite). */
export const isPostgres = (db: Database): boolean => db.client.config.client === 'pg';

/** Asks the smallest question; rejects when the database does not answer. */
export async function ping(db: Database): Promise<void> {
  await db.raw('select 1');
}
