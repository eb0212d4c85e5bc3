import type { Request, RequestHandler } from 'express';
import type { Config } from '../config';
import { whileUnchanged } from '../db';
import type { Viewer } from '../lib/viewer';
import type { Services } from '../services';
import { isOfApi } from '../web/request';
import { readAccessToken } from './access-tokens';
import { findViewer } from './queries';
import { sessionCookieName } from './sessions';

type Parts = Pick<Services, 'config' | 'db' | 'clock'>;

/** The token of an `Authorization: Bearer …`; other kinds belong to proxies in front of us. */
const tokenOf = (req: Request): string | undefined => /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '')?.[1];

/** The person behind an access token, as they are now; undefined when it does not count or its access was ended. */
async function viewerOfToken(parts: Parts, token: string): Promise<Viewer | undefined> {
  const access = await readAccessToken(parts, token);
  if (access === undefined) return undefined;
  const { userId, grantId } = access;
  return whileUnchanged(parts.db, `bearer ${userId} ${grantId}`, () =>
    findViewer(parts.db, userId, undefined, grantId),
  );
}

/** Knows a program by its access token, in the API alone. A token that is wrong counts as nobody, never as the session. */
export function bearerTokens(parts: Parts): RequestHandler {
  return async (req, _res, next) => {
    const token = isOfApi(req) ? tokenOf(req) : undefined;
    if (token !== undefined) {
      const viewer = await viewerOfToken(parts, token);
      req.bearer = viewer === undefined ? 'refused' : 'accepted';
      if (viewer !== undefined) req.user = viewer;
    }
    next();
  };
}

/** A part that only browsers need (sessions and what hangs on them): left out for programs, which get no cookie. */
export function forBrowsers(config: Config, handler: RequestHandler): RequestHandler {
  const cookie = `${sessionCookieName(config)}=`;
  const isProgram = (req: Request): boolean =>
    isOfApi(req) && (req.bearer !== undefined || !(req.get('cookie') ?? '').includes(cookie));
  return (req, res, next) => (isProgram(req) ? next() : handler(req, res, next));
}
