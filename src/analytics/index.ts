import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../db';
import type { Egress } from '../egress';
import type { Clock } from '../lib/clock';
import { postHogDelivery } from './posthog';
import { createSender } from './sender';
import { createTracker, type Tracker } from './tracker';

export type { EventName, Events, TrackedEvent } from './events';
export { type Deliver, DeliveryError, postHogDelivery } from './posthog';
export { createSender, type Pace, type Sender } from './sender';
export { createTracker, type Tracker } from './tracker';

/** The tracker that the configuration asks for: recording always, delivery when POSTHOG_API_KEY is set. */
export function configuredTracker(parts: {
  config: Config;
  db: Database;
  clock: Clock;
  log: Logger;
  egress: Egress;
}): Tracker {
  const { config, db, clock, log, egress } = parts;
  const { apiKey, host } = config.postHog;
  const sender =
    apiKey === undefined
      ? undefined
      : createSender({
          db,
          clock,
          log: log.child({ part: 'analytics' }),
          deliver: postHogDelivery({ egress, apiKey, host }),
        });
  return createTracker({ clock, sender });
}
