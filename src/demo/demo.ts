import { listEntries, recordAudit } from '../audit';
import { hashPassword } from '../auth';
import type { Config } from '../config';
import { type Database, inTransaction, isUniqueViolation } from '../db';
import { optionalIntegrations } from '../integrations';
import type { Clock } from '../lib/clock';
import { localActor } from '../lib/viewer';
import { bumpFlags } from '../teams';
import type { Load } from './load';
import { loadBoxOffice } from './load-box-office';
import { loadConditions } from './load-conditions';
import { loadFlags } from './load-flags';
import { loadKnowledge } from './load-knowledge';
import { loadOffers } from './load-offers';
import { loadGroups, loadOrganizations, loadSignIns } from './load-people';
import { loadProducers } from './load-producers';
import { loadSupport } from './load-support';
import { loadUsage } from './load-usage';
import { loadDemand, loadOnboarding } from './load-use';
import { DEMO_PASSWORD, type DemoPerson, SIGN_INS } from './people';
import { isEmpty } from './queries';
import { randomNumbers } from './random';

/** What loading needs; `Services` has all of it. */
export interface DemoParts {
  readonly config: Pick<Config, 'env'>;
  readonly db: Database;
  readonly clock: Clock;
}

/** The integrations that the sync of onboarding asks about, in its order. */
const INTEGRATIONS = ['github', ...optionalIntegrations.map(({ slug }) => slug)];

/** What the audit log calls the load. */
const LOADED = 'demo.data';

/**
 * Fills an empty database with a product in use: people who can sign in, organizations, flags, and the demand of the last
 * ninety days. All of it or nothing; true when it did. A database in which anybody has an account stays as it is, and in
 * production nothing is ever loaded, because everybody knows the password.
 */
export async function loadDemoData({ config, db, clock }: DemoParts): Promise<boolean> {
  if (config.env === 'production' || !(await isEmpty(db))) return false;
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  try {
    return await inTransaction(db, async (trx) => {
      if (!(await isEmpty(trx))) return false;
      const now = clock.now();
      const load: Load = { trx, now, random: randomNumbers(7), passwordHash, ids: new Map(), episodes: [] };
      // How much is drawn for one part may depend on the day; that must not make the next part another one.
      const drawing = (seed: number): Load => ({ ...load, random: randomNumbers(seed) });
      const groups = await loadGroups(load);
      await loadSignIns(load, groups);
      const organizations = await loadOrganizations(load);
      const clicks = await loadDemand(drawing(29), organizations);
      await loadOnboarding(load, organizations, clicks, INTEGRATIONS);
      await loadFlags(load, groups);
      await loadConditions(load, organizations);
      await loadUsage(load);
      const producers = await loadProducers(drawing(11));
      await loadKnowledge(drawing(13));
      await loadOffers(drawing(17), producers);
      await loadSupport(drawing(19), producers);
      await loadBoxOffice(drawing(23), producers);
      await tellStory(load);
      await bumpFlags(trx);
      return true;
    });
  } catch (error) {
    // Another process that started at the same moment was first.
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Who can sign in with the demo's password: nobody where the data was never loaded, and nobody in production. */
export async function demoSignIns({ config, db }: Pick<DemoParts, 'config' | 'db'>): Promise<readonly DemoPerson[]> {
  if (config.env === 'production') return [];
  const loaded = await listEntries(db, { objectType: LOADED, limit: 1 });
  return loaded.length > 0 ? SIGN_INS : [];
}

/** Writes the past into the audit log in its order, and then the load itself. */
async function tellStory({ trx, now, episodes }: Load): Promise<void> {
  for (const { at, actor, change } of episodes.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    await recordAudit(trx, { now: () => at }, actor, change);
  }
  await recordAudit(trx, { now: () => now }, localActor('command', 'demo data'), {
    action: 'add',
    objectType: LOADED,
    objectId: 'demo',
    objectLabel: 'Demo data',
    message: 'Loaded the demo data. What the log tells before this was made up with it.',
  });
}
