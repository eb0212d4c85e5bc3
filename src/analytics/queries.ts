import { randomUUID } from 'node:crypto';
import { type Database, fromDbTime, fromDbTimeOrNull, isPostgres, retrying, type Transaction, toDbTime } from '../db';

/** An event as it will be delivered. The id and the time stay the same however often it is tried. */
export interface StoredEvent {
  readonly id: number;
  readonly uuid: string;
  readonly event: string;
  readonly distinctId: string;
  readonly properties: Record<string, unknown>;
  readonly createdAt: Date;
  /** Tries so far, the present one included. */
  readonly attempts: number;
}

interface EventRow {
  id: number;
  uuid: string;
  event: string;
  distinct_id: string;
  properties: string;
  created_at: unknown;
  attempts: number;
}

const toStoredEvent = (row: EventRow): StoredEvent => ({
  id: row.id,
  uuid: row.uuid,
  event: row.event,
  distinctId: row.distinct_id,
  properties: JSON.parse(row.properties) as Record<string, unknown>,
  createdAt: fromDbTime(row.created_at),
  attempts: row.attempts,
});

/** Records an event; it is due for delivery at once. */
export async function insertEvent(
  trx: Transaction,
  event: { event: string; userId: number; properties: Record<string, unknown>; now: Date },
): Promise<void> {
  const now = toDbTime(event.now);
  await trx('analytics_event').insert({
    uuid: randomUUID(),
    event: event.event,
    user_id: event.userId,
    distinct_id: String(event.userId),
    properties: JSON.stringify(event.properties),
    created_at: now,
    next_attempt_at: now,
  });
}

/**
 * Takes the oldest events that are due, for `claim` alone until `until`; a claim that nobody settles runs out by itself.
 * One statement, so that two processes never get the same event: SQLite writes one at a time, PostgreSQL skips rows that
 * another process is taking.
 */
export async function claimEvents(
  db: Database,
  { claim, now, until, limit }: { claim: string; now: Date; until: Date; limit: number },
): Promise<StoredEvent[]> {
  const due = db('analytics_event')
    .select('id')
    .whereNull('sent_at')
    .where('next_attempt_at', '<=', toDbTime(now))
    .orderBy('id')
    .limit(limit);
  const rows = await retrying<EventRow[]>(() =>
    db('analytics_event')
      .whereIn('id', isPostgres(db) ? due.clone().forUpdate().skipLocked() : due.clone())
      .update({ claimed_by: claim, next_attempt_at: toDbTime(until) })
      .increment('attempts', 1)
      .returning(['id', 'uuid', 'event', 'distinct_id', 'properties', 'created_at', 'attempts']),
  );
  return rows.map(toStoredEvent).sort((a, b) => a.id - b.id);
}

/** Notes that the claimed events have arrived. */
export async function markSent(db: Database, claim: string, ids: number[], now: Date): Promise<void> {
  await retrying(() =>
    db('analytics_event')
      .whereIn('id', ids)
      .where('claimed_by', claim)
      .update({ sent_at: toDbTime(now), claimed_by: null, last_error: null }),
  );
}

/** Gives claimed events back, to be tried again at `at`; `error` says why for whoever looks into the table. */
export async function giveBack(
  db: Database,
  claim: string,
  { ids, at, error }: { ids: number[]; at: Date; error: string },
): Promise<void> {
  await retrying(() =>
    db('analytics_event')
      .whereIn('id', ids)
      .where('claimed_by', claim)
      .update({ next_attempt_at: toDbTime(at), claimed_by: null, last_error: error.slice(0, 500) }),
  );
}

/** When the next unsent event is due; nothing when all are sent. */
export async function nextDueAt(db: Database): Promise<Date | null> {
  const row = (await db('analytics_event').whereNull('sent_at').min({ at: 'next_attempt_at' }).first()) as
    | { at: unknown }
    | undefined;
  return fromDbTimeOrNull(row?.at);
}
