import type { Form } from './form';
import { ERROR, MISSING } from './form';
import type { Seen } from './queries-dashboard';

/** How a flag fares, the gravest first. */
export const HEALTHS = ['missing', 'unknown', 'never', 'stale', 'active'] as const;
export type Health = (typeof HEALTHS)[number];

export const HEALTH_WORDS: Readonly<Record<Health, string>> = {
  missing: 'Missing',
  unknown: 'Unknown to code',
  never: 'Never evaluated',
  stale: 'Stale',
  active: 'Active',
};

/** What is known of a flag's life. */
export interface Life {
  readonly form: Form;
  readonly createdAt: Date | null;
  readonly changedAt: Date | null;
  readonly isInCode: boolean;
  readonly seen: readonly Seen[];
}

export interface Finding {
  readonly health: Health;
  /** Why, as sentences; empty for a flag that is well. */
  readonly reasons: readonly string[];
}

const DAY_MS = 86_400_000;

/** A minute of a count as a moment. */
export const momentOf = (minute: string): Date => new Date(`${minute}:00Z`);

const daysBetween = (from: Date, to: Date): number => Math.floor((to.getTime() - from.getTime()) / DAY_MS);
const inDays = (days: number): string => `${days.toLocaleString('en')} ${days === 1 ? 'day' : 'days'}`;

/** When a flag was asked for last; undefined when it never was. */
export const lastAsked = (seen: readonly Seen[]): Date | undefined => {
  const last = seen.reduce((latest, { lastAt }) => (lastAt > latest ? lastAt : latest), '');
  return last === '' ? undefined : momentOf(last);
};

/** Since when everybody has got one answer, and which; undefined while answers differ. */
function oneAnswer(seen: readonly Seen[]): { variant: string; since: Date } | undefined {
  const [latest, ...others] = [...seen].sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
  if (latest === undefined || latest.variant === ERROR) return undefined;
  const before = others
    .map(({ lastAt }) => lastAt)
    .sort()
    .at(-1);
  return { variant: latest.variant, since: momentOf(before ?? latest.firstAt) };
}

/** Says how a flag fares at a moment. `days` is how long it may stay as it is. */
export function assess({ createdAt, changedAt, isInCode, seen }: Life, now: Date, days: number): Finding {
  const answered = seen.filter(({ variant }) => variant !== MISSING);
  const last = lastAsked(answered);
  const age = createdAt === null ? undefined : daysBetween(createdAt, now);
  if (last === undefined) {
    if (isInCode) return { health: 'never', reasons: ['Code names it, and nothing has asked for it so far.'] };
    if (age !== undefined && age < days)
      return {
        health: 'never',
        reasons: [
          age === 0 ? 'Made today; nothing has asked for it.' : `Made ${inDays(age)} ago; nothing has asked for it.`,
        ],
      };
    return { health: 'unknown', reasons: ['No code names it, and nothing has ever asked for it.'] };
  }
  const idle = daysBetween(last, now);
  if (idle >= days && !isInCode)
    return { health: 'unknown', reasons: [`No code names it, and nothing has asked for it for ${inDays(idle)}.`] };
  const reasons: string[] = [];
  if (idle >= days) reasons.push(`Nothing has asked for it for ${inDays(idle)}.`);
  const answer = oneAnswer(answered);
  const alike = answer === undefined || idle >= days ? 0 : daysBetween(answer.since, now);
  if (answer !== undefined && alike >= days)
    reasons.push(`Everybody has got “${answer.variant}” for ${inDays(alike)}.`);
  const unchanged = changedAt === null ? 0 : daysBetween(changedAt, now);
  if (unchanged >= days) reasons.push(`Not changed for ${inDays(unchanged)}.`);
  return { health: reasons.length > 0 ? 'stale' : 'active', reasons };
}
