import type { Knex } from 'knex';
import { fromDbTime, fromDbTimeOrNull, isPostgres, toDbTime } from '../db';

export type JobState = 'queued' | 'running' | 'done' | 'failed';

/** A job as its row has it. */
export interface Job {
  readonly id: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: JobState;
  readonly key: string | null;
  /** Steps that are done and kept; the next try goes on from here. */
  readonly progress: number;
  /** Steps in all; 0 while that is not known. */
  readonly total: number;
  /** Tries so far, a present one included. */
  readonly attempts: number;
  readonly claimedBy: string | null;
  readonly claimedUntil: Date | null;
  readonly runAt: Date;
  /** Why the last try ended early; for the people who run the server. */
  readonly error: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly createdAt: Date;
}

interface JobRow {
  id: number;
  kind: string;
  payload: string;
  state: JobState;
  key: string | null;
  progress: number;
  total: number;
  attempts: number;
  claimed_by: string | null;
  claimed_until: unknown;
  run_at: unknown;
  error: string | null;
  started_at: unknown;
  finished_at: unknown;
  created_at: unknown;
}

const toJob = (row: JobRow): Job => ({
  id: row.id,
  kind: row.kind,
  payload: JSON.parse(row.payload) as unknown,
  state: row.state,
  key: row.key,
  progress: row.progress,
  total: row.total,
  attempts: row.attempts,
  claimedBy: row.claimed_by,
  claimedUntil: fromDbTimeOrNull(row.claimed_until),
  runAt: fromDbTime(row.run_at),
  error: row.error,
  startedAt: fromDbTimeOrNull(row.started_at),
  finishedAt: fromDbTimeOrNull(row.finished_at),
  createdAt: fromDbTime(row.created_at),
});

/** Adds a job. Nothing comes back when one with the same key is still unfinished. */
export async function insertJob(
  trx: Knex,
  job: { kind: string; payload: unknown; key: string | null; runAt: Date; now: Date },
): Promise<number | undefined> {
  const now = toDbTime(job.now);
  const rows = (await trx('jobs_job')
    .insert({
      kind: job.kind,
      payload: JSON.stringify(job.payload),
      state: 'queued',
      key: job.key,
      run_at: toDbTime(job.runAt),
      created_at: now,
      modified_at: now,
    })
    .onConflict()
    .ignore()
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** The unfinished job with this key. */
export async function findUnfinishedByKey(db: Knex, key: string): Promise<Job | undefined> {
  const row = (await db('jobs_job').where({ key }).whereNull('finished_at').first()) as JobRow | undefined;
  return row && toJob(row);
}

/** The job with this id. */
export async function findJob(db: Knex, id: number): Promise<Job | undefined> {
  const row = (await db('jobs_job').where({ id }).first()) as JobRow | undefined;
  return row && toJob(row);
}

/**
 * Takes the job that has been due for longest, for `claim` alone until `until`: one that waits, or one whose worker has
 * not been heard of since its claim ran out. One statement, so that two workers never get the same job: SQLite writes one
 * at a time, PostgreSQL skips rows that another worker is taking.
 */
export async function claimJob(
  db: Knex,
  { kinds, claim, now, until }: { kinds: readonly string[]; claim: string; now: Date; until: Date },
): Promise<Job | undefined> {
  const time = toDbTime(now);
  const due = db('jobs_job')
    .select('id')
    .whereNull('finished_at')
    .whereIn('kind', kinds)
    .where((either) => {
      either
        .where((waiting) => waiting.where('state', 'queued').where('run_at', '<=', time))
        .orWhere((abandoned) => abandoned.where('state', 'running').where('claimed_until', '<=', time));
    })
    .orderBy(['run_at', 'id'])
    .limit(1);
  if (isPostgres(db)) due.forUpdate().skipLocked();
  const rows = (await db('jobs_job')
    // `=` rather than `in`: PostgreSQL then runs the inner query once, whatever plan it picks.
    .where('id', due)
    .update({
      state: 'running',
      claimed_by: claim,
      claimed_until: toDbTime(until),
      attempts: db.raw('attempts + 1'),
      started_at: db.raw('coalesce(started_at, ?)', [time]),
      modified_at: time,
    })
    .returning('*')) as JobRow[];
  return rows[0] && toJob(rows[0]);
}

/** A job in the hands of one worker: what a statement must match to count. */
export interface Claim {
  readonly id: number;
  readonly claim: string;
}

const held = (db: Knex, { id, claim }: Claim): Knex.QueryBuilder =>
  db('jobs_job').where({ id, claimed_by: claim, state: 'running' });

/** Moves the end of a claim; false when it is no longer ours. */
export async function extendClaim(db: Knex, claim: Claim, until: Date): Promise<boolean> {
  return (await held(db, claim).update({ claimed_until: toDbTime(until) })) > 0;
}

/** Keeps how far a job has come; false, and nothing kept, when the claim is no longer ours. */
export async function saveProgress(
  trx: Knex,
  claim: Claim,
  { done, total, until, now }: { done: number; total: number; until: Date; now: Date },
): Promise<boolean> {
  const changes = { progress: done, total, claimed_until: toDbTime(until), modified_at: toDbTime(now) };
  return (await held(trx, claim).update(changes)) > 0;
}

/** Ends a job, well or not; false when the claim is no longer ours. */
export async function finishJob(
  db: Knex,
  claim: Claim,
  { state, error, now }: { state: 'done' | 'failed'; error: string | null; now: Date },
): Promise<boolean> {
  const time = toDbTime(now);
  const changes = { state, error, claimed_by: null, claimed_until: null, finished_at: time, modified_at: time };
  return (await held(db, claim).update(changes)) > 0;
}

/** Puts a claimed job back into the queue, after a failed try or (`refund`) one that was none; false when not ours. */
export async function releaseJob(
  db: Knex,
  claim: Claim,
  { runAt, error, refund, now }: { runAt: Date; error?: string; refund?: boolean; now: Date },
): Promise<boolean> {
  const changes = {
    state: 'queued',
    claimed_by: null,
    claimed_until: null,
    run_at: toDbTime(runAt),
    modified_at: toDbTime(now),
    ...(error === undefined ? {} : { error }),
    ...(refund ? { attempts: db.raw('attempts - 1') } : {}),
  };
  return (await held(db, claim).update(changes)) > 0;
}

/** Puts a failed job back into the queue with its progress; false when it has not failed. */
export async function requeueFailed(trx: Knex, id: number, now: Date): Promise<boolean> {
  const time = toDbTime(now);
  const changes = { state: 'queued', attempts: 0, error: null, finished_at: null, run_at: time, modified_at: time };
  return (await trx('jobs_job').where({ id, state: 'failed' }).update(changes)) > 0;
}

/** The failed ones among these jobs. */
export async function failedAmong(db: Knex, ids: readonly number[]): Promise<number[]> {
  const wanted = new Set(ids);
  const failed = (await db('jobs_job').where({ state: 'failed' }).orderBy('id').pluck('id')) as number[];
  return failed.filter((id) => wanted.has(id));
}

/** When the next job is due or abandoned; nothing when none waits. */
export async function nextJobAt(db: Knex, kinds: readonly string[]): Promise<Date | null> {
  const row = (await db('jobs_job')
    .whereNull('finished_at')
    .whereIn('kind', kinds)
    .min({ at: db.raw('coalesce(claimed_until, run_at)') })
    .first()) as { at: unknown } | undefined;
  return fromDbTimeOrNull(row?.at);
}

/** Removes jobs in that state that ended before then; returns how many. */
export const deleteFinished = (db: Knex, state: 'done' | 'failed', before: Date): Promise<number> =>
  db('jobs_job').where({ state }).where('finished_at', '<', toDbTime(before)).delete();
