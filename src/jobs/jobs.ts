import type { Logger } from 'pino';
import { recordAudit } from '../audit';
import { afterCommit, type Database, inTransaction, isUniqueViolation, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import type { JobHandler, JobKind } from './kinds';
import { PACE, type Pace } from './pace';
import { findJob, findUnfinishedByKey, insertJob, requeueFailed } from './queries';
import { createWorker } from './worker';

interface EnqueueOptions {
  /** What the job is about: while one with this key is unfinished, no second one is added. */
  key?: string;
  /** Not before then; at once unless said otherwise. */
  runAt?: Date;
}

/** Background work kept as rows: added in the transaction that causes it, done by whichever process gets to it. */
export interface Jobs {
  /**
   * Adds a job; a worker begins once the transaction has committed. Returns its id, or that of the unfinished job with
   * the same key.
   */
  enqueue<Payload>(
    trx: Transaction,
    kind: JobKind<Payload>,
    payload: Payload,
    options?: EnqueueOptions,
  ): Promise<number>;
  /** The unfinished job with that key; undefined when nothing of the sort is under way. */
  underWay(trx: Transaction, key: string): Promise<number | undefined>;
  /** Gives a failed job new tries, from where it stopped; false when it has not failed. */
  retry(trx: Transaction, id: number): Promise<boolean>;
  /** Says how a kind is done; before `start`. */
  register<Payload>(handler: JobHandler<Payload>): void;
  /** Begins with what waits, jobs of a process that died included. */
  start(): void;
  /** Lets running jobs finish within a few seconds and puts the rest back for others. */
  stop(): Promise<void>;
  /** Says that there may be something to do. */
  wake(): void;
  /** Resolves when nothing runs and nothing is due; for commands and tests. */
  idle(): Promise<void>;
}

interface JobsParts {
  db: Database;
  clock: Clock;
  log: Logger;
  pace?: Partial<Pace>;
}

/** Makes the queue and its worker; nothing runs before `start()`. */
export function createJobs({ db, clock, log, pace }: JobsParts): Jobs {
  const handlers = new Map<string, JobHandler<unknown>>();
  const worker = createWorker({ db, clock, log, pace: { ...PACE, ...pace } }, handlers);
  return {
    enqueue: async (trx, kind, payload, { key, runAt } = {}) => {
      const now = clock.now();
      const job = { kind: kind.name, payload, key: key ?? null, runAt: runAt ?? now, now };
      const id =
        (await insertJob(trx, job)) ??
        (await findUnfinishedByKey(trx, job.key ?? ''))?.id ??
        // One was in the way when we tried, and had finished when we looked for it: now there is room.
        (await insertJob(trx, job));
      if (id === undefined) throw new Error(`no job could be added for the key ${job.key}`);
      afterCommit(trx, worker.wake);
      return id;
    },
    underWay: async (trx, key) => (await findUnfinishedByKey(trx, key))?.id,
    retry: async (trx, id) => {
      const queued = await requeueFailed(trx, id, clock.now());
      if (queued) afterCommit(trx, worker.wake);
      return queued;
    },
    register: (handler) => {
      if (handlers.has(handler.kind.name))
        throw new Error(`the kind of job ${handler.kind.name} has a handler already`);
      handlers.set(handler.kind.name, handler as JobHandler<unknown>);
    },
    start: worker.start,
    stop: worker.stop,
    wake: worker.wake,
    idle: worker.idle,
  };
}

/**
 * Gives a failed job new tries because a person asked for it; true when it had failed. Throws 409 when the same work is
 * under way as another job.
 */
export async function retryJob(
  { db, clock, jobs }: { db: Database; clock: Clock; jobs: Jobs },
  actor: Actor,
  id: number,
): Promise<boolean> {
  try {
    return await inTransaction(db, async (trx) => {
      const job = await findJob(trx, id);
      if (job === undefined || !(await jobs.retry(trx, id))) return false;
      await recordAudit(trx, clock, actor, {
        action: 'change',
        objectType: 'jobs.job',
        objectId: id,
        objectLabel: job.kind,
        before: { state: 'failed', attempts: job.attempts },
        after: { state: 'queued', attempts: 0 },
        message: 'Gave the job new tries.',
      });
      return true;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('The same work is under way as another job. Nothing was changed.');
    throw error;
  }
}
