import type { Transaction } from '../db';
import type { MailSender } from '../mail';
import { listRequesters, type RequestState } from './queries';

/** As much of a request as decides whether there is news. */
interface Standing {
  readonly state?: string | null;
  readonly answer?: string | null;
}

/** A request before and after it was written by staff. */
export interface RequestChange {
  readonly id: number;
  readonly before: Standing | null;
  readonly after: Standing | null;
}

const isNews = ({ before, after }: RequestChange): boolean =>
  before !== null && after !== null && (before.state !== after.state || (after.answer ?? '') !== (before.answer ?? ''));

const STANDS: Record<RequestState, (service: string, producer: string) => string> = {
  requested: (service, producer) => `Your request for ${service} for ${producer} is with us.`,
  contacted: (service, producer) => `We are in talks about ${service} for ${producer}.`,
  active: (service, producer) => `${service} is active for ${producer}.`,
  declined: (service, producer) => `We cannot offer ${service} to ${producer} right now. You can ask again.`,
};

/**
 * Writes to whoever asked for a service when its state or our answer changed. The messages are kept in the same transaction,
 * so that nobody is told of what did not happen. People who are gone or switched off hear nothing.
 */
export async function tellRequesters(
  trx: Transaction,
  { mail, baseUrl }: { mail: MailSender; baseUrl: string },
  changes: readonly RequestChange[],
): Promise<void> {
  const news = changes.filter(isNews).map(({ id }) => id);
  if (news.length === 0) return;
  const requests = await listRequesters(trx, news);
  await mail.queueAll(
    trx,
    requests.map(({ to, service, producer, slug, state, answer }) => ({
      to,
      subject: `News about ${service} for ${producer}`,
      text: [
        STANDS[state](service, producer),
        ...(answer === '' ? [] : [answer]),
        `Where all of your services stand: ${baseUrl}/dashboard/services?producer=${slug}`,
      ].join('\n\n'),
    })),
  );
}
