import { type Action, type ModelAdmin, modelAdmin } from '../admin';
import { HttpError } from '../lib/http-error';
import { choice, integer, model, text, textarea, timestamp } from '../model';
import { formatCount } from '../web/filters';
import { type Jobs, retryJob } from './jobs';
import { failedAmong } from './queries';

const Job = model('jobs.job', {
  table: 'jobs_job',
  noun: 'job',
  titleColumns: ['kind'],
  fields: {
    kind: text(),
    state: choice({
      choices: ['queued', 'running', 'done', 'failed'].map((value) => ({
        value,
        text: value.replace(/^./, (first) => first.toUpperCase()),
      })),
    }),
    progress: integer({ label: 'Steps done' }),
    total: integer({ label: 'Of' }),
    attempts: integer({ label: 'Tries' }),
    error: textarea({ label: 'Last error' }),
    run_at: timestamp('Not before'),
    started_at: timestamp('Started'),
    finished_at: timestamp('Finished'),
    created_at: timestamp('Queued'),
    modified_at: timestamp('Last sign of life'),
  },
});

/** Gives the failed ones among the chosen jobs new tries, each from where it stopped. */
const retry = (jobs: Jobs): Action => ({
  name: 'retry_selected',
  label: 'Retry selected jobs',
  question: (count) => `Retry ${count}?`,
  confirm: 'Retry',
  permission: 'jobs.change_job',
  affected: async ({ db }, ids) => (await failedAmong(db, ids)).length,
  run: async ({ db, clock, actor }, ids) => {
    let retried = 0;
    let underWay = 0;
    for (const id of await failedAmong(db, ids)) {
      try {
        if (await retryJob({ db, clock, jobs }, actor, id)) retried += 1;
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 409)) throw error;
        underWay += 1;
      }
    }
    const left = underWay === 0 ? '' : ` ${formatCount(underWay, 'job')} left: the same work is under way already.`;
    const done = `${formatCount(retried, 'job')} will be tried again.${left}`;
    return { changed: retried, message: retried + underWay === 0 ? 'Nothing to retry: none of them failed.' : done };
  },
});

/** Background work, to be looked at; what failed can be tried again. */
export const createJobAdmin = ({ jobs }: { jobs: Jobs }): ModelAdmin =>
  modelAdmin(Job, {
    icon: 'fa-gears',
    description: 'What runs in the background, how far it is, and what failed.',
    listDisplay: ['kind', 'state', 'progress', 'total', 'attempts', 'created_at', 'finished_at'],
    listFilter: ['state', 'created_at'],
    searchFields: ['kind', 'error'],
    actions: [retry(jobs)],
    canAdd: false,
    canChange: false,
    canDelete: false,
  });
