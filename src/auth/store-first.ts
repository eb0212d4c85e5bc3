import type { Request, RequestHandler } from 'express';

/** What a session is about, in a form that can be compared; empty when there is none. */
function stateOf(req: Request): string {
  if (req.session === undefined || req.session === null) return '';
  const { cookie: _, ...content } = req.session;
  return `${req.sessionID} ${JSON.stringify(content)}`;
}

/**
 * Stores what a request changed in its session before any of the answer leaves. express-session alone begins to send
 * first, and a browser that follows a redirect at once would find the session as it was: without the message, or not yet
 * signed in. When storing fails, the request fails.
 */
export const storeFirst: RequestHandler = (req, res, next) => {
  const before = stateOf(req);
  const end = res.end as (...args: unknown[]) => typeof res;
  let state: 'open' | 'storing' | 'done' = 'open';
  res.end = ((...args: unknown[]) => {
    if (state === 'storing') return res;
    if (state === 'done' || res.headersSent || stateOf(req) === '' || stateOf(req) === before)
      return end.apply(res, args);
    state = 'storing';
    req.session.save((error?: unknown) => {
      state = 'done';
      if (error === undefined || error === null) {
        end.apply(res, args);
        return;
      }
      for (const name of ['Location', 'Content-Length', 'ETag', 'HX-Redirect']) res.removeHeader(name);
      next(error);
    });
    return res;
  }) as typeof res.end;
  next();
};
