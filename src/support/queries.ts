import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';

/** Whose turn it is in a ticket. */
export type TicketState = 'open' | 'answered' | 'closed';

/** A ticket as lists show it. */
export interface Ticket {
  readonly id: number;
  readonly number: number;
  readonly subject: string;
  readonly state: TicketState;
  readonly openedBy: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** Something that was said in a ticket. */
export interface Message {
  readonly id: number;
  readonly body: string;
  readonly fromStaff: boolean;
  readonly by: string | null;
  readonly createdAt: Date;
}

interface TicketRow {
  id: number;
  number: number;
  subject: string;
  state: TicketState;
  opened_by: string | null;
  created_at: unknown;
  modified_at: unknown;
}

const toTicket = (row: TicketRow): Ticket => ({
  id: row.id,
  number: row.number,
  subject: row.subject,
  state: row.state,
  openedBy: row.opened_by,
  createdAt: fromDbTime(row.created_at),
  modifiedAt: fromDbTime(row.modified_at),
});

/** Tickets on one page of the list. */
export const PER_PAGE = 20;

const ofProducer = (db: Knex, producerId: number) =>
  db('support_ticket as t').where('t.producer_id', producerId) as Knex.QueryBuilder;

const withOpener = (query: Knex.QueryBuilder) =>
  query
    .leftJoin('auth_user as u', 'u.id', 't.user_id')
    .select('t.id', 't.number', 't.subject', 't.state', 'u.name as opened_by', 't.created_at', 't.modified_at');

/** A page of a producer's tickets, those with news first, and how many there are; of one state when it is named. */
export async function listTickets(
  db: Knex,
  producerId: number,
  { page, state }: { page: number; state?: TicketState | undefined },
): Promise<{ tickets: Ticket[]; counts: Record<TicketState, number> }> {
  const counted = (await ofProducer(db, producerId).groupBy('t.state').select('t.state').count({ n: '*' })) as {
    state: TicketState;
    n: unknown;
  }[];
  const query = withOpener(ofProducer(db, producerId))
    .orderBy([
      { column: 't.modified_at', order: 'desc' },
      { column: 't.id', order: 'desc' },
    ])
    .limit(PER_PAGE)
    .offset((page - 1) * PER_PAGE);
  const rows = (await (state === undefined ? query : query.where('t.state', state))) as TicketRow[];
  const countOf = (each: TicketState) => Number(counted.find((row) => row.state === each)?.n ?? 0);
  return {
    tickets: rows.map(toTicket),
    counts: { open: countOf('open'), answered: countOf('answered'), closed: countOf('closed') },
  };
}

/** A producer's ticket by its number. */
export async function findTicket(db: Knex, producerId: number, number: number): Promise<Ticket | undefined> {
  const row = (await withOpener(ofProducer(db, producerId)).where('t.number', number).first()) as TicketRow | undefined;
  return row && toTicket(row);
}

/** What was said in a ticket, in its order. */
export async function listMessages(db: Knex, ticketId: number): Promise<Message[]> {
  const rows = (await db('support_message as m')
    .leftJoin('auth_user as u', 'u.id', 'm.user_id')
    .where('m.ticket_id', ticketId)
    .orderBy('m.id')
    .limit(500)
    .select('m.id', 'm.body', 'm.from_staff', 'u.name as by', 'm.created_at')) as {
    id: number;
    body: string;
    from_staff: unknown;
    by: string | null;
    created_at: unknown;
  }[];
  return rows.map((row) => ({
    id: row.id,
    body: row.body,
    fromStaff: Boolean(row.from_staff),
    by: row.by,
    createdAt: fromDbTime(row.created_at),
  }));
}

/** Locks the rows behind a ticket, so that what is said at once is said one after the other; its present state. */
export async function lockTicket(
  trx: Knex,
  ticketId: number,
): Promise<{ state: TicketState; messages: number } | undefined> {
  const query = trx('support_ticket').where({ id: ticketId });
  const row = await (isPostgres(trx) ? query.forUpdate().first('state') : query.first('state'));
  if (row === undefined) return undefined;
  const [counted] = (await trx('support_message').where({ ticket_id: ticketId }).count({ n: '*' })) as { n: unknown }[];
  return { state: row.state, messages: Number(counted?.n ?? 0) };
}

/** How many tickets a producer has opened since then. */
export async function countTicketsSince(db: Knex, producerId: number, since: Date): Promise<number> {
  const [row] = (await ofProducer(db, producerId).where('t.created_at', '>', toDbTime(since)).count({ n: '*' })) as {
    n: unknown;
  }[];
  return Number(row?.n ?? 0);
}

/** The number of the first ticket, so that numbers do not look like a count. */
const FIRST = 1_001;

/** Adds a ticket under the next number. Fails by the unique number when another one was added at the same moment. */
export async function insertTicket(
  trx: Knex,
  ticket: { producerId: number; userId: number; subject: string; now: Date },
): Promise<{ id: number; number: number }> {
  const [last] = (await trx('support_ticket').max({ number: 'number' })) as { number: number | null }[];
  const number = Math.max(FIRST, Number(last?.number ?? 0) + 1);
  const time = toDbTime(ticket.now);
  const [row] = (await trx('support_ticket')
    .insert({
      number,
      producer_id: ticket.producerId,
      user_id: ticket.userId,
      subject: ticket.subject,
      state: 'open',
      created_at: time,
      modified_at: time,
    })
    .returning('id')) as { id: number }[];
  return { id: row?.id ?? 0, number };
}

/** Adds what somebody says and puts the ticket into the state that follows; the message's id. */
export async function insertMessage(
  trx: Knex,
  message: { ticketId: number; userId: number; fromStaff: boolean; body: string; state: TicketState; now: Date },
): Promise<number> {
  const time = toDbTime(message.now);
  const [row] = (await trx('support_message')
    .insert({
      ticket_id: message.ticketId,
      user_id: message.userId,
      from_staff: message.fromStaff,
      body: message.body,
      created_at: time,
    })
    .returning('id')) as { id: number }[];
  await trx('support_ticket').where({ id: message.ticketId }).update({ state: message.state, modified_at: time });
  return row?.id ?? 0;
}

/** Changes the state of a ticket; false when it was so already. */
export async function updateState(trx: Knex, ticketId: number, state: TicketState, now: Date): Promise<boolean> {
  const changed = await trx('support_ticket')
    .where({ id: ticketId })
    .whereNot({ state })
    .update({ state, modified_at: toDbTime(now) });
  return changed > 0;
}

/** A ticket as staff answer it: of whichever producer, with the addresses of those who are told. */
export async function findTicketForStaff(
  db: Knex,
  ticketId: number,
): Promise<
  | { ticket: Ticket; producer: { name: string; slug: string; contactEmail: string }; openedByEmail: string | null }
  | undefined
> {
  const row = (await withOpener(db('support_ticket as t') as Knex.QueryBuilder)
    .join('producers_producer as p', 'p.id', 't.producer_id')
    .where('t.id', ticketId)
    .select('p.name as producer_name', 'p.slug as producer_slug', 'p.contact_email', 'u.email', 'u.is_active')
    .first()) as
    | (TicketRow & {
        producer_name: string;
        producer_slug: string;
        contact_email: string;
        email: string | null;
        is_active: unknown;
      })
    | undefined;
  if (row === undefined) return undefined;
  return {
    ticket: toTicket(row),
    producer: { name: row.producer_name, slug: row.producer_slug, contactEmail: row.contact_email },
    openedByEmail: row.is_active ? row.email : null,
  };
}
