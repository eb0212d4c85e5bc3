import type { Request, RequestHandler, Response } from 'express';
import { Counter, Histogram, type Registry } from 'prom-client';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'];

/** In seconds: from what is answered from memory to what a person gives up on. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The pattern of the route that answered, so that there are as many as there are routes, whatever is asked for. Static
 * files, errors before any route and addresses that do not exist are told apart by their status only.
 */
const routeOf = (req: Request): string => (typeof req.route?.path === 'string' ? req.route.path : '(none)');

/** A stream stays open for as long as somebody looks at a page, which says nothing about how fast we are. */
const isStream = (res: Response): boolean => String(res.getHeader('Content-Type')).startsWith('text/event-stream');

/** Counts requests and measures how long their answers took, from the first middleware to the last byte handed over. */
export function httpMetrics(registry: Registry): RequestHandler {
  const requests = new Counter({
    name: 'flagstaff_http_requests_total',
    help: 'Requests answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'flagstaff_http_request_duration_seconds',
    help: 'How long answers took, event streams left out.',
    labelNames: ['method', 'route'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return (req, res, next) => {
    const since = process.hrtime.bigint();
    res.once('close', () => {
      const method = METHODS.includes(req.method) ? req.method : '(other)';
      const route = routeOf(req);
      // Whoever left before the end got no status; nginx counts such requests as 499.
      const status = res.writableFinished || isStream(res) ? String(res.statusCode) : '499';
      requests.inc({ method, route, status });
      if (!isStream(res)) durations.observe({ method, route }, Number(process.hrtime.bigint() - since) / 1e9);
    });
    next();
  };
}
