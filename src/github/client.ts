import { Octokit } from '@octokit/core';
import { z } from 'zod';
import type { Config } from '../config';
import type { Egress } from '../egress';
import { ProviderAuthError } from '../integrations';
import { PermanentFailure, TemporaryFailure } from '../jobs';

/** A repository, as far as the product keeps it. */
export interface Repository {
  /** GitHub's number of it, which stays when it is renamed. */
  readonly externalId: string;
  /** "owner/name". */
  readonly fullName: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly defaultBranch: string;
  readonly language: string;
  readonly pushedAt: Date | null;
}

/** One page of a person's repositories. */
export interface RepositoryPage {
  readonly repositories: readonly Repository[];
  readonly hasNext: boolean;
  /** How many pages there are, as far as GitHub says. */
  readonly pages: number | null;
}

export interface GitHubParts {
  readonly config: Config;
  readonly egress: Egress;
}

/** As many as GitHub gives at once. */
export const PER_PAGE = 100;
/** A hundred repositories are some 600 KB. */
const LARGEST_ANSWER = 4 * 1024 * 1024;
const PATIENCE_MS = 15_000;

/** A line of text without control characters; GitHub knows what is too long by itself. */
const line = z
  .string()
  .max(254)
  .regex(/^\P{Cc}*$/u);

const Repositories = z
  .array(
    z.object({
      id: z.union([z.int().positive(), z.bigint().positive()]).transform(String),
      full_name: z
        .string()
        .max(254)
        .regex(/^[\w.-]+\/[\w.-]+$/),
      private: z.boolean(),
      archived: z.boolean().default(false),
      default_branch: line.nullish(),
      language: line.max(100).nullish(),
      pushed_at: z.iso.datetime({ offset: true }).nullish(),
    }),
  )
  .max(PER_PAGE);

const toRepository = (each: z.infer<typeof Repositories>[number]): Repository => ({
  externalId: each.id,
  fullName: each.full_name,
  isPrivate: each.private,
  isArchived: each.archived,
  defaultBranch: each.default_branch ?? '',
  language: each.language ?? '',
  pushedAt: each.pushed_at ? new Date(each.pushed_at) : null,
});

/** The page that a Link header names by this relation; nothing when there is none. Its address is never called. */
function linkedPage(link: unknown, relation: 'next' | 'last'): number | undefined {
  const found = String(link ?? '').match(new RegExp(`[?&]page=(\\d{1,6})[^<>]*>; rel="${relation}"`));
  return found === null ? undefined : Number(found[1]);
}

/**
 * The repositories that the owner of a token can see, a page of at most a hundred, oldest first so that new ones come last.
 * Throws `ProviderAuthError` when GitHub refuses the token, `TemporaryFailure` when it may answer later, and
 * `PermanentFailure` when it will not; none of them carries the token or what GitHub sent.
 */
export async function listRepositories(
  { config, egress }: GitHubParts,
  accessToken: string,
  page: number,
  signal: AbortSignal,
): Promise<RepositoryPage> {
  const octokit = new Octokit({
    auth: accessToken,
    baseUrl: config.github.apiUrl,
    userAgent: 'flagstaff',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: {
      fetch: (url: string, init: RequestInit) =>
        egress.fetch(url, { ...init, signal, timeoutMs: PATIENCE_MS, maxBytes: LARGEST_ANSWER }),
    },
  });
  try {
    const { data, headers } = await octokit.request('GET /user/repos', {
      per_page: PER_PAGE,
      page,
      sort: 'created',
      direction: 'asc',
      headers: { 'X-GitHub-Api-Version': '2022-11-28' },
    });
    const parsed = Repositories.safeParse(data);
    if (!parsed.success) throw new TemporaryFailure('GitHub answered something else than a list of repositories.');
    return {
      repositories: parsed.data.map(toRepository),
      hasNext: linkedPage(headers.link, 'next') !== undefined,
      pages: linkedPage(headers.link, 'last') ?? null,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw toFailure(error);
  }
}

const quiet = (): void => {};

const Refusal = z.object({
  status: z.number(),
  response: z.object({ headers: z.record(z.string(), z.unknown()) }),
});

/** What a failed request means. */
function toFailure(error: unknown): Error {
  if (error instanceof TemporaryFailure) return error;
  const refusal = Refusal.safeParse(error);
  if (!refusal.success) return new TemporaryFailure('GitHub could not be reached, or did not answer in time.');
  const { status, response } = refusal.data;
  if (status === 401) return new ProviderAuthError('GitHub refused the access token.');
  const until = limitedUntil(status, response.headers);
  if (until !== undefined) {
    return new PermanentFailure(`GitHub has answered as many requests of this account as it does in an hour.${until}`);
  }
  if (status >= 500 || status === 408 || status === 429)
    return new TemporaryFailure(`GitHub cannot answer right now (${status}).`);
  const advice = 'An administrator has to look at the permissions of the app at GitHub.';
  return new PermanentFailure(`GitHub does not let Flagstaff list the repositories (${status}). ${advice}`);
}

/** From when on GitHub answers again, as a sentence; nothing when it refuses for another reason. */
function limitedUntil(status: number, headers: Record<string, unknown>): string | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const seconds = Number(headers['x-ratelimit-reset']);
  const isUsedUp = headers['x-ratelimit-remaining'] === '0';
  if (!isUsedUp && headers['retry-after'] === undefined) return undefined;
  if (!isUsedUp || !Number.isSafeInteger(seconds) || seconds > 8e12 / 1000) return ' Try again later.';
  return ` Retry after ${new Date(seconds * 1000).toISOString().slice(11, 16)} UTC.`;
}
