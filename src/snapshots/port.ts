import { createHash } from 'node:crypto';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a scope holds, by the names of its parts. */
export type Content = Readonly<Record<string, Json>>;

/** A scope and the number of its newest revision. */
export interface Revision {
  readonly scope: string;
  readonly revision: number;
}

/** Where a ruleset was read. */
export type Origin = 'database' | 'redis' | 'disk';

/** That something may be older than the truth: since when, and why. */
export interface Staleness {
  readonly since: Date;
  readonly reason: string;
}

/** All of a scope as it was at one revision. */
export interface Ruleset extends Revision {
  /** SHA-256 of `text`, in hexadecimal digits. */
  readonly checksum: string;
  /** What was read. It is shared, so nobody changes it. */
  readonly content: Content;
  /** The content as it is stored and sent. */
  readonly text: string;
  readonly from: Origin;
  /** Set where this is not known to be the newest. */
  readonly stale?: Staleness;
}

/** How a part of a source stands on which it can do without, like Redis. */
export interface SourceHealth {
  readonly name: string;
  readonly up: boolean;
  /** Since when it is as it is. */
  readonly since: Date;
  /** Why it is not up. */
  readonly reason?: string;
  /** How often it has failed since the process began. */
  readonly errors: number;
}

/** Hears of a revision. Whoever announces within this process waits for what is returned; it must not reject. */
export type RevisionListener = (revision: Revision) => void | Promise<void>;

/**
 * Where the contents of scopes come from: the database, a store in front of it, or a wrapper around another source. What it
 * gives is whole and is what the parts can read; anything else is a rejection.
 */
export interface RulesetSource {
  /** Reads all of a scope. One that was never written has revision 0. */
  load(scope: string): Promise<Ruleset>;
  /** The number of the newest revision, without reading what it holds. */
  revision(scope: string): Promise<number>;
  /** Tells of revisions as far as the source hears of them; polling heals the rest. The function ends it. */
  subscribe(listener: RevisionListener): () => void;
  /** Begins to hear of revisions. Resolves, too, when what it needs does not answer yet. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The parts of it that can fail while it still answers. */
  health(): readonly SourceHealth[];
}

/** Content that is not what it should be: cut off, changed, or of another form than the parts read. */
export class RulesetError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RulesetError';
  }
}

/** The checksum of a content's text. */
export const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A ruleset of what was read from the truth. */
export function toRuleset({ scope, revision }: Revision, content: Content, from: Origin): Ruleset {
  const text = JSON.stringify(content);
  return { scope, revision, checksum: checksumOf(text), content, text, from };
}

const isContent = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A ruleset of what was kept as text somewhere. Throws RulesetError when text and checksum do not belong together. */
export function readRuleset({ scope, revision }: Revision, text: string, checksum: string, from: Origin): Ruleset {
  if (checksumOf(text) !== checksum) throw new RulesetError(`what is kept of ${scope} does not fit its checksum`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new RulesetError(`what is kept of ${scope} is no JSON`, { cause: error });
  }
  if (!isContent(content)) throw new RulesetError(`what is kept of ${scope} is no content`);
  return { scope, revision, checksum, content, text, from };
}

/** Those who hear of revisions. */
export class Listeners {
  private readonly all = new Set<{ readonly hear: RevisionListener }>();

  add(hear: RevisionListener): () => void {
    const entry = { hear };
    this.all.add(entry);
    return () => {
      this.all.delete(entry);
    };
  }

  /** Resolves when everybody has done what the revision asks for. */
  async tell(revision: Revision): Promise<void> {
    await Promise.all([...this.all].map(async ({ hear }) => hear(revision)));
  }
}
