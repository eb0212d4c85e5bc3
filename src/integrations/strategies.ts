import type { StatusFacts } from './policy';

/** As much of a connection as its status depends on; never a token. */
export interface ConnectionFacts {
  readonly hasAccess: boolean;
  readonly hasRefresh: boolean;
  readonly expiresAt: Date | null;
  /** When the provider refused the connection; null while it has not. */
  readonly authFailedAt: Date | null;
}

/** What a strategy may look at. */
export interface StatusSources {
  readonly connection: ConnectionFacts | undefined;
  /** The variables of the provider that are not set. */
  readonly missingCredentials: readonly string[];
  readonly now: Date;
}

/** Gathers what is known of a connection to one provider. It concludes nothing: that is for `policy.ts`. */
export interface StatusStrategy {
  gather(sources: StatusSources): StatusFacts;
}

/** Providers whose access tokens run out and are renewed by a refresh token, as OAuth 2 means it. */
export class RefreshingStatusStrategy implements StatusStrategy {
  gather({ connection, missingCredentials, now }: StatusSources): StatusFacts {
    if (connection === undefined) {
      return { connected: false, authenticated: false, hasRefresh: false, missingCredentials };
    }
    const { hasAccess, hasRefresh, expiresAt, authFailedAt } = connection;
    const isUsable = hasAccess && (expiresAt === null || expiresAt > now);
    return {
      connected: true,
      authenticated: authFailedAt === null && (isUsable || hasRefresh),
      hasRefresh: this.worksAlone(connection),
      missingCredentials,
    };
  }

  /** Whether the connection goes on without the person. */
  protected worksAlone({ hasRefresh }: ConnectionFacts): boolean {
    return hasRefresh;
  }
}

/** Providers that also give tokens without an end, which need nothing to renew them. */
export class LastingStatusStrategy extends RefreshingStatusStrategy {
  protected override worksAlone({ hasAccess, hasRefresh, expiresAt }: ConnectionFacts): boolean {
    return hasRefresh || (hasAccess && expiresAt === null);
  }
}

export class DropboxStatusStrategy extends RefreshingStatusStrategy {}
export class BasecampStatusStrategy extends RefreshingStatusStrategy {}
export class JiraStatusStrategy extends RefreshingStatusStrategy {}
/** Slack's tokens last unless the app has switched their rotation on. */
export class SlackStatusStrategy extends LastingStatusStrategy {}
/** The tokens of GitHub's OAuth apps last; those of its GitHub apps run out. */
export class GitHubStatusStrategy extends LastingStatusStrategy {}

const own: Readonly<Record<string, StatusStrategy>> = Object.freeze({
  dropbox: new DropboxStatusStrategy(),
  basecamp: new BasecampStatusStrategy(),
  jira: new JiraStatusStrategy(),
  slack: new SlackStatusStrategy(),
  github: new GitHubStatusStrategy(),
});
const usual = new RefreshingStatusStrategy();

/** The strategy of a provider: its own, else the usual one. */
export const strategyOf = (provider: string): StatusStrategy =>
  (Object.hasOwn(own, provider) ? own[provider] : usual) ?? usual;

/** Whether a provider's access tokens may be without an end, so that nothing has to renew them. */
export const mayLast = (provider: string): boolean => strategyOf(provider) instanceof LastingStatusStrategy;

/** For how many seconds facts hold by themselves: until a token that nothing renews has run out; null without such an end. */
export function secondsUntilEnd(
  connection: ConnectionFacts | undefined,
  { authenticated }: StatusFacts,
  now: Date,
): number | null {
  if (connection === undefined || !authenticated || connection.hasRefresh || connection.expiresAt === null) return null;
  return Math.max(1, Math.ceil((connection.expiresAt.getTime() - now.getTime()) / 1000));
}
