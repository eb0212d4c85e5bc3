import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import type { Snapshots } from '../snapshots';
import { allIntegrations, type Integration } from './catalogue';
import { requiredVariables } from './connection';
import type { Connections } from './connections';
import { findProvider, registrationOf } from './providers';
import { listConnections } from './queries-connections';
import { IntegrationStatusService, KeptStatus } from './readiness';
import { CONNECTIONS_SCOPE } from './scope';
import { MemoryStatusCache } from './status-cache';
import { RedisStatusCache } from './status-cache-redis';

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
  snapshots.register(CONNECTIONS_SCOPE, { initial: 0, load: async () => 0 }).subscribe(() => void service.forgetAll());
  // This process knows of its own changes before their revision comes around.
  connections.onConnectionChange((userId, provider) => void service.forget(userId, provider));
  return service;
}

const missingOf = (integration: Integration, config: Config): string[] =>
  requiredVariables(integration, config).flatMap(({ name, isSet }) => (isSet ? [] : name));
