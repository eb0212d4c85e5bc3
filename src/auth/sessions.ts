import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { DatabaseSessionStore } from './session-store';
import { storeFirst } from './store-first';

const isHttps = ({ baseUrl }: Config): boolean => baseUrl.startsWith('https://');

/** What the cookie of a session is called. */
export const sessionCookieName = (config: Config): string => (isHttps(config) ? '__Host-flagstaff' : 'flagstaff');

/** Sessions for pages: a signed `__Host-` cookie over HTTPS, a plain one only where the base address is plain HTTP. */
export function sessions(config: Config, db: Database, clock: Clock, log: Logger): RequestHandler[] {
  const https = isHttps(config);
  const handler = session({
    name: sessionCookieName(config),
    secret: [...config.sessionSecrets],
    store: new DatabaseSessionStore(db, clock, log),
    genid: () => randomBytes(32).toString('base64url'),
    resave: false,
    saveUninitialized: false,
    proxy: config.trustProxy > 0,
    cookie: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
  });
  return [handler, storeFirst];
}
