import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock';

/** Where statuses are kept between two looks. Adapters share one contract and one test. */
export interface StatusCache<T extends object> {
  /** What is kept under a key; undefined when there is nothing, or its time is over. */
  get(key: string): Promise<T | undefined>;
  /** Keeps a value for so many seconds, in the place of the one before. */
  set(key: string, value: T, ttlSeconds: number): Promise<void>;
  delete(key: string): Promise<void>;
  clear(): Promise<void>;
  /** The same as `get` without waiting; only for adapters that have everything in memory. */
  peek?(key: string): T | undefined;
  /** Ends what it holds open. */
  stop?(): Promise<void>;
}

/** Five providers of two thousand people; a few megabytes at most. */
const MOST_ENTRIES = 10_000;

/** Keeps statuses in this process: the least used goes first when there are too many. */
export class MemoryStatusCache<T extends object> implements StatusCache<T> {
  private readonly entries: LRUCache<string, T>;

  constructor({ clock, most = MOST_ENTRIES }: { clock: Clock; most?: number }) {
    this.entries = new LRUCache<string, T>({
      max: most,
      ttl: 1_000, // each entry brings its own
      ttlResolution: 0,
      perf: { now: () => clock.now().getTime() },
    });
  }

  peek(key: string): T | undefined {
    return this.entries.get(key);
  }

  async get(key: string): Promise<T | undefined> {
    return this.entries.get(key);
  }

  async set(key: string, value: T, ttlSeconds: number): Promise<void> {
    this.entries.set(key, value, { ttl: ttlSeconds * 1_000 });
  }

  async delete(key: string): Promise<void> {
    this.entries.delete(key);
  }

  async clear(): Promise<void> {
    this.entries.clear();
  }
}
