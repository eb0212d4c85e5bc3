import type { OutgoingHttpHeaders } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock';

/** How old a repeated answer may be, in milliseconds: what it says of times ("2 min ago") is right to the second. */
const OLDEST = 1_000;
/** What all kept answers and their requests may take together, in bytes, and the largest that is kept. */
const MOST_BYTES = 32 * 1024 * 1024;
const LARGEST = 512 * 1024;

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** The route that made it, for metrics. */
  readonly route: Request['route'];
}

/** A request that came before: when, in which state of everything, and once it came twice also what it was answered. */
interface Known {
  readonly state: string;
  readonly until: number;
  readonly answer?: Answer;
}

/** Whether a second has passed since, or the clock was set back, so that nobody knows. */
const isOver = ({ until }: Known, now: number): boolean => now >= until || now < until - OLDEST;

interface Carrier extends Request {
  noteForRepeat?: () => void;
}

/**
 * Answers a request that is the same to the last header as one of the last second, when nothing that an answer can depend
 * on has changed since, with the bytes of then; before sessions are looked up or anything is rendered. Only routes that
 * say so by `repeatable` take part. `state` names all that answers depend on beside the request and the time; undefined
 * when that cannot be told, and then nothing is kept. What `state` does not learn of counts a second later at most. Goes before whatever changes the answer's bytes.
 */
export function repeatedReads({
  clock,
  state,
}: {
  clock: Clock;
  state: (req: Request) => string | undefined;
}): RequestHandler {
  const known = new LRUCache<string, Known>({
    maxSize: MOST_BYTES,
    maxEntrySize: LARGEST,
    sizeCalculation: ({ answer }, key) => key.length * 2 + (answer?.body.length ?? 0) + 1_024,
  });
  return (req: Carrier, res, next) => {
    if (req.method !== 'GET') return next();
    // All headers, so that whoever else asks, or asks for something else, never gets this answer.
    const key = `${req.url}\n${req.rawHeaders.join('\n')}`;
    const now = clock.now().getTime();
    const before = known.get(key);
    const current = before === undefined ? undefined : state(req);
    if (before === undefined || current === undefined || before.state !== current || isOver(before, now)) {
      // The first time costs nothing: what never comes again is not collected.
      req.noteForRepeat = () => {
        const first = state(req);
        if (first !== undefined) known.set(key, { state: first, until: now + OLDEST });
      };
      return next();
    }
    if (before.answer !== undefined) {
      req.route = before.answer.route;
      return send(res, before.answer);
    }
    collect(res, (answer) => {
      if (state(req) === current) known.set(key, { ...before, answer: { ...answer, route: req.route } });
    });
    next();
  };
}

/**
 * For routes of which the same request may be answered with the same bytes while nothing changes: that depend on the
 * request, the database and the flags, not on chance or on who asks how often.
 */
export const repeatable: RequestHandler = (req: Carrier, _res: Response, next: NextFunction) => {
  req.noteForRepeat?.();
  next();
};

function send(res: Response, { status, headers, body }: Answer): void {
  const requestId = res.getHeader('X-Request-Id');
  res.writeHead(status, requestId === undefined ? headers : { ...headers, 'x-request-id': requestId });
  res.end(body);
}

/** Hands over the whole answer when it has left, if it is one that may be given again. */
function collect(res: Response, keep: (answer: Omit<Answer, 'route'>) => void): void {
  const { write, end } = res;
  const chunks: Buffer[] = [];
  const add = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  res.write = ((...args: Parameters<Response['write']>) => {
    add(args[0], args[1]);
    return write.apply(res, args);
  }) as Response['write'];
  res.end = ((...args: unknown[]) => {
    add(args[0], args[1]);
    const result = (end as (...all: unknown[]) => Response).apply(res, args);
    const headers = res.getHeaders();
    if ((res.statusCode === 200 || res.statusCode === 304) && headers['set-cookie'] === undefined) {
      keep({ status: res.statusCode, headers, body: Buffer.concat(chunks) });
    }
    return result;
  }) as Response['end'];
}
