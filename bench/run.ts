import { adminList } from './admin-list';
import { producerOfMe } from './api';
import { bulkProducers } from './bulk-producers';
import { runBundled } from './bundled';
import { flagCheck } from './flag-check';
import { integrationStatus } from './integration-status';
import { integrationsPage } from './page';
import { portalGating, portalStreams } from './portal';
import { lockedDatabase } from './stall';
import { withDatabases } from './support';

// `npm run bench [-- part]`: every figure stands beside what it is held against, measured in the same run.
/** The parts that ask a database. */
const parts: Record<string, () => Promise<void>> = {
  'flag-check': flagCheck,
  page: integrationsPage,
  'integration-status': integrationStatus,
  'api-sqlite': () => producerOfMe('sqlite'),
  'api-postgres': () => producerOfMe('postgres'),
  'admin-list-sqlite': () => adminList('sqlite'),
  'admin-list-postgres': () => adminList('postgres'),
  'bulk-sqlite': () => bulkProducers('sqlite'),
  'bulk-postgres': () => bulkProducers('postgres'),
  'portal-gating': portalGating,
  'portal-streams-sqlite': () => portalStreams('sqlite'),
  'portal-streams-postgres': () => portalStreams('postgres'),
  locked: lockedDatabase,
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const names = ['engine', ...Object.keys(parts)];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}; there are ${names.join(', ')}.`);
  // The engine needs no database, and is measured before anything else warms up.
  if (wanted.length === 0 || wanted.includes('engine')) {
    await runBundled('engine', 'engineRace');
    await runBundled('engine-load', 'engineLoad');
  }
  const others = Object.entries(parts).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  if (others.length === 0) return;
  await withDatabases(async () => {
    for (const [, run] of others) await run();
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
