// A process of its own that delivers events, for the test that kills it: TEST_DATABASE, TEST_POSTHOG, TEST_CLAIM_MS.
import pino from 'pino';
import { createSender, postHogDelivery } from '../../src/analytics';
import { type DatabaseConfig, openDatabase } from '../../src/db';
import { createEgress } from '../../src/egress';
import { systemClock } from '../../src/lib/clock';

const { TEST_DATABASE = '', TEST_POSTHOG = '', TEST_CLAIM_MS = '' } = process.env;
createSender({
  db: openDatabase(JSON.parse(TEST_DATABASE) as DatabaseConfig),
  clock: systemClock,
  log: pino({ level: 'silent' }),
  deliver: postHogDelivery({
    egress: createEgress({ origins: [TEST_POSTHOG], allowPrivate: [] }),
    apiKey: 'phc_test_key',
    host: TEST_POSTHOG,
    timeoutMs: 60_000,
  }),
  pace: { claim: Number(TEST_CLAIM_MS) },
}).start();
