import type { Knex } from 'knex';
import { isPostgres, toDbTime } from '../db';

interface ThrottleRow {
  key: string;
  recent: string;
}

/**
 * The counted tries behind each key, locked until the transaction ends. Keys that have none get an empty row first: a row
 * that is not there cannot be locked, and two first tries must not both see nothing.
 */
export async function lockRecent(trx: Knex.Transaction, keys: string[], now: Date): Promise<Map<string, number[]>> {
  const sorted = [...new Set(keys)].sort(); // always in this order, so that two requests never wait for each other
  await trx('auth_throttle')
    .insert(sorted.map((key) => ({ key, recent: '[]', expires_at: toDbTime(now) })))
    .onConflict('key')
    .ignore();
  const query = trx('auth_throttle').whereIn('key', sorted).orderBy('key').select('key', 'recent');
  const rows = (await (isPostgres(trx) ? query.forUpdate() : query)) as ThrottleRow[];
  return new Map(rows.map(({ key, recent }) => [key, JSON.parse(recent) as number[]]));
}

/** Replaces the counted tries of one key. */
export async function saveRecent(trx: Knex, key: string, recent: number[], expiresAt: Date): Promise<void> {
  await trx('auth_throttle')
    .where({ key })
    .update({ recent: JSON.stringify(recent), expires_at: toDbTime(expiresAt) });
}

/** Forgets keys. */
export async function deleteThrottles(trx: Knex, keys: string[]): Promise<void> {
  await trx('auth_throttle').whereIn('key', keys).delete();
}

/** Removes what no longer counts; returns how many keys. */
export const deleteExpiredThrottles = (db: Knex, now: Date): Promise<number> =>
  db('auth_throttle').where('expires_at', '<=', toDbTime(now)).delete();
