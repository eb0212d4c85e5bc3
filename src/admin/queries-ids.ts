import type { Knex } from 'knex';
import { isPostgres } from '../db';

/** A condition for any number of ids in one bound value: lists of placeholders have a limit, this has none. */
export function inIds(db: Knex, column: string, ids: readonly number[]): Knex.Raw {
  return isPostgres(db)
    ? db.raw('?? = any(?::int[])', [column, ids as number[]])
    : db.raw('?? in (select value from json_each(?))', [column, JSON.stringify(ids)]);
}
