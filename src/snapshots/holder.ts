import type { Logger } from 'pino';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import type { Origin, Staleness } from './port';

/** How a snapshot stands, for health pages and banners. */
export interface SnapshotStatus {
  readonly scope: string;
  /** The revision in memory; undefined before anything was read. */
  readonly revision: number | undefined;
  readonly checksum: string | undefined;
  /** When it was read. */
  readonly loadedAt: Date | undefined;
  /** Where it was read. */
  readonly from: Origin | undefined;
  /** Whether it could not be renewed since, so that what is served may be old; then also since when, and why. */
  readonly stale: boolean;
  readonly staleSince: Date | undefined;
  readonly reason: string | undefined;
  /** How often renewing it has failed since the process began. */
  readonly errors: number;
}

/** What a feature keeps in memory of a scope. */
export interface Snapshot<T> {
  /** The snapshot as it is now. Never waits, never throws. */
  current(): T;
  /** Tells of every snapshot as soon as it is in place. A listener must not throw. */
  subscribe(listener: (value: T) => void): void;
  /** How many times it was replaced. */
  readonly loads: number;
  status(): SnapshotStatus;
  /** Loads anew. Resolves when that is done or has failed. */
  refresh(): Promise<void>;
}

/** Something that was read whole, and how to put it in place. */
export interface Loaded {
  readonly revision: number;
  readonly checksum?: string;
  readonly from: Origin;
  readonly stale?: Staleness;
  /** Puts it in place, all of it at once. */
  put(): void;
}

interface HolderParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long one load may take, in milliseconds. */
  readonly limit: number;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

/**
 * Keeps one scope current in memory: always there, replaced whole, never half of it. One load runs at a time; a load that
 * fails or hangs leaves the last good snapshot in place.
 */
export class Holder {
  private revision: number | undefined;
  private checksum: string | undefined;
  private loadedAt: Date | undefined;
  private from: Origin | undefined;
  private staleness: Staleness | undefined;
  private errors = 0;
  private running: Promise<void> | undefined;
  private following: Promise<void> | undefined;

  constructor(
    readonly scope: string,
    private readonly read: () => Promise<Loaded>,
    private readonly parts: HolderParts,
  ) {}

  status(): SnapshotStatus {
    const { scope, revision, checksum, loadedAt, from, staleness, errors } = this;
    const [staleSince, reason] = [staleness?.since, staleness?.reason];
    return { scope, revision, checksum, loadedAt, from, stale: staleness !== undefined, staleSince, reason, errors };
  }

  /** Whether something was read since the process began, if only from a file. */
  get isLoaded(): boolean {
    return this.revision !== undefined;
  }

  /** Whether the newest revision is not the one in memory. Unequal, not smaller: a restored backup counts back. */
  isBehind(revision: number): boolean {
    return this.staleness !== undefined || this.revision !== revision;
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

  /** Notes that it cannot be renewed; said once, until it can again. */
  markStale(error: unknown): void {
    this.errors += 1;
    if (this.staleness !== undefined) return;
    this.staleness = { since: this.parts.clock.now(), reason: reasonOf(error) };
    const { scope, revision } = this;
    this.parts.log.warn({ err: error, scope, revision }, 'a snapshot cannot be renewed; the last good one is served');
  }

  private async load(): Promise<void> {
    const { clock, limit } = this.parts;
    try {
      const { revision, checksum, from, stale, put } = await withTimeLimit(limit, this.read());
      const isNew = this.revision === undefined || checksum === undefined || checksum !== this.checksum;
      this.revision = revision;
      this.checksum = checksum;
      this.from = from;
      if (isNew || stale === undefined) this.loadedAt = clock.now();
      if (stale === undefined) this.markFresh();
      else this.noteStale(stale);
      if (isNew) put();
    } catch (error) {
      this.markStale(error);
    }
  }

  private markFresh(): void {
    const { scope, revision } = this;
    if (this.staleness !== undefined) this.parts.log.info({ scope, revision }, 'a snapshot is renewed again');
    this.staleness = undefined;
  }

  /** The source gave something that it kept: better than nothing, and not known to be the newest. */
  private noteStale(staleness: Staleness): void {
    this.errors += 1;
    if (this.staleness !== undefined) return;
    this.staleness = staleness;
    const { scope, revision, from } = this;
    this.parts.log.warn(
      { scope, revision, from, reason: staleness.reason, since: staleness.since },
      'a snapshot cannot be renewed; the last good one is served',
    );
  }
}

/** A value that is about to be replaced. */
export interface Change {
  put(): void;
  tell(): void;
}

/** A value that is replaced as a whole, and those who hear of it. */
export class View<T> implements Snapshot<T> {
  private replaced = 0;
  private readonly listeners: ((value: T) => void)[] = [];

  constructor(
    private value: T,
    private readonly holder: Holder,
  ) {}

  current(): T {
    return this.value;
  }

  subscribe(listener: (value: T) => void): void {
    this.listeners.push(listener);
  }

  get loads(): number {
    return this.replaced;
  }

  status(): SnapshotStatus {
    return this.holder.status();
  }

  refresh(): Promise<void> {
    return this.holder.refresh();
  }

  /** Another value, to be put in place together with others. */
  change(value: T): Change {
    return {
      put: () => {
        this.value = value;
        this.replaced += 1;
      },
      tell: () => {
        for (const listener of this.listeners) listener(value);
      },
    };
  }
}
