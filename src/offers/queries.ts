import type { Knex } from 'knex';
import { fromDbTime, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';

/** Most values that one statement names; both databases take more. */
const MOST_IN_ONE = 5_000;

/** How far a request has come. */
export type RequestState = 'requested' | 'contacted' | 'active' | 'declined';

/** A service as a card shows it, with how the latest request of a producer stands. */
export interface Offer {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
  readonly icon: string;
  readonly summary: string;
  readonly price: string;
  readonly benefits: readonly string[];
  readonly request:
    | {
        readonly state: RequestState;
        readonly answer: string;
        readonly by: string | null;
        readonly at: Date;
        readonly changedAt: Date;
      }
    | undefined;
}

interface OfferRow {
  id: number;
  name: string;
  slug: string;
  icon: string;
  summary: string;
  price: string;
  benefits: string;
  state: RequestState | null;
  answer: string | null;
  by: string | null;
  asked_at: unknown;
  changed_at: unknown;
}

const toOffer = (row: OfferRow): Offer => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  icon: row.icon,
  summary: row.summary,
  price: row.price,
  benefits: row.benefits.split('\n').filter((line) => line.trim() !== ''),
  request:
    row.state === null
      ? undefined
      : {
          state: row.state,
          answer: row.answer ?? '',
          by: row.by,
          at: fromDbTime(row.asked_at),
          changedAt: fromDbTime(row.changed_at),
        },
});

/** What is offered to a producer, or was asked for by it and still counts, each with its latest request. One statement. */
export async function listOffers(db: Knex, producerId: number, slug?: string): Promise<Offer[]> {
  const query = db('offers_service as s')
    .leftJoin('offers_request as r', (on) =>
      on.on(
        'r.id',
        db('offers_request')
          .max('id')
          .where({ producer_id: producerId })
          .where('service_id', db.ref('s.id')) as unknown as Knex.Raw,
      ),
    )
    .leftJoin('auth_user as u', 'u.id', 'r.user_id')
    .where((q) => q.where('s.is_offered', true).orWhereIn('r.state', ['requested', 'contacted', 'active']))
    .orderBy([{ column: 's.position' }, { column: 's.name' }])
    .limit(100)
    .select('s.id', 's.name', 's.slug', 's.icon', 's.summary', 's.price', 's.benefits')
    .select('r.state', 'r.answer', 'u.name as by', 'r.created_at as asked_at', 'r.modified_at as changed_at');
  const rows = (await (slug === undefined ? query : query.where('s.slug', slug))) as OfferRow[];
  return rows.map(toOffer);
}

/** Adds a request; nothing when there is one that still counts. */
export async function insertRequest(
  trx: Knex,
  request: { serviceId: number; producerId: number; userId: number; note: string; now: Date },
): Promise<number | undefined> {
  const time = toDbTime(request.now);
  const rows = (await trx('offers_request')
    .insert({
      service_id: request.serviceId,
      producer_id: request.producerId,
      user_id: request.userId,
      state: 'requested',
      note: request.note,
      created_at: time,
      modified_at: time,
    })
    .onConflict()
    .ignore()
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** Of these declined requests, those in whose place there is another that counts: they cannot be taken up again. */
export async function listReplaced(db: Knex, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  return db('offers_request as r')
    .join('offers_request as other', (on) =>
      on
        .on('other.service_id', 'r.service_id')
        .andOn('other.producer_id', 'r.producer_id')
        .andOn('other.id', '<>', 'r.id'),
    )
    .whereIn('r.id', ids)
    .where('r.state', 'declined')
    .whereNot('other.state', 'declined')
    .pluck('r.id');
}

/** Somebody who asked for a service, with how their request stands. */
export interface Requester {
  readonly to: string;
  readonly service: string;
  readonly producer: string;
  readonly slug: string;
  readonly state: RequestState;
  readonly answer: string;
}

/** Who made these requests, as far as they can be written to: people who still belong to the producer. */
export async function listRequesters(db: Knex, ids: readonly number[]): Promise<Requester[]> {
  const found: Requester[] = [];
  for (const some of chunksOf(ids, MOST_IN_ONE)) {
    const rows = (await db('offers_request as r')
      .join('offers_service as s', 's.id', 'r.service_id')
      .join('producers_producer as p', 'p.id', 'r.producer_id')
      .join('auth_user as u', 'u.id', 'r.user_id')
      .join('producers_userproducer as m', { 'm.user_id': 'u.id', 'm.producer_id': 'p.id' })
      .whereIn('r.id', some)
      .where({ 'u.is_active': true, 'p.is_active': true })
      .orderBy('r.id')
      .select(
        'u.email as to',
        's.name as service',
        'p.name as producer',
        'p.slug',
        'r.state',
        'r.answer',
      )) as Requester[];
    found.push(...rows);
  }
  return found;
}
