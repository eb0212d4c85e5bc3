import { daysBefore } from './load';

/** How often a flag is asked for, and what it answers. */
export interface DemoUse {
  readonly form: 'flag' | 'switch' | 'sample' | 'condition' | 'producer';
  readonly name: string;
  /** Since how many days it is asked for. */
  readonly from: number;
  /** Since how many days it is asked for no more. */
  readonly to?: number;
  /** About how often on a day like today. */
  readonly perDay: number;
  /** When people come: on working days, on weekends, or always alike. */
  readonly week: 'work' | 'leisure' | 'even';
  /** How many times more often than in the beginning it is asked for now. */
  readonly growth?: number;
  /** Which share of the answers is on, from so many days ago; or that nobody has made what is asked for. */
  readonly on: readonly (readonly [daysAgo: number, share: number])[] | 'missing';
}

/** So often a flag gave an answer within an hour, or within a day that is longer past. */
export interface DemoCount {
  readonly form: string;
  readonly name: string;
  readonly variant: string;
  /** The minute that stands for that time, as counts have it. */
  readonly minute: string;
  readonly evaluations: number;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** How busy the days are, from Sunday on. */
const WEEKS: Readonly<Record<DemoUse['week'], readonly number[]>> = {
  work: [0.22, 1, 1.12, 1.16, 1.1, 0.94, 0.3],
  leisure: [1.02, 0.72, 0.74, 0.82, 0.98, 1.34, 1.38],
  even: [1, 1, 1, 1, 1, 1, 1],
};

/** How busy an hour is beside the mean of its day: the people of the demo live by the clocks of Arizona. */
function bustle(hour: number, week: DemoUse['week']): number {
  if (week === 'even') return 1;
  const peak = week === 'work' ? 20 : 1; // in UTC: early afternoon, and evening
  return 1 + 0.85 * Math.cos(((hour - peak) / 24) * 2 * Math.PI);
}

/** Which share was on in a stretch of time, whose ends are so many days ago. */
function shareBetween(steps: readonly (readonly [number, number])[], from: number, to: number): number {
  let sum = 0;
  for (const [index, [since, share]] of steps.entries()) {
    const until = steps[index + 1]?.[0] ?? Number.NEGATIVE_INFINITY;
    // Before the first step there was what there was at its beginning.
    const overlap = Math.min(index === 0 ? from : since, from) - Math.max(until, to);
    if (overlap > 0) sum += overlap * share;
  }
  return sum / (from - to);
}

/** What was counted up to now: by the day, and from `hourly` on by the hour. What is rare comes now and then. */
export function countsOf(use: DemoUse, { now, hourly, random }: { now: Date; hourly: Date; random: () => number }) {
  const { form, name, from, to = 0, perDay, week, growth = 1, on } = use;
  const began = daysBefore(now, from).getTime();
  const end = daysBefore(now, to).getTime();
  const whole = (value: number): number => Math.floor(value + random());
  const counts: DemoCount[] = [];
  for (let start = began, next: number; start < end; start = next) {
    const step = start < hourly.getTime() ? DAY : HOUR;
    next = Math.min(start - (start % step) + step, end);
    const time = new Date(start);
    const grown = 1 / growth + (1 - 1 / growth) * ((start - began) / (now.getTime() - began));
    const busy = (WEEKS[week][time.getUTCDay()] ?? 1) * (step === HOUR ? bustle(time.getUTCHours(), week) : 1);
    const asked = whole(perDay * grown * busy * (0.88 + 0.24 * random()) * ((next - start) / DAY));
    const minute = new Date(start + Math.floor(random() * (next - start))).toISOString().slice(0, 16);
    const add = (variant: string, evaluations: number): void => {
      if (evaluations > 0) counts.push({ form, name, variant, minute, evaluations });
    };
    if (on === 'missing') {
      add('missing', asked);
      continue;
    }
    const share = shareBetween(on, (now.getTime() - start) / DAY, (now.getTime() - next) / DAY);
    const positive = share === 0 || share === 1 ? share * asked : Math.min(asked, whole(asked * share));
    add('on', positive);
    add('off', asked - positive);
  }
  return counts;
}
