import { toDbTime } from '../db';
import { slugify } from '../lib/slug';
import { producerFeatures } from '../producers';
import { daysBefore, type Load, stamps } from './load';
import { NAMED_PRODUCERS, PRODUCERS, producerNames } from './producers';
import { idsBySlug, insertRows } from './queries';

/** A producer of the demo. */
export interface LoadedProducer {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
  readonly since: Date;
}

/** How many producers open their features, and for how many days past. */
const USERS = 24;
const USED_DAYS = 60;

/** How often the first producers opened what they have: less on weekends, and some features more than others. */
function usesOf(flags: readonly Record<string, unknown>[], now: Date) {
  return flags.slice(0, USERS).flatMap((row, place) =>
    producerFeatures.flatMap(([, { column }], position) => {
      if (row[column] !== true) return [];
      return Array.from({ length: USED_DAYS }, (_, ago) => {
        const day = daysBefore(now, ago);
        const weekend = [0, 6].includes(day.getUTCDay());
        const opened = ((place * 7 + position * 5 + ago * 11) % 9) + (weekend ? 0 : 4 - position);
        return { producer_id: row.producer_id, feature: column, day: day.toISOString().slice(0, 10), opened };
      }).filter(({ opened }) => opened > 0);
    }),
  );
}

/** How likely a producer has the first, second, third feature … */
const SHARE = [0.55, 0.3, 0.2];

/** The customer accounts: the named ones first, each with its money, its features and those who can sign in. */
export async function loadProducers({ trx, now, random, ids }: Load): Promise<LoadedProducer[]> {
  const made = producerNames(PRODUCERS - NAMED_PRODUCERS.length, random).map((name) => {
    const slug = slugify(name, 60);
    return { name, slug, signIn: undefined, role: 'owner', features: undefined };
  });
  const producers = [...NAMED_PRODUCERS, ...made].map((producer, index) => ({
    ...producer,
    since: daysBefore(now, index < 2 ? 110 - index : 4 + random() * 380),
    isActive: index < 2 || random() > 0.06,
  }));
  await insertRows(
    trx,
    'producers_producer',
    producers.map(({ name, slug, since, isActive: is_active }) => {
      return { name, slug, contact_email: `hello@${slug}.example`, is_active, ...stamps(since) };
    }),
  );
  const idOf = await idsBySlug(trx, 'producers_producer');
  const loaded = producers.map(({ name, slug, since }) => ({ id: idOf.get(slug) ?? 0, name, slug, since }));
  const financials = loaded.map(({ id: producer_id, name }) => {
    const balance_minor = Math.floor(random() ** 2 * 4_000_000);
    return { producer_id, payout_account: `${name} checking`, currency: 'USD', balance_minor };
  });
  const flags = producers.map(({ slug, features, since }) => {
    const own = features as Partial<Record<string, boolean>> | undefined;
    const values = producerFeatures.map(([, { column }], position) => {
      const drawn = random() < (SHARE[position] ?? 0.1);
      return [column, own === undefined ? drawn : own[column] === true];
    });
    return { producer_id: idOf.get(slug), ...Object.fromEntries(values), ...stamps(since) };
  });
  const members = producers.flatMap(({ slug, signIn, role, since }) => {
    if (signIn === undefined) return [];
    const place = { user_id: ids.get(signIn), producer_id: idOf.get(slug) };
    return [{ ...place, role, can_publish_shows: true, created_at: toDbTime(since) }];
  });
  await insertRows(trx, 'producers_producerfinancial', financials);
  await insertRows(trx, 'producers_featureflags', flags);
  await insertRows(trx, 'producers_userproducer', members);
  await insertRows(trx, 'producers_featureuse', usesOf(flags, now));
  return loaded;
}
