import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import type { Config } from '../config';
import { HttpError, notFound } from '../lib/http-error';
import { policy, Routes } from '../web/routes';
import type { Metrics } from './metrics';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a request brings as `Authorization: Bearer …`; empty when it brings something else. */
const tokenOf = (req: Request): string => /^Bearer ([\x21-\x7e]+)$/i.exec(req.get('authorization') ?? '')?.[1] ?? '';

/** Whoever brings the token. While none is set, the address does not exist. */
const withToken = ({ metricsToken }: Config) =>
  policy('metrics', (req) => {
    if (metricsToken === undefined) throw notFound();
    if (timingSafeEqual(digest(tokenOf(req)), digest(metricsToken))) return;
    const headers = { 'WWW-Authenticate': 'Bearer realm="metrics"' };
    throw new HttpError(401, 'token_needed', 'Send the value of METRICS_TOKEN as a bearer token.', { headers });
  });

/** `/metrics` for Prometheus; see docs/guides/metrics.md. */
export function metricsRoutes({ config, metrics }: { config: Config; metrics: Metrics }): Routes {
  return new Routes().get('/metrics', withToken(config), async (_req, res) => {
    const text = await metrics.text();
    res.set('Cache-Control', 'no-store').set('Content-Type', metrics.contentType).send(text);
  });
}
