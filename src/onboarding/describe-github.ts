import { findReadingState, type ListedRepository, listLatestRepositories, type ReadingState } from '../github';
import type { IntegrationStatus } from '../integrations';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { isConfigured } from './sync';

/** What a person can do next about their repositories. */
type GitHubAction = 'connect' | 'reconnect' | 'read' | null;

/** A person's GitHub as the pages of onboarding show it. */
export interface GitHubView {
  /** How it stands, in a few words; null when there is nothing to say because nobody can connect it here. */
  readonly text: string | null;
  /** How far reading has come, in pages of a hundred; null while nothing is being read. */
  readonly bar: { readonly value: number; readonly max: number; readonly text: string } | null;
  readonly action: GitHubAction;
  /** Those pushed to last. */
  readonly repositories: readonly (ListedRepository & { readonly href: string })[];
  /** How many more there are. */
  readonly more: number;
}

/** As many as a glance takes in. */
const SHOWN = 8;

/** Whether a reading was begun that has not ended. */
export const isReading = ({ bar }: GitHubView): boolean => bar !== null;

/** Finds out how a person's GitHub stands. */
export async function findGitHubView(
  { db, config, integrationStatuses }: Pick<Services, 'db' | 'config' | 'integrationStatuses'>,
  viewer: { readonly id: number; readonly isStaff: boolean },
): Promise<GitHubView> {
  const canConnect = isConfigured('github', config);
  const state = await findReadingState(db, viewer.id);
  if (state === undefined) {
    const text = canConnect ? 'Not connected' : null;
    return { text, bar: null, action: canConnect ? 'connect' : null, repositories: [], more: 0 };
  }
  const status = await integrationStatuses.assess(viewer, 'github');
  const latest = state.count === 0 ? [] : await listLatestRepositories(db, viewer.id, SHOWN);
  const toLink = (each: ListedRepository) => ({ ...each, href: `${config.github.baseUrl}/${each.fullName}` });
  return {
    text: describeReading(state),
    bar: barOf(state),
    action: canConnect ? actionFor(state, status) : null,
    repositories: latest.map(toLink),
    more: state.count - latest.length,
  };
}

const countRepositories = (count: number): string => formatCount(count, 'repository', 'repositories');

function describeReading({ accountName, reading, count, seen }: ReadingState): string {
  if (reading === undefined) return `Connected as ${accountName}; repositories not read yet`;
  if (reading.finishedAt !== null) return `${countRepositories(count)} of ${accountName}`;
  return reading.page === 0 ? `Connected as ${accountName}` : `${countRepositories(seen)} of ${accountName} so far`;
}

function barOf({ reading, seen }: ReadingState): GitHubView['bar'] {
  if (reading === undefined || reading.finishedAt !== null) return null;
  const max = Math.max(reading.pages ?? 1, reading.page, 1);
  const pages = reading.pages === null ? '' : `, page ${reading.page} of ${reading.pages}`;
  const text = reading.page === 0 ? 'Nothing read yet' : `${countRepositories(seen)}${pages}`;
  return { value: reading.page, max, text };
}

function actionFor({ reading }: ReadingState, { blockingProblem }: IntegrationStatus): GitHubAction {
  if (blockingProblem) return 'reconnect';
  return reading?.finishedAt ? null : 'read';
}
