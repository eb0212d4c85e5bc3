import type { Knex } from 'knex';
import { type Database, fromDbTime, isPostgres, toDbTime } from '../db';
import type { ListWish, Page, PayoutStatus } from './queries';

export interface Payout {
  readonly id: number;
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: PayoutStatus;
  readonly dueAt: Date;
}

/** The account of a producer. */
export interface Balance {
  readonly payoutAccount: string;
  readonly currency: string;
  readonly balanceMinor: number;
}

type Row = Record<string, unknown>;

const toPayout = (row: Row): Payout => ({
  id: Number(row.id),
  reference: String(row.reference),
  amountMinor: Number(row.amount_minor),
  currency: String(row.currency),
  status: row.status as PayoutStatus,
  dueAt: fromDbTime(row.due_at),
});

/** What a producer has with us; undefined when nothing was set up. */
export async function findBalance(db: Knex, producerId: number): Promise<Balance | undefined> {
  const row = (await db('producers_producerfinancial').where({ producer_id: producerId }).first()) as Row | undefined;
  return (
    row && {
      payoutAccount: String(row.payout_account),
      currency: String(row.currency),
      balanceMinor: Number(row.balance_minor),
    }
  );
}

const STATUSES: readonly string[] = ['scheduled', 'paid', 'failed'];

/** One page of a producer's payouts, the newest first. */
export async function listPayouts(db: Database, producerId: number, wish: ListWish): Promise<Page<Payout>> {
  const all = () => db('producers_payout').where({ producer_id: producerId });
  const [counted] = (await all().select(
    db.raw('count(*) as everything'),
    db.raw("sum(case when status = 'scheduled' then 1 else 0 end) as scheduled"),
    db.raw("sum(case when status = 'paid' then 1 else 0 end) as paid"),
    db.raw("sum(case when status = 'failed' then 1 else 0 end) as failed"),
  )) as Row[];
  const counts = Object.fromEntries(Object.entries(counted ?? {}).map(([name, count]) => [name, Number(count ?? 0)]));
  const rows = all();
  if (STATUSES.includes(wish.filter)) rows.where({ status: wish.filter });
  const column = { due_at: 'due_at', amount: 'amount_minor', reference: 'reference' }[wish.order] ?? 'due_at';
  const direction = wish.order === '' || wish.descending ? 'desc' : 'asc';
  const found = (await rows
    .orderBy(column, direction)
    .orderBy('id', 'desc')
    .limit(wish.limit)
    .offset(wish.offset)) as Row[];
  return { rows: found.map(toPayout), counts, total: counts[wish.filter] ?? counts.everything ?? 0 };
}

/** The payout that comes next; undefined when none is planned. */
export async function findNextPayout(db: Knex, producerId: number): Promise<Payout | undefined> {
  const row = (await db('producers_payout')
    .where({ producer_id: producerId, status: 'scheduled' })
    .orderBy('due_at')
    .first()) as Row | undefined;
  return row && toPayout(row);
}

/** What was paid out in each month since a moment, as `2026-11` in UTC, in one currency. */
export async function sumPayoutsByMonth(
  db: Database,
  producerId: number,
  currency: string,
  since: Date,
): Promise<Map<string, number>> {
  const text = isPostgres(db) ? "to_char(?? at time zone 'UTC', 'YYYY-MM')" : 'substr(??, 1, 7)';
  const month = db.raw(text, ['due_at']);
  const rows = (await db('producers_payout')
    .where({ producer_id: producerId, status: 'paid', currency })
    .where('due_at', '>=', toDbTime(since))
    .select(month.wrap('', ' as month'))
    .sum({ amount: 'amount_minor' })
    .groupBy('month')) as Row[];
  return new Map(rows.map((row) => [String(row.month), Number(row.amount)]));
}
