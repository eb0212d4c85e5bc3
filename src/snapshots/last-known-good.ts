import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../lib/clock';
import { TimeLimitError, withTimeLimit } from '../lib/time-limit';
import type { Parts } from './parts';
import {
  type RevisionListener,
  type Ruleset,
  RulesetError,
  type RulesetSource,
  readRuleset,
  type SourceHealth,
} from './port';

/** The form of the file, so that a later one is not taken for it. */
const FORMAT = 1;
const MOST_BYTES = 256 * 1024 * 1024;
/** How long the source may take while there may be something else to give, in milliseconds. */
const PATIENCE_MS = 2_500;
/** The same where nothing was read so far: those who ask get defaults meanwhile. */
const FIRST_PATIENCE_MS = 1_000;

const File = z.object({
  format: z.literal(FORMAT),
  scope: z.string(),
  revision: z.number().int().nonnegative(),
  checksum: z.string().length(64),
  savedAt: z.iso.datetime(),
  content: z.string(),
});

interface Options {
  /** The folder for the files, one for each scope. */
  readonly directory: string;
  readonly parts: Parts;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long the source may take while there may be something else to give, in milliseconds. */
  readonly patience?: number;
}

interface Kept {
  readonly ruleset: Ruleset;
  readonly savedAt: Date;
}

/**
 * Gives what another source gives, and while that fails, hangs or gives what cannot be read, what it gave last: from
 * memory, and after a restart from a file. Such an answer is marked stale.
 */
export class LastKnownGood implements RulesetSource {
  private readonly kept = new Map<string, Kept>();
  private readonly failing = new Map<string, Date>();
  private writing: Promise<void> = Promise.resolve();
  private readonly due = new Map<string, Kept>();
  private cannotWrite = false;

  constructor(
    private readonly source: RulesetSource,
    private readonly options: Options,
  ) {}

  async load(scope: string): Promise<Ruleset> {
    const loading = this.loadChecked(scope);
    try {
      const usual = this.kept.has(scope) ? PATIENCE_MS : FIRST_PATIENCE_MS;
      return this.keep(await withTimeLimit(this.options.patience ?? usual, loading));
    } catch (error) {
      const before = this.kept.get(scope) ?? (await this.readFile(scope));
      if (before !== undefined) return this.asStale(before, error);
      if (error instanceof TimeLimitError) return this.keep(await loading); // there is nothing to give instead
      throw error;
    }
  }

  revision(scope: string): Promise<number> {
    return this.source.revision(scope);
  }

  subscribe(listener: RevisionListener): () => void {
    return this.source.subscribe(listener);
  }

  start(): Promise<void> {
    return this.source.start();
  }

  async stop(): Promise<void> {
    await this.source.stop();
    await this.writing;
  }

  health(): readonly SourceHealth[] {
    return this.source.health();
  }

  /** Resolves when what was given last is in its file, or could not be written. */
  saved(): Promise<void> {
    return this.writing;
  }

  private async loadChecked(scope: string): Promise<Ruleset> {
    const ruleset = await this.source.load(scope);
    this.options.parts.read(scope, ruleset.content);
    return ruleset;
  }

  private asStale({ ruleset, savedAt }: Kept, error: unknown): Ruleset {
    const { scope } = ruleset;
    // Not known to be the newest since it was written, when it is from before this process began.
    const since = this.failing.get(scope) ?? (ruleset.from === 'disk' ? savedAt : this.options.clock.now());
    this.failing.set(scope, since);
    const reason = error instanceof Error ? error.message || error.name : String(error);
    return { ...ruleset, stale: { since, reason } };
  }

  private keep(ruleset: Ruleset): Ruleset {
    const { scope } = ruleset;
    if (ruleset.stale !== undefined) return ruleset;
    this.failing.delete(scope);
    const before = this.kept.get(scope)?.ruleset;
    const kept = { ruleset, savedAt: this.options.clock.now() };
    this.kept.set(scope, kept);
    if (this.options.parts.of(scope).length === 0) return ruleset; // there is nothing in it
    if (before?.checksum === ruleset.checksum && before.revision === ruleset.revision) return ruleset;
    // Of what comes while one is being written, the last is written.
    const idle = this.due.size === 0;
    this.due.set(scope, kept);
    if (idle) this.writing = this.writing.then(() => this.writeDue());
    return ruleset;
  }

  private fileOf(scope: string): string {
    return path.join(this.options.directory, `${encodeURIComponent(scope).replaceAll('.', '%2E')}.json`);
  }

  private async readFile(scope: string): Promise<Kept | undefined> {
    const file = this.fileOf(scope);
    try {
      const text = await readBounded(file);
      if (text === undefined) return undefined;
      const { content, checksum, revision, savedAt, ...rest } = File.parse(JSON.parse(text));
      if (rest.scope !== scope) throw new RulesetError(`the file is of the scope ${rest.scope}`);
      const ruleset = readRuleset({ scope, revision }, content, checksum, 'disk');
      this.options.parts.read(scope, ruleset.content);
      const kept = { ruleset, savedAt: new Date(savedAt) };
      this.kept.set(scope, kept);
      return kept;
    } catch (error) {
      this.options.log.warn({ err: error, scope, file }, 'the snapshot that was kept cannot be read and is not used');
      return undefined;
    }
  }

  private async writeDue(): Promise<void> {
    const all = [...this.due];
    this.due.clear();
    for (const [scope, kept] of all) {
      try {
        await this.write(scope, kept);
        this.cannotWrite = false;
      } catch (error) {
        if (!this.cannotWrite) this.options.log.warn({ err: error, scope }, 'a snapshot cannot be kept in its file');
        this.cannotWrite = true;
      }
    }
  }

  /** Into a file beside it and then into place, so that there is always a whole one. */
  private async write(scope: string, { ruleset, savedAt }: Kept): Promise<void> {
    const { revision, checksum, text } = ruleset;
    const file = this.fileOf(scope);
    const fresh = `${file}.${process.pid}`;
    const entry: z.input<typeof File> = {
      format: FORMAT,
      scope,
      revision,
      checksum,
      savedAt: savedAt.toISOString(),
      content: text,
    };
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    try {
      const handle = await open(fresh, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(entry));
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(fresh, file);
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}

/** The text of a file; undefined when there is none. Throws when it is larger than anything that was written. */
async function readBounded(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > MOST_BYTES) throw new RulesetError(`the file has ${size} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
