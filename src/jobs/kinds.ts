import type { z } from 'zod';
import type { Transaction } from '../db';
import type { Pace } from './pace';

/** A sort of background work: its name in the table, and what a job of it carries. */
export interface JobKind<Payload> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
}

/** Declares a kind. The name stays for ever: rows carry it. */
export const jobKind = <Payload>(name: string, payload: z.ZodType<Payload>): JobKind<Payload> =>
  Object.freeze({ name, payload });

/** What a handler is given: what to do, and how far earlier tries came. */
export interface RunningJob<Payload> {
  readonly id: number;
  readonly payload: Payload;
  /** Steps that are done and kept; go on from here. */
  readonly progress: number;
  readonly total: number;
  /** Which try this is, from 1. */
  readonly attempt: number;
}

export interface JobTools {
  /** Aborted when the process stops or another worker has taken the job over. Give it to whatever waits. */
  readonly signal: AbortSignal;
  /**
   * Keeps that `done` of `total` steps are done. With `work`, both are one transaction: the step's effect is kept exactly
   * when its progress is, also when the process dies between two steps. Throws, and keeps nothing, when the process is
   * stopping or the job is no longer ours; let that error pass.
   */
  progress(done: number, total: number, work?: (trx: Transaction) => Promise<void>): Promise<void>;
}

/** How a kind of job is done. */
export interface JobHandler<Payload> {
  readonly kind: JobKind<Payload>;
  /** After that many tries the job has failed for good; 5 unless said otherwise. */
  readonly maxAttempts?: number;
  /** The pause after a first failed try, doubled with each further one, up to a longest, in milliseconds; see `PACE`. */
  readonly pace?: Pick<Pace, 'pause' | 'longestPause'>;
  /** Does the work, or what is left of it. An error means another try later, a `PermanentFailure` that it is over. */
  run(job: RunningJob<Payload>, tools: JobTools): Promise<void>;
}

/** Thrown by a handler when another try may help; its message is for people, who read it until that try. */
export class TemporaryFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemporaryFailure';
  }
}

/** Thrown by a handler when another try cannot help; its message is for people. */
export class PermanentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}
