import type { Logger } from 'pino';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import type { Parts } from './parts';
import {
  Listeners,
  type Revision,
  type RevisionListener,
  type Ruleset,
  RulesetError,
  type RulesetSource,
  type SourceHealth,
} from './port';
import { RedisStore } from './redis-store';

/** How often some process compares what Redis has with the truth. */
const HEAL_MS = 2_000;
const STOP_MS = 2_000;

interface Options {
  readonly url: string;
  /** Where the truth is, and what is asked while Redis does not answer. */
  readonly truth: RulesetSource;
  readonly parts: Parts;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Snapshots in Redis, shared by all processes, so that reading them leaves the database alone. The process that writes puts
 * the new one there after its commit, and Redis tells the others. One process at a time compares Redis with the truth and
 * mends what is lost or old; while Redis does not answer, the truth is asked.
 */
export class RedisSource implements RulesetSource {
  private readonly store: RedisStore;
  private readonly listeners = new Listeners();
  private readonly unsubscribe: () => void;
  /** The newest revisions that were heard of. */
  private readonly known = new Map<string, number>();
  /** The newest revisions that were seen in Redis. */
  private readonly seen = new Map<string, number>();
  private readonly asked = new Set<string>();
  private readonly writing = new Set<Promise<void>>();
  private state: SourceHealth;
  private started = false;
  private timer: NodeJS.Timeout | undefined;
  private healing: Promise<void> | undefined;

  constructor(private readonly options: Options) {
    this.state = { name: 'redis', up: true, since: options.clock.now(), errors: 0 };
    this.store = new RedisStore({
      url: options.url,
      onRevision: (revision) => this.hear(revision),
      onReturn: () => this.catchUp(),
      onFailure: (error) => this.noteFailure(error),
    });
    this.unsubscribe = options.truth.subscribe((revision) => this.follow(revision));
  }

  async load(scope: string): Promise<Ruleset> {
    this.asked.add(scope);
    const known = this.known.get(scope) ?? 0;
    // What this process itself wrote a moment ago is not there yet.
    const kept = known > (this.seen.get(scope) ?? known) ? undefined : await this.read(scope);
    if (kept !== undefined && kept.revision >= known) return kept;
    try {
      return await this.renew(scope, kept?.revision);
    } catch (error) {
      if (kept === undefined) throw error;
      const reason = `Redis has revision ${kept.revision} and not ${known}, and the database does not answer`;
      return { ...kept, stale: { since: this.options.clock.now(), reason } };
    }
  }

  async revision(scope: string): Promise<number> {
    this.asked.add(scope);
    const kept = await this.ask(() => this.store.revision(scope));
    if (kept !== undefined) this.seen.set(scope, kept);
    if (kept !== undefined && kept >= (this.known.get(scope) ?? 0)) return kept;
    const newest = await this.options.truth.revision(scope);
    this.known.set(scope, newest);
    return newest;
  }

  subscribe(listener: RevisionListener): () => void {
    return this.listeners.add(listener);
  }

  async start(): Promise<void> {
    this.started = true;
    await Promise.all([this.options.truth.start(), withTimeLimit(STOP_MS, this.store.start()).catch(() => undefined)]);
    this.plan();
  }

  async stop(): Promise<void> {
    this.started = false;
    clearTimeout(this.timer);
    this.unsubscribe();
    await withTimeLimit(STOP_MS, Promise.allSettled([...this.writing, this.healing])).catch(() => undefined);
    await withTimeLimit(STOP_MS, this.store.stop()).catch(() => undefined);
    await this.options.truth.stop();
  }

  health(): readonly SourceHealth[] {
    return [this.state, ...this.options.truth.health()];
  }

  /** What Redis has of a scope if it answers and this can be read. */
  private async read(scope: string): Promise<Ruleset | undefined> {
    const kept = await this.ask(async () => {
      const found = await this.store.read(scope);
      if (found !== undefined) this.options.parts.read(scope, found.content);
      return found;
    });
    if (kept !== undefined) this.seen.set(scope, kept.revision);
    return kept;
  }

  /** Reads the truth, and lets Redis have it without waiting for that. */
  private async renew(scope: string, replaces?: number): Promise<Ruleset> {
    const fresh = await this.options.truth.load(scope);
    this.known.set(scope, fresh.revision);
    this.write(fresh, replaces);
    return fresh;
  }

  private write(ruleset: Ruleset, replaces?: number): void {
    const { scope, revision } = ruleset;
    const work = this.ask(() => this.store.write(ruleset, replaces)).then(() => {
      if (this.state.up) this.seen.set(scope, revision);
    });
    this.writing.add(work);
    void work.finally(() => this.writing.delete(work));
  }

  /** A write of this process, or one that the database announced. */
  private async follow(revision: Revision): Promise<void> {
    const { scope } = revision;
    this.known.set(scope, Math.max(this.known.get(scope) ?? 0, revision.revision));
    if (!this.seen.has(scope)) this.seen.set(scope, -1);
    await this.listeners.tell(revision);
    // Where nothing in this process keeps the scope in memory, as in a command, nobody has read it by now.
    if ((this.seen.get(scope) ?? 0) >= revision.revision || this.started) return;
    await this.renew(scope).catch(() => undefined);
  }

  /** Redis tells what another process wrote. */
  private hear(revision: Revision): void {
    const { scope, revision: number } = revision;
    this.known.set(scope, Math.max(this.known.get(scope) ?? 0, number));
    this.seen.set(scope, number);
    void this.listeners.tell(revision);
  }

  private catchUp(): void {
    if (this.started) void this.heal(true);
  }

  private plan(): void {
    if (!this.started) return;
    this.timer = setTimeout(() => void this.heal(false).then(() => this.plan()), HEAL_MS * (0.75 + Math.random() / 2));
    this.timer.unref();
  }

  /** Compares Redis with the truth, scope by scope, and mends it. Never rejects. */
  private heal(atOnce: boolean): Promise<void> {
    this.healing ??= this.compare(atOnce).finally(() => {
      this.healing = undefined;
    });
    return this.healing;
  }

  private async compare(atOnce: boolean): Promise<void> {
    const isOurs = atOnce || (await this.ask(() => this.store.takesTurn(HEAL_MS)));
    if (isOurs !== true) return;
    for (const scope of this.asked) {
      try {
        const newest = await this.options.truth.revision(scope);
        const kept = await this.ask(() => this.store.revision(scope));
        if (!this.state.up) return;
        if (kept === newest) continue;
        await this.renew(scope, kept);
        await this.listeners.tell({ scope, revision: newest });
      } catch {
        return; // the database does not answer: the next turn compares again
      }
    }
  }

  /** The answer of Redis; undefined when it gives none, or one that cannot be used and is as good as none. */
  private async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await question();
      this.noteAnswer();
      return answer;
    } catch (error) {
      if (error instanceof RulesetError) this.noteGarbage(error);
      else this.noteFailure(error);
      return undefined;
    }
  }

  private noteGarbage(error: RulesetError): void {
    this.noteAnswer();
    this.state = { ...this.state, errors: this.state.errors + 1 };
    this.options.log.warn({ err: error }, 'what Redis had cannot be used; it gets it anew from the database');
  }

  private noteAnswer(): void {
    if (this.state.up) return;
    const { name, errors } = this.state;
    this.state = { name, up: true, since: this.options.clock.now(), errors };
    this.options.log.info('Redis answers again');
  }

  private noteFailure(error: unknown): void {
    const { name, up, errors } = this.state;
    const reason = error instanceof Error ? error.message || error.name : String(error);
    const since = up ? this.options.clock.now() : this.state.since;
    this.state = { name, up: false, since, reason, errors: errors + 1 };
    if (up) this.options.log.warn({ err: error }, 'Redis does not answer as it should; the database is asked instead');
  }
}
