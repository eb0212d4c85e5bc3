import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { type Deliver, DeliveryError } from './posthog';
import { claimEvents, giveBack, markSent, nextDueAt, type StoredEvent } from './queries';

/** Brings recorded events to PostHog, in the background and in its own time. */
export interface Sender {
  /** Says that there is something new. Returns at once; does nothing while the sender waits after a failure. */
  poke(): void;
  start(): void;
  /** Sends what is due as far as the time allows, then gives the rest back. */
  stop(): Promise<void>;
}

/** How fast the sender goes; all in milliseconds but the batch. */
export interface Pace {
  batch: number;
  /** How long a claim holds. Longer than a request may take, so that a slow one is not sent twice. */
  claim: number;
  /** The pause after a first failure; it doubles with each further one. */
  pause: number;
  longestPause: number;
  /** How often to look for what a process that died has left behind. */
  look: number;
  /** How long an orderly stop may take. */
  stop: number;
}

const PACE: Pace = { batch: 50, claim: 60_000, pause: 1_000, longestPause: 300_000, look: 30_000, stop: 3_000 };

/** How long an aborted request may take to end and its events to be given back. */
const ABORT_MS = 1_000;

/** Whether the work ends within that many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** PostHog understood the request and will not have it, so trying the same batch again would not help. */
const isRefusal = (error: unknown): boolean =>
  error instanceof DeliveryError &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 403, 408, 429].includes(error.status);

/** A pause before attempt number `failures` + 1, between half and all of the doubled length, so that processes spread out. */
export function pauseAfter(failures: number, pace: Pick<Pace, 'pause' | 'longestPause'>, random = Math.random): number {
  const longest = Math.min(pace.longestPause, pace.pause * 2 ** Math.min(failures - 1, 30));
  return Math.round(longest * (0.5 + random() / 2));
}

interface Parts {
  db: Database;
  clock: Clock;
  log: Logger;
  deliver: Deliver;
  pace?: Partial<Pace>;
}

/**
 * One batch at a time: claim, deliver, note. Several processes may run one each on the same table.
 * An event is delivered once unless the process dies, or loses its database, between PostHog's answer and our note of it;
 * it then goes again under the same uuid and time, by which PostHog drops the second.
 */
export function createSender({ db, clock, log, deliver, pace: given }: Parts): Sender {
  const pace = { ...PACE, ...given };
  const claim = randomUUID();
  const abort = new AbortController();
  let state: 'new' | 'running' | 'stopped' = 'new';
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> | undefined;
  let again = false;
  let failures = 0;
  let limit = pace.batch;

  const later = (milliseconds: number): Date => new Date(clock.now().getTime() + milliseconds);

  /** Tries one batch. False when nothing was due. */
  async function sendBatch(): Promise<boolean> {
    const events = await claimEvents(db, { claim, now: clock.now(), until: later(pace.claim), limit });
    if (events.length === 0) return false;
    try {
      await deliver(events, abort.signal);
    } catch (error) {
      await keepForLater(events, error);
      throw error;
    }
    const ids = events.map((event) => event.id);
    await markSent(db, claim, ids, clock.now());
    if (failures > 0) log.info({ events: ids.length }, 'events reach PostHog again');
    failures = 0;
    limit = Math.min(pace.batch, limit * 2);
    return true;
  }

  /** Gives a failed batch back: each event waits the longer the more often it failed, so a bad one does not block others. */
  async function keepForLater(events: StoredEvent[], error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (abort.signal.aborted) {
      await giveBack(db, claim, {
        ids: events.map((event) => event.id),
        at: clock.now(),
        error: 'stopped while sending',
      });
      return;
    }
    // One of them may be what PostHog refuses: the next tries go one by one until something gets through.
    if (isRefusal(error)) limit = 1;
    for (const attempts of new Set(events.map((event) => event.attempts))) {
      const ids = events.filter((event) => event.attempts === attempts).map((event) => event.id);
      await giveBack(db, claim, { ids, at: later(pauseAfter(attempts, pace)), error: reason });
    }
  }

  /** Sends until nothing is due; gives the milliseconds until the next look. Never throws. */
  async function drain(): Promise<number> {
    try {
      while (await sendBatch()) if (abort.signal.aborted) return 0;
      const due = await nextDueAt(db);
      return due === null ? pace.look : Math.min(pace.look, Math.max(10, due.getTime() - clock.now().getTime()));
    } catch (error) {
      failures += 1;
      const asked = error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0;
      const pause = Math.min(pace.longestPause, Math.max(asked, pauseAfter(failures, pace)));
      log.warn({ reason: String(error), failures, pause }, 'events could not be sent and are kept');
      return pause;
    }
  }

  function run(): void {
    clearTimeout(timer);
    again = false;
    work = drain().then((wait) => {
      work = undefined;
      if (state !== 'running') return;
      timer = setTimeout(run, again && failures === 0 ? 0 : wait);
      timer.unref();
    });
  }

  return {
    poke: () => {
      if (state !== 'running' || failures > 0) return;
      if (work === undefined) run();
      else again = true;
    },
    start: () => {
      if (state !== 'new') return;
      state = 'running';
      run();
    },
    stop: async () => {
      if (state !== 'running') return;
      state = 'stopped';
      clearTimeout(timer);
      const rest = Promise.resolve(work).then(() => (failures === 0 ? drain() : 0));
      if (await within(pace.stop, rest)) return;
      abort.abort();
      await within(ABORT_MS, rest);
    },
  };
}
