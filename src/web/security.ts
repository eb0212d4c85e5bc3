import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { HttpError } from '../lib/http-error';

/** The headers that every answer carries: a policy without inline code, and no trust in other origins. */
export function securityHeaders(options: { https: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    strictTransportSecurity: options.https ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  });
}

const countHeader = (req: Request, name: string): number =>
  req.rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/** An address as clients write it for a proxy, `GET http://host/path`: the host, and what is left for us. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** Refuses requests for a host that is not ours, so that nothing built from a request can point elsewhere. */
export function requireKnownHost(allowed: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    if (countHeader(req, 'host') > 1) throw new HttpError(400, 'bad_host', 'A request names one host.');
    const [, named, rest = ''] = ABSOLUTE.exec(req.url) ?? [];
    const hosts = [req.headers.host ?? '', ...(named === undefined ? [] : [named])];
    if (!hosts.every((host) => allowed.includes(hostName(host)))) {
      throw new HttpError(421, 'unknown_host', 'This server does not answer for that host.');
    }
    if (named !== undefined) {
      req.url = rest.startsWith('/') ? rest : `/${rest}`;
      req.originalUrl = req.url;
    }
    next();
  };
}

/** Methods that nothing here uses; TRACE would echo cookies back. */
export const refuseOddMethods: RequestHandler = (req, _res, next) => {
  if (!['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(req.method)) {
    throw new HttpError(405, 'method_not_allowed', 'This method is not used here.');
  }
  next();
};
