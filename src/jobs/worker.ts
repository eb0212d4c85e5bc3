import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { retrying } from '../db';
import type { JobHandler } from './kinds';
import { pauseAfter, within } from './pace';
import { claimJob, deleteFinished, type Job, nextJobAt } from './queries';
import { type Parts, Run, Stopping } from './run';

const DAY = 24 * 60 * 60 * 1000;
/** How long finished jobs are kept for whoever looks into the table. */
const KEEP = { done: 30 * DAY, failed: 90 * DAY } as const;
const TIDY_EVERY = DAY / 4;

/** Takes jobs from the table and runs them, some at a time. Any number of workers may share one table. */
export interface Worker {
  start(): void;
  /** Says that there may be something to do. Returns at once. */
  wake(): void;
  /** Resolves when nothing runs and nothing is due. */
  idle(): Promise<void>;
  /** Takes no more, lets running jobs finish within a few seconds, and puts the rest back for others. */
  stop(): Promise<void>;
}

/** A worker for the kinds in `handlers`; jobs of other kinds are left to processes that know them. */
export function createWorker(parts: Parts, handlers: ReadonlyMap<string, JobHandler<unknown>>): Worker {
  const { db, clock, log, pace } = parts;
  const runs = new Set<Run>();
  let state: 'new' | 'running' | 'stopped' = 'new';
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;
  let outages = 0;
  let tidiedAt = Number.NEGATIVE_INFINITY;

  const kinds = () => [...handlers.keys()];

  /** Starts what can be started; gives the milliseconds until the next look. */
  async function look(): Promise<number> {
    again = false;
    while (state === 'running' && runs.size < pace.atOnce) {
      const claim = `${hostname().slice(0, 60)}:${process.pid}:${randomUUID()}`;
      const now = clock.now();
      const until = new Date(now.getTime() + pace.lease);
      const job = await retrying(() => claimJob(db, { kinds: kinds(), claim, now, until }));
      if (job === undefined) break;
      begin(job, claim);
    }
    await tidy();
    const next = await nextJobAt(db, kinds());
    return next === null ? pace.look : Math.min(pace.look, Math.max(10, next.getTime() - clock.now().getTime()));
  }

  function begin(job: Job, claim: string): void {
    const handler = handlers.get(job.kind);
    if (handler === undefined) return;
    const run = new Run(parts, job, claim, handler);
    runs.add(run);
    void run.ended.then(() => {
      runs.delete(run);
      wake();
    });
  }

  async function tidy(): Promise<void> {
    const now = clock.now().getTime();
    if (now - tidiedAt < TIDY_EVERY) return;
    tidiedAt = now;
    for (const outcome of ['done', 'failed'] as const) {
      await retrying(() => deleteFinished(db, outcome, new Date(now - KEEP[outcome])));
    }
  }

  /** One look at a time; never throws. A database that does not answer is asked again after growing pauses. */
  function go(): void {
    clearTimeout(timer);
    looking = look()
      .then((wait) => {
        if (outages > 0) log.info('the table of jobs answers again');
        outages = 0;
        return wait;
      })
      .catch((error: unknown) => {
        outages += 1;
        if (outages === 1) log.warn({ err: error }, 'the table of jobs does not answer');
        return Math.max(pace.pause, pauseAfter(outages, { pause: pace.pause, longestPause: pace.look }));
      })
      .then((wait) => {
        looking = undefined;
        if (state !== 'running') return;
        if (again && outages === 0) return go();
        timer = setTimeout(go, runs.size < pace.atOnce ? wait : pace.look);
        timer.unref();
      });
  }

  function wake(): void {
    if (state !== 'running' || outages > 0) return;
    if (looking === undefined) go();
    else again = true;
  }

  return {
    wake,
    start: () => {
      if (state !== 'new') return;
      state = 'running';
      go();
    },
    idle: async () => {
      while (looking !== undefined || runs.size > 0) {
        await looking;
        await Promise.all([...runs].map((run) => run.ended));
      }
    },
    stop: async () => {
      if (state !== 'running') {
        state = 'stopped';
        return;
      }
      state = 'stopped';
      clearTimeout(timer);
      await within(pace.finish, looking ?? Promise.resolve());
      const rest = () => Promise.all([...runs].map((run) => run.ended));
      if (await within(pace.finish, rest())) return;
      for (const run of runs) run.abort.abort(new Stopping());
      if (await within(pace.abort, rest())) return;
      await within(pace.abort, Promise.all([...runs].map((run) => run.giveBack())));
    },
  };
}
