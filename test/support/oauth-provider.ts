import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Events, type MutableRedirectUri, type MutableResponse, OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';

/** How a provider may misbehave. */
export type OAuthFault =
  | 'none'
  | 'deny'
  | 'error'
  | 'no code'
  | 'token: refuses'
  | 'token: unauthorized client'
  | 'token: without end'
  | 'token: two lines'
  | 'token: unknown client'
  | 'token: 500'
  | 'token: html'
  | 'token: empty'
  | 'token: never answers'
  | 'token: hangs up'
  | 'token: endless'
  | 'token: elsewhere'
  | 'who: 401'
  | 'who: 403'
  | 'who: html'
  | 'who: nobody'
  | 'revoke: 500'
  | 'revoke: never answers'
  | 'less scope'
  | 'no refresh'
  | 'repositories: 401'
  | 'repositories: 403'
  | 'repositories: 502'
  | 'repositories: limited'
  | 'repositories: html'
  | 'repositories: hangs up'
  | 'repositories: for ever';

export type OAuthSlug = 'dropbox' | 'basecamp' | 'jira' | 'slack' | 'github';

const PLACES: Record<OAuthSlug, { authorize: string; token: string; who: string; revoke?: string }> = {
  dropbox: {
    authorize: '/oauth2/authorize',
    token: '/oauth2/token',
    who: 'POST /2/users/get_current_account',
    revoke: 'POST /2/auth/token/revoke',
  },
  basecamp: { authorize: '/authorization/new', token: '/authorization/token', who: 'GET /authorization.json' },
  jira: { authorize: '/authorize', token: '/oauth/token', who: 'GET /me' },
  slack: {
    authorize: '/oauth/v2/authorize',
    token: '/api/oauth.v2.access',
    who: 'POST /api/auth.test',
    revoke: 'POST /api/auth.revoke',
  },
  github: {
    authorize: '/login/oauth/authorize',
    token: '/login/oauth/access_token',
    who: 'GET /api/v3/user',
    revoke: 'DELETE /api/v3/applications/client-of-tests/token',
  },
};

const SCOPES: Partial<Record<OAuthSlug, string>> = {
  dropbox: 'account_info.read files.metadata.read',
  jira: 'read:jira-work read:me offline_access',
  slack: 'users:read',
  github: '',
};

const PEOPLE: Record<OAuthSlug, unknown> = {
  dropbox: { account_id: 'dbid:1', email: 'ada@example.com', name: { display_name: 'Ada at Dropbox' } },
  basecamp: { identity: { id: 7, first_name: 'Ada', last_name: 'at Basecamp', email_address: 'ada@example.com' } },
  jira: { account_id: 'atl:1', name: 'Ada at Jira', email: 'ada@example.com' },
  slack: { ok: true, team_id: 'T1', team: 'Acme', user_id: 'U1', user: 'ada' },
  github: { id: 4711, login: 'ada' },
};

/** Providers that give another refresh token with each renewal; the one before then counts no more. */
const ROTATING: readonly OAuthSlug[] = ['jira', 'slack', 'github'];

export const CLIENT = { id: 'client-of-tests', secret: 'canary-client-secret-of-tests' } as const;

/** A provider on loopback: the flow is that of a real OAuth 2 server, in the provider's own addresses and dialect. */
export interface OAuthProvider {
  readonly slug: OAuthSlug;
  readonly url: string;
  /** What the server's environment needs to find it. */
  readonly environment: Record<string, string>;
  /** The only address that it sends people back to. */
  callback: string;
  fault: OAuthFault;
  /** Who is signed in there. */
  person: unknown;
  /** Seconds that an access token counts. */
  lifetime: number;
  /** What the last visitor was sent with. */
  asked: URLSearchParams;
  readonly calls: { exchanges: number; refreshes: number; whoAmI: number; revoked: string[] };
  /** What GitHub lists, oldest first; faults of it begin with the page after `goodPages`. */
  repositories: readonly unknown[];
  goodPages: number;
  /** The pages that were asked for, in order. */
  readonly pagesAsked: number[];
  /** What happens before a call is answered, by its method and path. */
  onCall: (route: string) => Promise<void>;
  /** What happens while a page is asked for. */
  onPage: (page: number) => Promise<void>;
  /** Every token that was given out. */
  readonly issued: string[];
  /** From now on no token counts that was given out before. */
  forget(): void;
  close(): Promise<void>;
}

type TokenRequest = IncomingMessage & { body: Record<string, string> };

const bodyOf = async (req: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
};

/** Starts one, for Flagstaff at this address. */
export async function startOAuthProvider(slug: OAuthSlug, baseUrl = 'http://localhost:3000'): Promise<OAuthProvider> {
  const places = PLACES[slug];
  const issuer = new OAuth2Issuer();
  await issuer.keys.generate('ES256');
  const service = new OAuth2Service(issuer, { authorize: places.authorize, token: places.token });
  const access = new Set<string>();
  const refresh = new Set<string>();
  const issue = (kind: 'access' | 'refresh', among: Set<string>): string => {
    const token = `canary-${kind}-${randomBytes(12).toString('hex')}`;
    among.add(token);
    provider.issued.push(token);
    return token;
  };

  service.on(Events.BeforeAuthorizeRedirect, ({ url }: MutableRedirectUri, req: IncomingMessage) => {
    provider.asked = new URL(req.url ?? '', provider.url).searchParams;
    const wrong =
      provider.asked.get('client_id') !== CLIENT.id || provider.asked.get('redirect_uri') !== provider.callback;
    const error = wrong
      ? 'invalid_request'
      : { deny: 'access_denied', error: 'server_error' }[provider.fault as string];
    if (error !== undefined) url.searchParams.set('error', error);
    if (error !== undefined || provider.fault === 'no code') url.searchParams.delete('code');
  });

  service.on(Events.BeforeResponse, (answer: MutableResponse, req: TokenRequest) => {
    const { grant_type: grant, client_id, client_secret, redirect_uri, code_verifier, refresh_token = '' } = req.body;
    const isRefresh = grant === 'refresh_token';
    if (isRefresh) provider.calls.refreshes += 1;
    else provider.calls.exchanges += 1;
    const isKnown = client_id === CLIENT.id && client_secret === CLIENT.secret;
    const isGood = isRefresh
      ? refresh.has(refresh_token)
      : redirect_uri === provider.callback && code_verifier !== undefined;
    if (!isKnown || provider.fault === 'token: unknown client') return refuse(answer, 'invalid_client');
    if (!isGood || provider.fault === 'token: refuses') return refuse(answer, 'invalid_grant');
    if (provider.fault === 'token: unauthorized client') return refuse(answer, 'unauthorized_client');
    if (isRefresh && ROTATING.includes(slug)) refresh.delete(refresh_token);
    answer.body = provider.fault === 'token: empty' ? {} : tokensFor(isRefresh);
  });

  function refuse(answer: MutableResponse, error: string): void {
    const inPlace = slug === 'github' || slug === 'slack'; // with a status that says that all is well
    answer.statusCode = inPlace ? 200 : 400;
    answer.body = slug === 'slack' ? { ok: false, error } : { error, error_description: 'canary-description' };
  }

  function tokensFor(isRefresh: boolean): Record<string, unknown> {
    const scope = provider.fault === 'less scope' ? 'nothing' : SCOPES[slug];
    const again = provider.fault !== 'no refresh' && (!isRefresh || ROTATING.includes(slug));
    const tokens = {
      access_token: issue('access', access) + (provider.fault === 'token: two lines' ? '\nX-More: 1' : ''),
      expires_in: provider.fault === 'token: without end' ? 1e300 : provider.lifetime,
      ...(again ? { refresh_token: issue('refresh', refresh) } : {}),
      ...(scope === undefined ? {} : { scope }),
    };
    if (slug === 'basecamp') return tokens;
    if (slug !== 'slack') return { ...tokens, token_type: 'bearer' };
    if (isRefresh) return { ok: true, ...tokens, token_type: 'user' };
    const person = { id: 'U1', ...tokens, token_type: 'user' };
    return { ok: true, app_id: 'A1', access_token: 'canary-bot', token_type: 'bot', scope: '', authed_user: person };
  }

  const json = (res: ServerResponse, body: unknown, status = 200) =>
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const html = (res: ServerResponse) =>
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>canary-page: we are down for maintenance</html>');

  function answerWho(req: IncomingMessage, res: ServerResponse): void {
    provider.calls.whoAmI += 1;
    const isGood =
      access.has(String(req.headers.authorization).replace('Bearer ', '')) && provider.fault !== 'who: 401';
    if (!isGood) json(res, { ok: false, error: 'invalid_auth' }, slug === 'slack' ? 200 : 401);
    else if (provider.fault === 'who: 403') json(res, { message: 'API rate limit exceeded' }, 403);
    else if (provider.fault === 'who: html') html(res);
    else json(res, provider.fault === 'who: nobody' ? { ok: true } : provider.person);
  }

  /** As GitHub does: a page at a time, with a Link header that names the next and the last one. */
  async function answerRepositories(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const asked = new URL(req.url ?? '', provider.url).searchParams;
    const [page, size] = [Number(asked.get('page')), Number(asked.get('per_page'))];
    provider.pagesAsked.push(page);
    await provider.onPage(page);
    const fault = page > provider.goodPages ? provider.fault : 'none';
    const isGood = access.has(String(req.headers.authorization).replace(/^(token|bearer) /i, ''));
    if (!isGood || fault === 'repositories: 401') return void json(res, { message: 'Bad credentials' }, 401);
    if (fault === 'repositories: 403') return void json(res, { message: 'canary-message' }, 403);
    if (fault === 'repositories: 502') return void json(res, { message: 'canary-message' }, 502);
    if (fault === 'repositories: html') return void html(res);
    if (fault === 'repositories: hangs up') return void req.socket.destroy();
    if (fault === 'repositories: limited') {
      const headers = {
        'Content-Type': 'application/json',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': '1767225600',
      };
      return void res.writeHead(403, headers).end('{"message":"API rate limit exceeded"}');
    }
    const pages = Math.ceil(provider.repositories.length / size);
    const link = (to: number, relation: string) =>
      `<${provider.url}/api/v3/user/repos?per_page=${size}&page=${to}>; rel="${relation}"`;
    const first = fault === 'repositories: for ever' ? 0 : (page - 1) * size;
    const hasNext = page < pages || fault === 'repositories: for ever';
    const links = hasNext ? [link(page + 1, 'next'), link(Math.max(pages, page + 1), 'last')] : [];
    res.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      ...(hasNext ? { Link: links.join(', ') } : {}),
    });
    res.end(JSON.stringify(provider.repositories.slice(first, first + size)));
  }

  async function answerRevoke(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await bodyOf(req);
    const own = String(req.headers.authorization).replace('Bearer ', '');
    const token = slug === 'github' ? String(JSON.parse(body).access_token) : own;
    if (provider.fault === 'revoke: never answers') return;
    if (provider.fault === 'revoke: 500') json(res, {}, 500);
    else if (access.delete(token)) {
      provider.calls.revoked.push(token);
      json(res, { ok: true });
    } else json(res, { ok: false, error: 'invalid_auth' }, slug === 'slack' ? 200 : 401);
  }

  function misbehaved({ fault }: OAuthProvider, req: IncomingMessage, res: ServerResponse): boolean {
    if (fault === 'token: never answers') return true;
    if (fault === 'token: 500') json(res, { error: 'server_error' }, 500);
    else if (fault === 'token: html') html(res);
    else if (fault === 'token: hangs up') req.socket.destroy();
    else if (fault === 'token: endless')
      json(res, { access_token: 'canary-access-long', filling: 'x'.repeat(200_000) });
    else if (fault === 'token: elsewhere') res.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end();
    else return false;
    return true;
  }

  const server = createServer(async (req, res) => {
    const route = `${req.method} ${new URL(req.url ?? '', 'http://localhost').pathname}`;
    await provider.onCall(route);
    if (route === places.who) answerWho(req, res);
    else if (slug === 'github' && route === 'GET /api/v3/user/repos') void answerRepositories(req, res);
    else if (route === places.revoke) void answerRevoke(req, res);
    else if (route !== `POST ${places.token}` || !misbehaved(provider, req, res)) service.requestHandler(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  issuer.url = url;
  const name = slug.toUpperCase();
  const provider: OAuthProvider = {
    slug,
    url,
    environment: {
      [`${name}_CLIENT_ID`]: CLIENT.id,
      [`${name}_CLIENT_SECRET`]: CLIENT.secret,
      [`${name}_BASE_URL`]: url,
    },
    callback: `${baseUrl}/integrations/${slug}/callback/`,
    fault: 'none',
    person: PEOPLE[slug],
    lifetime: 14_400,
    asked: new URLSearchParams(),
    calls: { exchanges: 0, refreshes: 0, whoAmI: 0, revoked: [] },
    repositories: [],
    goodPages: 0,
    pagesAsked: [],
    onCall: async () => {},
    onPage: async () => {},
    issued: [],
    forget: () => {
      access.clear();
      refresh.clear();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}
