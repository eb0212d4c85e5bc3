import { createHmac } from 'node:crypto';
import csurf from 'csurf';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { HttpError } from '../lib/http-error';

declare module 'express-session' {
  interface SessionData {
    csrfSecret?: string;
  }
}

const MESSAGE =
  'This page was open for too long, or it was sent from somewhere else. Nothing was changed. Go back, reload the page and try again.';

/** The token as the request carries it: header or body, never the address. */
function sentToken(req: Request): string {
  const header = req.get('x-csrf-token');
  if (header !== undefined) return header;
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null || !('_csrf' in body)) return '';
  return typeof body._csrf === 'string' ? body._csrf : '';
}

const protect = csurf({ value: sentToken });

/**
 * The CSRF secret of a session that has no row: derived from its id, so that a signed-out visitor's form is protected
 * without anything being stored.
 */
export const anonymousCsrfSecret = (sessionId: string, key: string): string =>
  createHmac('sha256', key).update(`csrf:${sessionId}`).digest('base64url');

/** Gives templates `csrfToken()`. Only a page that calls it makes a token, and with it a session cookie. */
export function csrfTokens(key: string): RequestHandler {
  return (req, res, next) => {
    const giveSecret = () => {
      if (req.session !== undefined) req.session.csrfSecret ??= anonymousCsrfSecret(req.sessionID, key);
    };
    let token: string | undefined;
    res.locals.csrfToken = () => {
      if (token === undefined && req.session !== undefined) {
        giveSecret();
        token = makeToken(req, res);
        res.set('Cache-Control', 'no-store'); // a page kept longer than its session holds a token that is refused
      }
      return token ?? '';
    };
    if (!['GET', 'HEAD', 'OPTIONS'].includes(req.method)) giveSecret();
    next();
  };
}

/** csurf only adds `csrfToken` to requests that pass it; it is asked as if for a read, which it never refuses. */
function makeToken(req: Request, res: Response): string {
  const method = req.method;
  req.method = 'GET';
  try {
    protect(req, res, () => undefined);
  } finally {
    req.method = method;
  }
  return req.csrfToken();
}

/** Refuses an unsafe request without a token of its own session, and anything a browser says comes from another site. */
export function requireCsrf(req: Request, res: Response, next: NextFunction): void {
  const site = req.get('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') return next(new HttpError(403, 'csrf_failed', MESSAGE));
  protect(req, res, (error?: unknown) => {
    if (error === undefined) return next();
    next(new HttpError(403, 'csrf_failed', MESSAGE, { cause: error }));
  });
}
