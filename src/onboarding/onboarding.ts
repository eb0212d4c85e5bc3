import { recordAudit } from '../audit';
import { type Database, inTransaction, type Transaction } from '../db';
import { findJob, type Job, type Jobs } from '../jobs';
import type { Clock } from '../lib/clock';
import type { Actor, Viewer } from '../lib/viewer';
import { addOrganization, findFirstMembership, lockUser, type Membership, type Organization } from '../orgs';
import { beginProgress, findProgress, type Moment, markMoment, type Progress, setSyncJob } from './queries';
import type { OnboardingStep, Passed } from './steps';
import { onboardingSync, SyncPayload } from './sync';

export interface OnboardingParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
}

/** Where a person stands: their organization, if any, and how far it has come. */
export interface Standing {
  readonly membership: Membership | undefined;
  readonly progress: Progress | undefined;
  readonly job: Job | undefined;
}

/** Where a person stands. The organization comes from their membership alone, so nobody reaches another one's. */
export async function standingOf(db: Database, user: { readonly id: number }): Promise<Standing> {
  const membership = await findFirstMembership(db, user.id);
  const progress = membership && (await findProgress(db, membership.organization.id));
  const job = progress?.jobId ? await findJob(db, progress.jobId) : undefined;
  return { membership, progress, job };
}

/** What of the way is behind them. */
export function passedBy({ membership, progress }: Standing): Passed {
  const steps = new Set<OnboardingStep>();
  if (membership) steps.add('organization');
  if (progress?.syncedAt || progress?.syncSkippedAt) steps.add('sync_progress');
  if (progress?.jiraPassedAt) steps.add('jira');
  if (progress?.slackPassedAt) steps.add('slack');
  if (progress?.completedAt) steps.add('complete');
  return { steps, completed: steps.has('complete') };
}

/**
 * Creates a person's first organization and starts its sync. Sent twice, it stays one: a person who has an organization
 * gets that one back, with `created` false.
 */
export function createFirstOrganization(
  { db, clock, jobs }: OnboardingParts,
  actor: Actor,
  viewer: Viewer,
  name: string,
): Promise<{ organization: Organization; created: boolean }> {
  return inTransaction(db, async (trx) => {
    await lockUser(trx, viewer.id);
    const existing = await findFirstMembership(trx, viewer.id);
    if (existing !== undefined) return { organization: existing.organization, created: false };
    const organization = await addOrganization(trx, clock, actor, {
      name,
      timeZone: viewer.timeZone,
      ownerId: viewer.id,
    });
    await startSyncIn(trx, { clock, jobs }, organization.id, viewer.id);
    return { organization, created: true };
  });
}

async function startSyncIn(
  trx: Transaction,
  { clock, jobs }: Pick<OnboardingParts, 'clock' | 'jobs'>,
  organizationId: number,
  userId: number,
): Promise<void> {
  await beginProgress(trx, organizationId, clock.now());
  const progress = await findProgress(trx, organizationId);
  const key = `${onboardingSync.name}:${organizationId}`;
  const underWay = await jobs.underWay(trx, key);
  const job = progress?.jobId ? await findJob(trx, progress.jobId) : undefined;
  const isTheirs = job !== undefined && startedBy(job) === userId;
  // A failed sync of theirs goes on where it stopped; anything else is a new one, unless one is under way.
  if (underWay === undefined && isTheirs && (await jobs.retry(trx, job.id))) return;
  const jobId = underWay ?? (await jobs.enqueue(trx, onboardingSync, { organizationId, userId }, { key }));
  await setSyncJob(trx, organizationId, jobId, clock.now());
}

/** The id of the person who started a sync. */
export function startedBy({ payload }: Job): number | undefined {
  return SyncPayload.safeParse(payload).data?.userId;
}

/**
 * Starts the organization's sync for a person, whose repositories it reads, or lets a failed one of theirs go on; one that is
 * under way stays the only one.
 */
export function startSync(
  parts: OnboardingParts,
  actor: Actor,
  { id: userId }: Pick<Viewer, 'id'>,
  organization: Organization,
): Promise<void> {
  return inTransaction(parts.db, async (trx) => {
    await startSyncIn(trx, parts, organization.id, userId);
    await recordStep(trx, parts.clock, actor, organization, 'Started the sync.');
  });
}

const recordStep = (
  trx: Transaction,
  clock: Clock,
  actor: Actor,
  organization: Organization,
  message: string,
): Promise<void> =>
  recordAudit(trx, clock, actor, {
    action: 'change',
    objectType: 'onboarding.progress',
    objectId: organization.id,
    objectLabel: organization.name,
    message,
    organizationId: organization.id,
  });

const MOMENT_OF = {
  sync_progress: ['syncSkipped', 'Went on without the sync.'],
  jira: ['jiraPassed', 'Went past the Jira step.'],
  slack: ['slackPassed', 'Went past the Slack step.'],
  complete: ['completed', 'Finished onboarding.'],
} as const satisfies Partial<Record<OnboardingStep, [Moment, string]>>;

/** Leaves steps behind; those that are already stay as they are, and nothing is recorded for them. */
export function passSteps(
  { db, clock }: OnboardingParts,
  actor: Actor,
  organization: Organization,
  steps: readonly (keyof typeof MOMENT_OF)[],
): Promise<void> {
  return inTransaction(db, async (trx) => {
    await beginProgress(trx, organization.id, clock.now());
    for (const step of steps) {
      const [moment, message] = MOMENT_OF[step];
      const isNew = await markMoment(trx, organization.id, moment, clock.now());
      if (isNew) await recordStep(trx, clock, actor, organization, message);
    }
  });
}
