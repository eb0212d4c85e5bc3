import type { Logger } from 'pino';
import { type Database, inTransaction, isOutage, retrying } from '../db';
import type { Clock } from '../lib/clock';
import { type JobHandler, type JobTools, PermanentFailure } from './kinds';
import { type Pace, pauseAfter } from './pace';
import { type Claim, extendClaim, finishJob, type Job, releaseJob, saveProgress } from './queries';

/** The job is in other hands now: the claim ran out before it was moved on. */
class ClaimLost extends Error {
  constructor() {
    super('another worker has taken this job over');
    this.name = 'ClaimLost';
  }
}

/** The process is stopping; the job goes back into the queue. */
export class Stopping extends Error {
  constructor() {
    super('the process is stopping');
    this.name = 'Stopping';
  }
}

export interface Parts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pace: Pace;
}

const MAX_ATTEMPTS = 5;
const LONGEST_ERROR = 2_000;

const textOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, LONGEST_ERROR);

/** One try of one claimed job, from the handler's start to the note of how it ended. Never throws. */
export class Run {
  readonly abort = new AbortController();
  readonly ended: Promise<void>;
  private readonly claim: Claim;

  constructor(
    private readonly parts: Parts,
    readonly job: Job,
    claim: string,
    private readonly handler: JobHandler<unknown>,
  ) {
    this.claim = { id: job.id, claim };
    const heartbeat = setInterval(() => void this.extend(), parts.pace.heartbeat);
    heartbeat.unref();
    this.ended = this.execute().finally(() => clearInterval(heartbeat));
  }

  /** Puts the job back for others, as a try that does not count: the process stops, the job is not to blame. */
  async giveBack(): Promise<void> {
    const now = this.parts.clock.now();
    await this.note('released', () => releaseJob(this.parts.db, this.claim, { runAt: now, refund: true, now }));
  }

  private get leaseEnd(): Date {
    return new Date(this.parts.clock.now().getTime() + this.parts.pace.lease);
  }

  private lastExtended = performance.now();

  /** Moves the claim on. When the database does not answer for as long as it holds, the job counts as lost. */
  private async extend(): Promise<void> {
    const asked = performance.now();
    try {
      if (!(await extendClaim(this.parts.db, this.claim, this.leaseEnd))) this.abort.abort(new ClaimLost());
      else this.lastExtended = asked;
    } catch (error) {
      this.parts.log.warn({ err: error, job: this.job.id }, 'the claim of a job could not be moved on');
      if (asked - this.lastExtended > this.parts.pace.lease) this.abort.abort(new ClaimLost());
    }
  }

  private async execute(): Promise<void> {
    const { log } = this.parts;
    const { id, kind, attempts } = this.job;
    const started = performance.now();
    try {
      await this.runHandler();
    } catch (error) {
      await this.settleFailure(error);
      return;
    }
    const { db, clock } = this.parts;
    await this.note('done', () => finishJob(db, this.claim, { state: 'done', error: null, now: clock.now() }));
    log.info({ job: id, kind, attempts, milliseconds: Math.round(performance.now() - started) }, 'job done');
  }

  private async runHandler(): Promise<void> {
    const { job, handler } = this;
    const most = handler.maxAttempts ?? MAX_ATTEMPTS;
    if (job.attempts > most) {
      throw new PermanentFailure(`The process ended during each of ${most} tries. ${job.error ?? ''}`.trim());
    }
    const payload = handler.kind.payload.safeParse(job.payload);
    if (!payload.success) throw new PermanentFailure(`The payload is not usable: ${payload.error.message}`);
    const { id, progress, total, attempts: attempt } = job;
    const tools: JobTools = { signal: this.abort.signal, progress: (...given) => this.progress(...given) };
    await handler.run({ id, payload: payload.data, progress, total, attempt }, tools);
  }

  private async progress(done: number, total: number, work?: Parameters<JobTools['progress']>[2]): Promise<void> {
    const { db, clock } = this.parts;
    this.abort.signal.throwIfAborted();
    await inTransaction(db, async (trx) => {
      // First, because it locks the row: nobody can take the job over while the step is being written.
      const ours = await saveProgress(trx, this.claim, { done, total, until: this.leaseEnd, now: clock.now() });
      if (!ours) throw new ClaimLost();
      await work?.(trx);
    });
    this.lastExtended = performance.now();
  }

  private async settleFailure(error: unknown): Promise<void> {
    const { db, clock, log, pace } = this.parts;
    const { id, kind, attempts } = this.job;
    const reason: unknown = this.abort.signal.aborted ? this.abort.signal.reason : error;
    if (reason instanceof ClaimLost || error instanceof ClaimLost) {
      log.warn({ job: id, kind }, 'another worker has taken the job over');
      return;
    }
    if (reason instanceof Stopping) {
      await this.giveBack();
      return;
    }
    const now = clock.now();
    const text = textOf(error);
    if (error instanceof PermanentFailure || attempts >= (this.handler.maxAttempts ?? MAX_ATTEMPTS)) {
      await this.note('failed', () => finishJob(db, this.claim, { state: 'failed', error: text, now }));
      log.error({ job: id, kind, attempts, err: error }, 'job failed');
      return;
    }
    const pause = pauseAfter(attempts, this.handler.pace ?? pace);
    const runAt = new Date(now.getTime() + pause);
    await this.note('put off', () => releaseJob(db, this.claim, { runAt, error: text, now }));
    log.warn({ job: id, kind, attempts, pause, outage: isOutage(error), err: error }, 'job will be tried again');
  }

  /** Writes how it ended. When that fails too, the claim runs out and somebody else goes on from the progress kept. */
  private async note(outcome: string, write: () => Promise<boolean>): Promise<void> {
    const { log } = this.parts;
    try {
      if (!(await retrying(write))) log.warn({ job: this.job.id, outcome }, 'the job was no longer ours to note');
    } catch (error) {
      log.error({ err: error, job: this.job.id, outcome }, 'the outcome of a job could not be noted');
    }
  }
}
