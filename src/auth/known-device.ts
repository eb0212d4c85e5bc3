import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Config } from '../config';
import { normalizeEmail } from './queries';

/**
 * A browser that once signed in to an account keeps a mark of it. Guesses from elsewhere then cannot make its owner wait:
 * tries from a marked browser are counted by the mark, not together with everybody's.
 */
const NAME = 'flagstaff-device';
const KEPT_DAYS = 365;

const isHttps = (config: Config): boolean => config.baseUrl.startsWith('https://');
const cookieName = (config: Config): string => (isHttps(config) ? `__Host-${NAME}` : NAME);

const macOf = (secret: string, nonce: string, email: string): string =>
  createHmac('sha256', secret)
    .update(`device:${nonce}:${normalizeEmail(email)}`)
    .digest('base64url');

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The mark that this browser carries for this account; undefined when it has none, or another account's. */
export function knownDevice(config: Config, req: Request, email: string): string | undefined {
  const name = cookieName(config);
  const value = (req.get('cookie') ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  const [nonce = '', mac = ''] = value?.split('.') ?? [];
  if (!/^[\w-]{22}$/.test(nonce)) return undefined;
  return config.sessionSecrets.some((secret) => sameText(mac, macOf(secret, nonce, email))) ? nonce : undefined;
}

/** Marks the browser after a sign-in. */
export function rememberDevice(config: Config, req: Request, res: Response, email: string): void {
  const [secret] = config.sessionSecrets;
  if (secret === undefined || knownDevice(config, req, email) !== undefined) return;
  const nonce = randomBytes(16).toString('base64url');
  res.cookie(cookieName(config), `${nonce}.${macOf(secret, nonce, email)}`, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(config),
    path: '/',
    maxAge: KEPT_DAYS * 24 * 3600_000,
  });
}
