import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor } from '../lib/viewer';
import type { ProducerMember } from '../producers';
import { insertRequest, type Offer } from './queries';

/**
 * Asks for a service in the name of a producer. While a request counts, asking again changes nothing; true when it was a new
 * one.
 */
export function requestService(
  { db, clock }: { db: Database; clock: Clock },
  actor: Actor,
  {
    offer,
    producer,
    userId,
    note,
  }: { offer: Offer; producer: ProducerMember['producer']; userId: number; note: string },
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const request = { serviceId: offer.id, producerId: producer.id, userId, note, now: clock.now() };
    const id = await insertRequest(trx, request);
    if (id === undefined) return false;
    await recordAudit(trx, clock, actor, {
      action: 'add',
      objectType: 'offers.request',
      objectId: id,
      objectLabel: `${offer.name}: ${producer.name}`,
      after: { service: offer.name, producer: producer.name, note },
      message: `Asked for ${offer.name} for ${producer.name}.`,
    });
    return true;
  });
}
