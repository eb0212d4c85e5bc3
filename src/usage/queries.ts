import type { Knex } from 'knex';
import { isPostgres, toDbTime } from '../db';
import type { Form } from './form';

/** How often a flag gave an answer within a minute, as 2026-11-21T16:05 in UTC. */
export interface Count {
  readonly form: Form;
  readonly name: string;
  readonly variant: string;
  readonly minute: string;
  readonly evaluations: number;
}

const MINUTES = 'usage_minute';
const DAYS = 'usage_day';
const SEEN = 'usage_seen';
const KEY = 'form, name, variant';

/** The counts of one write as a table: their columns travel as arrays, so that one statement takes them all. */
function given(db: Knex, counts: readonly Count[]): { from: string; bindings: Knex.RawBinding[] } {
  if (isPostgres(db)) {
    const column = <K extends keyof Count>(key: K) => counts.map((count) => count[key]);
    return {
      from: 'unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[]) as c(form, name, variant, minute, evaluations)',
      bindings: [
        column('form'),
        column('name'),
        column('variant'),
        column('minute'),
        column('evaluations'),
      ] as unknown as Knex.RawBinding[],
    };
  }
  const parts = ['form', 'name', 'variant', 'minute', 'evaluations'].map(
    (column, index) => `json_extract(value, '$[${index}]') as ${column}`,
  );
  const rows = counts.map(({ form, name, variant, minute, evaluations }) => [form, name, variant, minute, evaluations]);
  return { from: `(select ${parts.join(', ')} from json_each(?)) as c`, bindings: [JSON.stringify(rows)] };
}

/** Adds to what is counted already, by minute and by day, and notes when each answer was given first and last. */
export async function addCounts(trx: Knex.Transaction, counts: readonly Count[]): Promise<void> {
  if (counts.length === 0) return;
  const { from, bindings } = given(trx, counts);
  const [least, greatest] = isPostgres(trx) ? ['least', 'greatest'] : ['min', 'max'];
  // In the order of the keys, so that processes that write at the same time wait for each other instead of blocking.
  await trx.raw(
    `insert into ${MINUTES} (${KEY}, minute, evaluations)
     select ${KEY}, minute, sum(evaluations) from ${from} where true group by ${KEY}, minute order by ${KEY}, minute
     on conflict (${KEY}, minute) do update set evaluations = ${MINUTES}.evaluations + excluded.evaluations`,
    bindings,
  );
  await trx.raw(
    `insert into ${DAYS} (${KEY}, day, evaluations)
     select ${KEY}, substr(minute, 1, 10), sum(evaluations) from ${from} where true
     group by ${KEY}, substr(minute, 1, 10) order by ${KEY}, substr(minute, 1, 10)
     on conflict (${KEY}, day) do update set evaluations = ${DAYS}.evaluations + excluded.evaluations`,
    bindings,
  );
  await trx.raw(
    `insert into ${SEEN} (${KEY}, first_at, last_at)
     select ${KEY}, min(minute), max(minute) from ${from} where true group by ${KEY} order by ${KEY}
     on conflict (${KEY}) do update set first_at = ${least}(${SEEN}.first_at, excluded.first_at),
       last_at = ${greatest}(${SEEN}.last_at, excluded.last_at)`,
    bindings,
  );
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
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
    const query = trx('auth_user').whereIn('id', ids.slice(from, from + ROWS_AT_ONCE));
    for (const id of (await query.pluck('id')) as number[]) known.add(id);
  }
  const rows = uses
    .filter(({ userId }) => known.has(userId))
    .map(({ flag, userId, enabled, at }) => ({ flag, user_id: userId, enabled, at: toDbTime(at) }));
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
    await trx('flags_featureflagusage').insert(rows.slice(from, from + ROWS_AT_ONCE));
}

/** Removes what is older than it is kept; answers how many rows went. */
export async function removeOld(
  db: Knex,
  before: { readonly minute: string; readonly day: string; readonly people: Date },
): Promise<number> {
  const minutes = await db(MINUTES).where('minute', '<', before.minute).delete();
  const days = await db(DAYS).where('day', '<', before.day).delete();
  const people = await db('flags_featureflagusage').where('at', '<', toDbTime(before.people)).delete();
  return minutes + days + people;
}
