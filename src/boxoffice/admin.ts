import { column, modelAdmin } from '../admin';
import { formatMoney } from '../lib/money';
import { Order, Payout, Show } from './models';

/** What producers own: staff look, producers change. */
const READ_ONLY = { canAdd: false, canChange: false, canDelete: false } as const;

const money = (label: string, key: 'total_minor' | 'amount_minor') =>
  column<{ currency: string } & Partial<Record<typeof key, number | null>>>(
    label,
    (row) => formatMoney(row[key] ?? 0, row.currency),
    { orderBy: key },
  );

export const showAdmin = modelAdmin(Show, {
  ...READ_ONLY,
  icon: 'fa-masks-theater',
  description: 'What producers put on stage.',
  listDisplay: ['title', 'producer_id', 'venue', 'starts_at', 'capacity', 'status'],
  listFilter: ['status', 'starts_at'],
  searchFields: ['title', 'venue', 'producer_id.name'],
  searchHelp: 'Search by title, venue or producer',
  dateHierarchy: 'starts_at',
  ordering: ['-starts_at'],
});

export const orderAdmin = modelAdmin(Order, {
  ...READ_ONLY,
  icon: 'fa-ticket',
  description: 'Tickets that were bought.',
  listDisplay: ['number', 'producer_id', 'show_id', 'tickets', money('Total', 'total_minor'), 'status', 'created_at'],
  listDetail: 'buyer_name',
  listFilter: ['status', 'created_at'],
  searchFields: ['number', 'buyer_name', 'buyer_email', 'producer_id.name'],
  searchHelp: 'Search by number, buyer or producer',
  dateHierarchy: 'created_at',
  ordering: ['-created_at'],
});

export const payoutAdmin = modelAdmin(Payout, {
  ...READ_ONLY,
  icon: 'fa-building-columns',
  description: 'Money on its way to producers.',
  listDisplay: ['reference', 'producer_id', money('Amount', 'amount_minor'), 'status', 'due_at'],
  listFilter: ['status', 'currency', 'due_at'],
  searchFields: ['reference', 'producer_id.name'],
  searchHelp: 'Search by reference or producer',
  dateHierarchy: 'due_at',
  ordering: ['-due_at'],
});
