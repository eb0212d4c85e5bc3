import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from '../lib/http-error';

/** Whose requests are counted together, and how many of them pass in a minute. */
export interface Rate {
  readonly key: string;
  readonly perMinute: number;
}

/**
 * Counts by key what passes in a minute: 0 for what may pass, else the seconds to wait. Counted in memory, for each process:
 * it keeps one client from taking the place of the others, and is no guard of secrets.
 */
export function countRate(perMinute: number): (key: string) => Promise<number> {
  const limiter = new RateLimiterMemory({ keyPrefix: '', points: perMinute, duration: 60 });
  return async (key) => {
    try {
      await limiter.consume(key);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    }
  };
}

/** Refuses (429, with the time to wait) what comes more often than its rate allows. `rateOf` undefined: not counted. */
export function limitRate(rateOf: (req: Request) => Rate | undefined): RequestHandler {
  const counters = new Map<number, ReturnType<typeof countRate>>();
  const counterFor = (perMinute: number): ReturnType<typeof countRate> => {
    const counter = counters.get(perMinute) ?? countRate(perMinute);
    counters.set(perMinute, counter);
    return counter;
  };
  return async (req, _res, next) => {
    const rate = rateOf(req);
    if (rate === undefined) return next();
    const seconds = await counterFor(rate.perMinute)(rate.key);
    if (seconds > 0) {
      throw tooMany(seconds, `More than ${rate.perMinute} requests in a minute. Try again in ${seconds} s.`);
    }
    next();
  };
}
