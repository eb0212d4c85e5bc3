import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { deleteToken, findTokenByHash, type Purpose, saveToken, type TokenRecord } from './queries-tokens';

/** How long a link in a message counts. */
export const LINK_MINUTES = 60;

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
const hasShape = (token: unknown): token is string => typeof token === 'string' && /^[\w-]{43}$/.test(token);

export interface TokenFor {
  purpose: Purpose;
  email: string;
  userId: number | null;
  detail?: string;
}

/** Makes a token of 256 random bits, of which only the hash is kept. The one given out before is void. */
export async function issueToken(trx: Transaction, clock: Clock, subject: TokenFor): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000);
  await saveToken(trx, { detail: '', ...subject, hash: hashToken(token), expiresAt }, now);
  return token;
}

/** What a token stands for; undefined when it is unknown, spent, too old or meant for something else. */
export async function readToken(
  db: Database,
  clock: Clock,
  purpose: Purpose,
  token: unknown,
): Promise<TokenRecord | undefined> {
  return hasShape(token) ? findTokenByHash(db, purpose, hashToken(token), clock.now()) : undefined;
}

/** Uses a token up; undefined for everybody but the first. */
export async function spendToken(
  trx: Transaction,
  clock: Clock,
  purpose: Purpose,
  token: unknown,
): Promise<TokenRecord | undefined> {
  const record = await readToken(trx, clock, purpose, token);
  if (record === undefined || !hasShape(token)) return undefined;
  return (await deleteToken(trx, record.id, hashToken(token))) ? record : undefined;
}
