import type { Knex } from 'knex';
import { fromDbTimeOrNull, toDbTime } from '../db';

/** How far an organization has come; each step with the moment it was left behind. */
export interface Progress {
  readonly organizationId: number;
  /** The sync that runs or ran last. */
  readonly jobId: number | null;
  readonly syncedAt: Date | null;
  readonly syncSkippedAt: Date | null;
  readonly jiraPassedAt: Date | null;
  readonly slackPassedAt: Date | null;
  readonly completedAt: Date | null;
}

interface ProgressRow {
  organization_id: number;
  job_id: number | null;
  synced_at: unknown;
  sync_skipped_at: unknown;
  jira_passed_at: unknown;
  slack_passed_at: unknown;
  completed_at: unknown;
}

const toProgress = (row: ProgressRow): Progress => ({
  organizationId: row.organization_id,
  jobId: row.job_id,
  syncedAt: fromDbTimeOrNull(row.synced_at),
  syncSkippedAt: fromDbTimeOrNull(row.sync_skipped_at),
  jiraPassedAt: fromDbTimeOrNull(row.jira_passed_at),
  slackPassedAt: fromDbTimeOrNull(row.slack_passed_at),
  completedAt: fromDbTimeOrNull(row.completed_at),
});

/** How far an organization has come; nothing when it never began. */
export async function findProgress(db: Knex, organizationId: number): Promise<Progress | undefined> {
  const row = (await db('onboarding_progress').where({ organization_id: organizationId }).first()) as
    | ProgressRow
    | undefined;
  return row && toProgress(row);
}

/** Notes that an organization has begun; one that has stays as it is. */
export async function beginProgress(trx: Knex, organizationId: number, now: Date): Promise<void> {
  const time = toDbTime(now);
  await trx('onboarding_progress')
    .insert({ organization_id: organizationId, created_at: time, modified_at: time })
    .onConflict('organization_id')
    .ignore();
}

/** Remembers which job does the sync. */
export async function setSyncJob(trx: Knex, organizationId: number, jobId: number, now: Date): Promise<void> {
  await trx('onboarding_progress')
    .where({ organization_id: organizationId })
    .update({ job_id: jobId, modified_at: toDbTime(now) });
}

const MOMENTS = {
  synced: 'synced_at',
  syncSkipped: 'sync_skipped_at',
  jiraPassed: 'jira_passed_at',
  slackPassed: 'slack_passed_at',
  completed: 'completed_at',
} as const;
export type Moment = keyof typeof MOMENTS;

/** Notes that something has been left behind; true when that is new. The first time stays, however often it is said. */
export async function markMoment(trx: Knex, organizationId: number, moment: Moment, now: Date): Promise<boolean> {
  const column = MOMENTS[moment];
  const changes = { [column]: toDbTime(now), modified_at: toDbTime(now) };
  const rows = trx('onboarding_progress').where({ organization_id: organizationId }).whereNull(column);
  return (await rows.update(changes)) > 0;
}

/** One thing that the sync found out. */
export interface SyncItem {
  readonly key: string;
  readonly facts: unknown;
}

/** Keeps what a step of the sync found out, in place of what an earlier sync did. */
export async function saveSyncItem(
  trx: Knex,
  organizationId: number,
  item: SyncItem & { position: number; now: Date },
): Promise<void> {
  const now = toDbTime(item.now);
  await trx('onboarding_sync_item')
    .insert({
      organization_id: organizationId,
      key: item.key,
      position: item.position,
      facts: JSON.stringify(item.facts),
      created_at: now,
      modified_at: now,
    })
    .onConflict(['organization_id', 'key'])
    .merge(['position', 'facts', 'modified_at']);
}

/** What the last sync found out, in its order. */
export async function listSyncItems(db: Knex, organizationId: number): Promise<SyncItem[]> {
  const rows = (await db('onboarding_sync_item')
    .where({ organization_id: organizationId })
    .orderBy('position')
    .select('key', 'facts')) as { key: string; facts: string }[];
  return rows.map(({ key, facts }) => ({ key, facts: JSON.parse(facts) as unknown }));
}

/** Removes items of steps that the sync no longer has. */
export async function deleteOtherItems(trx: Knex, organizationId: number, keys: string[]): Promise<void> {
  await trx('onboarding_sync_item').where({ organization_id: organizationId }).whereNotIn('key', keys).delete();
}

/** How many members of an organization have asked for an integration, in whichever organization they did so. */
export async function countInterested(db: Knex, organizationId: number, integration: string): Promise<number> {
  const row = (await db('integrations_interest as i')
    .join('orgs_membership as m', 'm.user_id', 'i.user_id')
    .where({ 'm.organization_id': organizationId, 'i.integration': integration })
    .count({ people: '*' })
    .first()) as { people: number } | undefined;
  return Number(row?.people ?? 0);
}
