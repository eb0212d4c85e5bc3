import knex, { type Knex } from 'knex';
import { HangWatch } from './hang';
import { type DatabaseConfig, knexOptions } from './knex-config';
import { noteWrites } from './unchanged';

export { isPostgres } from './dialect';
export * from './errors';
export { type DatabaseConfig, knexOptions, SQLITE_BUSY_MS } from './knex-config';
export { escapeLike, likeFolded, spellingsOf, whereContains } from './like';
export { migrateLatest, migrateRollback } from './migrate';
export * from './time';
export * from './transaction';
export { ownWritesMark, whileUnchanged, writesMark } from './unchanged';

/** The open database. Queries take it, or a transaction in its place. */
export type Database = Knex;
export type Transaction = Knex.Transaction;

/** Opens a pool; nothing is connected before the first query. */
export function openDatabase(database: DatabaseConfig): Database {
  if (database.client !== 'pg') return knex(knexOptions(database));
  const watch = new HangWatch(database.url);
  const db = knex(knexOptions(database, watch));
  watch.watch(db);
  noteWrites(db);
  return db;
}

/** Asks the smallest question; rejects when the database does not answer. */
export async function ping(db: Database): Promise<void> {
  await db.raw('select 1');
}
