import { randomUUID } from 'node:crypto';
import { toDbTime } from '../db';
import { type Click, clicksOf } from './demand';
import { type Load, momentBetween, stamps } from './load';
import type { LoadedOrganization } from './load-people';
import { insertRow, insertRows } from './queries';

/** Who wanted which integration, with the events that such clicks record. Those who can sign in still have theirs to do. */
export async function loadDemand({ trx, now, random }: Load, organizations: LoadedOrganization[]): Promise<Click[]> {
  const people = organizations.flatMap(({ id, slug, colleagues }) =>
    colleagues.map(({ userId, since }) => ({ userId, since, organizationId: id, slug })),
  );
  const clicks = clicksOf(people, now, random);
  await insertRows(
    trx,
    'integrations_interest',
    clicks.map(({ person, integration, at }) => ({
      user_id: person.userId,
      organization_id: person.organizationId,
      integration,
      created_at: toDbTime(at),
    })),
  );
  await insertRows(
    trx,
    'analytics_event',
    clicks.map(({ person, integration, at }) => ({
      uuid: randomUUID(),
      event: 'integration_interest_clicked',
      user_id: person.userId,
      distinct_id: String(person.userId),
      properties: JSON.stringify({ integration, team_slug: person.slug }),
      created_at: toDbTime(at),
      next_attempt_at: toDbTime(at),
      // Counts as sent, so that invented people never reach a real PostHog project.
      sent_at: toDbTime(at),
      attempts: 1,
    })),
  );
  return clicks;
}

const STEPS = 7;

/** How far each organization came in onboarding, with the job of its sync and what that found. */
export async function loadOnboarding(
  { trx, now }: Load,
  organizations: LoadedOrganization[],
  clicks: readonly Click[],
  integrations: readonly string[],
): Promise<void> {
  for (const organization of organizations) {
    const { id, founded, onboarding } = organization;
    const failed = onboarding === 'sync failed';
    const ended = new Date(founded.getTime() + 1_400);
    const jobId = await insertRow(trx, 'jobs_job', {
      kind: 'onboarding.sync',
      payload: JSON.stringify({ organizationId: id }),
      state: failed ? 'failed' : 'done',
      key: `onboarding.sync:${id}`,
      progress: failed ? 4 : STEPS,
      total: STEPS,
      attempts: failed ? 5 : 1,
      run_at: toDbTime(founded),
      error: failed ? 'Error: Connection terminated unexpectedly' : null,
      started_at: toDbTime(founded),
      finished_at: toDbTime(ended),
      ...stamps(founded, ended),
    });
    const passed = onboarding === undefined ? toDbTime(momentBetween(ended, now, 0.0005)) : null;
    await insertRow(trx, 'onboarding_progress', {
      organization_id: id,
      job_id: jobId,
      synced_at: failed ? null : toDbTime(ended),
      jira_passed_at: failed ? null : passed,
      slack_passed_at: passed,
      completed_at: passed,
      ...stamps(founded, ended),
    });
    const findings = findingsOf(organization, clicks, integrations).slice(0, failed ? 4 : STEPS);
    await insertRows(
      trx,
      'onboarding_sync_item',
      findings.map(([key, facts], index) => ({
        organization_id: id,
        key,
        position: index + 1,
        facts: JSON.stringify(facts),
        ...stamps(ended),
      })),
    );
  }
}

function findingsOf(
  { slug, timeZone, members }: LoadedOrganization,
  clicks: readonly Click[],
  integrations: readonly string[],
): [string, Record<string, unknown>][] {
  const count = (role: string) => members.filter((member) => member.role === role).length;
  return [
    ['organization', { slug, timeZone }],
    ['members', { owner: count('owner'), admin: count('admin'), member: count('member') }],
    ...integrations.map((integration): [string, Record<string, unknown>] => {
      const wanting = clicks.filter((click) => click.person.slug === slug && click.integration === integration);
      return [`integration:${integration}`, { configured: false, interested: wanting.length }];
    }),
  ];
}
