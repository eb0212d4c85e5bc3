import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { StatusCache } from './status-cache';

const CONNECT_MS = 1_000;
/** How long Redis may take to answer before it counts as hung: no page waits longer for what can be looked up elsewhere. */
const ANSWER_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** For how long a Redis that failed is not asked again. */
const REST_MS = 1_000;
const KEYS_AT_ONCE = 500;
/** More than so many keys to delete are deleted by clearing all of them. */
const MOST_OWED = 10_000;

interface Options<T> {
  readonly url: string;
  /** Stands before every key: whose they are, since several installations may share a Redis. */
  readonly prefix: string;
  /** The form of what is kept; anything else counts as nothing. */
  readonly schema: z.ZodType<T>;
  readonly log: Logger;
}

/**
 * Keeps statuses in Redis, for all processes together. While Redis is away or hangs there is nothing kept, and that is said
 * once. What had to be deleted meanwhile is deleted before anything of it is believed again.
 */
export class RedisStatusCache<T extends object> implements StatusCache<T> {
  private readonly client: Redis;
  private readonly owed = new Set<string>();
  private owesAll = false;
  private isUp = true;
  private restsUntil = 0;
  private connecting: Promise<void> | undefined;

  constructor(private readonly options: Options<T>) {
    this.client = new Redis(options.url, {
      lazyConnect: true,
      connectionName: 'flagstaff statuses',
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      disconnectTimeout: ANSWER_MS,
      enableOfflineQueue: false, // what waited for Redis to come back would be old
      enableAutoPipelining: true,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2),
    });
    this.client.on('error', (error) => this.noteFailure(error));
    this.client.on('ready', () => {
      this.restsUntil = 0;
    });
  }

  async get(key: string): Promise<T | undefined> {
    // What is owed is on its way: until then it counts as deleted.
    if (this.owesAll || this.owed.has(key)) {
      void this.settle();
      return undefined;
    }
    const text = await this.ask((client) => client.get(this.place(key)));
    if (typeof text !== 'string' || this.owesAll || this.owed.has(key)) return undefined;
    return this.read(text);
  }

  async set(key: string, value: T, ttlSeconds: number): Promise<void> {
    if (!(await this.settle())) return;
    await this.ask((client) => client.set(this.place(key), JSON.stringify(value), 'EX', ttlSeconds));
  }

  async delete(key: string): Promise<void> {
    if (this.owed.size < MOST_OWED) this.owed.add(key);
    else this.owesAll = true;
    await this.settle();
  }

  async clear(): Promise<void> {
    this.owesAll = true;
    await this.settle();
  }

  async stop(): Promise<void> {
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private place(key: string): string {
    return this.options.prefix + key;
  }

  private read(text: string): T | undefined {
    try {
      return this.options.schema.parse(JSON.parse(text));
    } catch (error) {
      this.options.log.warn({ err: error }, 'what Redis had of a status cannot be used; it is assessed anew');
      return undefined;
    }
  }

  /** Deletes what is to be deleted. False while that is not possible. */
  private async settle(): Promise<boolean> {
    if (this.owesAll) {
      const known = [...this.owed];
      const isDone = await this.ask(async (client) => {
        await this.deleteAll(client);
        return true;
      });
      if (isDone !== true) return false;
      for (const key of known) this.owed.delete(key);
      this.owesAll = false;
    }
    if (this.owed.size === 0) return true;
    const keys = [...this.owed];
    const count = await this.ask((client) => client.unlink(keys.map((key) => this.place(key))));
    if (count === undefined) return false;
    for (const key of keys) this.owed.delete(key);
    return true;
  }

  private async deleteAll(client: Redis): Promise<void> {
    const pattern = `${this.options.prefix.replace(/[[\]*?\\^-]/g, '\\$&')}*`;
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_ONCE);
      if (keys.length > 0) await client.unlink(keys);
      cursor = next;
    } while (cursor !== '0');
  }

  /** The answer of Redis; undefined when it gives none, or rests after it gave none. Never rejects. */
  private async ask<R>(question: (client: Redis) => Promise<R>): Promise<R | undefined> {
    if (performance.now() < this.restsUntil) return undefined;
    try {
      if (this.client.status === 'wait' || this.connecting !== undefined) await this.connect();
      const answer = await question(this.client);
      this.noteAnswer();
      return answer;
    } catch (error) {
      this.noteFailure(error);
      // The line may be dead without anybody having said so: a new one tells.
      if (error instanceof Error && error.message === 'Command timed out') this.client.disconnect(true);
      return undefined;
    }
  }

  private connect(): Promise<void> {
    this.connecting ??= this.client.connect().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  private noteAnswer(): void {
    this.restsUntil = 0;
    if (this.isUp) return;
    this.isUp = true;
    this.options.log.info('Redis keeps integration statuses again');
  }

  private noteFailure(error: unknown): void {
    this.restsUntil = performance.now() + REST_MS;
    if (!this.isUp) return;
    this.isUp = false;
    this.options.log.warn({ err: error }, 'Redis does not answer; integrations are assessed each time instead');
  }
}
