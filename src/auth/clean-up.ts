import type { Logger } from 'pino';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { deleteExpiredGrants } from './queries-refresh-tokens';
import { deleteExpiredSessions } from './queries-sessions';
import { deleteExpiredThrottles } from './queries-throttle';
import { deleteExpiredTokens } from './queries-tokens';

/** Removes sessions, access of programs, one-time links and counted tries whose time is over; returns how many of each. */
export async function cleanUp({ db, clock }: { db: Database; clock: Clock }) {
  const now = clock.now();
  return {
    sessions: await deleteExpiredSessions(db, now),
    programs: await deleteExpiredGrants(db, now),
    tokens: await deleteExpiredTokens(db, now),
    throttles: await deleteExpiredThrottles(db, now),
  };
}

const HOUR_MS = 3_600_000;

interface CleanerParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** What others have to remove by then. */
  readonly also?: readonly (() => Promise<unknown>)[];
}

/** Does that once an hour, and a first time some minutes after the start; several processes may. */
export function createCleaner(parts: CleanerParts) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const clean = () => {
    const all = [() => cleanUp(parts), ...(parts.also ?? [])].map((remove) =>
      remove().catch((error: unknown) => parts.log.warn({ err: error }, 'the clean-up failed')),
    );
    running = Promise.all(all);
    timer = setTimeout(clean, HOUR_MS).unref();
  };
  return {
    start: () => {
      timer ??= setTimeout(clean, HOUR_MS / 12).unref();
    },
    stop: async () => {
      clearTimeout(timer);
      await running;
    },
  };
}
