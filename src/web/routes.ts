import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import { forbidden, HttpError, notFound, unauthorized } from '../lib/http-error';
import { hasPermission, type Viewer } from '../lib/viewer';
import { requireCsrf } from './csrf';
import { parseJsonBody } from './json';
import { isLocal } from './request';

/** Who may come through a route: a name for the authorization matrix, and a check that throws. */
export interface Policy {
  readonly name: string;
  check(req: Request): void;
}

/** Makes a policy; `check` throws an HttpError to refuse. */
export const policy = (name: string, check: (req: Request) => void): Policy => ({ name, check });

/** Everybody, signed in or not. */
export const anyone = policy('anyone', () => undefined);

/** Whoever is signed in. */
export const signedIn = policy('signed-in', (req) => {
  if (req.user === undefined) throw unauthorized();
});

const staffViewer = (req: Request): Viewer => {
  if (req.user === undefined) throw unauthorized();
  if (!req.user.isStaff) throw notFound();
  return req.user;
};

/** Staff; for everybody else who is signed in the address does not exist. */
export const staffOnly = policy('staff', (req) => void staffViewer(req));

/** Whoever sits at this machine: for what helps in development. From anywhere else the address does not exist. */
export const localOnly = policy('local', (req) => {
  if (!isLocal(req)) throw notFound();
});

/** Staff who hold at least one of the permissions. */
export const staffWith = (...permissions: string[]): Policy =>
  policy(`staff:${permissions.join('|')}`, (req) => {
    const viewer = staffViewer(req);
    if (!permissions.some((permission) => hasPermission(viewer, permission))) throw forbidden();
  });

const METHODS = ['get', 'post'] as const;
type Method = (typeof METHODS)[number];
const upper = (method: Method): Uppercase<Method> => (method === 'get' ? 'GET' : 'POST');

/** One line of the table that the authorization matrix is made from. */
export interface RouteEntry {
  readonly method: Uppercase<Method>;
  readonly path: string;
  readonly policy: string;
  /** Whether it is an address of the API: JSON, and a token does for a session. */
  readonly api: boolean;
}

/** Most values that one form may send, counted before it is parsed; and most names, for a list of people is one name. */
const MAX_VALUES = 5_000;
const MAX_NAMES = 1_000;

const parseBody = express.urlencoded({ extended: false, limit: '1mb', parameterLimit: MAX_VALUES });

/** Forms only: another content type is refused before anything reads it. */
function parseFormBody(req: Request, res: Response, next: NextFunction): void {
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody && !req.is('application/x-www-form-urlencoded')) {
    next(new HttpError(415, 'unsupported_media_type', 'Send this as a form (application/x-www-form-urlencoded).'));
    return;
  }
  parseBody(req, res, (error?: unknown) => {
    req.body ??= {};
    const tooMany = error === undefined && Object.keys(req.body).length > MAX_NAMES;
    next(
      tooMany ? new HttpError(413, 'too_large', `A form has at most ${MAX_NAMES} fields. Nothing was saved.`) : error,
    );
  });
}

/** Runs a policy; what it refuses carries its name in `res.locals.refusedBy`, for the audit log. */
const guard =
  ({ name, check }: Policy): RequestHandler =>
  (req, res, next) => {
    res.locals.refusedBy = name;
    check(req);
    res.locals.refusedBy = undefined;
    next();
  };

/** A cookie is sent by itself, so what comes with a session must show that it was meant; a token or a password is not. */
const requireCsrfOfSession: RequestHandler = (req, res, next) => {
  if (req.user === undefined || req.bearer !== undefined) next();
  else requireCsrf(req, res, next);
};

/** Answers what an address of the API does not do, the same to everybody and for whatever the address names. */
const onlyThese =
  (methods: readonly Method[]): RequestHandler =>
  (req, res) => {
    const allow = [...(methods.includes('get') ? ['GET', 'HEAD'] : []), ...(methods.includes('post') ? ['POST'] : [])];
    const headers = { Allow: [...allow, 'OPTIONS'].join(', ') };
    if (req.method === 'OPTIONS') {
      res.status(204).set(headers).set('Cache-Control', 'no-store').end();
      return;
    }
    const text = `${req.method} does nothing here; this address answers ${allow.join(' and ')}. Nothing was changed.`;
    throw new HttpError(405, 'method_not_allowed', text, { headers });
  };

const otherSpelling = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : `${path}/`);

/** Some routes, and what all their addresses begin with. */
interface Part {
  readonly beginning: string;
  readonly handler: RequestHandler;
}

/** Routes that begin alike. Their router is made when the first request comes for one of them: most are never asked for. */
class RoutesOfBeginning implements Part {
  private readonly additions: ((router: Router) => void)[] = [];
  private router: Router | undefined;

  constructor(readonly beginning: string) {}

  add(addition: (router: Router) => void): void {
    this.additions.push(addition);
    if (this.router !== undefined) addition(this.router);
  }

  readonly handler: RequestHandler = (req, res, next) => {
    this.router ??= this.make();
    this.router(req, res, next);
  };

  private make(): Router {
    const router = express.Router({ strict: true, caseSensitive: true });
    for (const addition of this.additions) addition(router);
    return router;
  }
}

/** What every address of a route begins with: its first segments that are always the same, three at most. */
const beginningOf = (path: string): string => /^(?:\/[\w.-]+(?=\/|$)){0,3}/.exec(path)?.[0] ?? '';

/**
 * The routes of one feature. Every route names its policy, which runs before the body is even read; unsafe methods then
 * need a CSRF token. What is not registered here does not exist, and what is stands in `table`.
 */
export class Routes {
  readonly table: RouteEntry[] = [];
  private readonly parts: Part[] = [];
  /** The last part, while routes can be added to it. */
  private open: RoutesOfBeginning | undefined;

  constructor(private readonly prefix = '') {}

  /**
   * Answers requests, route by route in their order. There are a thousand, so those whose addresses begin otherwise are
   * passed over together.
   */
  readonly router: RequestHandler = (req, res, next) => {
    let at = 0;
    const goOn = (error?: unknown): void => {
      if (error !== undefined && error !== null) return next(error);
      for (let part = this.parts[at++]; part !== undefined; part = this.parts[at++]) {
        if (req.path.startsWith(part.beginning)) return void part.handler(req, res, goOn);
      }
      next();
    };
    goOn();
  };

  get(path: string, who: Policy, ...handlers: RequestHandler[]): this {
    return this.add('get', path, who, handlers);
  }

  post(path: string, who: Policy, ...handlers: RequestHandler[]): this {
    return this.add('post', path, who, [parseFormBody, requireCsrf, ...handlers]);
  }

  /**
   * An address of the API, for programs with a token and for our own pages: JSON in and out, the last slash as one likes.
   * `methods` is all that it does; any other method is a 405 that names these.
   */
  api(path: string, who: Policy, methods: Partial<Record<Method, readonly RequestHandler[]>>): this {
    const full = `${this.prefix}${path}`;
    for (const method of METHODS) {
      const handlers = methods[method];
      if (handlers === undefined) continue;
      this.table.push({ method: upper(method), path: full, policy: who.name, api: true });
      const before = method === 'post' ? [requireCsrfOfSession, parseJsonBody] : [];
      this.partOf(full).add((router) => {
        for (const spelling of [full, otherSpelling(full)]) {
          router[method](spelling, guard(who), ...before, ...handlers);
        }
      });
    }
    const rest = onlyThese(METHODS.filter((method) => methods[method] !== undefined));
    this.partOf(full).add((router) => {
      for (const spelling of [full, otherSpelling(full)]) router.all(spelling, rest);
    });
    return this;
  }

  /** Takes over the routes of another feature. */
  mount(other: Routes): this {
    this.parts.push({ beginning: '', handler: other.router });
    this.open = undefined;
    this.table.push(...other.table);
    return this;
  }

  /** Where a route goes: to those before it if it begins as they do, for their order counts. */
  private partOf(path: string): RoutesOfBeginning {
    const beginning = beginningOf(path);
    if (this.open?.beginning === beginning) return this.open;
    const part = new RoutesOfBeginning(beginning);
    this.open = part;
    this.parts.push(part);
    return part;
  }

  private add(method: Method, path: string, who: Policy, handlers: RequestHandler[]): this {
    const full = `${this.prefix}${path}` || '/';
    this.table.push({ method: upper(method), path: full, policy: who.name, api: false });
    const isOnlyOne = full === '/' || full.includes('{') || /\.[a-z]+$/.test(full);
    this.partOf(full).add((router) => {
      router[method](full, guard(who), ...handlers);
      if (isOnlyOne) return;
      if (method === 'get') router.get(otherSpelling(full), guard(who), redirectToSpelling);
      else router.post(otherSpelling(full), guard(who), ...handlers);
    });
    return this;
  }
}

function redirectToSpelling(req: Request, res: Response): void {
  const [path = '/', query] = req.originalUrl.split('?', 2);
  // Never `//host`: a path that starts with two slashes does not match a route of ours.
  res.redirect(301, otherSpelling(path) + (query === undefined ? '' : `?${query}`));
}
