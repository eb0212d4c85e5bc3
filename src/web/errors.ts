import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { isOutage } from '../db';
import { HttpError, notFound, unavailable } from '../lib/http-error';
import { isHtmx, isOfApi, requestIdOf, wantsJson } from './request';
import { renderPage, toastPartial } from './respond';

const TITLES: Record<number, string> = {
  400: 'That request could not be read',
  401: 'Sign in to continue',
  403: 'Not allowed',
  404: 'Page not found',
  405: 'Not possible here',
  409: 'Changed by someone else',
  413: 'Too large',
  415: 'Wrong kind of content',
  421: 'Wrong address',
  422: 'Some of it needs another look',
  423: 'Locked',
  429: 'Too many tries',
  500: 'Something broke on our side',
  503: 'Not available right now',
};

/** Refusals that are about something else than their status says by itself. */
const BY_CODE: Record<string, { title: string; next: string }> = {
  not_available: {
    title: 'Not part of your portal',
    next: 'Go to the Dashboard. If you expected this page, ask whoever set up your account to switch it on.',
  },
  producer_not_found: {
    title: 'No producer portal',
    next: 'Ask whoever invited you to add you to a producer, or open one of the places in your account menu.',
  },
  csrf_failed: { title: 'This form was refused', next: 'Go back, reload the page and send the form again.' },
};

const SAVED: Record<number, string> = {
  500: 'What you sent may not have been saved. Check before you send it again.',
  503: 'Nothing was saved. What you typed is still in your browser: go back and send it again in a moment.',
};

/** Answers every address that no route took. */
export const notFoundHandler: RequestHandler = (_req, _res, next) => next(notFound());

interface ParserError {
  status: number;
  type?: string;
}

const isParserError = (error: unknown): error is ParserError =>
  typeof error === 'object' &&
  error !== null &&
  'status' in error &&
  typeof error.status === 'number' &&
  error.status < 500;

/** Turns whatever was thrown into an HttpError; what we did not foresee becomes a 500 that says nothing of its inside. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof URIError) return new HttpError(400, 'bad_address', 'This address is not spelled correctly.');
  if (isOutage(error)) return unavailable('The database does not answer right now.', { cause: error });
  if (isParserError(error)) {
    const { status } = error;
    if (status === 413) {
      return new HttpError(413, 'too_large', 'This is more than we accept in one form. Nothing was saved.', {
        cause: error,
      });
    }
    return new HttpError(status, 'bad_request', 'This request could not be read. Nothing was saved.', { cause: error });
  }
  return new HttpError(500, 'internal_error', 'An unexpected fault stopped this page. It has been logged.', {
    cause: error,
  });
}

/** How a program may show who it is (RFC 6750); says so when it tried. */
const challenge = ({ bearer }: Request): string =>
  `Bearer realm="Flagstaff"${bearer === 'refused' ? ', error="invalid_token"' : ''}`;

function answerJson(req: Request, res: Response, error: HttpError): void {
  if (error.status === 401 && isOfApi(req)) res.set('WWW-Authenticate', challenge(req));
  res.json({ error: { code: error.code, message: error.message, request_id: requestIdOf(req) } });
}

function answerHtmx(req: Request, res: Response, error: HttpError): void {
  if (error.status === 401) {
    const back = safeReferer(req);
    res
      .set('HX-Redirect', `/login?next=${encodeURIComponent(back)}`)
      .type('html')
      .send('');
    return;
  }
  const text = error.status >= 500 ? `${error.message} Reference: ${requestIdOf(req)}` : error.message;
  res.type('html').send(toastPartial(req, res, { kind: 'error', text }));
}

/** The page that an htmx request came from, as a path of ours. */
function safeReferer(req: Request): string {
  try {
    const url = new URL(String(req.get('HX-Current-URL') ?? ''));
    return url.pathname + url.search;
  } catch {
    return '/';
  }
}

function answerPage(req: Request, res: Response, error: HttpError): void {
  // A part of the product with a frame of its own says which page shows its errors, and what that page needs.
  const own = typeof res.locals.errorPage === 'string' ? res.locals.errorPage : 'views/errors/page.njk';
  const ofFrame = res.locals.errorFrame as (() => Record<string, unknown>) | undefined;
  const html = renderPage(req, res, req.user === undefined ? 'views/errors/signed-out.njk' : own, {
    ...ofFrame?.(),
    isError: true,
    status: error.status,
    title: BY_CODE[error.code]?.title ?? TITLES[error.status] ?? 'Something went wrong',
    next: BY_CODE[error.code]?.next,
    text: error.message,
    kept: SAVED[error.status],
    retryAfter: error.retryAfter,
    retryHref: error.status >= 500 && req.method === 'GET' ? req.originalUrl : undefined,
    requestId: requestIdOf(req),
  });
  res.type('html').send(html);
}

/** For what went wrong before there was anything to draw a page with, or while it was drawn. */
function answerText(req: Request, res: Response, error: HttpError): void {
  res.type('text').send(`${error.message} Reference: ${requestIdOf(req)}\n`);
}

/** The one place where errors become answers: JSON for programs, a toast for htmx, a page for people. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (thrown, req, res, next) => {
    const error = toHttpError(thrown);
    if (error.status >= 500) (req.log ?? log).error({ err: error.cause ?? error, code: error.code }, 'request failed');
    if (res.headersSent) {
      next(thrown);
      return;
    }
    res.status(error.status).set(error.headers).set('Cache-Control', 'no-store');
    try {
      if (wantsJson(req)) answerJson(req, res, error);
      else if (isHtmx(req)) answerHtmx(req, res, error);
      else if (res.locals.asset === undefined) answerText(req, res, error);
      else if (error.status === 401) res.redirect(303, `/login?next=${encodeURIComponent(req.originalUrl)}`);
      else answerPage(req, res, error);
    } catch (fault) {
      (req.log ?? log).error({ err: fault }, 'the error page failed');
      answerText(req, res, error);
    }
  };
}
