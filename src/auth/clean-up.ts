import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { deleteExpiredSessions } from './queries-sessions';
import { deleteExpiredThrottles } from './queries-throttle';
import { deleteExpiredTokens } from './queries-tokens';

/** Removes sessions, one-time links and counted tries whose time is over; returns how many of each. */
export async function cleanUp({ db, clock }: { db: Database; clock: Clock }) {
  const now = clock.now();
  return {
    sessions: await deleteExpiredSessions(db, now),
    tokens: await deleteExpiredTokens(db, now),
    throttles: await deleteExpiredThrottles(db, now),
  };
}
