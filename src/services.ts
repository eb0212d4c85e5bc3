import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';
import { configuredTracker, type Tracker } from './analytics';
import { createCleaner } from './auth';
import { addConditionTags, FeatureFlagsManager } from './conditions';
import type { Config } from './config';
import { type Database, openDatabase } from './db';
import { createEgress, type Egress } from './egress';
import {
  addCtaFilter,
  allIntegrations,
  type Connections,
  createConnections,
  createIntegrationStatuses,
  type IntegrationStatusService,
} from './integrations';
import { createJobs, type Jobs } from './jobs';
import { type Clock, systemClock } from './lib/clock';
import { createLog } from './log';
import { createMailSender, type MailSender } from './mail';
import { createMetrics, type Metrics } from './metrics';
import { onboardingSyncHandler } from './onboarding';
import { PortalStreams } from './portal';
import { createFeatureUse, type FeatureUse } from './producers';
import { type RulesetSource, Snapshots } from './snapshots';
import { addFlagTags, declareFlags, Flags } from './teams';
import { Usage } from './usage';
import { createAssets } from './web/assets';
import { createTemplates, type Templates } from './web/templates';

/** The parts that live as long as the process; routes, commands and jobs get them as one argument. */
export interface Services {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly templates: Templates;
  readonly assets: ReturnType<typeof createAssets>;
  /** The way out for every HTTP call; see docs/decisions/0038-one-way-out.md. */
  readonly egress: Egress;
  /** Records events of the product; see docs/reference/events.md. */
  readonly tracker: Tracker;
  /** Background work; see docs/reference/jobs.md. */
  readonly jobs: Jobs;
  /** What people have connected at providers; see docs/integrations.md. */
  readonly connections: Connections;
  /** Says how what people have connected stands; see docs/integrations.md. */
  readonly integrationStatuses: IntegrationStatusService;
  /** Mail that is kept until it is delivered. */
  readonly mail: MailSender;
  /** What is kept in memory of the database, by scope and revision. */
  readonly snapshots: Snapshots;
  /** Global flags, switches and samples; see docs/reference/flags.md. */
  readonly flags: Flags;
  /** Flags by conditions from settings, variables and the database; see docs/guides/conditions.md. */
  readonly conditionFlags: FeatureFlagsManager;
  /** Counts what flags answer; see docs/guides/usage.md. */
  readonly usage: Usage;
  /** What this process measures of itself; see docs/guides/metrics.md. */
  readonly metrics: Metrics;
  /** Counts how often producers open what their flags gate. */
  readonly featureUse: FeatureUse;
  /** The open pages of the producer portal, which follow changes. */
  readonly streams: PortalStreams;
  /** Starts what runs by itself: polling, listening, senders, workers. */
  start(): Promise<void>;
  /** Ends all of that in order and closes the database. */
  stop(): Promise<void>;
}

/** A name for a database, so that what was kept of one is never taken for another's. */
function nameOf(database: Config['database']): string {
  const place = database.client === 'sqlite' ? database.filename : placeOf(new URL(database.url));
  return createHash('sha256').update(place).digest('hex').slice(0, 16);
}

const placeOf = ({ hostname, port, pathname }: URL): string => `${hostname}:${port || 5432}${pathname}`;

/** What tests put in the place of the real thing. */
export interface ServiceOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Where snapshots are read from, instead of the configured storage. */
  readonly source?: RulesetSource;
}

/** Makes the parts; nothing runs and nothing is connected before `start()` or the first query. */
export function createServices(config: Config, options: ServiceOptions = {}): Services {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog(config.logLevel);
  const db = openDatabase(config.database);
  const reload = config.env === 'development';
  const egress = createEgress(config.egress);
  const tracker = configuredTracker({ config, db, clock, log, egress });
  const jobs = createJobs({ db, clock, log: log.child({ part: 'jobs' }) });
  const connections = createConnections({ config, db, clock, log: log.child({ part: 'integrations' }), jobs, egress });
  const mail = createMailSender({ config, db, clock, log });
  const cleaner = createCleaner({ db, clock, log, also: [connections.cleanUp] });
  const snapshots = new Snapshots({
    db,
    database: config.database,
    storage: config.storage,
    directory: path.join(config.dataDir, 'snapshots', nameOf(config.database)),
    clock,
    log: log.child({ part: 'snapshots' }),
    ...(options.source === undefined ? {} : { source: options.source }),
  });
  const usage = new Usage({ db, clock, log: log.child({ part: 'usage' }), retention: config.usage });
  const flags = new Flags({ config, db, clock, log: log.child({ part: 'flags' }), snapshots, usage });
  const conditionFlags = new FeatureFlagsManager({
    config,
    db,
    clock,
    log: log.child({ part: 'conditions' }),
    snapshots,
    usage,
  });
  const featureUse = createFeatureUse({ db, clock, log: log.child({ part: 'producers' }) });
  const integrationStatuses = createIntegrationStatuses({
    config,
    db,
    clock,
    log: log.child({ part: 'integrations' }),
    snapshots,
    connections,
    installation: nameOf(config.database),
  });
  jobs.register(onboardingSyncHandler({ config, db, clock, egress, connections, integrationStatuses }));
  const templates = createTemplates({ reload });
  addFlagTags(templates, flags);
  addConditionTags(templates, conditionFlags);
  addCtaFilter(templates);
  const ofIntegrations = allIntegrations.flatMap(({ flag }) => flag ?? []);
  declareFlags(ofIntegrations, 'the integrations page');
  const streams = new PortalStreams({ db, clock, log: log.child({ part: 'portal' }), flags, snapshots, templates });
  return {
    config,
    db,
    clock,
    log,
    templates,
    assets: createAssets({ reload }),
    egress,
    tracker,
    jobs,
    connections,
    integrationStatuses,
    mail,
    snapshots,
    flags,
    conditionFlags,
    usage,
    metrics: createMetrics({ db, clock, log: log.child({ part: 'metrics' }), usage, snapshots }),
    featureUse,
    streams,
    start: async () => {
      await snapshots.start();
      conditionFlags.start();
      tracker.start();
      jobs.start();
      mail.start();
      cleaner.start();
      usage.start();
      featureUse.start();
      streams.start();
    },
    stop: async () => {
      await streams.stop();
      await jobs.stop();
      await tracker.stop();
      await mail.stop();
      await featureUse.stop();
      await usage.stop();
      await cleaner.stop();
      await flags.stop();
      await integrationStatuses.stop();
      await snapshots.stop();
      await egress.close();
      await db.destroy();
    },
  };
}
