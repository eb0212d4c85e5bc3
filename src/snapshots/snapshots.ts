import type { Logger } from 'pino';
import type { StorageConfig } from '../config';
import type { Database, DatabaseConfig, Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import { DatabaseSource } from './database';
import { type Change, Holder, type Loaded, type Snapshot, type SnapshotStatus, View } from './holder';
import { type Part, Parts } from './parts';
import type { RulesetSource, SourceHealth } from './port';
import { stackedSource, usualPause } from './stack';

/** How often revisions are looked at, and how long a source may take; in milliseconds. */
export interface SnapshotPace {
  /** The pause between looks while all is well; by the storage when not given. */
  readonly poll?: number;
  /** The longest pause between looks while the source fails. */
  readonly longestPause: number;
  readonly load: number;
}

const PACE: SnapshotPace = { longestPause: 2_000, load: 5_000 };
const FIRST_PAUSE_MS = 250;
/** The pause between looks while announcements are not heard. */
const UNTOLD_MS = 1_000;
/** How long a start waits for announcements to be heard. */
const LISTEN_MS = 500;
/** How long a start waits for contents. */
const START_MS = 3_500;

export interface SnapshotsOptions {
  readonly db: Database;
  readonly database: DatabaseConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where contents come from; the database itself when not given. */
  readonly storage?: StorageConfig;
  /** Where the last good contents are kept for a start without their source; nowhere when not given. */
  readonly directory?: string;
  /** What stands in for the configured storage. For tests. */
  readonly source?: RulesetSource;
  readonly pace?: Partial<SnapshotPace>;
}

/** How all that is kept in memory stands. */
export interface SnapshotsState {
  readonly storage: StorageConfig['kind'];
  /** Whether there is something to answer from: everything with contents was read at least once, if only from a file. */
  readonly ready: boolean;
  /** Whether anything cannot be renewed at the moment. */
  readonly stale: boolean;
  readonly scopes: readonly SnapshotStatus[];
  /** What the storage needs besides the database. */
  readonly sources: readonly SourceHealth[];
}

/** Something to read of a scope besides its contents, straight from the database. */
export interface RegisterOptions<T> {
  /** What counts until the first load succeeds. */
  readonly initial: T;
  /** Reads everything. All its statements see the same moment. */
  readonly load: (trx: Transaction) => Promise<T>;
}

/**
 * What is kept in memory so that reading it never asks anybody. Every scope has a revision that each write raises; a process
 * loads a scope again when its revision is not the one in memory.
 */
export class Snapshots {
  private readonly parts = new Parts();
  private readonly truth: DatabaseSource;
  private readonly source: RulesetSource;
  private readonly pace: SnapshotPace;
  private readonly usual: number;
  /** Of every scope with contents, the one that keeps them. */
  private readonly keepers = new Map<string, { holder: Holder; views: Map<string, View<unknown>> }>();
  private readonly holders: Holder[] = [];
  private readonly unsubscribe: () => void;
  private phase: 'new' | 'running' | 'stopped' = 'new';
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> | undefined;
  private failures = 0;

  constructor(private readonly options: SnapshotsOptions) {
    const { db, database, clock, log, storage = { kind: 'database' } } = options;
    const { parts } = this;
    this.pace = { ...PACE, ...options.pace };
    this.usual = this.pace.poll ?? usualPause(storage, database);
    this.truth = new DatabaseSource({ db, database, parts, clock, log, listen: storage.kind === 'database' });
    this.source = options.source ?? stackedSource(this.truth, { ...options, storage, parts });
    this.unsubscribe = this.source.subscribe(({ scope, revision }) => this.reach(scope, revision));
  }

  /** Keeps a part of a scope's contents in memory; all parts of a scope come from one moment and are replaced together. */
  part<C, V>(part: Part<C, V>): Snapshot<V> {
    this.parts.add(part);
    const { holder, views } = this.keepers.get(part.scope) ?? this.addKeeper(part.scope);
    const view = new View<unknown>(part.initial, holder);
    views.set(part.name, view);
    if (this.phase === 'running') void holder.refresh();
    return view as unknown as Snapshot<V>;
  }

  /** Keeps something else of a scope in memory, which only the database has. */
  register<T>(scope: string, { initial, load }: RegisterOptions<T>): Snapshot<T> {
    const read = (): Promise<Loaded> =>
      this.truth.atOneMoment(scope, async (trx, revision) => {
        const value = await load(trx);
        return { revision, from: 'database', put: () => replace([view.change(value)]) };
      });
    const holder = this.addHolder(scope, read);
    const view = new View(initial, holder);
    if (this.phase === 'running') void holder.refresh();
    return view;
  }

  /** Loads everything once and keeps it current from then on. A source that fails is tried again, not waited for. */
  async start(): Promise<void> {
    if (this.phase !== 'new') return;
    this.phase = 'running';
    // Before loading, so that nothing happens unheard in between; but nobody waits long for what only tells of news.
    await withTimeLimit(LISTEN_MS, this.source.start()).catch(() => undefined);
    const loads = new Map(this.holders.map((holder) => [holder, holder.refresh()]));
    const ofContents = [...this.keepers.values()].flatMap(({ holder }) => loads.get(holder) ?? []);
    // What takes longer goes on meanwhile. Only contents may have been kept somewhere, so only they are waited for.
    await withTimeLimit(START_MS, Promise.all(ofContents)).catch(() => undefined);
    const isWell = [...this.keepers.values()].every(({ holder }) => !holder.status().stale);
    if (isWell) await withTimeLimit(START_MS, Promise.all(loads.values())).catch(() => undefined);
    this.schedule();
  }

  /** Stops looking and listening; what is in memory stays readable. */
  async stop(): Promise<void> {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    clearTimeout(this.timer);
    this.unsubscribe();
    await this.source.stop();
    await this.truth.stop();
    await this.polling;
  }

  /** Makes sure that what is in memory of a scope is at least of that revision. Never rejects. */
  async reach(scope: string, revision: number): Promise<void> {
    if (this.phase !== 'running') return;
    await Promise.all(this.holders.filter((holder) => holder.scope === scope).map((holder) => holder.reach(revision)));
  }

  /** How each snapshot stands. */
  status(): SnapshotStatus[] {
    return this.holders.map((holder) => holder.status());
  }

  /** How all of it stands, for the dashboard, `/readyz` and metrics. */
  state(): SnapshotsState {
    const scopes = this.status();
    return {
      storage: this.options.storage?.kind ?? 'database',
      ready: [...this.keepers.values()].every(({ holder }) => holder.isLoaded),
      stale: scopes.some(({ stale }) => stale),
      scopes,
      sources: this.source.health(),
    };
  }

  private addHolder(scope: string, read: () => Promise<Loaded>): Holder {
    const { clock, log } = this.options;
    const holder = new Holder(scope, read, { clock, log, limit: this.pace.load });
    this.holders.push(holder);
    return holder;
  }

  private addKeeper(scope: string): { holder: Holder; views: Map<string, View<unknown>> } {
    const views = new Map<string, View<unknown>>();
    const keeper = { holder: this.addHolder(scope, () => this.readParts(scope, views)), views };
    this.keepers.set(scope, keeper);
    return keeper;
  }

  /** Everything is read and made ready before any of it is put in place. */
  private async readParts(scope: string, views: ReadonlyMap<string, View<unknown>>): Promise<Loaded> {
    const ruleset = await this.source.load(scope);
    const contents = this.parts.read(scope, ruleset.content);
    const changes = this.parts.of(scope).map(({ name, build }) => views.get(name)?.change(build(contents.get(name))));
    const { revision, checksum, from, stale } = ruleset;
    return { revision, checksum, from, ...(stale === undefined ? {} : { stale }), put: () => replace(changes) };
  }

  private schedule(): void {
    if (this.phase !== 'running') return;
    const { failures, pace } = this;
    // While nobody tells of news, looking is all there is.
    const usual = this.source.health().every(({ up }) => up) ? this.usual : Math.min(this.usual, UNTOLD_MS);
    const failing = Math.min(pace.longestPause, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    // Processes that lost the same source do not all come back to it at once.
    const pause = failures === 0 ? usual : Math.min(usual, failing) * (0.5 + Math.random() / 2);
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
    if (this.phase !== 'running') return;
    const scopes = [...new Set(this.holders.map(({ scope }) => scope))];
    const answers = await Promise.all(scopes.map((scope) => this.lookAt(scope)));
    const isStale = this.holders.some((holder) => holder.status().stale);
    this.failures = answers.every(Boolean) && !isStale ? 0 : this.failures + 1;
  }

  /** False when the source gave no answer. */
  private async lookAt(scope: string): Promise<boolean> {
    const holders = this.holders.filter((holder) => holder.scope === scope);
    try {
      const revision = await withTimeLimit(this.pace.load, this.source.revision(scope));
      await Promise.all(holders.filter((holder) => holder.isBehind(revision)).map((holder) => holder.refresh()));
      return true;
    } catch (error) {
      for (const holder of holders) {
        holder.markStale(error);
        // Nothing was read so far: the source may yet have something that it kept.
        if (!holder.isLoaded) await holder.refresh();
      }
      return false;
    }
  }
}

/** Puts values in place, all of them before anybody hears of one. */
function replace(changes: readonly (Change | undefined)[]): void {
  for (const change of changes) change?.put();
  for (const change of changes) change?.tell();
}
