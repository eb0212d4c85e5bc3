import * as client from 'openid-client';
import { z } from 'zod';
import type { Config } from '../config';
import type { Services } from '../services';
import { ProviderProblem } from './problems';
import type { Provider } from './providers';

/** What talking to a provider needs. */
export interface OAuthParts {
  readonly config: Config;
  readonly egress: Services['egress'];
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Most bytes that are read of one answer. */
export const LARGEST_ANSWER = 64 * 1024;
/** Basecamp refuses whoever does not say who is asking and where they are found. */
export const agentOf = ({ baseUrl }: Config): string => `Flagstaff (${baseUrl})`;

/** Codes that tell of our registration, or of a bad moment, and nothing of the person's token. */
const OURS = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials', 'bad_client_secret'];
const FOR_NOW = [
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'ratelimited',
  'internal_error',
  'fatal_error',
];

/** A code of the provider's, as far as it looks like one; texts that it sends are never repeated. */
const codeOf = (value: unknown): string => (/^[\w.-]{1,60}$/.test(String(value)) ? String(value) : 'an unknown code');

/** What of an error and its causes tells why a request failed. */
function kindOf(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name === 'TimeoutError' || each.name === 'AbortError') return 'timeout';
    if (each.name === 'EgressError' && 'kind' in each) return String(each.kind);
  }
  return undefined;
}

/** An answer that cannot be read, as a problem of the provider's. */
export const malformed = ({ name }: Provider): ProviderProblem =>
  new ProviderProblem('malformed', `${name} sent an answer that cannot be read.`);

/** An error of a request as a problem of the provider's; `refusals` are codes by which it says no to what was sent. */
export function toProblem(provider: Provider, error: unknown, refusals: readonly string[] = []): ProviderProblem {
  const { name } = provider;
  if (error instanceof ProviderProblem) return error;
  if (error instanceof client.ResponseBodyError) {
    const code = codeOf(error.error);
    if (OURS.includes(code) && !refusals.includes(code)) {
      return new ProviderProblem('misconfigured', `${name} does not accept this server's registration (${code}).`);
    }
    if (error.status >= 500 || error.status === 429 || FOR_NOW.includes(code)) {
      return new ProviderProblem('unavailable', `${name} cannot answer right now (${code}).`);
    }
    return new ProviderProblem('refused', `${name} refused (${code}).`);
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return new ProviderProblem('misconfigured', `${name} does not accept this server's registration.`);
  }
  const kind = kindOf(error);
  if (kind === 'timeout') return new ProviderProblem('unavailable', `${name} did not answer in time.`);
  if (kind !== undefined) return new ProviderProblem('unavailable', `${name} could not be reached (${codeOf(kind)}).`);
  if (error instanceof client.ClientError && error.code !== undefined) {
    const isOutage = error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
    return isOutage ? new ProviderProblem('unavailable', `${name} did not answer as it should.`) : malformed(provider);
  }
  return new ProviderProblem('unavailable', `${name} could not be reached.`);
}

const Body = z.record(z.string(), z.unknown());

/** The fields of an answer, a form's or JSON's; undefined when there are none. */
export function readBody(text: string, type: string): Record<string, unknown> | undefined {
  if (type.includes('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return Body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
