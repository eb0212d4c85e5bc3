import type { Logger } from 'pino';
import { type Database, retrying } from '../db';
import type { Clock } from '../lib/clock';
import { type FeatureFlagKey, PRODUCER_FEATURES } from './features';
import { addUses, type Use } from './queries-use';

/** Counts how often producers open what their flags gate. */
export interface FeatureUse {
  /** Counts one opening; costs next to nothing and never fails. */
  count(producerId: number, feature: FeatureFlagKey): void;
  /** Writes what is counted into the database. */
  flush(): Promise<void>;
  start(): void;
  /** Writes what is left, then ends. */
  stop(): Promise<void>;
}

const EVERY_MS = 15_000;
/** So many different counts are kept in memory at most; then they are written early, and what comes meanwhile waits. */
const MOST = 10_000;
/** While the database fails, no more than this is kept; what comes then is not counted. */
const MOST_WAITING = 50_000;

const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** Makes the counter; it counts in memory and adds to the database every few seconds and at the end. */
export function createFeatureUse({ db, clock, log }: { db: Database; clock: Clock; log: Logger }): FeatureUse {
  let counts = new Map<string, Use & { opened: number }>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  function add(use: Use): void {
    const key = `${use.producerId} ${use.feature} ${use.day}`;
    const known = counts.get(key);
    if (known !== undefined) counts.set(key, { ...known, opened: known.opened + use.opened });
    else if (counts.size < MOST_WAITING) counts.set(key, use);
  }

  async function write(): Promise<void> {
    if (counts.size === 0) return;
    const taken = [...counts.values()];
    counts = new Map();
    try {
      await retrying(() => addUses(db, taken));
    } catch (error) {
      log.warn({ err: error }, 'the use of features could not be written and is kept for later');
      for (const use of taken) add(use);
    }
  }

  const flush = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  return {
    count: (producerId, feature) => {
      add({ producerId, feature: PRODUCER_FEATURES[feature].column, day: dayOf(clock.now()), opened: 1 });
      if (counts.size === MOST) void flush();
    },
    flush,
    start: () => {
      timer ??= setInterval(() => void flush(), EVERY_MS).unref();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await flush();
    },
  };
}
