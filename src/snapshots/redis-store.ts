import { Redis } from 'ioredis';
import { z } from 'zod';
import { type Revision, type Ruleset, RulesetError, readRuleset } from './port';

/** The form of what is stored: another one gets other keys, so that two versions can run side by side. */
const PREFIX = 'flagstaff:1:';
const CHANNEL = `${PREFIX}revisions`;
const HEALER = `${PREFIX}healer`;
const keyOf = (scope: string): string => `${PREFIX}snapshot:${scope}`;

const CONNECT_MS = 2_000;
/** How long Redis may take to answer before it counts as hung. */
const ANSWER_MS = 1_000;
const LONGEST_PAUSE_MS = 2_000;
const MOST_SIGNS = 256 * 1024 * 1024;

/** Stores a snapshot and tells of it, unless a newer one is there that is not the one to be replaced. */
const STORE = `
local kind = redis.call('TYPE', KEYS[1])
if kind.ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local stored = redis.call('HGET', KEYS[1], 'revision')
local newest = tonumber(stored or '-1') or -1
if newest > tonumber(ARGV[1]) and stored ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'checksum', ARGV[2], 'content', ARGV[3])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`;

const Announcement = z.object({ scope: z.string(), revision: z.number().int().nonnegative() });
const Count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

interface Options {
  /** `redis://` or `rediss://`, with the number of the database as its path. */
  readonly url: string;
  onRevision(revision: Revision): void;
  /** Redis answers, for the first time or again; what it announced meanwhile was not heard. */
  onReturn(): void;
  onFailure(error: unknown): void;
}

/**
 * The snapshots in Redis. Every call ends within a second: while Redis is away it rejects at once, while it hangs after that
 * time. What is read is checked before it is believed.
 */
export class RedisStore {
  private readonly client: Redis;
  private readonly ear: Redis;
  private closed = false;

  constructor(private readonly options: Options) {
    this.client = new Redis(options.url, {
      lazyConnect: true,
      connectionName: 'flagstaff',
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      disconnectTimeout: ANSWER_MS, // a process that stops while it connects waits no longer
      enableOfflineQueue: false, // a write that waited for Redis to come back would be an old one
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2),
    });
    this.ear = this.client.duplicate({ connectionName: 'flagstaff listener', autoResubscribe: false });
    for (const client of [this.client, this.ear]) client.on('error', (error) => options.onFailure(error));
    this.client.on('ready', () => options.onReturn());
    this.ear.on('ready', () => void this.listen());
    this.ear.on('message', (_channel, message) => {
      const revision = parseAnnouncement(message);
      if (revision !== undefined) options.onRevision(revision);
    });
  }

  /** Begins to connect and to listen. Resolves, too, when Redis does not answer; it is tried again until `stop`. */
  async start(): Promise<void> {
    await Promise.all([this.connect(this.client), this.connect(this.ear)]);
  }

  async stop(): Promise<void> {
    this.closed = true;
    for (const client of [this.ear, this.client]) {
      if (client.status === 'ready') await client.quit().catch(() => undefined);
      client.disconnect();
    }
  }

  /** What is kept of a scope; undefined when there is nothing. Rejects when Redis fails or what it has is unusable. */
  async read(scope: string): Promise<Ruleset | undefined> {
    const fields = await this.send((client) => client.hmget(keyOf(scope), 'revision', 'checksum', 'content'));
    const [revision, checksum, content] = fields;
    if (revision === null || revision === undefined) return undefined;
    if (typeof checksum !== 'string' || typeof content !== 'string' || content.length > MOST_SIGNS) {
      throw new RulesetError(`what Redis has of ${scope} is not whole`);
    }
    return readRuleset({ scope, revision: toRevision(scope, revision) }, content, checksum, 'redis');
  }

  /** The revision that is kept of a scope; undefined when there is none. */
  async revision(scope: string): Promise<number | undefined> {
    const revision = await this.send((client) => client.hget(keyOf(scope), 'revision'));
    return revision === null ? undefined : toRevision(scope, revision);
  }

  /** Keeps a ruleset and tells everybody. A newer one stays, unless it is the one with the revision `replaces`. */
  async write({ scope, revision, checksum, text }: Ruleset, replaces?: number): Promise<void> {
    const message = JSON.stringify({ scope, revision } satisfies Revision);
    const values = [revision, checksum, text, replaces ?? '', CHANNEL, message];
    await this.send((client) => client.call('EVAL', STORE, 1, keyOf(scope), ...values));
  }

  /** Whether it is this process's turn to compare Redis with the truth; one process has it at a time. */
  async takesTurn(milliseconds: number): Promise<boolean> {
    const answer = await this.send((client) => client.set(HEALER, process.pid, 'PX', milliseconds, 'NX'));
    return answer === 'OK';
  }

  /** Sends a command. A process that was never started, like that of a command line, connects when it has something to say. */
  private async send<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (this.client.status === 'wait') await this.client.connect();
    try {
      return await command(this.client);
    } catch (error) {
      // The line may be dead without anybody having said so: a new one tells.
      if (error instanceof Error && error.message === 'Command timed out' && !this.closed) this.client.disconnect(true);
      throw error;
    }
  }

  private async connect(client: Redis): Promise<void> {
    if (client.status !== 'wait') return;
    await client.connect().catch(() => undefined); // said by the event, tried again by the client
  }

  private async listen(): Promise<void> {
    try {
      await this.ear.subscribe(CHANNEL);
      this.options.onReturn();
    } catch (error) {
      if (!this.closed) this.ear.disconnect(true);
      this.options.onFailure(error);
    }
  }
}

function toRevision(scope: string, text: string): number {
  const result = Count.safeParse(text);
  if (!result.success) throw new RulesetError(`the revision that Redis has of ${scope} is no number`);
  return result.data;
}

function parseAnnouncement(message: string): Revision | undefined {
  try {
    return Announcement.parse(JSON.parse(message));
  } catch {
    return undefined;
  }
}
