import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { z } from 'zod';
import { countSteps, countStepsHandler, createStepTable } from '../../test/support/count-steps';
import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { type TestClock, testClock } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { listEntries } from '../audit';
import { type Database, inTransaction, openDatabase } from '../db';
import { type Clock, systemClock } from '../lib/clock';
import { projectRoot } from '../lib/root';
import { localActor } from '../lib/viewer';
import {
  createJobs,
  findJob,
  type Job,
  type JobHandler,
  type Jobs,
  jobKind,
  type Pace,
  PermanentFailure,
  retryJob,
} from './index';
import { pauseAfter } from './pace';

const QUICK: Partial<Pace> = { look: 30, pause: 10, longestPause: 40, finish: 300, abort: 300 };
const greet = jobKind('test.greet', z.object({ name: z.string() }));

let database: TestDatabase;
let db: Database;
const started: { jobs: Jobs; own: Database | undefined }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.config);
  await createStepTable(db);
});

afterEach(async () => {
  for (const { jobs, own } of started.splice(0)) {
    await jobs.stop();
    await own?.destroy();
  }
  await db('jobs_job').delete();
  await db('test_step').delete();
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

interface QueueOptions {
  pace?: Partial<Pace>;
  clock?: Clock;
  handlers?: (typeof countStepsHandler | ReturnType<typeof greeter>)[];
  /** With a connection of its own, as another process would have. */
  apart?: boolean;
}

/** A queue with a worker that has not started yet. */
function newJobs({ pace, clock = systemClock, handlers = [], apart = false }: QueueOptions = {}): Jobs {
  const own = apart ? openDatabase(database.config) : undefined;
  const log = pino({ level: 'silent' });
  const jobs = createJobs({ db: own ?? db, clock, log, pace: { ...QUICK, ...pace } });
  for (const handler of handlers) jobs.register(handler as JobHandler<unknown>);
  started.push({ jobs, own });
  return jobs;
}

const greeter = (run: JobHandler<{ name: string }>['run'], maxAttempts?: number): JobHandler<{ name: string }> => ({
  kind: greet,
  run,
  ...(maxAttempts === undefined ? {} : { maxAttempts }),
});

const add = (jobs: Jobs, options: { key?: string; runAt?: Date } = {}): Promise<number> =>
  inTransaction(db, (trx) => jobs.enqueue(trx, greet, { name: 'Ada' }, options));

async function getJob(id: number): Promise<Job> {
  const job = await findJob(db, id);
  if (job === undefined) throw new Error(`job ${id} is gone`);
  return job;
}

const reaches = (id: number, state: Job['state']) =>
  until(`job ${id} to be ${state}`, async () => (await getJob(id)).state === state, 10_000);

const stepsOf = async (id: number): Promise<number[]> => db('test_step').where('job', id).orderBy('step').pluck('step');
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a job', () => {
  it('is done after its transaction has committed, with what it was given', async () => {
    const seen: unknown[] = [];
    const jobs = newJobs({ handlers: [greeter(async (job) => void seen.push(job))] });
    jobs.start();
    let id = 0;
    await inTransaction(db, async (trx) => {
      id = await jobs.enqueue(trx, greet, { name: 'Grace' });
    });
    await jobs.idle();
    expect(seen).toEqual([{ id, payload: { name: 'Grace' }, progress: 0, total: 0, attempt: 1 }]);
    expect(await getJob(id)).toMatchObject({ state: 'done', error: null, claimedBy: null, attempts: 1 });
  });

  it('does not exist when its transaction is taken back', async () => {
    const run = jest.fn(async () => undefined);
    const jobs = newJobs({ handlers: [greeter(run)] });
    jobs.start();
    const broken = inTransaction(db, async (trx) => {
      await jobs.enqueue(trx, greet, { name: 'Nobody' });
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    await jobs.idle();
    expect(run).not.toHaveBeenCalled();
    expect(await db('jobs_job').select('id')).toEqual([]);
  });

  it('is added once while one with its key is unfinished', async () => {
    const jobs = newJobs({ handlers: [greeter(async () => undefined)] });
    const first = await add(jobs, { key: 'ada' });
    const together = await Promise.all([add(jobs, { key: 'ada' }), add(jobs, { key: 'ada' })]);
    expect(together).toEqual([first, first]);
    expect(await add(jobs, { key: 'grace' })).not.toBe(first);
    jobs.start();
    await jobs.idle();
    expect(await add(jobs, { key: 'ada' })).not.toBe(first);
  });

  it('waits for its time', async () => {
    const clock: TestClock = testClock();
    const jobs = newJobs({ clock, handlers: [greeter(async () => undefined)] });
    jobs.start();
    const id = await add(jobs, { runAt: new Date(clock.now().getTime() + 60_000) });
    await jobs.idle();
    expect((await getJob(id)).state).toBe('queued');
    clock.advance(60_000);
    jobs.wake();
    await jobs.idle();
    expect((await getJob(id)).state).toBe('done');
  });

  it('of a kind that this process does not know is left to others', async () => {
    const jobs = newJobs();
    jobs.start();
    const id = await add(jobs);
    jobs.wake();
    await jobs.idle();
    expect(await getJob(id)).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('whose payload is no longer understood fails at once', async () => {
    const run = jest.fn(async () => undefined);
    const jobs = newJobs({ handlers: [greeter(run)] });
    const id = await add(jobs);
    await db('jobs_job').where({ id }).update({ payload: '{"nom":"Ada"}' });
    jobs.start();
    await jobs.idle();
    expect(run).not.toHaveBeenCalled();
    expect(await getJob(id)).toMatchObject({ state: 'failed', attempts: 1 });
  });
});

describe('a job that fails', () => {
  it('is tried again after a pause, goes on from its progress and may then succeed', async () => {
    const progressSeen: number[] = [];
    const handler = greeter(async (job, { progress }) => {
      progressSeen.push(job.progress);
      if (job.attempt === 1) {
        await progress(3, 7);
        throw new Error('the line is busy');
      }
    });
    const clock = testClock();
    const jobs = newJobs({ clock, pace: { pause: 60_000, longestPause: 60_000 }, handlers: [handler] });
    jobs.start();
    const id = await add(jobs);
    await jobs.idle();
    expect(await getJob(id)).toMatchObject({
      state: 'queued',
      progress: 3,
      total: 7,
      error: 'Error: the line is busy',
    });
    clock.advance(60_000);
    jobs.wake();
    await jobs.idle();
    expect(progressSeen).toEqual([0, 3]);
    expect(await getJob(id)).toMatchObject({ attempts: 2, error: null });
  });

  it('has failed for good after its tries, with the last reason', async () => {
    const run = jest.fn(async () => {
      throw new Error('still busy');
    });
    const jobs = newJobs({ handlers: [greeter(run, 3)] });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'failed');
    expect(run).toHaveBeenCalledTimes(3);
    expect(await getJob(id)).toMatchObject({ attempts: 3, error: 'Error: still busy', claimedBy: null });
  });

  it('has failed at once when another try cannot help', async () => {
    const jobs = newJobs({
      handlers: [
        greeter(async () => {
          throw new PermanentFailure('there is no such organization');
        }),
      ],
    });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'failed');
    expect(await getJob(id)).toMatchObject({ attempts: 1, error: 'PermanentFailure: there is no such organization' });
  });

  it('can be given new tries by a person, with its progress kept', async () => {
    let broken = true;
    const handler = greeter(async (job, { progress }) => {
      if (job.progress < 2) await progress(2, 3);
      if (broken) throw new PermanentFailure('no');
    });
    const jobs = newJobs({ handlers: [handler] });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'failed');
    broken = false;
    expect(await inTransaction(db, (trx) => jobs.retry(trx, id))).toBe(true);
    await reaches(id, 'done');
    expect(await getJob(id)).toMatchObject({ progress: 2, attempts: 1 });
    expect(await inTransaction(db, (trx) => jobs.retry(trx, id))).toBe(false);
  });

  it('gets them once and on record when staff ask for it, unless the same work is under way', async () => {
    const actor = localActor('command', 'test');
    const jobs = newJobs({
      handlers: [
        greeter(async () => {
          throw new PermanentFailure('no');
        }),
      ],
    });
    jobs.start();
    const id = await add(jobs, { key: 'ada' });
    await reaches(id, 'failed');
    await jobs.stop();
    const other = await add(jobs, { key: 'ada' });
    await expect(retryJob({ db, clock: systemClock, jobs }, actor, id)).rejects.toMatchObject({ status: 409 });
    await db('jobs_job').where({ id: other }).delete();
    expect(await retryJob({ db, clock: systemClock, jobs }, actor, id)).toBe(true);
    expect(await retryJob({ db, clock: systemClock, jobs }, actor, id)).toBe(false);
    expect(await getJob(id)).toMatchObject({ state: 'queued', attempts: 0 });
    const entries = await listEntries(db, { objectType: 'jobs.job', limit: 5 });
    expect(entries.map(({ message }) => message)).toEqual(['Gave the job new tries.']);
  });

  it('keeps nothing of a step whose work failed', async () => {
    const handler = greeter(async (job, { progress }) => {
      await progress(1, 2, async (trx) => {
        await trx('test_step').insert({ job: job.id, step: 1 });
        throw new PermanentFailure('after the write');
      });
    });
    const jobs = newJobs({ handlers: [handler] });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'failed');
    expect((await getJob(id)).progress).toBe(0);
    expect(await stepsOf(id)).toEqual([]);
  });
});

describe('several workers', () => {
  it('share the jobs, each of which is done once', async () => {
    const done: number[] = [];
    const handler = greeter(async (job) => {
      await sleep(5);
      done.push(job.id);
    });
    const workers = [1, 2, 3].map(() => newJobs({ handlers: [handler], apart: true }));
    const ids = await Promise.all(Array.from({ length: 30 }, () => add(workers[0] as Jobs)));
    for (const worker of workers) worker.start();
    await until('all jobs to be done', () => done.length >= 30, 10_000);
    await Promise.all(workers.map((worker) => worker.idle()));
    expect(done.toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('do not run more at once than they may', async () => {
    let running = 0;
    let most = 0;
    const handler = greeter(async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(10);
      running -= 1;
    });
    const jobs = newJobs({ pace: { atOnce: 2 }, handlers: [handler] });
    for (let count = 0; count < 6; count++) await add(jobs);
    jobs.start();
    await jobs.idle();
    expect(most).toBe(2);
  });

  it('leave a long job to the one that has it, because its claim is moved on', async () => {
    const run = jest.fn(async () => {
      await sleep(1_500);
    });
    const pace = { lease: 1_000, heartbeat: 100 };
    const [first, second] = [1, 2].map(() => newJobs({ pace, handlers: [greeter(run)], apart: true })) as [Jobs, Jobs];
    const id = await add(first);
    first.start();
    await reaches(id, 'running');
    second.start();
    await reaches(id, 'done');
    expect(run).toHaveBeenCalledTimes(1);
    expect((await getJob(id)).attempts).toBe(1);
  });

  it('refuse the steps of one that was too slow and lost its job', async () => {
    let slow = true;
    const outcomes: string[] = [];
    const handler = greeter(async (job, { progress, signal }) => {
      const wasSlow = slow;
      slow = false;
      if (wasSlow) await until('the job to be taken over', async () => (await getJob(job.id)).attempts === 2);
      await progress(1, 1, async (trx) => {
        await trx('test_step').insert({ job: job.id, step: 1 });
      }).catch((error: Error) => {
        outcomes.push(error.name, String(signal.aborted));
        throw error;
      });
    });
    // A heartbeat that never comes stands for a process that hangs.
    const worker = (lease: number) => newJobs({ pace: { lease, heartbeat: 60_000 }, handlers: [handler], apart: true });
    const [first, second] = [worker(150), worker(20_000)];
    const id = await add(first);
    first.start();
    await until('the first to be at work', () => !slow);
    second.start();
    await reaches(id, 'done');
    await until('the slow one to notice', () => outcomes.length > 0);
    await first.idle();
    expect(outcomes).toEqual(['ClaimLost', 'false']);
    expect(await stepsOf(id)).toEqual([1]);
    expect(await getJob(id)).toMatchObject({ state: 'done', attempts: 2 });
  });
});

describe('an orderly stop', () => {
  it('lets a job finish that is nearly done', async () => {
    const end = new EventEmitter();
    const jobs = newJobs({
      pace: { finish: 20_000 },
      handlers: [greeter(async () => void (await once(end, 'near')))],
    });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'running');
    const stopped = jobs.stop();
    setTimeout(() => end.emit('near'), 100);
    await stopped;
    expect((await getJob(id)).state).toBe('done');
  });

  it('puts a long job back for others, as a try that does not count', async () => {
    const jobs = newJobs({ pace: { finish: 50 }, handlers: [countStepsHandler] });
    jobs.start();
    const id = await inTransaction(db, (trx) => jobs.enqueue(trx, countSteps, { steps: 50, pause: 20 }));
    await until('some steps', async () => (await getJob(id)).progress >= 2);
    await jobs.stop();
    const job = await getJob(id);
    expect(job).toMatchObject({ state: 'queued', attempts: 0, claimedBy: null, error: null });
    expect(await stepsOf(id)).toEqual(oneTo(job.progress));
    const next = newJobs({ handlers: [countStepsHandler] });
    next.start();
    await reaches(id, 'done');
    expect(await stepsOf(id)).toEqual(oneTo(50));
  });

  it('takes a job back even from a handler that does not listen', async () => {
    const end = new EventEmitter();
    const deaf = greeter(async () => void (await once(end, 'free')));
    const jobs = newJobs({ pace: { finish: 20, abort: 20 }, handlers: [deaf] });
    jobs.start();
    const id = await add(jobs);
    await reaches(id, 'running');
    await jobs.stop();
    expect(await getJob(id)).toMatchObject({ state: 'queued', claimedBy: null });
    end.emit('free');
  });
});

describe('a process that is killed', () => {
  it('leaves its job to the next, which goes on where it stopped; each step happens once', async () => {
    const queue = newJobs({ pace: { lease: 600, heartbeat: 100 }, handlers: [countStepsHandler] });
    const id = await inTransaction(db, (trx) => queue.enqueue(trx, countSteps, { steps: 30, pause: 60 }));
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/work-jobs.ts'], {
      cwd: projectRoot,
      env: { PATH: process.env.PATH, TEST_DATABASE: JSON.stringify(database.config), TEST_LEASE_MS: '600' },
      stdio: 'inherit',
    });
    const ended = once(child, 'exit');
    try {
      await until('the child to be in the middle', async () => (await getJob(id)).progress >= 5, 12_000);
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    const left = await getJob(id);
    expect(left).toMatchObject({ state: 'running', attempts: 1 });
    expect(left.progress).toBeLessThan(30);
    queue.start();
    await reaches(id, 'done');
    expect(await stepsOf(id)).toEqual(oneTo(30));
    const workers: number[] = await db('test_step').distinct('pid').pluck('pid');
    expect(new Set(workers)).toEqual(new Set([child.pid, process.pid]));
    expect((await getJob(id)).attempts).toBe(2);
  }, 30_000);

  it('again and again, makes its job fail in the end', async () => {
    const run = jest.fn(async () => undefined);
    const jobs = newJobs({ handlers: [greeter(run, 2)] });
    const id = await add(jobs);
    const past = new Date(Date.now() - 1000).toISOString();
    await db('jobs_job')
      .where({ id })
      .update({ state: 'running', attempts: 2, claimed_by: 'gone', claimed_until: past });
    jobs.start();
    await reaches(id, 'failed');
    expect(run).not.toHaveBeenCalled();
    expect((await getJob(id)).error).toContain('The process ended during each of 2 tries.');
  });
});

describe('the table of jobs', () => {
  it('forgets what ended long ago', async () => {
    const clock = testClock();
    const jobs = newJobs({ clock, handlers: [greeter(async () => undefined)] });
    jobs.start();
    const id = await add(jobs);
    await jobs.idle();
    clock.advance(29 * 86_400_000);
    jobs.wake();
    await jobs.idle();
    expect(await findJob(db, id)).toBeDefined();
    clock.advance(2 * 86_400_000);
    jobs.wake();
    await jobs.idle();
    expect(await findJob(db, id)).toBeUndefined();
  });

  it('may be out of reach for a while', async () => {
    const jobs = newJobs({ handlers: [greeter(async () => undefined)] });
    await db.schema.renameTable('jobs_job', 'jobs_elsewhere');
    jobs.start();
    await sleep(60);
    await db.schema.renameTable('jobs_elsewhere', 'jobs_job');
    const id = await add(jobs);
    await reaches(id, 'done');
  });
});

describe('pauseAfter', () => {
  it('doubles, with some chance in it, up to a limit', () => {
    const pace = { pause: 100, longestPause: 1_000 };
    expect([1, 2, 3, 4, 5, 50].map((failures) => pauseAfter(failures, pace, () => 1))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(pauseAfter(1, pace, () => 0)).toBe(50);
  });
});
