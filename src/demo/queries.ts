import type { Knex } from 'knex';
import { chunksOf } from '../lib/chunks';

/** Whether nobody has an account yet. */
export async function isEmpty(db: Knex): Promise<boolean> {
  return (await db('auth_user').first('id')) === undefined;
}

/** Adds a row and returns its id. */
export async function insertRow(trx: Knex, table: string, row: Record<string, unknown>): Promise<number> {
  const [added] = (await trx(table).insert(row).returning('id')) as { id: number }[];
  if (added === undefined) throw new Error(`nothing was added to ${table}`);
  return added.id;
}

/** Adds many rows. */
export async function insertRows(trx: Knex, table: string, rows: Record<string, unknown>[]): Promise<void> {
  // SQLite binds a limited number of values in one statement.
  if (rows.length > 0) await trx.batchInsert(table, rows, 500);
}

/** Adds those of many rows whose key is not taken. */
export async function insertNewRows(trx: Knex, table: string, rows: Record<string, unknown>[]): Promise<void> {
  for (const some of chunksOf(rows, 500)) await trx(table).insert(some).onConflict().ignore();
}

/** Adds a row unless its unique value is taken; the id when it was added. */
export async function insertIfNew(trx: Knex, table: string, row: Record<string, unknown>): Promise<number | undefined> {
  const rows = (await trx(table).insert(row).onConflict().ignore().returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** The ids of all rows of a table by their slugs. */
export async function idsBySlug(trx: Knex, table: string): Promise<Map<string, number>> {
  const rows = (await trx(table).select('id', 'slug')) as { id: number; slug: string }[];
  return new Map(rows.map(({ id, slug }) => [slug, id]));
}

/** The ids of all rows of a table, smallest first. */
export async function readIds(trx: Knex, table: string): Promise<number[]> {
  const rows = (await trx(table).orderBy('id').select('id')) as { id: number }[];
  return rows.map(({ id }) => id);
}

/** Sets what a producer has with us. */
export async function setBalance(trx: Knex, producerId: number, balanceMinor: number): Promise<void> {
  await trx('producers_producerfinancial').where({ producer_id: producerId }).update({ balance_minor: balanceMinor });
}

/** Sets how often code has asked for a name that nobody has made. */
export async function setAsked(trx: Knex, kind: string, name: string, asked: number): Promise<void> {
  await trx('teams_missing').where({ kind, name }).update({ asked });
}
