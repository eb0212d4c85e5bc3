import type { Knex } from 'knex';
import type { Transaction } from '../db';
import type { SealedColumn } from '../lib/seal';

/** One sealed value, with the columns of its row that say where it belongs. */
interface SealedValue {
  readonly id: number;
  readonly envelope: string;
  readonly placed: Readonly<Record<string, unknown>>;
}

/** The next sealed values of a column, in the order of their ids. */
export async function readSealed(
  db: Knex,
  { table, column, placedBy }: SealedColumn,
  after: number,
  limit: number,
): Promise<SealedValue[]> {
  const rows = (await db(table)
    .select('id', column, ...placedBy)
    .where('id', '>', after)
    .whereNotNull(column)
    .orderBy('id')
    .limit(limit)) as ({ id: number } & Record<string, unknown>)[];
  return rows.map((row) => ({ id: row.id, envelope: String(row[column]), placed: row }));
}

/** Puts other envelopes in the place of these, where they still are. Returns how many were. */
export async function replaceSealed(
  trx: Transaction,
  { table, column }: SealedColumn,
  changes: readonly { id: number; from: string; to: string }[],
): Promise<number> {
  let replaced = 0;
  for (const { id, from, to } of changes) {
    replaced += await trx(table)
      .where({ id, [column]: from })
      .update({ [column]: to });
  }
  return replaced;
}
