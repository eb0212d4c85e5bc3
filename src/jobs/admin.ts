import { modelAdmin } from '../admin';
import { choice, integer, model, text, textarea, timestamp } from '../model';

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

/** Background work, to be looked at. */
export const jobAdmin = modelAdmin(Job, {
  icon: 'fa-gears',
  description: 'What runs in the background, how far it is, and what failed.',
  listDisplay: ['kind', 'state', 'progress', 'total', 'attempts', 'created_at', 'finished_at'],
  listFilter: ['state', 'created_at'],
  searchFields: ['kind', 'error'],
  canAdd: false,
  canChange: false,
  canDelete: false,
});
