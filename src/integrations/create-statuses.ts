import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { type Database, inTransaction } from '../db';
import type { Clock } from '../lib/clock';
import { bumpRevision, type Snapshots } from '../snapshots';
import { allIntegrations, type Integration } from './catalogue';
import { requiredVariables } from './connection';
import type { Connections } from './connections';
import { isSame } from './policy';
import { findProvider, registrationOf } from './providers';
import { listConnections } from './queries-connections';
import { IntegrationStatusService, KeptStatus } from './readiness';
import { MemoryStatusCache } from './status-cache';
import { RedisStatusCache } from './status-cache-redis';

/** The scope whose revision tells other processes that somebody's connection has changed. */
const SCOPE = 'integrations';
/** The form of what is kept: another one gets other keys, so that two versions can run side by side. */
const PREFIX = 'flagstaff:1:status:';

interface Parts {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly snapshots: Snapshots;
  readonly connections: Pick<Connections, 'probe' | 'onConnectionChange'>;
  /** A name for this installation, since several may share a Redis. */
  readonly installation: string;
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The service that says how integrations stand, over the configured cache; it hears of changes in every process. */
export function createIntegrationStatuses(parts: Parts): IntegrationStatusService {
  const { config, db, clock, log, snapshots, connections } = parts;
  const { cache, ttlSeconds } = config.integrationStatus;
  const service = new IntegrationStatusService({
    providers: allIntegrations.flatMap((integration) => {
      const { slug, name } = integration;
      const provider = findProvider(slug);
      if (provider === undefined) return [];
      const registration = shortHash(registrationOf(provider, config)?.clientId ?? '');
      return { slug, name, registration, missingCredentials: missingOf(integration, config) };
    }),
    cache:
      cache.kind === 'memory'
        ? new MemoryStatusCache<KeptStatus>({ clock })
        : new RedisStatusCache<KeptStatus>({
            url: cache.url,
            prefix: `${PREFIX}${parts.installation}:`,
            schema: KeptStatus,
            log,
          }),
    ttlSeconds,
    clock,
    log,
    listConnections: (userId) => listConnections(db, userId),
    probe: connections.probe,
  });
  snapshots.register(SCOPE, { initial: 0, load: async () => 0 }).subscribe(() => void service.forgetAll());
  connections.onConnectionChange((userId, provider) => {
    follow(service, userId, provider, () => inTransaction(db, (trx) => bumpRevision(trx, SCOPE))).catch(
      (error: unknown) => log.warn({ err: error }, 'other processes could not be told that a connection has changed'),
    );
  });
  return service;
}

/**
 * What was kept no longer counts. Others hear of it in a transaction of its own, for which whoever made the change does not
 * wait; and not at all when it says the same afterwards, as with most renewals.
 */
async function follow(
  service: IntegrationStatusService,
  userId: number,
  provider: string,
  tellOthers: () => Promise<unknown>,
): Promise<void> {
  const user = { id: userId, isStaff: false };
  const before = service.atHand(user, provider);
  await service.forget(userId, provider);
  const after = before && (await service.assess(user, provider));
  if (before === undefined || after === undefined || !isSame(before, after)) await tellOthers();
}

const missingOf = (integration: Integration, config: Config): string[] =>
  requiredVariables(integration, config).flatMap(({ name, isSet }) => (isSet ? [] : name));
