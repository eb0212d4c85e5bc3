import type { Knex } from 'knex';
import { type Database, isPostgres } from '../db';

/** How many people asked for one integration on one day. */
export interface DayCount {
  readonly integration: string;
  /** `2026-11-21`, in UTC. */
  readonly day: string;
  readonly count: number;
}

/** Counts the given rows of the interest table (as `t`) by integration and day, in the order of the days. */
export async function countByDay(db: Database, rows: Knex.QueryBuilder): Promise<DayCount[]> {
  const text = isPostgres(db) ? "to_char(?? at time zone 'UTC', 'YYYY-MM-DD')" : 'substr(??, 1, 10)';
  const day = db.raw(text, ['t.created_at']);
  const counted = (await rows
    .select('t.integration', day.wrap('', ' as day'))
    .count('* as n')
    .groupBy('t.integration', 'day')
    .orderBy('day')) as { integration: string; day: string; n: number }[];
  return counted.map(({ integration, day: on, n }) => ({ integration, day: on, count: Number(n) }));
}
