import { z } from 'zod';
import type { Config, OAuthApp, ProviderName } from '../config';

/** Where something of a provider is: below the address that people sign in at, or below that of its API. */
export interface Place {
  readonly below: 'base' | 'api';
  readonly path: string;
}

/** The account at a provider that a token belongs to. */
export interface Account {
  readonly id: string;
  readonly name: string;
}

/** How tokens are given back. `bearer`: the token itself asks for its end. `github`: the application asks for it. */
export type Revocation =
  | { readonly how: 'bearer'; readonly at: Place }
  | { readonly how: 'github'; readonly at: Place }
  | { readonly how: 'none'; readonly where: string };

/** What has to be known of a provider to connect people to it by OAuth 2; the flow itself is the same for all. */
export interface Provider {
  /** The slug of its integration, and the name of its part of the configuration. */
  readonly slug: ProviderName;
  readonly name: string;
  readonly authorize: Place;
  readonly token: Place;
  /** No more than what the product uses. */
  readonly scopes: readonly string[];
  /** What the parameter of the scopes is called, `scope` unless said otherwise. */
  readonly scopeParameter?: string;
  /** Sent along when the person is sent there. */
  readonly authorizeWith?: Readonly<Record<string, string>>;
  /** Sent along with the code, and with a refresh token. */
  readonly exchangeWith?: Readonly<Record<string, string>>;
  readonly refreshWith?: Readonly<Record<string, string>>;
  /** Codes by which it says that a refresh token does not count, though the standard means something else by them. */
  readonly refreshRefusals?: readonly string[];
  /** Brings an answer of the token address into the standard's form, where it differs. */
  readonly readTokens?: (body: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  readonly whoAmI: {
    readonly method: 'GET' | 'POST';
    readonly at: Place;
    /** Undefined when the answer names nobody. */
    readonly read: (body: unknown) => Account | undefined;
  };
  readonly revocation: Revocation;
}

const base = (path: string): Place => ({ below: 'base', path });
const api = (path: string): Place => ({ below: 'api', path });

/** Reads an answer by its schema, then into an account. */
const reading =
  <T>(schema: z.ZodType<T>, toAccount: (body: T) => Account) =>
  (body: unknown): Account | undefined => {
    const result = schema.safeParse(body);
    return result.success ? toAccount(result.data) : undefined;
  };

const named = z.string().trim().min(1);
const numbered = z.union([z.number().int().positive(), z.string().regex(/^\d+$/)]).transform(String);

const dropbox: Provider = {
  slug: 'dropbox',
  name: 'Dropbox',
  authorize: base('/oauth2/authorize'),
  token: api('/oauth2/token'),
  scopes: ['account_info.read', 'files.metadata.read'],
  authorizeWith: { token_access_type: 'offline' }, // without it there is no refresh token
  whoAmI: {
    method: 'POST',
    at: api('/2/users/get_current_account'),
    read: reading(
      z.object({ account_id: named, email: z.string().optional(), name: z.object({ display_name: named }).optional() }),
      ({ account_id: id, email, name }) => ({ id, name: name?.display_name ?? email ?? id }),
    ),
  },
  revocation: { how: 'bearer', at: api('/2/auth/token/revoke') }, // takes the refresh token along
};

const basecamp: Provider = {
  slug: 'basecamp',
  name: 'Basecamp',
  authorize: base('/authorization/new'),
  token: base('/authorization/token'),
  scopes: [], // it has none: whoever connects lets everything be read that they can read
  authorizeWith: { type: 'web_server' },
  exchangeWith: { type: 'web_server' },
  refreshWith: { type: 'refresh' },
  whoAmI: {
    method: 'GET',
    at: api('/authorization.json'),
    read: reading(
      z.object({
        identity: z.object({
          id: numbered,
          first_name: z.string().optional(),
          last_name: z.string().optional(),
          email_address: z.string().optional(),
        }),
      }),
      ({ identity: { id, first_name: first = '', last_name: last = '', email_address: email } }) => ({
        id,
        name: `${first} ${last}`.trim() || email || id,
      }),
    ),
  },
  revocation: { how: 'none', where: 'launchpad.37signals.com, under Integrations' },
};

const jira: Provider = {
  slug: 'jira',
  name: 'Jira',
  authorize: base('/authorize'),
  token: base('/oauth/token'),
  scopes: ['read:jira-work', 'read:me', 'offline_access'],
  authorizeWith: { audience: 'api.atlassian.com', prompt: 'consent' },
  refreshRefusals: ['unauthorized_client'], // with “refresh_token is invalid”, after 90 days without use for one
  whoAmI: {
    method: 'GET',
    at: api('/me'),
    read: reading(
      z.object({ account_id: named, name: z.string().optional(), email: z.string().optional() }),
      ({ account_id: id, name, email }) => ({ id, name: name || email || id }),
    ),
  },
  revocation: { how: 'none', where: 'id.atlassian.com, under Connected apps' },
};

const SlackTokens = z.looseObject({ authed_user: z.looseObject({ access_token: z.string() }) });

const slack: Provider = {
  slug: 'slack',
  name: 'Slack',
  authorize: base('/oauth/v2/authorize'),
  token: api('/oauth.v2.access'),
  scopes: ['users:read'],
  scopeParameter: 'user_scope', // on behalf of the person, not of a bot
  // The person's token is nested in an answer about the application, whose own type is not "bearer".
  readTokens: (body) => {
    if (body.ok === false) return { error: body.error };
    const nested = SlackTokens.safeParse(body);
    return nested.success ? { ...nested.data.authed_user } : { ...body };
  },
  whoAmI: {
    method: 'POST',
    at: api('/auth.test'),
    read: reading(
      z.object({
        ok: z.literal(true),
        team_id: named,
        user_id: named,
        user: z.string().optional(),
        team: z.string().optional(),
      }),
      ({ team_id: team, user_id: id, user = id, team: of }) => ({
        id: `${team}:${id}`,
        name: of === undefined ? user : `${user} at ${of}`,
      }),
    ),
  },
  revocation: { how: 'bearer', at: api('/auth.revoke') },
};

const github: Provider = {
  slug: 'github',
  name: 'GitHub',
  authorize: base('/login/oauth/authorize'),
  token: base('/login/oauth/access_token'),
  // A GitHub App has permissions of its own and is asked for no scopes; an OAuth app without any reads what is public.
  scopes: [],
  whoAmI: {
    method: 'GET',
    at: api('/user'),
    read: reading(z.object({ id: numbered, login: named }), ({ id, login }) => ({ id, name: login })),
  },
  revocation: { how: 'github', at: api('/applications/:client/token') },
};

/** All providers that people can be connected to. */
export const providers: readonly Provider[] = Object.freeze([dropbox, basecamp, jira, slack, github]);

const bySlug = new Map<string, Provider>(providers.map((provider) => [provider.slug, provider]));

/** The provider of that slug; nothing for an integration that nobody can connect. */
export const findProvider = (slug: string): Provider | undefined => bySlug.get(slug);

/** Our registration with a provider, when both of its values are set. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Our registration with this provider; nothing while it is missing in the environment. */
export function registrationOf({ slug }: Provider, config: Config): Registration | undefined {
  const { clientId, clientSecret } = config[slug];
  return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
}

/** The address of something at a provider. */
export function addressOf({ slug }: Provider, config: Config, { below, path }: Place): URL {
  const app: OAuthApp = config[slug];
  const address = (below === 'base' ? app.baseUrl : app.apiUrl) + path;
  return new URL(address.replace(':client', encodeURIComponent(app.clientId ?? '')));
}

/** The one address that a provider sends people back to. */
export const callbackOf = ({ slug }: Pick<Provider, 'slug'>, config: Config): string =>
  `${config.baseUrl}/integrations/${slug}/callback/`;
