import type { Request, Response } from 'express';
import { toCsv } from '../admin';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { notFound, unprocessable } from '../lib/http-error';
import { toMajor } from '../lib/money';
import { memberOf, ofProducer } from '../portal';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { actorOf, wantsPartial } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { listData, listState, wishOf } from './list';
import { findOrder, listOrders } from './queries';
import { findBalance, findNextPayout, listPayouts, sumPayoutsByMonth } from './queries-money';
import { idOf } from './routes-shows';

/** Most rows that one file holds. */
export const MOST_ROWS = 20_000;

const ORDERS = {
  url: '/dashboard/orders',
  noun: 'order',
  nounPlural: 'orders',
  filters: [
    { value: 'paid', text: 'Paid' },
    { value: 'pending', text: 'Pending' },
    { value: 'refunded', text: 'Refunded' },
  ],
  columns: [
    { key: 'number', text: 'Order', sorts: true },
    { key: 'created_at', text: 'Placed', sorts: true },
    { key: 'buyer', text: 'Buyer and show', sorts: true },
    { key: 'status', text: 'Status' },
    { key: 'tickets', text: 'Tickets', sorts: true, align: 'number' },
    { key: 'total', text: 'Total', sorts: true, align: 'number' },
  ],
} as const;

const PAYOUTS = {
  url: '/dashboard/finances',
  noun: 'payout',
  nounPlural: 'payouts',
  filters: [
    { value: 'scheduled', text: 'Scheduled' },
    { value: 'paid', text: 'Paid' },
    { value: 'failed', text: 'Failed' },
  ],
  columns: [
    { key: 'reference', text: 'Payout', sorts: true },
    { key: 'due_at', text: 'Date', sorts: true },
    { key: 'status', text: 'Status' },
    { key: 'amount', text: 'Amount', sorts: true, align: 'number' },
  ],
} as const;

/** An export takes what the list shows, so its address goes along with every narrowing. */
const EXPORT = { target: '#list-export', partial: 'partials/boxoffice/export.njk' };

const MONTHS_SHOWN = 12;

/** The last twelve months up to now, each as `2026-11` with its name. */
function monthsUntil(now: Date): { key: string; text: string }[] {
  const name = new Intl.DateTimeFormat('en', { month: 'short', year: '2-digit', timeZone: 'UTC' });
  return Array.from({ length: MONTHS_SHOWN }, (_, index) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - MONTHS_SHOWN + 1 + index, 1));
    return { key: month.toISOString().slice(0, 7), text: name.format(month) };
  });
}

/** Orders and money of a producer. */
export function orderRoutes(services: Services): Routes {
  const { db, clock } = services;
  const member = ofProducer(services);

  /** Sends rows as a file, and writes down that they left. */
  async function sendFile(
    req: Request,
    res: Response,
    kind: typeof ORDERS | typeof PAYOUTS,
    rows: readonly Record<string, unknown>[],
    total: number,
  ): Promise<void> {
    if (total > MOST_ROWS) {
      throw unprocessable(
        `A file holds at most ${formatCount(MOST_ROWS, 'row')}; this list has ${formatCount(total, 'row')}. Narrow it with the search or a filter.`,
      );
    }
    const { producer } = memberOf(req);
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actorOf(req), {
        action: 'export',
        objectType: `producers.${kind.noun}`,
        objectId: '',
        objectLabel: kind.nounPlural,
        after: { producer_id: producer.id, rows: rows.length },
        message: `Exported ${formatCount(rows.length, kind.noun)} of ${producer.name} as CSV.`,
      }),
    );
    const name = `${producer.slug}-${kind.nounPlural}-${clock.now().toISOString().slice(0, 10)}.csv`;
    res.set('Content-Disposition', `attachment; filename="${name}"`).type('text/csv').send(toCsv(rows));
  }

  return new Routes('/dashboard')
    .get('/orders', signedIn, member, async (req, res) => {
      const state = listState(req, ORDERS);
      const page = await listOrders(db, memberOf(req).producer.id, wishOf(state));
      respond(req, res, {
        page: 'views/boxoffice/orders.njk',
        partial: 'partials/boxoffice/order-list.njk',
        also: [EXPORT],
        data: listData(ORDERS, state, page),
      });
    })
    .get('/orders/export', signedIn, member, async (req, res) => {
      const wish = { ...wishOf(listState(req, ORDERS)), limit: MOST_ROWS, offset: 0 };
      const { rows, total } = await listOrders(db, memberOf(req).producer.id, wish);
      const records = rows.map((order) => ({
        order: order.number,
        placed: order.createdAt,
        status: order.status,
        buyer: order.buyerName,
        email: order.buyerEmail,
        show: order.showTitle,
        tickets: order.tickets,
        total: toMajor(order.totalMinor, order.currency),
        fee: toMajor(order.feeMinor, order.currency),
        currency: order.currency,
      }));
      await sendFile(req, res, ORDERS, records, total);
    })
    .get('/orders/:id', signedIn, member, async (req, res) => {
      const order = await findOrder(db, memberOf(req).producer.id, idOf(req));
      if (order === undefined) throw notFound('There is no such order among yours.');
      respond(req, res, { page: 'views/boxoffice/order.njk', data: { order } });
    })
    .get('/finances', signedIn, member, async (req, res) => {
      const { producer } = memberOf(req);
      const state = listState(req, PAYOUTS);
      const page = await listPayouts(db, producer.id, wishOf(state));
      const list = listData(PAYOUTS, state, page);
      if (wantsPartial(req)) {
        // Figures and chart stay as they are while the list is filtered.
        return respond(req, res, { partial: 'partials/boxoffice/payout-list.njk', also: [EXPORT], data: list });
      }
      const balance = await findBalance(db, producer.id);
      const currency = balance?.currency ?? 'USD';
      const months = monthsUntil(clock.now());
      const since = new Date(`${months[0]?.key}-01T00:00:00Z`);
      const sums = await sumPayoutsByMonth(db, producer.id, currency, since);
      const values = months.map(({ key }) => sums.get(key) ?? 0);
      respond(req, res, {
        page: 'views/boxoffice/finances.njk',
        data: {
          ...list,
          balance,
          currency,
          next: await findNextPayout(db, producer.id),
          paidOut: values.reduce((sum, value) => sum + value, 0),
          labels: months.map(({ text }) => text),
          // A chart shows whole units: cents are in the table below it.
          amounts: values.map((value) => Math.round(Number(toMajor(value, currency)))),
        },
      });
    })
    .get('/finances/export', signedIn, member, async (req, res) => {
      const wish = { ...wishOf(listState(req, PAYOUTS)), limit: MOST_ROWS, offset: 0 };
      const { rows, total } = await listPayouts(db, memberOf(req).producer.id, wish);
      const records = rows.map((payout) => ({
        payout: payout.reference,
        date: payout.dueAt,
        status: payout.status,
        amount: toMajor(payout.amountMinor, payout.currency),
        currency: payout.currency,
      }));
      await sendFile(req, res, PAYOUTS, records, total);
    });
}
