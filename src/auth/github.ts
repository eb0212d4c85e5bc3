import type { Request, RequestHandler, Response } from 'express';
import { Strategy, type StrategyOptions } from 'passport-github2';
import type { VerifyCallback, VerifyFunction } from 'passport-oauth2';
import { z } from 'zod';
import type { Config } from '../config';
import type { Egress } from '../egress';
import type { AppPassport } from './passport';

/** GitHub's idea of who came back from it. */
export interface GitHubAccount {
  /** Its number, which stays when the name changes. */
  subject: string;
  login: string;
  name: string;
  /** The primary address if GitHub has verified it. */
  verifiedEmail: string | undefined;
}

export type GitHubAnswer =
  | { outcome: 'account'; account: GitHubAccount }
  /** The person said no, or the answer does not belong to this session. */
  | { outcome: 'refused' }
  /** GitHub did not answer as it should. */
  | { outcome: 'failed'; cause: unknown };

const TIMEOUT_MS = 10_000;
/** A profile and a list of addresses are some kilobytes. */
const LIMITS = { timeoutMs: TIMEOUT_MS, maxBytes: 256 * 1024 } as const;

/** Whether people can sign in with GitHub here. */
export const gitHubIsConfigured = ({ github }: Config): boolean =>
  github.clientId !== undefined && github.clientSecret !== undefined;

const User = z.object({ id: z.number().int().positive(), login: z.string(), name: z.string().nullish() });
const Emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** Where `oauth`, which passport-github2 builds on, makes its requests. */
interface OAuthRequests {
  _request(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: string,
    token: string | null,
    done: (error: Error | { statusCode: number; data: string } | null, data?: string) => void,
  ): void;
}

/**
 * passport-github2 with our own reading of the profile, and with all its requests by our egress client: with time-outs, a
 * limit, and nothing that throws in a callback.
 */
class GitHubStrategy extends Strategy {
  constructor(
    private readonly config: Config,
    private readonly egress: Egress,
  ) {
    const { clientId = '', clientSecret = '', baseUrl } = config.github;
    const options = {
      clientID: clientId,
      clientSecret,
      callbackURL: `${config.baseUrl}/login/github/callback`,
      authorizationURL: `${baseUrl}/login/oauth/authorize`,
      tokenURL: `${baseUrl}/login/oauth/access_token`,
      scope: ['user:email'],
      state: true, // kept in the session, used once
      pkce: true,
      userAgent: 'flagstaff',
    };
    const pass: VerifyFunction = (_access: string, _refresh: string, account: unknown, done: VerifyCallback) =>
      done(null, account as never);
    super(options as unknown as StrategyOptions, pass);
    const requests = this._oauth2 as unknown as OAuthRequests;
    requests._request = (method, url, headers, body, _token, done) => {
      this.exchange(method, url, headers, body).then(
        ({ status, text }) => (status === 200 ? done(null, text) : done({ statusCode: status, data: text })),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    };
  }

  /** The request that exchanges a code for a token; the library reads the answer. */
  private async exchange(method: string, url: string, headers: Record<string, string>, body: string) {
    const response = await this.egress.fetch(url, { ...LIMITS, method, headers, body });
    return { status: response.status, text: await response.text() };
  }

  override userProfile(token: string, done: (error?: Error | null, profile?: unknown) => void): void {
    this.readAccount(token).then(
      (account) => done(null, account),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async readAccount(token: string): Promise<GitHubAccount> {
    const { apiUrl } = this.config.github;
    const user = await this.getJson(`${apiUrl}/user`, token, User);
    const emails = await this.getJson(`${apiUrl}/user/emails`, token, Emails);
    return {
      subject: String(user.id),
      login: user.login,
      name: user.name ?? '',
      verifiedEmail: emails.find(({ primary, verified }) => primary && verified)?.email,
    };
  }

  private async getJson<T>(url: string, token: string, schema: z.ZodType<T>): Promise<T> {
    const headers = { Authorization: `Bearer ${token}`, Accept: 'application/vnd.github+json' };
    const response = await this.egress.fetch(url, { ...LIMITS, headers });
    if (response.ok) return schema.parse(await response.json());
    await response.body?.cancel();
    throw new Error(`GitHub answered ${response.status}`);
  }
}

/** Lets people sign in with GitHub when it is configured. */
export function useGitHub(passport: AppPassport, { config, egress }: { config: Config; egress: Egress }): void {
  if (gitHubIsConfigured(config)) passport.use('github', new GitHubStrategy(config, egress));
}

/** Sends the browser to GitHub. */
export function leaveForGitHub(passport: AppPassport): RequestHandler {
  return (req, res, next) => (passport.authenticate('github') as RequestHandler)(req, res, next);
}

/** Reads what the browser brought back from GitHub. */
export async function readGitHubAnswer(passport: AppPassport, req: Request, res: Response): Promise<GitHubAnswer> {
  // Without a code the strategy would begin another visit instead of ending this one.
  if (typeof req.query.code !== 'string') return { outcome: 'refused' };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<GitHubAnswer>((resolve) => {
    const cause = new Error('GitHub did not answer in time');
    timer = setTimeout(() => resolve({ outcome: 'failed', cause }), 3 * TIMEOUT_MS);
  });
  const answer = new Promise<GitHubAnswer>((resolve) => {
    const settle = (error: unknown, user?: unknown) => {
      if (error) resolve({ outcome: 'failed', cause: error });
      else if (user) resolve({ outcome: 'account', account: user as GitHubAccount });
      else resolve({ outcome: 'refused' });
    };
    (passport.authenticate('github', settle) as RequestHandler)(req, res, (error: unknown) => settle(error));
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
