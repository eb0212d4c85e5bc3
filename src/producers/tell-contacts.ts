import type { Transaction } from '../db';
import type { MailSender } from '../mail';
import { type FeatureFlagColumn, type ProducerFeature, producerFeatures } from './features';
import { listContactsToTell } from './queries-admin';

/** A row of flags before and after it was written. */
export interface FlagsChange {
  readonly before: Partial<Record<FeatureFlagColumn, boolean>> | null;
  readonly after: (Partial<Record<FeatureFlagColumn, boolean>> & { producer_id: number | null }) | null;
}

function switchedOn({ before, after }: FlagsChange): readonly ProducerFeature[] {
  return producerFeatures
    .filter(([, { column }]) => after?.[column] === true && before?.[column] !== true)
    .map(([, feature]) => feature);
}

/** “A”, “A and B”, “A, B and C”. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * Writes to the contacts of producers that just got a feature, for those who want to hear of it. The messages are kept in
 * the same transaction, so that nobody is told of what did not happen.
 */
export async function tellContacts(
  trx: Transaction,
  { mail, baseUrl }: { mail: MailSender; baseUrl: string },
  changes: readonly FlagsChange[],
): Promise<void> {
  const news = new Map<number, readonly ProducerFeature[]>();
  for (const change of changes) {
    const features = switchedOn(change);
    const id = change.after?.producer_id;
    if (features.length > 0 && typeof id === 'number') news.set(id, features);
  }
  if (news.size === 0) return;
  const contacts = await listContactsToTell(trx, [...news.keys()]);
  await mail.queueAll(
    trx,
    contacts.map(({ id, name, contact_email: to }) => {
      const features = news.get(id) ?? [];
      const names = listed(features.map((feature) => feature.name));
      const verb = features.length === 1 ? 'is' : 'are';
      const lines = features.map((feature) => `- ${feature.name}`);
      return {
        to,
        subject: `${names} ${verb} on for ${name}`,
        text: [
          `${names} ${verb} on for ${name} now:`,
          ...lines,
          '',
          'You find what is new in the navigation of your portal:',
          `${baseUrl}/dashboard/`,
          '',
          'You get this because you are the contact of this producer and asked to be told. Answer to whoever looks',
          'after your account if you no longer want to be.',
        ].join('\n'),
      };
    }),
  );
}
