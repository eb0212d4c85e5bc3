import type { Logger } from 'pino';
import { afterCommit, type Database, type DatabaseConfig, isPostgres, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import { Listener } from './listener';
import { announceRevision, raiseRevision, readRevisions } from './queries';
import { type SnapshotOptions, SnapshotSource, type SnapshotStatus } from './source';

/** How often revisions are looked at, and how long the database may take; in milliseconds. */
export interface SnapshotPace {
  /** SQLite has no announcements, so this is what makes a change visible elsewhere within a second. */
  readonly pollSqlite: number;
  /** PostgreSQL announces; polling only heals what was missed. */
  readonly pollPostgres: number;
  /** The longest pause between looks while the database fails. */
  readonly longestPause: number;
  readonly load: number;
}

const PACE: SnapshotPace = { pollSqlite: 500, pollPostgres: 3_000, longestPause: 5_000, load: 5_000 };

interface Parts {
  db: Database;
  database: DatabaseConfig;
  clock: Clock;
  log: Logger;
  pace?: Partial<SnapshotPace>;
}

/**
 * What is kept in memory so that reading it never asks the database. Every scope has a revision that each write raises;
 * a process loads a scope again when its revision is not the one in memory.
 */
export class Snapshots {
  private readonly pace: SnapshotPace;
  private readonly sources: SnapshotSource[] = [];
  private readonly listener: Listener | undefined;
  private state: 'new' | 'running' | 'stopped' = 'new';
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | undefined;
  private failures = 0;

  constructor(private readonly parts: Parts) {
    this.pace = { ...PACE, ...parts.pace };
    if (parts.database.client === 'pg') {
      this.listener = new Listener({
        url: parts.database.url,
        log: parts.log,
        onRevision: ({ scope, revision }) => void this.reach(scope, revision),
        onReturn: () => void this.poll(),
      });
    }
    ofDatabase(parts.db).add(this);
  }

  /** Keeps something of a scope in memory; `current()` of what is returned gives it. Loaded by `start()`. */
  register<T>(scope: string, options: SnapshotOptions<T>): SnapshotSource<T> {
    const { db, clock, log } = this.parts;
    const source = new SnapshotSource(scope, options, { db, clock, log, limit: this.pace.load });
    this.sources.push(source as SnapshotSource);
    if (this.state === 'running') void source.refresh();
    return source;
  }

  /** Loads everything once and keeps it current from then on. A database that fails is tried again, not waited for. */
  async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'running';
    await this.listener?.start(); // before loading, so that nothing happens unheard in between
    await Promise.all(this.sources.map((source) => source.refresh()));
    this.schedule();
  }

  /** Stops looking and listening; what is in memory stays readable. */
  async stop(): Promise<void> {
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    ofDatabase(this.parts.db).delete(this);
    clearTimeout(this.timer);
    await this.listener?.stop();
    await this.polling;
  }

  /** Makes sure that what is in memory of a scope is at least of that revision. Never rejects. */
  async reach(scope: string, revision: number): Promise<void> {
    if (this.state !== 'running') return;
    await Promise.all(this.sources.filter((source) => source.scope === scope).map((source) => source.reach(revision)));
  }

  /** How each snapshot stands. */
  status(): SnapshotStatus[] {
    return this.sources.map((source) => source.status());
  }

  private schedule(): void {
    if (this.state !== 'running') return;
    const usual = isPostgres(this.parts.db) ? this.pace.pollPostgres : this.pace.pollSqlite;
    const pause = Math.min(Math.max(usual, this.pace.longestPause), usual * 2 ** Math.min(this.failures, 10));
    this.timer = setTimeout(() => void this.poll().then(() => this.schedule()), pause);
    this.timer.unref();
  }

  /** One look at the revisions; what is behind is loaded. Never rejects. */
  private poll(): Promise<void> {
    this.polling ??= this.look().finally(() => {
      this.polling = undefined;
    });
    return this.polling;
  }

  private async look(): Promise<void> {
    if (this.state !== 'running') return;
    try {
      const revisions = await withTimeLimit(this.pace.load, readRevisions(this.parts.db));
      const behind = this.sources.filter((source) => source.isBehind(revisions.get(source.scope) ?? 0));
      await Promise.all([this.listener?.checkLife(), ...behind.map((source) => source.refresh())]);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      for (const source of this.sources) source.markStale(error);
    }
  }
}

/** The snapshots over each open database, found again from a transaction through the options that both share. */
const byDatabase = new WeakMap<object, Set<Snapshots>>();

function ofDatabase(db: Database): Set<Snapshots> {
  const key: object = db.client.config;
  const found = byDatabase.get(key) ?? new Set();
  byDatabase.set(key, found);
  return found;
}

/**
 * Says that something of a scope changes with this transaction (opened by `inTransaction`). After the commit this process
 * has loaded the scope before the write call returns; other processes follow within a second.
 * Call it before the audit entry, so that every write takes its locks in the same order.
 */
export async function bumpRevision(trx: Transaction, scope: string): Promise<void> {
  const revision = await raiseRevision(trx, scope);
  if (isPostgres(trx)) await announceRevision(trx, { scope, revision });
  afterCommit(trx, async () => {
    for (const snapshots of ofDatabase(trx)) await snapshots.reach(scope, revision);
  });
}
