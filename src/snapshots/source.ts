import type { Logger } from 'pino';
import type { Database, Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import { atOneMoment, readRevision } from './queries';

/** What a feature keeps in memory of one scope, and how to read all of it anew. */
export interface SnapshotOptions<T> {
  /** What counts until the first load succeeds: the defaults of the code. */
  readonly initial: T;
  /** Reads everything. All its statements see the same moment. */
  readonly load: (trx: Transaction) => Promise<T>;
}

/** How a snapshot stands, for health pages and banners. */
export interface SnapshotStatus {
  readonly scope: string;
  /** The revision in memory; undefined before the first load. */
  readonly revision: number | undefined;
  /** When it was read. */
  readonly loadedAt: Date | undefined;
  /** Whether the database could not be asked since, so that what is served may be old. */
  readonly stale: boolean;
}

export interface SourceParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long one load may take, in milliseconds. */
  readonly limit: number;
}

/**
 * One snapshot in memory: always there, replaced whole, never half of it. One load runs at a time; a load that fails or
 * hangs leaves the last good snapshot in place.
 */
export class SnapshotSource<T = unknown> {
  private value: T;
  private revision: number | undefined;
  private loadedAt: Date | undefined;
  private loaded = 0;
  private failing = false;
  private running: Promise<void> | undefined;
  private following: Promise<void> | undefined;
  private readonly listeners: ((value: T) => void)[] = [];

  constructor(
    readonly scope: string,
    private readonly options: SnapshotOptions<T>,
    private readonly parts: SourceParts,
  ) {
    this.value = options.initial;
  }

  /** The snapshot as it is now. Never waits, never throws. */
  current(): T {
    return this.value;
  }

  /** Tells of every snapshot as soon as it is in place. A listener must not throw. */
  subscribe(listener: (value: T) => void): void {
    this.listeners.push(listener);
  }

  /** How many times it was replaced. */
  get loads(): number {
    return this.loaded;
  }

  status(): SnapshotStatus {
    const { scope, revision, loadedAt, failing: stale } = this;
    return { scope, revision, loadedAt, stale };
  }

  /** Whether the database's revision is not the one in memory. Unequal, not smaller: a restored backup counts back. */
  isBehind(revision: number): boolean {
    return this.failing || this.revision !== revision;
  }

  /** Loads unless that revision is here by now, which the load that is running may bring. */
  async reach(revision: number): Promise<void> {
    await this.running;
    if ((this.revision ?? 0) < revision) await this.refresh();
  }

  /** Loads anew. A call during a load gets the next one, which sees what the running one may have missed. Never rejects. */
  refresh(): Promise<void> {
    if (this.running === undefined) {
      this.running = this.load().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    this.following ??= this.running.then(() => {
      this.following = undefined;
      return this.refresh();
    });
    return this.following;
  }

  /** Notes that the database does not answer; said once, until it does again. */
  markStale(error: unknown): void {
    if (!this.failing) {
      const { scope, revision } = this;
      this.parts.log.warn({ err: error, scope, revision }, 'a snapshot cannot be renewed; the last good one is served');
    }
    this.failing = true;
  }

  private async load(): Promise<void> {
    const { db, clock, log, limit } = this.parts;
    try {
      const read = atOneMoment(db, async (trx) => ({
        // First, so that a change in between can only make the data newer than the number, which the next look repairs.
        revision: await readRevision(trx, this.scope),
        value: await this.options.load(trx),
      }));
      const { revision, value } = await withTimeLimit(limit, read);
      this.value = value;
      this.revision = revision;
      this.loadedAt = clock.now();
      this.loaded += 1;
      if (this.failing) log.info({ scope: this.scope, revision }, 'a snapshot is renewed again');
      this.failing = false;
    } catch (error) {
      this.markStale(error);
      return;
    }
    for (const listener of this.listeners) listener(this.value);
  }
}
