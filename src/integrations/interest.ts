import type { Tracker } from '../analytics';
import { recordAudit } from '../audit';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import type { Actor } from '../lib/viewer';
import { organizationOf } from '../orgs';
import { insertInterest } from './queries';
import type { IntegrationCard } from './status';

interface Parts {
  db: Database;
  clock: Clock;
  tracker: Tracker;
}

/**
 * Notes that a person wants an integration, for the organization they belong to. Asking again, in however many windows,
 * changes nothing and counts nothing; true when it was the first time.
 */
export function expressInterest(
  { db, clock, tracker }: Parts,
  actor: Actor,
  user: { id: number; email: string },
  { slug, name }: Pick<IntegrationCard, 'slug' | 'name'>,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const organization = await organizationOf(trx, user);
    const organizationId = organization?.id ?? null;
    const interest = { userId: user.id, integration: slug, organizationId, now: clock.now() };
    const id = await insertInterest(trx, interest);
    if (id === undefined) return false;
    await recordAudit(trx, clock, actor, {
      action: 'add',
      objectType: 'integrations.interest',
      objectId: id,
      objectLabel: `${name}: ${user.email}`,
      after: { integration: slug },
      message: `Asked for ${name}.`,
      organizationId,
    });
    await tracker.track(trx, {
      user,
      event: 'integration_interest_clicked',
      properties: { integration: slug },
      organization,
    });
    return true;
  });
}
