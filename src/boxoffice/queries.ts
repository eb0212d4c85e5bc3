import type { Knex } from 'knex';
import { type Database, fromDbTime, type Transaction, toDbTime } from '../db';

export type ShowStatus = 'draft' | 'on_sale' | 'cancelled';
/** What a list of shows is narrowed to. */
export type ShowFilter = 'on_sale' | 'draft' | 'past' | 'cancelled';
export type OrderStatus = 'paid' | 'pending' | 'refunded';
export type PayoutStatus = 'scheduled' | 'paid' | 'failed';

export interface Show {
  readonly id: number;
  readonly title: string;
  readonly venue: string;
  readonly city: string;
  readonly startsAt: Date;
  readonly capacity: number;
  readonly priceMinor: number;
  readonly currency: string;
  readonly status: ShowStatus;
  readonly description: string;
  readonly modifiedAt: Date;
  /** Tickets that are paid or still being paid. */
  readonly sold: number;
  /** What was paid for them. */
  readonly revenueMinor: number;
}

export interface Order {
  readonly id: number;
  readonly number: string;
  readonly showId: number;
  readonly showTitle: string;
  readonly buyerName: string;
  readonly buyerEmail: string;
  readonly tickets: number;
  readonly totalMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** One page of a list, with how many rows there are in all and under each choice of its filter. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What a list shows: words of the search, the chosen filter, the order, and which page. */
export interface ListWish {
  readonly q: string;
  readonly filter: string;
  readonly order: string;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

type Row = Record<string, unknown>;

/** Every word must occur in one of the columns, in any case. */
function search(query: Knex.QueryBuilder, q: string, columns: readonly string[]): Knex.QueryBuilder {
  for (const word of q.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 10)) {
    const pattern = `%${word.replace(/[!%_]/g, '!$&')}%`;
    query.where((any) => {
      for (const column of columns) any.orWhereRaw("lower(??) like ? escape '!'", [column, pattern]);
    });
  }
  return query;
}

const toShow = (row: Row): Show => ({
  id: Number(row.id),
  title: String(row.title),
  venue: String(row.venue),
  city: String(row.city),
  startsAt: fromDbTime(row.starts_at),
  capacity: Number(row.capacity),
  priceMinor: Number(row.price_minor),
  currency: String(row.currency),
  status: row.status as ShowStatus,
  description: String(row.description),
  modifiedAt: fromDbTime(row.modified_at),
  sold: Number(row.sold ?? 0),
  revenueMinor: Number(row.revenue ?? 0),
});

const showsOf = (db: Knex, producerId: number) => db('producers_show as s').where('s.producer_id', producerId);

/** What was sold of each show of a producer. */
const sales = (db: Knex, producerId: number) =>
  db('producers_order')
    .where({ producer_id: producerId })
    .whereNot({ status: 'refunded' })
    .groupBy('show_id')
    .select('show_id')
    .sum({ sold: 'tickets' })
    .select(db.raw("sum(case when status = 'paid' then total_minor else 0 end) as revenue"))
    .as('o');

const withSales = (db: Knex, producerId: number) =>
  showsOf(db, producerId).leftJoin(sales(db, producerId), 'o.show_id', 's.id').select('s.*', 'o.sold', 'o.revenue');

const SHOW_FILTERS: Record<ShowFilter, (query: Knex.QueryBuilder, now: string) => Knex.QueryBuilder> = {
  on_sale: (query, now) => query.where('s.status', 'on_sale').where('s.starts_at', '>=', now),
  draft: (query) => query.where('s.status', 'draft'),
  past: (query, now) => query.where('s.status', 'on_sale').where('s.starts_at', '<', now),
  cancelled: (query) => query.where('s.status', 'cancelled'),
};

const SHOW_ORDERS: Record<string, string> = {
  title: 's.title',
  starts_at: 's.starts_at',
  sold: 'sold',
  revenue: 'revenue',
};

const isShowFilter = (name: string): name is ShowFilter => Object.hasOwn(SHOW_FILTERS, name);

/** One page of a producer's shows. Without an order those to come are first, the next one on top. */
export async function listShows(db: Database, producerId: number, wish: ListWish, now: Date): Promise<Page<Show>> {
  const time = toDbTime(now);
  const searched = () => search(showsOf(db, producerId), wish.q, ['s.title', 's.venue', 's.city']);
  const [counted] = (await searched().select(
    db.raw('count(*) as everything'),
    db.raw("sum(case when s.status = 'on_sale' and s.starts_at >= ? then 1 else 0 end) as on_sale", [time]),
    db.raw("sum(case when s.status = 'draft' then 1 else 0 end) as draft"),
    db.raw("sum(case when s.status = 'on_sale' and s.starts_at < ? then 1 else 0 end) as past", [time]),
    db.raw("sum(case when s.status = 'cancelled' then 1 else 0 end) as cancelled"),
  )) as Row[];
  const rows = search(withSales(db, producerId), wish.q, ['s.title', 's.venue', 's.city']);
  if (isShowFilter(wish.filter)) SHOW_FILTERS[wish.filter](rows, time);
  const column = SHOW_ORDERS[wish.order];
  if (column === undefined) {
    rows
      .orderByRaw('case when s.starts_at >= ? then 0 else 1 end', [time])
      .orderByRaw('case when s.starts_at >= ? then s.starts_at end asc', [time])
      .orderBy('s.starts_at', 'desc');
  } else if (column.startsWith('s.')) rows.orderBy(column, wish.descending ? 'desc' : 'asc');
  else rows.orderByRaw(wish.descending ? 'coalesce(??, 0) desc' : 'coalesce(??, 0) asc', [column]);
  const found = (await rows.orderBy('s.id', 'desc').limit(wish.limit).offset(wish.offset)) as Row[];
  return { rows: found.map(toShow), ...totals(counted, wish.filter) };
}

/** The counts of a list, and the total that its filter leaves. */
function totals(counted: Row | undefined, filter: string): { total: number; counts: Record<string, number> } {
  const counts = Object.fromEntries(Object.entries(counted ?? {}).map(([name, count]) => [name, Number(count ?? 0)]));
  return { counts, total: counts[filter] ?? counts.everything ?? 0 };
}

/** A producer's show; undefined when it is not there or another producer's. */
export async function findShow(db: Knex, producerId: number, id: number): Promise<Show | undefined> {
  const row = (await withSales(db, producerId).where('s.id', id).first()) as Row | undefined;
  return row && toShow(row);
}

/** Keeps a show as it is until the end of the transaction. */
export const lockShow = async (trx: Transaction, producerId: number, id: number): Promise<void> => {
  await showsOf(trx, producerId).where('s.id', id).forUpdate().first('s.id');
};

/** The next shows that are on sale. */
export async function listNextShows(db: Knex, producerId: number, now: Date, limit: number): Promise<Show[]> {
  const query = withSales(db, producerId).orderBy('s.starts_at').limit(limit);
  return ((await SHOW_FILTERS.on_sale(query, toDbTime(now))) as Row[]).map(toShow);
}

/** What a show is written with. */
export type ShowColumns = Readonly<
  Record<'title' | 'venue' | 'city' | 'starts_at' | 'status' | 'description' | 'currency', string> &
    Record<'capacity' | 'price_minor', number>
>;

export async function insertShow(trx: Transaction, producerId: number, show: ShowColumns, now: Date): Promise<number> {
  const stamps = { created_at: toDbTime(now), modified_at: toDbTime(now) };
  const [row] = (await trx('producers_show')
    .insert({ producer_id: producerId, ...show, ...stamps })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the show was not added');
  return row.id;
}

export async function updateShow(
  trx: Transaction,
  producerId: number,
  id: number,
  show: ShowColumns,
  now: Date,
): Promise<void> {
  await trx('producers_show')
    .where({ id, producer_id: producerId })
    .update({ ...show, modified_at: toDbTime(now) });
}

const toOrder = (row: Row): Order => ({
  id: Number(row.id),
  number: String(row.number),
  showId: Number(row.show_id),
  showTitle: String(row.show_title ?? ''),
  buyerName: String(row.buyer_name),
  buyerEmail: String(row.buyer_email),
  tickets: Number(row.tickets),
  totalMinor: Number(row.total_minor),
  feeMinor: Number(row.fee_minor),
  currency: String(row.currency),
  status: row.status as OrderStatus,
  createdAt: fromDbTime(row.created_at),
  modifiedAt: fromDbTime(row.modified_at),
});

const ORDER_COLUMNS = ['o.number', 'o.buyer_name', 'o.buyer_email', 's.title'];
const ORDER_STATUSES: readonly string[] = ['paid', 'pending', 'refunded'];
const ORDER_ORDERS: Record<string, string> = {
  number: 'o.number',
  created_at: 'o.created_at',
  buyer: 'o.buyer_name',
  tickets: 'o.tickets',
  total: 'o.total_minor',
};

const ordersOf = (db: Knex, producerId: number) =>
  db('producers_order as o').join('producers_show as s', 's.id', 'o.show_id').where('o.producer_id', producerId);

/** Narrows orders to the search and to one show. */
const searchOrders = (db: Knex, producerId: number, q: string, showId: number | undefined) => {
  const query = search(ordersOf(db, producerId), q, ORDER_COLUMNS);
  return showId === undefined ? query : query.where('o.show_id', showId);
};

/** One page of a producer's orders, the newest first unless another order is wished. */
export async function listOrders(
  db: Database,
  producerId: number,
  wish: ListWish,
  showId?: number,
): Promise<Page<Order>> {
  const [counted] = (await searchOrders(db, producerId, wish.q, showId).select(
    db.raw('count(*) as everything'),
    db.raw("sum(case when o.status = 'paid' then 1 else 0 end) as paid"),
    db.raw("sum(case when o.status = 'pending' then 1 else 0 end) as pending"),
    db.raw("sum(case when o.status = 'refunded' then 1 else 0 end) as refunded"),
  )) as Row[];
  const rows = searchOrders(db, producerId, wish.q, showId).select('o.*', 's.title as show_title');
  if (ORDER_STATUSES.includes(wish.filter)) rows.where('o.status', wish.filter);
  const column = ORDER_ORDERS[wish.order];
  if (column === undefined) rows.orderBy('o.created_at', 'desc');
  else rows.orderBy(column, wish.descending ? 'desc' : 'asc');
  const found = (await rows.orderBy('o.id', 'desc').limit(wish.limit).offset(wish.offset)) as Row[];
  return { rows: found.map(toOrder), ...totals(counted, wish.filter) };
}

/** A producer's order; undefined when it is not there or another producer's. */
export async function findOrder(db: Knex, producerId: number, id: number): Promise<Order | undefined> {
  const row = (await ordersOf(db, producerId).where('o.id', id).select('o.*', 's.title as show_title').first()) as
    | Row
    | undefined;
  return row && toOrder(row);
}

/** What came in since a moment, by currency. */
export async function sumOrdersSince(
  db: Knex,
  producerId: number,
  since: Date,
): Promise<{ currency: string; orders: number; tickets: number; totalMinor: number }[]> {
  const rows = (await db('producers_order')
    .where({ producer_id: producerId })
    .whereNot({ status: 'refunded' })
    .where('created_at', '>=', toDbTime(since))
    .groupBy('currency')
    .orderBy('currency')
    .select('currency')
    .count({ orders: '*' })
    .sum({ tickets: 'tickets', total: 'total_minor' })) as Row[];
  return rows.map((row) => ({
    currency: String(row.currency),
    orders: Number(row.orders),
    tickets: Number(row.tickets),
    totalMinor: Number(row.total),
  }));
}

/** How many of a producer's orders wait for their money, and shows are not on sale yet. */
export async function countOpen(db: Knex, producerId: number): Promise<{ pending: number; drafts: number }> {
  const pending = db('producers_order').where({ producer_id: producerId, status: 'pending' }).count('*');
  const drafts = db('producers_show').where({ producer_id: producerId, status: 'draft' }).count('*');
  const row = (await db.select(pending.as('pending'), drafts.as('drafts')).first()) as Row | undefined;
  return { pending: Number(row?.pending ?? 0), drafts: Number(row?.drafts ?? 0) };
}
