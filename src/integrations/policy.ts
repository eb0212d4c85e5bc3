/** What is known of a person's connection to a provider, before anything is concluded from it. */
export interface StatusFacts {
  readonly connected: boolean;
  /** Whether the provider takes the connection now, or would after a refresh that needs nobody. */
  readonly authenticated: boolean;
  /** Whether background work can go on without the person being there. */
  readonly hasRefresh: boolean;
  /** The environment variables that are not set and without which nobody can connect. */
  readonly missingCredentials: readonly string[];
}

/** How an integration stands for one person, as pages, tasks and programs read it. */
export interface IntegrationStatus {
  readonly provider: string;
  readonly connected: boolean;
  readonly authenticated: boolean;
  readonly hasRefresh: boolean;
  /** Whether background work that needs the integration would fail. */
  readonly blockingProblem: boolean;
  /** How it stands, in a sentence for this person. */
  readonly reason: string;
  /** What the person can do about it; null when there is nothing. */
  readonly ctaLabel: string | null;
  readonly ctaUrl: string | null;
  readonly lastChecked: Date;
  /** For how long this is taken as it is without being looked at again. */
  readonly ttlSeconds: number;
}

/** Whom a status is for: staff learn more than others. */
export interface StatusViewer {
  readonly isStaff: boolean;
}

/** The page that tells staff how to set up an integration. */
export const SET_UP_HELP = '/help/integrations-set-up/';

/** Where somebody begins to connect an integration. */
export const connectPath = (slug: string): string => `/integrations/${slug}/connect/`;

const NOT_SET_UP = "This integration isn't set up yet.";
const ASK = 'Ask your administrator.';
const MISSING = ' Missing in the environment: ';

type Conclusion = Pick<IntegrationStatus, 'blockingProblem' | 'reason' | 'ctaLabel' | 'ctaUrl'>;

/** The rules, the same for every provider; the first that holds decides. */
export function conclude(
  { connected, authenticated, hasRefresh, missingCredentials }: StatusFacts,
  { slug, name }: { readonly slug: string; readonly name: string },
  { isStaff }: StatusViewer,
): Conclusion {
  const blocked = (reason: string, ctaLabel: string | null, ctaUrl: string | null): Conclusion => ({
    blockingProblem: true,
    reason,
    ctaLabel,
    ctaUrl,
  });
  const connectUrl = connectPath(slug);
  if (missingCredentials.length > 0) {
    const line = connected ? `${name} can't be used right now.` : NOT_SET_UP;
    if (!isStaff) return blocked(`${line} ${ASK}`, null, null);
    return blocked(`${line}${MISSING}${missingCredentials.join(', ')}.`, `How to set up ${name}`, SET_UP_HELP);
  }
  if (!connected) {
    return blocked(`${name} isn't connected. Work that needs it waits until it is.`, `Connect ${name}`, connectUrl);
  }
  if (!authenticated) {
    const reason = `Action required: ${name} has to be connected again to let background work go on.`;
    return blocked(reason, `Reconnect ${name}`, connectUrl);
  }
  if (!hasRefresh) {
    const reason = `Action required: ${name} refresh token is missing. Reconnect to grant offline access.`;
    return blocked(reason, `Reconnect ${name}`, connectUrl);
  }
  return { blockingProblem: false, reason: `${name} is connected.`, ctaLabel: null, ctaUrl: null };
}

/**
 * Whether a status is worth a line on every page: something that the person has set up would fail without them. What they
 * never connected fails nothing; it is told on its card, and on pages whose work needs it.
 */
export const interrupts = ({ blockingProblem, connected }: IntegrationStatus): boolean => blockingProblem && connected;

/** Whether the provider can be asked how it stands: not about what was never connected, nor without our registration. */
export const canBeAsked = ({ connected, blockingProblem, ctaUrl, provider }: IntegrationStatus): boolean =>
  connected && (!blockingProblem || ctaUrl === connectPath(provider));

/** A reason as a banner shows it: the line for everybody, and for staff what stands behind it. */
export function splitReason(reason: string): { line: string; detail: string | null } {
  const end = reason.indexOf(MISSING);
  if (end < 0) return { line: reason, detail: null };
  return { line: reason.slice(0, end), detail: reason.slice(end).trim() };
}
