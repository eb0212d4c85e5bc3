import { dateRange, type ListScope, matchingRows, type Panel } from '../admin';
import type { ChartData } from '../web/chart';
import { formatCount } from '../web/filters';
import { allIntegrations, findIntegration } from './catalogue';
import { countByDay, type DayCount } from './queries-demand';

/** How many people want what, and since when: the panel above the list of interest. */
export interface Demand {
  readonly total: number;
  /** The most wanted first. */
  readonly totals: readonly { readonly slug: string; readonly name: string; readonly count: number }[];
  readonly chart: (ChartData & { readonly title: string; readonly desc: string; readonly labelTitle: string }) | null;
}

type Bucket = 'day' | 'week' | 'month';

const DAY = 24 * 60 * 60 * 1000;
/** A chart of one day says nothing: it begins at least this many days ago. */
const FEWEST_DAYS = 14;

const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** Days while they fit beside each other, then weeks, then months. */
function bucketFor(days: number): Bucket {
  if (days <= 31) return 'day';
  return days <= 371 ? 'week' : 'month';
}

/** The first day of the bucket that a day lies in; weeks begin on Monday. */
function bucketStart(day: Date, bucket: Bucket): Date {
  if (bucket === 'month') return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1));
  const back = bucket === 'week' ? (day.getUTCDay() + 6) % 7 : 0;
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() - back));
}

function nextBucket(start: Date, bucket: Bucket): Date {
  if (bucket === 'month') return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
  return new Date(start.getTime() + (bucket === 'week' ? 7 : 1) * DAY);
}

/** Every bucket from one day to another, so that a quiet week shows as a zero and not as a jump. */
function bucketsBetween(from: Date, to: Date, bucket: Bucket): Date[] {
  const starts: Date[] = [];
  for (let start = bucketStart(from, bucket); start <= to; start = nextBucket(start, bucket)) starts.push(start);
  return starts;
}

const nameOf = (slug: string): string => findIntegration(slug)?.name ?? slug;

function daysInWords(from: Date, to: Date): string {
  const [first, last] = [longDay.format(from), longDay.format(to)];
  return first === last ? `on ${first}` : `from ${first} to ${last}`;
}

/** The catalogue's order, then whatever the table holds besides: an integration keeps its colour under every filter. */
function orderOf(counts: readonly DayCount[]): string[] {
  const known = allIntegrations.map(({ slug }) => slug);
  const rest = counts.map(({ integration }) => integration).filter((slug) => !known.includes(slug));
  return [...known, ...new Set(rest.sort())];
}

/** The stretch that a chart shows. Without `from` it begins with the first click. */
export interface Stretch {
  readonly from?: Date | undefined;
  readonly until: Date;
}

/** Totals and chart from the counts of single days. */
export function toDemand(counts: readonly DayCount[], stretch: Stretch): Demand {
  const sums = new Map<string, number>();
  for (const { integration, count } of counts) sums.set(integration, (sums.get(integration) ?? 0) + count);
  const totals = [...sums]
    .map(([slug, count]) => ({ slug, name: nameOf(slug), count }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  const total = totals.reduce((sum, { count }) => sum + count, 0);
  return { total, totals, chart: total === 0 ? null : toChart(counts, totals, total, stretch) };
}

function toChart(
  counts: readonly DayCount[],
  totals: Demand['totals'],
  total: number,
  stretch: Stretch,
): NonNullable<Demand['chart']> {
  const days = counts.map(({ day }) => new Date(`${day}T00:00:00Z`).getTime());
  const to = new Date(Math.max(stretch.until.getTime(), ...days));
  const from = stretch.from ?? new Date(Math.min(to.getTime() - (FEWEST_DAYS - 1) * DAY, ...days));
  const bucket = bucketFor((to.getTime() - from.getTime()) / DAY + 1);
  const starts = bucketsBetween(from, to, bucket);
  const place = new Map(starts.map((start, index) => [start.getTime(), index]));
  const values = new Map<string, number[]>();
  for (const { integration, day, count } of counts) {
    const row = values.get(integration) ?? starts.map(() => 0);
    const index = place.get(bucketStart(new Date(`${day}T00:00:00Z`), bucket).getTime()) ?? 0;
    row[index] = (row[index] ?? 0) + count;
    values.set(integration, row);
  }
  const order = orderOf(counts);
  const series = order.flatMap((slug, index) => {
    const row = values.get(slug);
    return row === undefined ? [] : [{ name: nameOf(slug), values: row, style: (index % 6) + 1 }];
  });
  const ranking = totals.map(({ name, count }) => `${name} ${count}`).join(', ');
  return {
    labels: starts.map((start) => (bucket === 'month' ? monthName : dayName).format(start)),
    labelTitle: { day: 'Day', week: 'Week from', month: 'Month' }[bucket],
    series,
    title: `Interest per ${bucket}`,
    desc: `${formatCount(total, 'click')} ${daysInWords(from, to)}, in UTC: ${ranking}.`,
  };
}

/** What the list's dates leave: days outside would look as if nobody had asked. */
function stretchOf({ state, now }: ListScope): Stretch {
  const [start, end] = state.date === undefined ? [undefined, now] : dateRange(state.date);
  const since = state.chosen.get('created_at')?.where.bindings[1];
  const starts = [start, typeof since === 'string' ? new Date(since) : undefined].filter((day) => day !== undefined);
  const from = starts.length === 0 ? undefined : new Date(Math.max(...starts.map((day) => day.getTime())));
  return { from, until: new Date(Math.min(now.getTime(), end.getTime() - 1)) };
}

/** The panel above the list of interest; it counts the rows that the list's search, filters and dates keep. */
export const demandPanel: Panel<unknown> = {
  partial: 'partials/integrations/demand_panel.njk',
  target: '#demand',
  data: async ({ db }, subject) => {
    const scope = subject as ListScope;
    return { demand: toDemand(await countByDay(db, matchingRows(scope)), stretchOf(scope)) };
  },
};
