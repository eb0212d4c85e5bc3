import { toDbTime } from '../db';
import { slugify } from '../lib/slug';
import { CITIES, FIRST_NAMES, LAST_NAMES, OWN_SHOWS, SHOWS_BY_KIND, VENUES } from './box-office';
import { daysBefore, type Load, momentBetween, stamps } from './load';
import type { LoadedProducer } from './load-producers';
import { insertRows, readIds, setBalance } from './queries';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** How much a producer did: evenings behind and ahead of it, and the most orders for one evening. */
const sizeOf = ({ slug }: LoadedProducer, random: () => number) =>
  slug === 'arizona-comedy'
    ? { past: 26, coming: 10, most: 52 }
    : slug === 'phoenix-jazz'
      ? { past: 9, coming: 5, most: 24 }
      : { past: Math.floor(random() * 4), coming: Math.floor(random() * 3), most: 6 };

interface MadeShow {
  readonly id: number;
  readonly producer: LoadedProducer;
  readonly startsAt: Date;
  readonly onSaleSince: Date;
  readonly capacity: number;
  readonly price: number;
  readonly status: 'draft' | 'on_sale' | 'cancelled';
  readonly most: number;
  readonly row: Record<string, unknown>;
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

const WEEKDAYS = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday']; // as the epoch began

/** How many days to go, away from today, until the weekday that a title names. */
function daysToItsWeekday(day: number, title: string, ahead: boolean): number {
  const named = WEEKDAYS.findIndex((weekday) => title.includes(weekday));
  if (named === -1) return 0;
  const further = (named - (day % 7) + 7) % 7;
  return ahead ? further : -((7 - further) % 7);
}

/** An evening in Arizona, about so many days from now. */
function eveningIn(now: Date, days: number, title: string, random: () => number): Date {
  const day = Math.floor((now.getTime() + days * DAY) / DAY);
  const midnight = (day + daysToItsWeekday(day, title, days > 0)) * DAY;
  // Counted in UTC: 26 is seven in the evening there.
  const hours = title.includes('Brunch') ? 18 : title.startsWith('Late') ? 29 : pick([26, 26.5, 27, 27.5], random);
  return new Date(midnight + hours * HOUR);
}

function makeShows(producer: LoadedProducer, firstId: number, { now, random }: Load): MadeShow[] {
  const { past, coming, most } = sizeOf(producer, random);
  const own = OWN_SHOWS[producer.slug];
  const kind = SHOWS_BY_KIND.find(([name]) => producer.name.endsWith(name))?.[1] ?? ['Opening Night'];
  const home = own === undefined ? pick(VENUES, random) : (VENUES[0] ?? pick(VENUES, random));
  const city = own === undefined ? producer.name.split(' ')[0] : undefined;
  return Array.from({ length: past + coming }, (_, index): MadeShow => {
    const ahead = index - past;
    const days = ahead < 0 ? ahead * 11 - random() * 8 : ahead * 6 + 1 + random() * 5;
    const [title, description] = own === undefined ? [pick(kind, random), ''] : pick(own, random);
    const startsAt = eveningIn(now, days, title, random);
    const [venue, places] = own === undefined || random() < 0.4 ? home : pick(VENUES, random);
    const drawn = random();
    const status = ahead > 1 && (drawn < 0.15 || ahead % 5 === 4) ? 'draft' : drawn > 0.95 ? 'cancelled' : 'on_sale';
    const price = own !== undefined && title.startsWith('Open Mic') ? 500 : 1_200 + Math.floor(random() * 14) * 200;
    const onSaleSince = new Date(Math.min(startsAt.getTime() - 30 * DAY, now.getTime() - 9 * DAY));
    const row = {
      producer_id: producer.id,
      title,
      venue,
      city: city ?? pick(CITIES, random),
      starts_at: toDbTime(startsAt),
      capacity: places,
      price_minor: price,
      currency: 'USD',
      status,
      description,
      ...stamps(onSaleSince, status === 'draft' ? daysBefore(now, 1) : onSaleSince),
    };
    return { id: firstId + index, producer, startsAt, onSaleSince, capacity: places, price, status, most, row };
  });
}

const initials = (name: string): string => name.replace(/[^A-Z]/g, '').slice(0, 3) || 'P';

/** Orders of one show: more of them the nearer the evening is. */
function makeOrders(show: MadeShow, counter: { next: number }, { now, random }: Load): Record<string, unknown>[] {
  if (show.status === 'draft') return [];
  const { producer, capacity, price, startsAt, onSaleSince } = show;
  const last = startsAt < now ? startsAt : now;
  const orders = Math.floor(show.most * (0.3 + 0.7 * random()) * (startsAt < now ? 1 : 0.75));
  let left = capacity;
  const made: Record<string, unknown>[] = [];
  for (let index = 0; index < orders && left > 0; index++) {
    const tickets = Math.min(left, pick([1, 2, 2, 2, 3, 4, 4, 6], random));
    const placed = momentBetween(onSaleSince, last, random() ** 0.5);
    const name = `${pick(FIRST_NAMES, random)} ${pick(LAST_NAMES, random)}`;
    const drawn = random();
    const young = now.getTime() - placed.getTime() < 2 * DAY;
    const status =
      show.status === 'cancelled' || drawn < 0.04 ? 'refunded' : young && drawn > 0.8 && price > 0 ? 'pending' : 'paid';
    if (status !== 'refunded') left -= tickets;
    counter.next += 1 + Math.floor(random() * 3);
    made.push({
      producer_id: producer.id,
      show_id: show.id,
      number: `${initials(producer.name)}-${counter.next}`,
      buyer_name: name,
      buyer_email: `${slugify(name, 60).replace('-', '.')}@mail.example`,
      tickets,
      total_minor: tickets * price,
      fee_minor: Math.round(tickets * price * 0.04),
      currency: 'USD',
      status,
      ...stamps(placed, status === 'refunded' ? momentBetween(placed, last, random()) : placed),
    });
  }
  return made;
}

/** A payout every other Friday, the last one still to come. */
function makePayouts(producer: LoadedProducer, { now, random }: Load): Record<string, unknown>[] {
  const count =
    producer.slug === 'arizona-comedy' ? 24 : producer.slug === 'phoenix-jazz' ? 10 : Math.floor(random() * 5);
  const friday = Math.floor((now.getTime() - DAY) / (7 * DAY)) * 7 * DAY + 8 * DAY + 17 * HOUR; // the epoch began on a Thursday
  const usual = producer.slug === 'arizona-comedy' ? 260_000 : 40_000;
  return Array.from({ length: count }, (_, index) => {
    const due = new Date(friday - index * 14 * DAY);
    const created = daysBefore(due, 7);
    return {
      producer_id: producer.id,
      reference: `PO-${producer.id}-${String(count - index).padStart(3, '0')}`,
      amount_minor: Math.floor(usual * (0.4 + 1.2 * random())),
      currency: 'USD',
      status: due > now ? 'scheduled' : random() < 0.03 ? 'failed' : 'paid',
      due_at: toDbTime(due),
      ...stamps(created < now ? created : now),
    };
  });
}

/** Shows, orders and payouts: many for the producers that one can sign in to, a few for the others. */
export async function loadBoxOffice(load: Load, producers: readonly LoadedProducer[]): Promise<void> {
  const { trx } = load;
  const shows: MadeShow[] = [];
  for (const producer of producers) shows.push(...makeShows(producer, shows.length, load));
  await insertRows(
    trx,
    'producers_show',
    shows.map(({ row }) => row),
  );
  const ids = await readIds(trx, 'producers_show'); // in the order in which they were added
  const numbers = new Map<number, { next: number }>();
  const orders = shows.flatMap((show, index) => {
    const { id } = show.producer;
    const counter = numbers.get(id) ?? { next: 1_000 };
    numbers.set(id, counter);
    return makeOrders({ ...show, id: ids[index] ?? 0 }, counter, load);
  });
  await insertRows(trx, 'producers_order', orders);
  // What is paid out next has to be there.
  for (const { id, slug } of producers) {
    if (slug in OWN_SHOWS) await setBalance(trx, id, slug === 'arizona-comedy' ? 611_240 : 148_815);
  }
  await insertRows(
    trx,
    'producers_payout',
    producers.flatMap((producer) => makePayouts(producer, load)),
  );
}
