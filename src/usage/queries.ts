import type { Knex } from 'knex';
import { isPostgres, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';
import type { Form } from './form';

/** How often a flag gave an answer within a minute, as 2026-11-21T16:05 in UTC. */
export interface Count {
  readonly form: Form;
  readonly name: string;
  readonly variant: string;
  readonly minute: string;
  readonly evaluations: number;
}

// The counts of one write travel as one argument on SQLite and as arrays on PostgreSQL, so that one statement takes them all.
// They are added in the order of the keys: processes that write at the same time wait for each other instead of blocking.

const GIVEN_ON_SQLITE = `with c as (
    select json_extract(value, '$[0]') as form, json_extract(value, '$[1]') as name, json_extract(value, '$[2]') as variant,
      json_extract(value, '$[3]') as minute, json_extract(value, '$[4]') as evaluations
    from json_each(?)
  )`;

const GIVEN_ON_POSTGRES = `with c as (
    select * from unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[])
      as given(form, name, variant, minute, evaluations)
  )`;

const ADD_MINUTES = `insert into usage_minute (form, name, variant, minute, evaluations)
  select form, name, variant, minute, sum(evaluations) from c where true group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (form, name, variant, minute)
  do update set evaluations = usage_minute.evaluations + excluded.evaluations`;

const ADD_DAYS = `insert into usage_day (form, name, variant, day, evaluations)
  select form, name, variant, substr(minute, 1, 10), sum(evaluations) from c where true
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (form, name, variant, day) do update set evaluations = usage_day.evaluations + excluded.evaluations`;

const NOTE_SEEN = `insert into usage_seen (form, name, variant, first_at, last_at)
  select form, name, variant, min(minute), max(minute) from c where true group by 1, 2, 3 order by 1, 2, 3
  on conflict (form, name, variant) do update set
    first_at = case when excluded.first_at < usage_seen.first_at then excluded.first_at else usage_seen.first_at end,
    last_at = case when excluded.last_at > usage_seen.last_at then excluded.last_at else usage_seen.last_at end`;

const WRITES = [ADD_MINUTES, ADD_DAYS, NOTE_SEEN];
const WRITES_ON_SQLITE = WRITES.map((statement) => `${GIVEN_ON_SQLITE} ${statement}`);
const WRITES_ON_POSTGRES = WRITES.map((statement) => `${GIVEN_ON_POSTGRES} ${statement}`);

/** Adds to what is counted already, by minute and by day, and notes when each answer was given first and last. */
export async function addCounts(trx: Knex.Transaction, counts: readonly Count[]): Promise<void> {
  if (counts.length === 0) return;
  if (isPostgres(trx)) {
    const column = <K extends keyof Count>(key: K) => counts.map((count) => count[key]);
    const columns = [column('form'), column('name'), column('variant'), column('minute'), column('evaluations')];
    for (const statement of WRITES_ON_POSTGRES) await trx.raw(statement, columns as unknown as Knex.RawBinding[]);
    return;
  }
  const rows = counts.map(({ form, name, variant, minute, evaluations }) => [form, name, variant, minute, evaluations]);
  for (const statement of WRITES_ON_SQLITE) await trx.raw(statement, [JSON.stringify(rows)]);
}

/** Somebody was given a flag, or was not. */
export interface PersonUse {
  readonly flag: string;
  readonly userId: number;
  readonly enabled: boolean;
  readonly at: Date;
}

/** SQLite takes at most 500 rows in one statement as Knex writes it. */
const ROWS_AT_ONCE = 200;

/** Adds what was noted of people; of those who are gone meanwhile nothing is kept. */
export async function addPeople(trx: Knex.Transaction, uses: readonly PersonUse[]): Promise<void> {
  const ids = [...new Set(uses.map(({ userId }) => userId))];
  const known = new Set<number>();
  for (const some of chunksOf(ids, ROWS_AT_ONCE))
    for (const id of (await trx('auth_user').whereIn('id', some).pluck('id')) as number[]) known.add(id);
  const rows = uses
    .filter(({ userId }) => known.has(userId))
    .map(({ flag, userId, enabled, at }) => ({ flag, user_id: userId, enabled, at: toDbTime(at) }));
  for (const some of chunksOf(rows, ROWS_AT_ONCE)) await trx('flags_featureflagusage').insert(some);
}

/** Removes what is older than it is kept; answers how many rows went. */
export async function removeOld(
  db: Knex,
  before: { readonly minute: string; readonly day: string; readonly people: Date },
): Promise<number> {
  const minutes = await db('usage_minute').where('minute', '<', before.minute).delete();
  const days = await db('usage_day').where('day', '<', before.day).delete();
  const people = await db('flags_featureflagusage').where('at', '<', toDbTime(before.people)).delete();
  return minutes + days + people;
}
