import type { Knex } from 'knex';
import type { Form } from './form';

/** When a flag gave an answer first and last, as minutes in UTC. */
export interface Seen {
  readonly form: Form;
  readonly name: string;
  readonly variant: string;
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Of all flags and answers, when they came first and last; one statement. */
export const listSeen = (db: Knex): Promise<Seen[]> =>
  db('usage_seen').select('form', 'name', 'variant', 'first_at as firstAt', 'last_at as lastAt');

/** How often flags were asked for on a day. */
export interface DayCount {
  readonly form: Form;
  readonly name: string;
  readonly day: string;
  readonly evaluations: number;
}

/** How often each of these names was asked for on each day since; days without are missing. One statement. */
export async function countByDay(db: Knex, names: readonly string[], from: string): Promise<DayCount[]> {
  const rows = (await db('usage_day')
    .whereIn('name', names)
    .where('day', '>=', from)
    .groupBy('form', 'name', 'day')
    .select('form', 'name', 'day')
    .sum('evaluations as evaluations')) as (Omit<DayCount, 'evaluations'> & { evaluations: number | string })[];
  return rows.map((row) => ({ ...row, evaluations: Number(row.evaluations) }));
}

/** How often flags failed to be decided since a day, by form and name. */
export async function countErrors(db: Knex, variant: string, from: string): Promise<Map<string, number>> {
  const rows = (await db('usage_day')
    .where({ variant })
    .where('day', '>=', from)
    .groupBy('form', 'name')
    .select('form', 'name')
    .sum('evaluations as evaluations')) as { form: Form; name: string; evaluations: number | string }[];
  return new Map(rows.map(({ form, name, evaluations }) => [`${form}:${name}`, Number(evaluations)]));
}
