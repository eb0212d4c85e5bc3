import type { Knex } from 'knex';
import { type Database, fromDbTime, whereContains } from '../db';

/** Which rows of who was given a flag are looked at. */
export interface GivenFilter {
  readonly flag: string;
  /** Only those that were given this answer. */
  readonly enabled?: boolean | undefined;
  /** Each of these must be in the person's address or name. */
  readonly words: readonly string[];
}

/** Somebody was given a flag, or was not. */
export interface Given {
  readonly id: number;
  readonly userId: number;
  readonly email: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly at: Date;
}

const TABLE = 'flags_featureflagusage';

/** How many rows there are of who was given a flag. */
export async function countGiven(db: Database, flag: string): Promise<number> {
  const row = (await db(TABLE).where({ flag }).count({ rows: '*' }).first()) as { rows: number | string } | undefined;
  return Number(row?.rows ?? 0);
}

/** The people that words mean. */
function peopleWith(db: Database, words: readonly string[]): Knex.QueryBuilder {
  const people = db('auth_user').select('id');
  for (const word of words) whereContains(people, db, ['email', 'name'], word);
  return people;
}

function scoped(db: Database, { flag, enabled, words }: GivenFilter): Knex.QueryBuilder {
  const rows = db(TABLE).where({ flag });
  if (enabled !== undefined) rows.where({ enabled });
  if (words.length > 0) rows.whereIn('user_id', peopleWith(db, words));
  return rows;
}

/** How many rows the search leaves, by answer; the filter by answer counts for nothing here. */
export async function countByAnswer(
  db: Database,
  { flag, words }: GivenFilter,
): Promise<{ readonly on: number; readonly off: number }> {
  const rows = (await scoped(db, { flag, words }).groupBy('enabled').select('enabled').count({ rows: '*' })) as {
    enabled: unknown;
    rows: number | string;
  }[];
  const of = (answer: boolean) => Number(rows.find(({ enabled }) => Boolean(enabled) === answer)?.rows ?? 0);
  return { on: of(true), off: of(false) };
}

/** The rows, the newest first. Only those of the page are joined to their people, however far down it is. */
export async function listGiven(
  db: Database,
  filter: GivenFilter,
  { limit, offset = 0 }: { limit: number; offset?: number },
): Promise<Given[]> {
  const newest = [
    { column: 'at', order: 'desc' },
    { column: 'id', order: 'desc' },
  ] as const;
  const page = scoped(db, filter)
    .select('id', 'user_id', 'enabled', 'at')
    .orderBy([...newest])
    .limit(limit)
    .offset(offset)
    .as('g');
  const rows = (await db(page)
    .join('auth_user as u', 'u.id', 'g.user_id')
    .orderBy(newest.map(({ column, order }) => ({ column: `g.${column}`, order })))
    .select('g.id', 'g.user_id as userId', 'g.enabled', 'g.at', 'u.email', 'u.name')) as (Omit<
    Given,
    'enabled' | 'at'
  > & { enabled: unknown; at: unknown })[];
  return rows.map((row) => ({ ...row, enabled: Boolean(row.enabled), at: fromDbTime(row.at) }));
}
