import { agentOf, LARGEST_ANSWER, malformed, type OAuthParts, readBody, toProblem } from './answers';
import { ProviderProblem } from './problems';
import { type Account, addressOf, type Place, type Provider, registrationOf } from './providers';

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
