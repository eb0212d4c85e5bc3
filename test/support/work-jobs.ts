// A process of its own that works on jobs, for the test that kills it: TEST_DATABASE, TEST_LEASE_MS.
import pino from 'pino';
import { type DatabaseConfig, openDatabase } from '../../src/db';
import { createJobs } from '../../src/jobs';
import { systemClock } from '../../src/lib/clock';
import { countStepsHandler } from './count-steps';

const { TEST_DATABASE = '', TEST_LEASE_MS = '' } = process.env;
const lease = Number(TEST_LEASE_MS);
const jobs = createJobs({
  db: openDatabase(JSON.parse(TEST_DATABASE) as DatabaseConfig),
  clock: systemClock,
  log: pino({ level: 'silent' }),
  pace: { lease, heartbeat: lease / 4, look: 50 },
});
jobs.register(countStepsHandler);
jobs.start();
process.on('SIGTERM', () => {
  void jobs.stop().then(() => process.exit(0));
});
setInterval(() => undefined, 60_000); // workers do not keep a process alive by themselves
