import { createHash } from 'node:crypto';
import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { notFound } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import type { ProducerMember } from '../producers';
import { findShow, insertShow, lockShow, type Show, type ShowColumns, updateShow } from './queries';

export interface ShowParts {
  readonly db: Database;
  readonly clock: Clock;
}

/** Whether somebody may add and change shows of their producer. */
export const canPublish = ({ role, canPublishShows }: Pick<ProducerMember, 'role' | 'canPublishShows'>): boolean =>
  role !== 'viewer' && canPublishShows;

/** How a show stands now, in one word: what was decided, then what time and orders made of it. */
export function phaseOf(
  { status, startsAt, sold, capacity }: Show,
  now: Date,
): 'draft' | 'cancelled' | 'past' | 'sold_out' | 'on_sale' {
  if (status !== 'on_sale') return status;
  if (startsAt < now) return 'past';
  return sold >= capacity ? 'sold_out' : 'on_sale';
}

/** What a form can change of a show. */
export const columnsOf = (show: Show): ShowColumns => ({
  title: show.title,
  venue: show.venue,
  city: show.city,
  starts_at: show.startsAt.toISOString(),
  capacity: show.capacity,
  price_minor: show.priceMinor,
  currency: show.currency,
  status: show.status,
  description: show.description,
});

/** Tells two states of a show apart; a form carries the one that it was opened with. */
export const versionOf = (show: Show): string =>
  createHash('sha256')
    .update(JSON.stringify(columnsOf(show)))
    .digest('base64url')
    .slice(0, 16);

/** Somebody saved the show after the form was opened; `current` is what they saved. */
export class StaleShow extends Error {
  constructor(readonly current: Show) {
    super('the show was changed in the meantime');
  }
}

/** The show cannot become that; the messages belong beside its fields. */
export class InvalidShow extends Error {
  constructor(readonly errors: Record<string, string[]>) {
    super('the show has mistakes');
  }
}

/** Adds a show to a producer; returns its id. */
export const createShow = (
  { db, clock }: ShowParts,
  actor: Actor,
  producerId: number,
  show: ShowColumns,
): Promise<number> =>
  inTransaction(db, async (trx) => {
    const id = await insertShow(trx, producerId, show, clock.now());
    await recordAudit(trx, clock, actor, {
      action: 'add',
      objectType: 'producers.show',
      objectId: id,
      objectLabel: show.title,
      after: { producer_id: producerId, ...show },
      message: `Added the show ${show.title}.`,
    });
    return id;
  });

/**
 * Changes a show. Throws StaleShow when it is not the one that `version` names any more, InvalidShow when there are fewer
 * places than sold tickets, 404 when it is gone or another producer's. Returns whether anything changed.
 */
export const changeShow = (
  { db, clock }: ShowParts,
  actor: Actor,
  producerId: number,
  { id, version, show }: { id: number; version: string; show: ShowColumns },
): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    await lockShow(trx, producerId, id);
    const current = await findShow(trx, producerId, id);
    if (current === undefined) throw noSuchShow();
    if (versionOf(current) !== version) throw new StaleShow(current);
    if (show.capacity < current.sold) {
      throw new InvalidShow({
        capacity: [`${current.sold} tickets are sold already. Enter at least ${current.sold}.`],
      });
    }
    const before = columnsOf(current);
    const changed = (Object.keys(show) as (keyof ShowColumns)[]).filter((name) => show[name] !== before[name]);
    if (changed.length === 0) return false;
    await updateShow(trx, producerId, id, show, clock.now());
    const only = (of: ShowColumns) => Object.fromEntries(changed.map((name) => [name, of[name]]));
    await recordAudit(trx, clock, actor, {
      action: 'change',
      objectType: 'producers.show',
      objectId: id,
      objectLabel: show.title,
      before: only(before),
      after: only(show),
      message: `Changed the show ${show.title}: ${changed.map((name) => name.replace('_minor', '').replace('_', ' ')).join(', ')}.`,
    });
    return true;
  });

/** The same answer whether a show is absent or another producer's. */
export const noSuchShow = () => notFound('There is no such show among yours. It may have been removed.');
