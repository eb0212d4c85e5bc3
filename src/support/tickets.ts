import { recordAudit } from '../audit';
import { type Database, inTransaction, isUniqueViolation, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { tooMany, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import type { MailSender } from '../mail';
import { LIMITS } from './models';
import {
  countTicketsSince,
  findTicketForStaff,
  insertMessage,
  insertTicket,
  lockTicket,
  type Ticket,
  updateState,
} from './queries';

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
}

const DAY = 24 * 60 * 60 * 1000;
/** How often opening a ticket is tried while others take the number first. */
const TRIES = 8;

/** How a ticket is called. */
export const ticketName = ({ number, subject }: { number: number; subject: string }): string => `#${number} ${subject}`;

/**
 * Opens a ticket with its first message; its number. 429 when the producer has opened very many today.
 */
export async function openTicket(
  { db, clock }: Parts,
  actor: Actor,
  given: { producerId: number; userId: number; subject: string; body: string },
): Promise<number> {
  const open = async (trx: Transaction): Promise<number> => {
    const now = clock.now();
    const today = await countTicketsSince(trx, given.producerId, new Date(now.getTime() - DAY));
    if (today >= LIMITS.ticketsADay) {
      throw tooMany(
        3_600,
        `There are ${LIMITS.ticketsADay} new tickets since yesterday. Write into one of them; nothing was sent.`,
      );
    }
    const { id, number } = await insertTicket(trx, { ...given, now });
    await insertMessage(trx, { ...given, ticketId: id, fromStaff: false, state: 'open', now });
    await recordAudit(trx, clock, actor, {
      action: 'add',
      objectType: 'support.ticket',
      objectId: id,
      objectLabel: ticketName({ number, subject: given.subject }),
      after: { subject: given.subject, state: 'open' },
      message: `Opened ticket #${number}.`,
    });
    return number;
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(db, open);
    } catch (error) {
      // Somebody else's ticket got the number at the same moment.
      if (!isUniqueViolation(error) || attempt === TRIES) throw error;
    }
  }
}

async function addMessage(
  trx: Transaction,
  clock: Clock,
  actor: Actor,
  { ticket, userId, body, fromStaff }: { ticket: Ticket; userId: number; body: string; fromStaff: boolean },
): Promise<void> {
  const known = await lockTicket(trx, ticket.id);
  if (known === undefined || known.messages >= LIMITS.messages) {
    throw unprocessable(`A ticket has at most ${LIMITS.messages} messages. Open a new one; nothing was sent.`);
  }
  const state = fromStaff ? 'answered' : 'open';
  const id = await insertMessage(trx, { ticketId: ticket.id, userId, fromStaff, body, state, now: clock.now() });
  await recordAudit(trx, clock, actor, {
    action: 'add',
    objectType: 'support.message',
    objectId: id,
    objectLabel: ticketName(ticket),
    before: { state: known.state },
    after: { state },
    message: fromStaff ? `Answered ticket #${ticket.number}.` : `Wrote into ticket #${ticket.number}.`,
  });
}

/** Adds what the producer says; a closed ticket is open again. */
export const reply = (
  { db, clock }: Parts,
  actor: Actor,
  given: { ticket: Ticket; userId: number; body: string },
): Promise<void> => inTransaction(db, (trx) => addMessage(trx, clock, actor, { ...given, fromStaff: false }));

/** Closes a ticket, or opens it again; being so already changes nothing. */
export const setState = (
  { db, clock }: Parts,
  actor: Actor,
  { ticket, state }: { ticket: Ticket; state: 'open' | 'closed' },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const known = await lockTicket(trx, ticket.id);
    if (known === undefined || !(await updateState(trx, ticket.id, state, clock.now()))) return;
    await recordAudit(trx, clock, actor, {
      action: 'change',
      objectType: 'support.ticket',
      objectId: ticket.id,
      objectLabel: ticketName(ticket),
      before: { state: known.state },
      after: { state },
      message: state === 'closed' ? `Closed ticket #${ticket.number}.` : `Opened ticket #${ticket.number} again.`,
    });
  });

/**
 * Adds an answer of ours, and tells whoever opened the ticket and the producer's contact by mail, which is kept with the
 * answer until it is delivered.
 */
export const answer = (
  { db, clock, mail, baseUrl }: Parts & { mail: MailSender; baseUrl: string },
  actor: Actor,
  { ticketId, userId, body }: { ticketId: number; userId: number; body: string },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const found = await findTicketForStaff(trx, ticketId);
    if (found === undefined) throw unprocessable('This ticket is gone. Nothing was sent.');
    const { ticket, producer, openedByEmail } = found;
    await addMessage(trx, clock, actor, { ticket, userId, body, fromStaff: true });
    const readers = new Set(
      [openedByEmail, producer.contactEmail].filter((address) => address !== null && address !== ''),
    );
    for (const to of readers as Set<string>) {
      await mail.queue(trx, {
        to,
        subject: `Answer to ticket #${ticket.number}: ${ticket.subject}`,
        text: [
          `We answered your ticket “${ticket.subject}” for ${producer.name}:`,
          body,
          `Read all of it and reply: ${baseUrl}/dashboard/support/${ticket.number}?producer=${producer.slug}`,
        ].join('\n\n'),
      });
    }
  });
