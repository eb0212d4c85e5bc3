import { choice, datetime, email, foreignKey, integer, model, text, textarea, timestamp } from '../model';

const producer = () => foreignKey('producers.producer', { label: 'Producer', required: true });
const currency = () => text({ initial: 'USD', max: 3 });

/** What a producer says of a show; whether it is sold out or over follows from orders and time. */
export const SHOW_STATUSES = [
  { value: 'draft', text: 'Draft' },
  { value: 'on_sale', text: 'On sale' },
  { value: 'cancelled', text: 'Cancelled' },
] as const;

/** An evening that tickets are sold for. */
export const Show = model('producers.show', {
  table: 'producers_show',
  noun: 'show',
  titleColumns: ['title'],
  fields: {
    producer_id: producer(),
    title: text({ required: true, max: 120 }),
    venue: text({ required: true, max: 120 }),
    city: text({ max: 80 }),
    starts_at: datetime({ label: 'Starts', required: true }),
    capacity: integer({ required: true, min: 1, max: 100_000 }),
    price_minor: integer({ label: 'Price', help: 'Of one ticket, in the smallest unit of the currency, like cents.' }),
    currency: currency(),
    status: choice({ choices: SHOW_STATUSES }),
    description: textarea({ max: 2_000 }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** Tickets that somebody bought. */
export const Order = model('producers.order', {
  table: 'producers_order',
  noun: 'order',
  titleColumns: ['number'],
  fields: {
    producer_id: producer(),
    show_id: foreignKey('producers.show', { label: 'Show', required: true }),
    number: text({ max: 20 }),
    buyer_name: text({ label: 'Buyer', max: 120 }),
    buyer_email: email({ label: 'E-mail' }),
    tickets: integer(),
    total_minor: integer({ label: 'Total', help: 'In the smallest unit of the currency, like cents.' }),
    fee_minor: integer({ label: 'Fee', help: 'Of the total, in the smallest unit of the currency.' }),
    currency: currency(),
    status: choice({
      choices: [
        { value: 'paid', text: 'Paid' },
        { value: 'pending', text: 'Pending' },
        { value: 'refunded', text: 'Refunded' },
      ],
    }),
    created_at: timestamp('Placed'),
    modified_at: timestamp('Last changed'),
  },
});

/** Money that goes from us to a producer. */
export const Payout = model('producers.payout', {
  table: 'producers_payout',
  noun: 'payout',
  titleColumns: ['reference'],
  fields: {
    producer_id: producer(),
    reference: text({ max: 20 }),
    amount_minor: integer({ label: 'Amount', help: 'In the smallest unit of the currency, like cents.' }),
    currency: currency(),
    status: choice({
      choices: [
        { value: 'scheduled', text: 'Scheduled' },
        { value: 'paid', text: 'Paid' },
        { value: 'failed', text: 'Failed' },
      ],
    }),
    due_at: datetime({ label: 'Due' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});
