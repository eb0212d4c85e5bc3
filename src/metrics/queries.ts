import { type Database, fromDbTime, toDbTime } from '../db';

/** What waits in the database to be done or sent by whichever process gets to it. */
export interface Backlog {
  /** Jobs that are not done, by kind and state. */
  readonly jobs: readonly { kind: string; state: 'queued' | 'running' | 'failed'; count: number }[];
  /** Since when the job waits that is due longest; undefined while none is due. */
  readonly oldestDue: Date | undefined;
  /** Messages and events that are to be sent. */
  readonly mail: number;
  readonly events: number;
}

/** Reads what waits at a moment. */
export async function backlogOf(db: Database, now: Date): Promise<Backlog> {
  const [jobs, due, mail, events] = await Promise.all([
    db('jobs_job')
      .select('kind', 'state')
      .count({ count: '*' })
      .whereNot('state', 'done')
      .groupBy('kind', 'state') as Promise<{ kind: string; state: string; count: unknown }[]>,
    db('jobs_job').where('state', 'queued').where('run_at', '<=', toDbTime(now)).min({ at: 'run_at' }).first(),
    db('mail_message').whereNull('sent_at').whereNull('given_up_at').count({ count: '*' }).first(),
    db('analytics_event').whereNull('sent_at').count({ count: '*' }).first(),
  ]);
  const numbered = jobs.map(({ kind, state, count }) => ({ kind, state, count: Number(count) })) as Backlog['jobs'];
  return {
    jobs: numbered,
    oldestDue: due?.at == null ? undefined : fromDbTime(due.at),
    mail: Number(mail?.count ?? 0),
    events: Number(events?.count ?? 0),
  };
}
