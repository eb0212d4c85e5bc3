import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../../src/db';
import { type JobHandler, jobKind } from '../../src/jobs';

/** A job that writes one row for each of its steps: whoever counts the rows knows how often each was done. */
export const countSteps = jobKind('test.count-steps', z.object({ steps: z.number(), pause: z.number() }));

export const createStepTable = (db: Database): Promise<void> =>
  db.schema.createTable('test_step', (table) => {
    table.integer('job');
    table.integer('step');
    table.integer('pid');
  });

export const countStepsHandler: JobHandler<{ steps: number; pause: number }> = {
  kind: countSteps,
  run: async (job, { progress, signal }) => {
    const { steps, pause } = job.payload;
    for (let step = job.progress + 1; step <= steps; step++) {
      await sleep(pause, undefined, { signal });
      await progress(step, steps, async (trx) => {
        await trx('test_step').insert({ job: job.id, step, pid: process.pid });
      });
    }
  },
};
