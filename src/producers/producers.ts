import { recordAudit } from '../audit';
import { type Database, inTransaction, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { bumpRevision } from '../snapshots';
import { insertFlagRows, insertProducer, type NewProducer } from './queries';

/** The scope of the revision that moves whenever what some producer has may have changed. */
export const PRODUCERS_SCOPE = 'producers';

/**
 * Says that these producers, their flags or their people change with this transaction, so that open portal pages follow
 * once it commits. Call it before the audit entry, so that every write takes its locks in the same order.
 */
export async function bumpProducers(trx: Transaction, producerIds: readonly number[]): Promise<void> {
  if (producerIds.length > 0) await bumpRevision(trx, PRODUCERS_SCOPE);
}

/** Adds a producer with its row of flags, all off, in the caller's transaction. 409 when the slug is taken. */
export async function addProducer(trx: Transaction, clock: Clock, actor: Actor, given: NewProducer): Promise<number> {
  const now = clock.now();
  const id = await insertProducer(trx, given, now);
  if (id === undefined) throw conflict(`There is already a producer “${given.slug}”. Nothing was added.`, 'slug_taken');
  await insertFlagRows(trx, [id], now);
  await bumpProducers(trx, [id]);
  await recordAudit(trx, clock, actor, {
    action: 'add',
    objectType: 'producers.producer',
    objectId: id,
    objectLabel: given.name,
    after: { name: given.name, slug: given.slug, contact_email: given.contactEmail ?? '' },
    message: `Added producer ${given.name}.`,
  });
  return id;
}

/** Adds a producer with its row of flags, all off, in a transaction of its own. 409 when the slug is taken. */
export const createProducer = (
  { db, clock }: { db: Database; clock: Clock },
  actor: Actor,
  given: NewProducer,
): Promise<number> => inTransaction(db, (trx) => addProducer(trx, clock, actor, given));
