import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';

/** A message that waits, its body still sealed. */
export interface QueuedMail {
  id: number;
  recipient: string;
  subject: string;
  body: string;
  messageId: string;
  attempts: number;
  createdAt: Date;
}

interface MailRow {
  id: number;
  recipient: string;
  subject: string;
  body: string | null;
  message_id: string;
  attempts: number;
  created_at: unknown;
}

export interface NewMail {
  recipient: string;
  subject: string;
  body: string;
  messageId: string;
}

/** Adds messages that are due at once. */
export async function insertMails(trx: Knex, mails: readonly NewMail[], now: Date): Promise<void> {
  const time = toDbTime(now);
  const rows = mails.map(({ recipient, subject, body, messageId }) => {
    return { recipient, subject, body, message_id: messageId, next_attempt_at: time, created_at: time };
  });
  // SQLite takes at most 500 rows in one statement.
  for (const some of chunksOf(rows, 500)) await trx('mail_message').insert(some);
}

/** Takes messages that are due and makes them wait until `leaseEnds`, so that no other process takes them meanwhile. */
export async function claimDueMail(trx: Knex.Transaction, now: Date, leaseEnds: Date, limit: number) {
  const query = trx('mail_message')
    .whereNull('sent_at')
    .whereNull('given_up_at')
    .where('next_attempt_at', '<=', toDbTime(now))
    .orderBy('id')
    .limit(limit);
  const rows = (await (isPostgres(trx) ? query.forUpdate().skipLocked() : query)) as MailRow[];
  if (rows.length === 0) return [];
  await trx('mail_message')
    .whereIn(
      'id',
      rows.map(({ id }) => id),
    )
    .update({ next_attempt_at: toDbTime(leaseEnds), attempts: trx.raw('attempts + 1') });
  return rows.map(
    (row): QueuedMail => ({
      id: row.id,
      recipient: row.recipient,
      subject: row.subject,
      body: row.body ?? '',
      messageId: row.message_id,
      attempts: row.attempts + 1,
      createdAt: fromDbTime(row.created_at),
    }),
  );
}

/** Notes that a message is on its way; its body is not kept. */
export async function markSent(db: Knex, id: number, now: Date): Promise<void> {
  await db('mail_message')
    .where({ id })
    .update({ sent_at: toDbTime(now), body: null, last_error: '' });
}

/** Notes a failed try and when the next one comes; without a next one the message is given up. */
export async function markFailed(db: Knex, id: number, error: string, next: Date | undefined, now: Date) {
  const end = next === undefined ? { given_up_at: toDbTime(now), body: null } : { next_attempt_at: toDbTime(next) };
  await db('mail_message')
    .where({ id })
    .update({ ...end, last_error: error.slice(0, 400) });
}

/** Removes messages that were sent or given up before then; returns how many. */
export const deleteOldMail = (db: Knex, before: Date): Promise<number> =>
  db('mail_message')
    .where((q) => q.whereNotNull('sent_at').orWhereNotNull('given_up_at'))
    .where('created_at', '<', toDbTime(before))
    .delete();

/** How many messages wait, and how many were given up: for the start-up checks. */
export async function countMail(db: Knex): Promise<{ waiting: number; givenUp: number }> {
  const [row] = (await db('mail_message').select(
    db.raw('count(case when sent_at is null and given_up_at is null then 1 end) as waiting'),
    db.raw('count(given_up_at) as given_up'),
  )) as { waiting: number; given_up: number }[];
  return { waiting: Number(row?.waiting ?? 0), givenUp: Number(row?.given_up ?? 0) };
}
