import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import type { Snapshots, SnapshotsState } from '../snapshots';
import type { Usage } from '../usage';
import { httpMetrics } from './http';
import { type Backlog, backlogOf } from './queries';

interface MetricsParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly usage: Pick<Usage, 'totals'>;
  readonly snapshots: Pick<Snapshots, 'state'>;
}

/** What this process measures of itself. */
export interface Metrics {
  /** Goes before everything that should be measured. */
  readonly middleware: RequestHandler;
  readonly contentType: string;
  /** All of it as Prometheus reads it (text format 0.0.4). Never rejects because of the database. */
  text(): Promise<string>;
}

/** A scrape has an end, whatever the database does. */
const BACKLOG_MS = 2_000;

/** Event loop, memory and handles belong to the process, not to an application in it. */
let ofProcess: Registry | undefined;

function processMetrics(): Registry {
  if (ofProcess !== undefined) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return ofProcess;
}

/** Makes the metrics of an application. Nothing is read before somebody asks; see docs/guides/metrics.md for their names. */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const middleware = httpMetrics(registry);
  addEvaluations(registry, parts);
  addSnapshots(registry, parts);
  const putBacklog = addBacklog(registry, parts);
  return {
    middleware,
    contentType: registry.contentType,
    text: async () => {
      const { db, clock, log } = parts;
      const backlog = await withTimeLimit(BACKLOG_MS, backlogOf(db, clock.now())).catch((error: unknown) => {
        log.warn({ err: error }, 'what waits in the database is missing in the metrics');
        return undefined;
      });
      putBacklog(backlog);
      const texts = await Promise.all([registry.metrics(), processMetrics().metrics()]);
      return texts.join('\n');
    },
  };
}

function addEvaluations(registry: Registry, { usage }: MetricsParts): void {
  new Counter({
    name: 'flagstaff_flag_evaluations_total',
    help: 'Answers given since the process began, by form of flag, flag and variant.',
    labelNames: ['form', 'flag', 'variant'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { form, name, variant, count } of usage.totals()) this.inc({ form, flag: name, variant }, count);
    },
  });
}

/** What is told of a scope. It may be kept in memory in several pieces: then the oldest of them counts. */
interface Scope {
  revision: number | undefined;
  loadedAt: Date | undefined;
  staleSince: Date | undefined;
  errors: number;
}

const older = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b && b < a ? b : (a ?? b));

function scopesOf({ scopes }: SnapshotsState): Map<string, Scope> {
  const merged = new Map<string, Scope>();
  for (const { scope, revision, loadedAt, staleSince, errors } of scopes) {
    const known = merged.get(scope);
    if (known === undefined) merged.set(scope, { revision, loadedAt, staleSince, errors });
    else {
      known.revision = Math.min(known.revision ?? 0, revision ?? 0);
      known.loadedAt = older(known.loadedAt, loadedAt);
      known.staleSince = older(known.staleSince, staleSince);
      known.errors += errors;
    }
  }
  return merged;
}

type OfScope = readonly [name: string, help: string, value: (scope: Scope, now: number) => number | undefined];

const secondsSince = (since: Date | undefined, now: number): number =>
  since === undefined ? 0 : Math.max(0, now - since.getTime()) / 1_000;

const OF_SCOPES: readonly OfScope[] = [
  ['revision', 'Revision in memory; missing while nothing was read.', ({ revision }) => revision],
  [
    'loaded_timestamp_seconds',
    'When what is in memory was read, in seconds since 1970.',
    ({ loadedAt }) => loadedAt && loadedAt.getTime() / 1_000,
  ],
  ['stale', 'Whether what is in memory could not be renewed and may be old.', ({ staleSince }) => Number(!!staleSince)],
  [
    'age_seconds',
    'For how long nothing has confirmed that what is in memory is the newest; 0 while it is.',
    ({ staleSince }, now) => secondsSince(staleSince, now),
  ],
];

type Told = readonly (readonly [label: string, value: number | undefined])[];

/** A metric that is read from what is known already, one sample for each value of its label, when somebody scrapes. */
function tell(
  kind: typeof Gauge | typeof Counter,
  name: string,
  help: string,
  label: string,
  read: () => Told,
): Metric {
  return new kind({
    name: `flagstaff_${name}`,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset();
      for (const [of, value] of read()) if (value !== undefined) this.inc({ [label]: of }, value);
    },
  });
}

function addSnapshots(registry: Registry, { snapshots, clock }: MetricsParts): void {
  const scopes = () => [...scopesOf(snapshots.state())];
  const sources = () => snapshots.state().sources;
  const metrics = [
    ...OF_SCOPES.map(([name, help, value]) =>
      tell(Gauge, `snapshot_${name}`, help, 'scope', () =>
        scopes().map(([scope, status]) => [scope, value(status, clock.now().getTime())]),
      ),
    ),
    tell(Counter, 'snapshot_errors_total', 'How often renewing what is in memory has failed.', 'scope', () =>
      scopes().map(([scope, { errors }]) => [scope, errors]),
    ),
    tell(Gauge, 'source_up', 'Whether a part of the storage that can be done without answers.', 'source', () =>
      sources().map(({ name, up }) => [name, Number(up)]),
    ),
    tell(Counter, 'source_errors_total', 'How often such a part has failed.', 'source', () =>
      sources().map(({ name, errors }) => [name, errors]),
    ),
  ];
  for (const metric of metrics) registry.registerMetric(metric);
}

/** Answers what puts newly read numbers in place; with none, all but the database's own go, because nobody knows them. */
function addBacklog(registry: Registry, { clock }: MetricsParts): (backlog: Backlog | undefined) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `flagstaff_${name}`, help, labelNames, registers });
  const up = gauge('database_up', 'Whether the database answered within two seconds.');
  const jobs = gauge('jobs', 'Background jobs that are not done, by kind and state.', ['kind', 'state']);
  const waiting = gauge('jobs_waiting_seconds', 'For how long the job waits that is due longest.');
  const mail = gauge('mail_waiting', 'Messages that are to be sent.');
  const events = gauge('events_waiting', 'Analytics events that are to be sent.');
  return (backlog) => {
    up.set(Number(backlog !== undefined));
    jobs.reset();
    for (const each of [waiting, mail, events]) each.remove();
    if (backlog === undefined) return;
    for (const { kind, state, count } of backlog.jobs) jobs.set({ kind, state }, count);
    waiting.set(secondsSince(backlog.oldestDue, clock.now().getTime()));
    mail.set(backlog.mail);
    events.set(backlog.events);
  };
}
