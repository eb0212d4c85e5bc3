import * as client from 'openid-client';
import { z } from 'zod';
import type { Config } from '../config';
import type { Services } from '../services';
import { ProviderProblem } from './problems';
import { type Account, addressOf, callbackOf, type Place, type Provider, registrationOf } from './providers';

/** What talking to a provider needs. */
export interface OAuthParts {
  readonly config: Config;
  readonly egress: Services['egress'];
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a provider gave, in clear: it goes from here to where it is sealed, and nowhere else. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Seconds from now; null when the provider does not say. */
  readonly expiresIn: number | null;
  /** What was granted; null when the provider does not say. */
  readonly scopes: readonly string[] | null;
}

/** One visit to a provider: what is sent along, and what has to come back with it. */
export interface Secrets {
  readonly state: string;
  readonly verifier: string;
}

const LARGEST_ANSWER = 64 * 1024;
/** Basecamp refuses whoever does not say who is asking and where they are found. */
const agentOf = ({ baseUrl }: Config): string => `Flagstaff (${baseUrl})`;

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

/** Makes what one visit needs: 256 bits each. */
export const newSecrets = (): Secrets => ({ state: client.randomState(), verifier: client.randomPKCECodeVerifier() });

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

/** An error of a request as a problem of the provider's; `refusals` are codes by which it says no to what was sent. */
function toProblem(provider: Provider, error: unknown, refusals: readonly string[] = []): ProviderProblem {
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

function readBody(text: string, type: string): Record<string, unknown> | undefined {
  if (type.includes('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return Body.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * An answer of the token address in the standard's words: what is nested is taken out, an error said with 200 becomes an
 * error, a missing or unusual token type is the one that everybody uses, and an ID token is left out, since nothing is
 * taken from it.
 */
async function toStandard(provider: Provider, response: Response): Promise<Response> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const given = readBody(text, type);
  if (given === undefined) {
    return new Response(text, { status: response.status, headers: { 'content-type': type || 'text/plain' } });
  }
  const { id_token: _unused, ...body } = provider.readTokens?.(given) ?? given;
  if (typeof body.access_token === 'string') body.token_type = 'bearer';
  const isError = typeof body.error === 'string' && body.access_token === undefined;
  const status = isError && response.ok ? 400 : response.status;
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

function configurationFor(parts: OAuthParts, provider: Provider): client.Configuration {
  const { config, egress, timeoutMs } = parts;
  const registration = registrationOf(provider, config);
  if (registration === undefined) {
    throw new ProviderProblem('misconfigured', `This server has no registration with ${provider.name}.`);
  }
  const token = addressOf(provider, config, provider.token);
  const made = new client.Configuration(
    {
      issuer: config[provider.slug].baseUrl,
      authorization_endpoint: addressOf(provider, config, provider.authorize).href,
      token_endpoint: token.href,
    },
    registration.clientId,
    {},
    client.ClientSecretPost(registration.clientSecret),
  );
  // An operator's own address of a provider may be without TLS; the egress client lets only those through.
  if (token.protocol === 'http:') client.allowInsecureRequests(made);
  made.timeout = Math.ceil(timeoutMs / 1000);
  made[client.customFetch] = async (url, { body, headers, method, signal }) =>
    toStandard(
      provider,
      await egress.fetch(url, {
        method,
        headers: { ...headers, 'user-agent': agentOf(config) },
        ...(body === undefined || body === null ? {} : { body: String(body) }),
        ...(signal === undefined ? {} : { signal }),
        timeoutMs,
        maxBytes: LARGEST_ANSWER,
      }),
    );
  return made;
}

/** The address that a person is sent to, with the state and the challenge of this visit. */
export async function authorizationUrl(parts: OAuthParts, provider: Provider, secrets: Secrets): Promise<URL> {
  const { scopes, scopeParameter = 'scope', authorizeWith = {} } = provider;
  return client.buildAuthorizationUrl(configurationFor(parts, provider), {
    redirect_uri: callbackOf(provider, parts.config),
    ...(scopes.length === 0 ? {} : { [scopeParameter]: scopes.join(' ') }),
    ...authorizeWith,
    state: secrets.state,
    code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  });
}

/** An access that lasts longer than that has no end: nobody plans for it, and times have a last one. */
const LONGEST_ACCESS_SECONDS = 10 * 365 * 86_400;
/** What may stand in a header; a token goes into one as it is. */
const TOKEN = /^[\x21-\x7e]+$/;

function toTokens(provider: Provider, answer: client.TokenEndpointResponse): Tokens {
  const { access_token: accessToken, expires_in: seconds, scope } = answer;
  const refreshToken = answer.refresh_token || null;
  if (!TOKEN.test(accessToken) || (refreshToken !== null && !TOKEN.test(refreshToken))) throw malformed(provider);
  return {
    accessToken,
    refreshToken,
    expiresIn: seconds === undefined || seconds > LONGEST_ACCESS_SECONDS ? null : seconds,
    scopes: scope === undefined ? null : scope.split(/[\s,]+/).filter((each) => each !== ''),
  };
}

const malformed = ({ name }: Provider): ProviderProblem =>
  new ProviderProblem('malformed', `${name} sent an answer that cannot be read.`);

/** Exchanges the code that came back from a visit. Throws a `ProviderProblem`. */
export async function exchangeCode(
  parts: OAuthParts,
  provider: Provider,
  secrets: Secrets,
  code: string,
): Promise<Tokens> {
  // The address that was registered, and of what came back only what belongs to it.
  const back = new URL(callbackOf(provider, parts.config));
  back.searchParams.set('code', code);
  back.searchParams.set('state', secrets.state);
  const checks = { expectedState: secrets.state, pkceCodeVerifier: secrets.verifier };
  try {
    const configuration = configurationFor(parts, provider);
    return toTokens(provider, await client.authorizationCodeGrant(configuration, back, checks, provider.exchangeWith));
  } catch (error) {
    throw toProblem(provider, error);
  }
}

/** Gets a new access token. Throws a `ProviderProblem`. */
export async function refreshTokens(parts: OAuthParts, provider: Provider, refreshToken: string): Promise<Tokens> {
  try {
    const configuration = configurationFor(parts, provider);
    return toTokens(provider, await client.refreshTokenGrant(configuration, refreshToken, provider.refreshWith));
  } catch (error) {
    throw toProblem(provider, error, provider.refreshRefusals);
  }
}

/** Asks a provider something; the answer may be of any status. Throws a `ProviderProblem` when there is none. */
async function ask(
  parts: OAuthParts,
  provider: Provider,
  { at, method, headers, body }: { at: Place; method: string; headers: Record<string, string>; body?: string },
): Promise<Response> {
  try {
    return await parts.egress.fetch(addressOf(provider, parts.config, at), {
      method,
      headers: { accept: 'application/json', 'user-agent': agentOf(parts.config), ...headers },
      ...(body === undefined ? {} : { body }),
      timeoutMs: parts.timeoutMs,
      maxBytes: LARGEST_ANSWER,
    });
  } catch (error) {
    throw toProblem(provider, error);
  }
}

const cleanName = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 254);

/** Asks a provider whose token this is. Throws a `ProviderProblem`: `refused` when it says that the token does not count. */
export async function whoAmI(parts: OAuthParts, provider: Provider, accessToken: string): Promise<Account> {
  const { at, method, read } = provider.whoAmI;
  const headers = { Authorization: `Bearer ${accessToken}` };
  const response = await ask(parts, provider, { at, method, headers });
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw toProblem(provider, error);
  }
  const { name } = provider;
  // 403 says that this person may not, or that they asked too often; the token counts.
  if (response.status === 401) {
    throw new ProviderProblem('refused', `${name} refused the access token.`);
  }
  if (!response.ok) throw new ProviderProblem('unavailable', `${name} did not answer as it should.`);
  const body = readBody(text, response.headers.get('content-type') ?? '');
  const known = body === undefined ? undefined : read(body);
  const account = known && { id: cleanName(known.id), name: cleanName(known.name) };
  if (account !== undefined && account.id !== '') return { ...account, name: account.name || account.id };
  if (body?.ok === false && /auth|token|account/.test(String(body.error))) {
    throw new ProviderProblem('refused', `${name} refused the access token.`); // Slack says so with 200
  }
  throw malformed(provider);
}

/**
 * Asks a provider to forget a token: `done`, or `refused` when it does not know the token (any more). Throws a
 * `ProviderProblem` when it does not answer.
 */
export async function revokeToken(
  parts: OAuthParts,
  provider: Provider,
  accessToken: string,
): Promise<'done' | 'refused'> {
  const { revocation } = provider;
  if (revocation.how === 'none') return 'done';
  const registration = registrationOf(provider, parts.config);
  if (registration === undefined && revocation.how === 'github') {
    throw new ProviderProblem('misconfigured', `This server has no registration with ${provider.name}.`);
  }
  const { clientId, clientSecret } = registration ?? { clientId: '', clientSecret: '' };
  const response = await ask(
    parts,
    provider,
    revocation.how === 'bearer'
      ? { at: revocation.at, method: 'POST', headers: { Authorization: `Bearer ${accessToken}` } }
      : {
          at: revocation.at,
          method: 'DELETE',
          headers: {
            Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
            'Content-Type': 'application/json',
          },
          body: JSON.stringify({ access_token: accessToken }),
        },
  );
  const text = await response.text().catch(() => '');
  if (response.status >= 500 || response.status === 429) {
    throw new ProviderProblem('unavailable', `${provider.name} did not answer as it should.`);
  }
  if (!response.ok) return 'refused';
  return readBody(text, response.headers.get('content-type') ?? '')?.ok === false ? 'refused' : 'done';
}
