import { afterCommit, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import type { EventName, TrackedEvent } from './events';
import { insertEvent } from './queries';
import type { Sender } from './sender';

/** Records events and, where PostHog is configured, brings them there from the background. */
export interface Tracker {
  /**
   * Records an event in the transaction of the act itself, so that neither is kept without the other. Delivery begins
   * after the commit and never holds up the caller.
   */
  track<Name extends EventName>(trx: Transaction, event: TrackedEvent<Name>): Promise<void>;
  /** Begins delivery, with what an earlier run left unsent. */
  start(): void;
  /** Sends what can be sent within a few seconds; the rest stays for the next start. */
  stop(): Promise<void>;
}

/** Without a sender events are only recorded; they are delivered by the first start that has one. */
export function createTracker({ clock, sender }: { clock: Clock; sender?: Sender | undefined }): Tracker {
  return {
    track: async (trx, { user, event, properties, organization }) => {
      const withTeam = organization ? { ...properties, team_slug: organization.slug } : properties;
      await insertEvent(trx, { event, userId: user.id, properties: withTeam, now: clock.now() });
      if (sender !== undefined) afterCommit(trx, () => sender.poke());
    },
    start: () => sender?.start(),
    stop: async () => sender?.stop(),
  };
}
