import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import pino, { type DestinationStream, type Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const SECRET_PATHS = [
  'req.headers.cookie',
  'req.headers.authorization',
  'req.headers["x-csrf-token"]',
  'res.headers["set-cookie"]',
  '*.password',
  '*.token',
  '*.secret',
  // PostgreSQL's errors quote the row that they are about.
  'err.detail',
  'err.where',
];

/** JSON leaves some signs as they are that a terminal obeys or an editor breaks lines at; in here all are text. */
const encodeControls = (line: string): string =>
  line.replace(/[\u007f-\u009f\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The process's log: one JSON object a line, on standard output unless `destination` says otherwise; secrets left out. */
export const createLog = (level: string, destination?: DestinationStream): Logger => {
  const options = {
    level,
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    hooks: { streamWrite: encodeControls },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};

/** The address without what may be secret in it: the query, and the tokens of one-time links. */
const pathOnly = (url: string | undefined): string => (url ?? '').split('?', 1)[0]?.replace(/[\w-]{32,}/g, '…') ?? '';

/** A silent log has no lines, so nothing is made ready for them. */
const withoutLines = (log: Logger) => (req: Request) => {
  req.id = randomUUID();
  req.log = log;
};

const linesOf = (log: Logger) =>
  pinoHttp({
    logger: log,
    genReqId: () => randomUUID(),
    autoLogging: { ignore: (req) => pathOnly(req.url).startsWith('/static/') },
    customLogLevel: (_req, res, error) =>
      error !== undefined || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info',
    serializers: {
      req: ({ id, method, url, raw }: { id: unknown; method: string; url: string; raw: Request }) => ({
        id,
        method,
        path: pathOnly(url),
        // The client's, as the audit log names it: trusted proxies are asked whom they speak for.
        address: raw.ip,
      }),
      res: (res: { statusCode: number }) => ({ status: res.statusCode }),
    },
  });

/** Gives each request an id and a log line with the outcome; reads of static files are left out. */
export function requestLog(log: Logger): RequestHandler {
  const handler = log.level === 'silent' ? withoutLines(log) : linesOf(log);
  return (req, res, next) => {
    handler(req, res);
    res.set('X-Request-Id', String(req.id));
    next();
  };
}
