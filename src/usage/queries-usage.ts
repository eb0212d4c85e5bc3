import type { Knex } from 'knex';
import type { Form } from './form';

/** By what a stretch of time is divided. */
export type Step = 'year' | 'month' | 'day' | 'hour';

/** Which counts are looked at. */
export interface UsageFilter {
  readonly forms: readonly Form[];
  readonly flag?: { readonly form: Form; readonly name: string } | undefined;
  readonly variant?: string | undefined;
  /** First and last day, as 2026-11-21; everything when not given. */
  readonly days?: readonly [first: string, last: string] | undefined;
  readonly step: Step;
}

const PARTS: Readonly<Record<Step, string>> = {
  year: 'substr(day, 1, 4) as part',
  month: 'substr(day, 1, 7) as part',
  day: 'day as part',
  hour: 'substr(minute, 1, 13) as part',
};

/** Counts by the hour are added up from those by the minute, all others from those by the day. */
function scoped(db: Knex, { forms, flag, variant, days, step }: UsageFilter): Knex.QueryBuilder {
  const isHour = step === 'hour';
  const query = db(isHour ? 'usage_minute' : 'usage_day').whereIn('form', forms);
  if (flag !== undefined) query.where({ form: flag.form, name: flag.name });
  if (variant !== undefined) query.where({ variant });
  if (days !== undefined) {
    const [first, last] = isHour ? [`${days[0]}T00:00`, `${days[1]}T23:59`] : days;
    query.whereBetween(isHour ? 'minute' : 'day', [first, last]);
  }
  return query;
}

/** How often each answer was given in each part of the time, in the order of time. */
export async function countByPart(
  db: Knex,
  filter: UsageFilter,
): Promise<{ part: string; variant: string; evaluations: number }[]> {
  const rows = (await scoped(db, filter)
    .select(db.raw(PARTS[filter.step]), 'variant')
    .sum('evaluations as evaluations')
    .groupBy('part', 'variant')
    .orderBy(['part', 'variant'])) as { part: string; variant: string; evaluations: number | string }[];
  return rows.map((row) => ({ ...row, evaluations: Number(row.evaluations) }));
}

export interface FlagCount {
  readonly form: Form;
  readonly name: string;
  readonly variant: string;
  readonly evaluations: number;
}

/** How often each flag gave each answer, the most frequent first, up to `limit` of them. */
export async function countByFlag(db: Knex, filter: UsageFilter, limit: number): Promise<FlagCount[]> {
  const rows = (await scoped(db, filter)
    .select('form', 'name', 'variant')
    .sum('evaluations as evaluations')
    .groupBy('form', 'name', 'variant')
    .orderBy([{ column: 'evaluations', order: 'desc' }, { column: 'name' }, { column: 'form' }, { column: 'variant' }])
    .limit(limit)) as (Omit<FlagCount, 'evaluations'> & { evaluations: number | string })[];
  return rows.map((row) => ({ ...row, evaluations: Number(row.evaluations) }));
}

/** Every count in parts of the time, for an export. */
export async function listCounts(
  db: Knex,
  filter: UsageFilter,
  limit: number,
): Promise<(FlagCount & { part: string })[]> {
  const rows = (await scoped(db, filter)
    .select(db.raw(PARTS[filter.step]), 'form', 'name', 'variant')
    .sum('evaluations as evaluations')
    .groupBy('part', 'form', 'name', 'variant')
    .orderBy(['part', 'form', 'name', 'variant'])
    .limit(limit)) as (Omit<FlagCount, 'evaluations'> & { part: string; evaluations: number | string })[];
  return rows.map((row) => ({ ...row, evaluations: Number(row.evaluations) }));
}
