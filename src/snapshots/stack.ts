import type { Logger } from 'pino';
import type { StorageConfig } from '../config';
import type { DatabaseConfig } from '../db';
import type { Clock } from '../lib/clock';
import { CachedSource } from './cached';
import { LastKnownGood } from './last-known-good';
import type { Parts } from './parts';
import type { RulesetSource } from './port';
import { RedisSource } from './redis';

/** SQLite has no announcements, so looking is what makes a change visible elsewhere within a second. */
const LOOK_SQLITE_MS = 500;
/** PostgreSQL announces; looking only heals what was missed. */
const LOOK_POSTGRES_MS = 3_000;
/** So does Redis. */
const LOOK_REDIS_MS = 1_000;

/** The pause between two looks at the revisions, in milliseconds. */
export function usualPause(storage: StorageConfig, { client }: DatabaseConfig): number {
  if (storage.kind === 'redis') return LOOK_REDIS_MS;
  // Looking asks the cache, which costs nothing: often enough that its time counts, not the pause.
  if (storage.kind === 'cache') return Math.min(1_000, storage.seconds * 250);
  return client === 'pg' ? LOOK_POSTGRES_MS : LOOK_SQLITE_MS;
}

interface StackOptions {
  readonly storage: StorageConfig;
  readonly parts: Parts;
  readonly clock: Clock;
  readonly log: Logger;
  readonly directory?: string;
}

/** The configured storage in front of the truth, and behind it what was good last. */
export function stackedSource(truth: RulesetSource, options: StackOptions): RulesetSource {
  const { directory, storage: _, ...rest } = options;
  const source = storageOver(truth, options);
  return directory === undefined ? source : new LastKnownGood(source, { ...rest, directory });
}

function storageOver(truth: RulesetSource, { storage, parts, clock, log }: StackOptions): RulesetSource {
  if (storage.kind === 'redis') return new RedisSource({ url: storage.url, truth, parts, clock, log });
  if (storage.kind === 'cache') return new CachedSource(truth, storage.seconds * 1_000);
  return truth;
}
