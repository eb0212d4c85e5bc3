import type { Step } from './queries-usage';
import { type Asked, addressOf, lastOf, pad, whereOf } from './usage-asked';

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });
const SHORT_MONTH = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });
const DAY = new Intl.DateTimeFormat('en', { month: 'long', day: 'numeric', timeZone: 'UTC' });

interface Part {
  readonly key: string;
  readonly text: string;
}

/** So many parts are shown, whatever few of them have counts. */
const LEAST: Readonly<Record<Step, number>> = { year: 1, month: 6, day: 14, hour: 24 };

/** The parts of a stretch of time, with and without counts, without those before the first and after the last count. */
export function partsOf(state: Asked, found: readonly string[]): Part[] {
  const all = allParts(state, found);
  const counted = new Set(found);
  const least = LEAST[state.step];
  const first = all.findIndex(({ key }) => counted.has(key));
  const last = all.findLastIndex(({ key }) => counted.has(key));
  return all.slice(Math.max(0, Math.min(first, last - least + 1)), Math.max(last + 1, least));
}

function allParts({ step, year, month, days }: Asked, found: readonly string[]): Part[] {
  if (step === 'hour')
    return Array.from({ length: 24 }, (_, hour) => ({ key: `${days?.[0]}T${pad(hour)}`, text: `${pad(hour)}:00` }));
  if (step === 'day')
    return Array.from({ length: lastOf(year, month) }, (_, index) => ({
      key: `${year}-${month}-${pad(index + 1)}`,
      text: String(index + 1),
    }));
  if (step === 'month')
    return Array.from({ length: 12 }, (_, index) => ({
      key: `${year}-${pad(index + 1)}`,
      text: SHORT_MONTH.format(Date.UTC(2000, index)),
    }));
  return [...new Set(found)].sort().map((key) => ({ key, text: key }));
}

const dateOf = ({ year, month, day }: Asked): Date =>
  new Date(Date.UTC(Number(year), Number(month || 1) - 1, Number(day || 1)));

/** The steps down to years, months and days that have counts, and back up to `top`, as Django's date hierarchy. */
export function hierarchy(state: Asked, found: readonly string[], top: Step) {
  const where = whereOf(state);
  const { step, year, month, day } = state;
  const unique = [...new Set(found)].sort();
  const { year: _year, month: _month, day: _day, ...always } = where;
  if (step === 'year')
    return { back: null, items: unique.map((key) => ({ text: key, href: addressOf({ ...always, year: key }) })) };
  if (step === 'month')
    return {
      back: top === 'month' ? null : { text: 'All dates', href: addressOf(always) },
      items: unique.map((key) => ({
        text: `${MONTH.format(new Date(`${key}-01T00:00Z`))} ${year}`,
        href: addressOf({ ...always, year, month: key.slice(5) }),
      })),
    };
  if (step === 'day')
    return {
      back: top === 'day' ? null : { text: year, href: addressOf({ ...always, year }) },
      items: unique.map((key) => ({
        text: DAY.format(new Date(`${key}T00:00Z`)),
        href: addressOf({ ...always, year, month, day: key.slice(8) }),
      })),
    };
  return {
    back: { text: `${MONTH.format(dateOf(state))} ${year}`, href: addressOf({ ...always, year, month }) },
    items: [{ text: DAY.format(dateOf(state)), href: addressOf({ ...always, year, month, day }), current: true }],
  };
}

/** A stretch of time in words. */
export function titleOf(state: Asked): string {
  const { step, year } = state;
  if (step === 'year') return 'of all time';
  if (step === 'month') return `in ${year}`;
  return step === 'day' ? `in ${MONTH.format(dateOf(state))} ${year}` : `on ${DAY.format(dateOf(state))}, ${year}`;
}
