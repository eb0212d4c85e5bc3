import type { Request } from 'express';
import { unauthorized } from '../lib/http-error';
import type { Actor, Viewer } from '../lib/viewer';

declare global {
  namespace Express {
    interface User extends Viewer {}
    interface Request {
      /** What came of the token that a request brought along; not set when it brought none. */
      bearer?: 'accepted' | 'refused';
    }
  }
}

/** The id that the log, the error page and the audit entry of one request share. */
export const requestIdOf = (req: Request): string => String(req.id ?? '');

/** The signed-in person; throws 401 when there is none, so use it behind `signedIn` or stricter. */
export function viewerOf(req: Request): Viewer {
  if (req.user === undefined) throw unauthorized();
  return req.user;
}

/** Who the audit log names for what this request does. */
export function actorOf(req: Request): Actor {
  const viewer = req.user;
  return {
    type: viewer === undefined ? 'system' : 'user',
    id: viewer?.id ?? null,
    label: viewer === undefined ? 'somebody signed out' : viewer.email,
    address: req.ip ?? '',
    userAgent: String(req.get('user-agent') ?? '').slice(0, 400),
    requestId: requestIdOf(req),
  };
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i.test(address);

/** Whether the request comes from this machine itself, by its connection and by what trusted proxies say of it. */
export const isLocal = (req: Request): boolean => isLoopback(req.socket.remoteAddress) && isLoopback(req.ip);

/** One value of a query parameter: the last when it is repeated, empty when it is missing. */
export function queryText(req: Request, name: string): string {
  const value = req.query[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? last : '';
}

/** Whether htmx asks for a fragment; anything else, history restores included, gets the whole page. */
export const wantsPartial = (req: Request): boolean =>
  req.get('HX-Request') === 'true' &&
  req.get('HX-Request-Type') !== 'full' &&
  req.get('HX-History-Restore-Request') !== 'true';

/** Whether the request was made by htmx at all, so that an answer may carry HX- headers. */
export const isHtmx = (req: Request): boolean => req.get('HX-Request') === 'true';

/** Whether an address belongs to the API, which speaks JSON alone and takes tokens. */
export const isOfApi = (req: Request): boolean => req.path.startsWith('/api/');

/** Whether the caller asked for JSON rather than a page. */
export const wantsJson = (req: Request): boolean =>
  isOfApi(req) || (!isHtmx(req) && req.accepts(['html', 'json']) === 'json');
