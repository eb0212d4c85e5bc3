import { countsOf, type DemoCount } from './counts';
import { DEMO_MISSING } from './flags';
import { daysBefore, type Load } from './load';
import { insertNewRows, setAsked } from './queries';
import { randomNumbers } from './random';
import { DEMO_USE } from './use';

/** Of so many days past the hours are kept, too. */
const HOURLY_DAYS = 2;

/**
 * What flags answered lately: by the day, of the last days by the hour, and when each answer came first and last. What was
 * really counted stays as it is: visitors may have been here before anybody had an account.
 */
export async function loadUsage({ trx, now }: Load): Promise<void> {
  const random = randomNumbers(53);
  const days = new Map<string, Record<string, unknown> & { evaluations: number }>();
  const seen = new Map<string, Record<string, unknown>>();
  const minutes: DemoCount[] = [];
  const asked = new Map<string, number>();
  const recent = daysBefore(now, HOURLY_DAYS).toISOString().slice(0, 10);
  const hourly = new Date(`${recent}T00:00Z`);
  for (const use of DEMO_USE)
    for (const count of countsOf(use, { now, hourly, random })) {
      const { form, name, variant, minute, evaluations } = count;
      const key = `${form} ${name} ${variant}`;
      const day = minute.slice(0, 10);
      const ofDay = days.get(`${key} ${day}`);
      if (ofDay === undefined) days.set(`${key} ${day}`, { form, name, variant, day, evaluations });
      else ofDay.evaluations += evaluations;
      seen.set(key, { first_at: minute, ...seen.get(key), form, name, variant, last_at: minute });
      asked.set(`${form} ${name}`, (asked.get(`${form} ${name}`) ?? 0) + evaluations);
      if (minute >= recent) minutes.push(count);
    }
  await insertNewRows(trx, 'usage_day', [...days.values()]);
  await insertNewRows(
    trx,
    'usage_minute',
    minutes.map((count) => ({ ...count })),
  );
  await insertNewRows(trx, 'usage_seen', [...seen.values()]);
  for (const { kind, name } of DEMO_MISSING) await setAsked(trx, kind, name, asked.get(`${kind} ${name}`) ?? 0);
}
