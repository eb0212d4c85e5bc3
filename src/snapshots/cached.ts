import type { RevisionListener, Ruleset, RulesetSource, SourceHealth } from './port';

interface Entry<T> {
  readonly value: Promise<T>;
  readonly at: number;
}

/** Answers that are good for a time, each asked for once however many want it. One that fails is not kept. */
class Kept<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly ttl: number,
    private readonly time: () => number,
  ) {}

  get(key: string): Promise<T> | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && this.time() - entry.at < this.ttl ? entry.value : undefined;
  }

  put(key: string, value: Promise<T>): Promise<T> {
    const entry = { value, at: this.time() };
    this.entries.set(key, entry);
    value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return value;
  }

  drop(key: string): void {
    this.entries.delete(key);
  }
}

/**
 * Asks another source at most once in `ttl` milliseconds for each scope. What is announced in between, like a write of this
 * process, is seen at once; what is not, when the time is over.
 */
export class CachedSource implements RulesetSource {
  private readonly rulesets: Kept<Ruleset>;
  private readonly revisions: Kept<number>;
  private readonly last = new Map<string, Ruleset>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly source: RulesetSource,
    ttl: number,
    time: () => number = () => performance.now(),
  ) {
    this.rulesets = new Kept(ttl, time);
    this.revisions = new Kept(ttl, time);
    this.unsubscribe = source.subscribe(({ scope }) => this.drop(scope));
  }

  load(scope: string): Promise<Ruleset> {
    return this.rulesets.get(scope) ?? this.rulesets.put(scope, this.renew(scope));
  }

  async revision(scope: string): Promise<number> {
    const known = await this.rulesets.get(scope);
    if (known !== undefined) return known.revision;
    return this.revisions.get(scope) ?? this.revisions.put(scope, this.source.revision(scope));
  }

  subscribe(listener: RevisionListener): () => void {
    return this.source.subscribe(listener);
  }

  start(): Promise<void> {
    return this.source.start();
  }

  async stop(): Promise<void> {
    this.unsubscribe();
    await this.source.stop();
  }

  health(): readonly SourceHealth[] {
    return this.source.health();
  }

  /** Reads it again only when there is another revision. */
  private async renew(scope: string): Promise<Ruleset> {
    const last = this.last.get(scope);
    const revision =
      last === undefined ? undefined : ((await this.revisions.get(scope)) ?? (await this.source.revision(scope)));
    const ruleset = last !== undefined && last.revision === revision ? last : await this.source.load(scope);
    if (ruleset.stale === undefined) this.last.set(scope, ruleset);
    return ruleset;
  }

  private drop(scope: string): void {
    this.rulesets.drop(scope);
    this.revisions.drop(scope);
  }
}
