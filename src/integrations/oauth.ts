import * as client from 'openid-client';
import { agentOf, LARGEST_ANSWER, malformed, type OAuthParts, readBody, toProblem } from './answers';
import { ProviderProblem } from './problems';
import { addressOf, callbackOf, type Provider, registrationOf } from './providers';

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

/** Makes what one visit needs: 256 bits each. */
export const newSecrets = (): Secrets => ({ state: client.randomState(), verifier: client.randomPKCECodeVerifier() });

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
