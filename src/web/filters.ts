import nunjucks from 'nunjucks';
import { formatMoney } from '../lib/money';
import { toLocal } from '../lib/zone';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** The moment in the given zone, as `2026-11-21 14:05`; UTC when the zone is unknown. */
export const formatDateTime = (time: Date, timeZone = 'UTC'): string => toLocal(time, timeZone).replace('T', ' ');

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The day of a moment in the given zone, as `Sat 21 Nov 2026`. */
export function formatDay(time: Date, timeZone = 'UTC'): string {
  const [year = '', month = '', day = ''] = toLocal(time, timeZone).slice(0, 10).split('-');
  const weekday = WEEKDAYS[new Date(`${year}-${month}-${day}T00:00Z`).getUTCDay()] ?? '';
  return `${weekday} ${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
}

/** How long ago in words ("3 minutes ago"); from seven days on the date itself. */
export function formatTimeAgo(time: Date, now: Date, timeZone = 'UTC'): string {
  const seconds = Math.round((time.getTime() - now.getTime()) / 1000);
  if (Math.abs(seconds) >= 7 * 86_400) return formatDateTime(time, timeZone).slice(0, 10);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

/** `1,204 flags`, `1 flag`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

const numbers = new Intl.NumberFormat('en');

/** A number with its thousands grouped. */
export const formatNumber = (value: number): string => numbers.format(value);

interface FilterContext {
  ctx: { now?: Date; viewer?: { timeZone: string } | null };
}

const toDate = (value: unknown): Date | null => {
  if (value === null || value === undefined || value === '') return null;
  const time = value instanceof Date ? value : new Date(String(value));
  return Number.isNaN(time.getTime()) ? null : time;
};

/** Registers the filters that templates share. */
export function addFilters(templates: nunjucks.Environment): void {
  templates.addFilter('datetime', function (this: FilterContext, value: unknown) {
    const time = toDate(value);
    return time === null ? '' : formatDateTime(time, this.ctx.viewer?.timeZone);
  });
  templates.addFilter('timeago', function (this: FilterContext, value: unknown) {
    const time = toDate(value);
    return time === null ? '' : formatTimeAgo(time, this.ctx.now ?? new Date(), this.ctx.viewer?.timeZone);
  });
  const escaped = templates.getFilter('escape') as (value: unknown) => unknown;
  // Escaped text that may break after underscores, dots and hyphens, where long names have their joints.
  templates.addFilter(
    'breakable',
    (value: unknown) => new nunjucks.runtime.SafeString(String(escaped(value)).replace(/[_.-](?=\w)/g, '$&<wbr>')),
  );
  templates.addFilter('iso', (value: unknown) => toDate(value)?.toISOString() ?? '');
  templates.addFilter('number', (value: unknown) => (typeof value === 'number' ? formatNumber(value) : value));
  templates.addFilter('money', (minor: number, currency: string) => formatMoney(minor, currency));
  templates.addFilter('day', function (this: FilterContext, value: unknown) {
    const time = toDate(value);
    return time === null ? '' : formatDay(time, this.ctx.viewer?.timeZone);
  });
  templates.addFilter('clock', function (this: FilterContext, value: unknown) {
    const time = toDate(value);
    return time === null ? '' : formatDateTime(time, this.ctx.viewer?.timeZone).slice(11);
  });
  templates.addFilter('plural', (count: number, one: string, many?: string) => formatCount(count, one, many));
}
