import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from '../lib/http-error';

/** Whose requests are counted together, and how many of them pass in a minute. */
export interface Rate {
  readonly key: string;
  readonly perMinute: number;
}

/**
 * Refuses (429, with the time to wait) what comes more often than its rate allows. Counted in memory, for each process: it
 * keeps one client from taking the place of the others, and is no guard of secrets. `rateOf` undefined: not counted.
 */
export function limitRate(rateOf: (req: Request) => Rate | undefined): RequestHandler {
  const limiters = new Map<number, RateLimiterMemory>();
  const limiterFor = (perMinute: number): RateLimiterMemory => {
    const limiter =
      limiters.get(perMinute) ?? new RateLimiterMemory({ keyPrefix: '', points: perMinute, duration: 60 });
    limiters.set(perMinute, limiter);
    return limiter;
  };
  return async (req, _res, next) => {
    const rate = rateOf(req);
    if (rate === undefined) return next();
    try {
      await limiterFor(rate.perMinute).consume(rate.key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw tooMany(seconds, `More than ${rate.perMinute} requests in a minute. Try again in ${seconds} s.`);
    }
    next();
  };
}
