import { findProvider, type IntegrationCard, type IntegrationStatus } from '../integrations';
import type { Job } from '../jobs';
import { formatCount } from '../web/filters';
import { type GitHubView, isReading } from './describe-github';
import { type Standing, startedBy } from './onboarding';
import type { SyncItem } from './queries';
import { type EnabledIntegrations, type OnboardingStep, onboardingSteps, stepPath } from './steps';
import { IntegrationFacts, integrationKey, MemberFacts } from './sync';

const STEP_NAMES: Record<OnboardingStep, string> = {
  organization: 'Create organization',
  sync_progress: 'Sync',
  jira: 'Jira',
  slack: 'Slack',
  complete: 'Complete',
};

/** The progress list as the page shows it: enabled steps only, with their number. Steps that are behind may be visited. */
export function describeSteps(
  current: OnboardingStep,
  enabled: EnabledIntegrations,
  passed: ReadonlySet<OnboardingStep>,
): { number: number; count: number; items: { text: string; state: string; href?: string }[] } {
  const steps = onboardingSteps(enabled);
  const number = steps.indexOf(current) + 1;
  const items = steps.map((step, index) => {
    if (step === current) return { text: STEP_NAMES[step], state: 'current' };
    const text = step === 'organization' && passed.has(step) ? 'Organization' : STEP_NAMES[step];
    const state = passed.has(step) ? 'done' : 'todo';
    const mayVisit = passed.has(step) || (passed.has('organization') && index < number - 1);
    return mayVisit ? { text, state, href: stepPath(step) } : { text, state };
  });
  return { number, count: steps.length, items };
}

/** The sync as its page shows it. */
export interface SyncView {
  readonly state: 'idle' | 'active' | 'failed' | 'done';
  readonly done: number;
  readonly total: number;
  /** Said when a try ended early: what happened, in words that tell strangers nothing of the inside. */
  readonly reason: string | null;
  readonly items: readonly ItemView[];
  readonly github: GitHubView;
}

interface ItemView {
  readonly label: string;
  readonly done: boolean;
  readonly text: string;
}

/** What the last try ended with. Only what a handler meant for people is shown; the rest is in the log, by the job's number. */
function reasonOf(job: Job, viewer: { readonly id: number }): string | null {
  const { id, error } = job;
  if (error === null) return null;
  const meant = /^(?:Permanent|Temporary)Failure: (.+)$/s.exec(error)?.[1];
  const reason = meant ?? `An unexpected fault stopped it. It has been logged as job ${id}.`;
  const starter = startedBy(job);
  return starter === undefined || starter === viewer.id ? reason : `Somebody else started it. ${reason}`;
}

const STATE_OF: Record<Job['state'], SyncView['state']> = {
  queued: 'active',
  running: 'active',
  failed: 'failed',
  done: 'done',
};

/** Says how the sync stands, and what each of its steps has found. */
export function describeSync(
  { progress, job }: Standing,
  {
    steps,
    items,
    statuses,
    github,
    viewer,
  }: {
    readonly steps: readonly { key: string; label: string }[];
    readonly items: readonly SyncItem[];
    readonly statuses: readonly IntegrationCard[];
    readonly github: GitHubView;
    /** Who looks at it. */
    readonly viewer: { readonly id: number };
  },
): SyncView {
  const state = job === undefined ? (progress?.syncedAt ? 'done' : 'idle') : STATE_OF[job.state];
  const total = job?.total || steps.length;
  const done = state === 'done' ? total : (job?.progress ?? 0);
  const found = new Map(items.map((item) => [item.key, item.facts]));
  return {
    state,
    done,
    total,
    reason: job === undefined || state === 'done' ? null : reasonOf(job, viewer),
    items: steps.map(({ key, label }, index) => {
      const isDone = index < done;
      const isGitHub = key === integrationKey('github') && github.text !== null;
      if (isGitHub) return { label, done: isDone, text: isDone || isReading(github) ? (github.text ?? '') : '' };
      return { label, done: isDone, text: isDone ? describeItem(key, found.get(key), statuses) : '' };
    }),
    github,
  };
}

/** A finding in words; empty when there is none, or one of another version. */
function describeItem(key: string, facts: unknown, statuses: readonly IntegrationCard[]): string {
  if (key === 'members') return describeMembers(facts);
  if (key === 'organization') return 'Ready';
  const status = statuses.find(({ slug }) => integrationKey(slug) === key);
  return status === undefined ? '' : describeReadiness(status, facts);
}

function describeMembers(facts: unknown): string {
  const members = MemberFacts.safeParse(facts);
  if (!members.success) return '';
  const { owner, admin, member } = members.data;
  const people = formatCount(owner + admin + member, 'member');
  return owner === 1 && admin + member === 0 ? `${people}, the owner` : `${people}, ${formatCount(owner, 'owner')}`;
}

const describeAvailable = (configured: boolean): string =>
  configured ? 'Ready to connect' : 'Available; not set up on this server yet';

/** How an integration stands for this organization: what its flag says now, and what the last sync found. */
export function describeReadiness({ slug, enabled }: IntegrationCard, facts: unknown): string {
  const found = IntegrationFacts.safeParse(facts);
  const { configured, interested } = found.success ? found.data : { configured: false, interested: 0 };
  if (enabled) return findProvider(slug) === undefined ? 'Available' : describeAvailable(configured);
  return interested > 0 ? `Coming soon; ${formatCount(interested, 'member')} interested` : 'Coming soon';
}

/** A person's own connection as its step and the last page show it. */
export interface ConnectionView {
  readonly heading: string;
  /** Whether it is connected and works. */
  readonly isReady: boolean;
  /** How it stands, in a few words. */
  readonly text: string;
  /** Where connecting begins, which comes back to the given page; null when it works, or when nobody can connect it here. */
  readonly connectPath: string | null;
  readonly ctaLabel: string | null;
}

/** Says how a person's own connection stands, and what they can do about it. */
export function describeConnection(
  { connected, blockingProblem, ctaLabel, ctaUrl }: IntegrationStatus,
  {
    name,
    account,
    configured,
    next,
  }: { readonly name: string; readonly account: string | null; readonly configured: boolean; readonly next: string },
): ConnectionView {
  const isReady = connected && !blockingProblem;
  const connectPath = configured && blockingProblem && ctaUrl !== null ? `${ctaUrl}?next=${next}` : null;
  if (!connected) {
    return { heading: `Connect ${name}`, isReady, text: describeAvailable(configured), connectPath, ctaLabel };
  }
  if (!isReady)
    return { heading: (connectPath && ctaLabel) ?? name, isReady, text: 'Needs attention', connectPath, ctaLabel };
  const text = account === null ? 'Connected' : `Connected as ${account}`;
  return { heading: `${name} is connected`, isReady, text, connectPath, ctaLabel };
}
