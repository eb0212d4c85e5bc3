import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { recordAudit } from '../audit';
import { inTransaction, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { HttpError } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { ACCESS_SECONDS, signAccessToken } from './access-tokens';
import { type AccountParts, auditObject } from './accounts';
import { type Account, findAccount } from './queries';
import {
  deleteGrant,
  deleteGrantsBeyond,
  type Grant,
  insertGrant,
  lockGrant,
  replaceToken,
} from './queries-refresh-tokens';

const DAY = 24 * 60 * 60 * 1000;
/** Access that is not renewed for this long ends. */
export const IDLE_MS = 7 * DAY;
/** Access ends this long after its sign-in, however often it is renewed. */
export const ABSOLUTE_MS = 30 * DAY;
/** How long a token that was just spent gets the same answer again: answers get lost, and requests come twice. */
export const GRACE_MS = 10_000;
/** So many programs of one person have access at once; a further one ends that of the one not used for longest. */
export const MOST_GRANTS = 20;

/** What a program gets: access for a few minutes, and what it gets the next access with. */
export interface TokenPair {
  readonly access: string;
  readonly refresh: string;
  /** Seconds until the access is over. */
  readonly expiresIn: number;
}

/** Where a program comes from. */
type Client = Pick<Grant, 'address' | 'userAgent'>;
type Parts = Pick<AccountParts, 'config' | 'db' | 'clock'>;

const PREFIX = 'fsr_';
/** What the tokens of one sign-in share (128 bits), and the secret of each (256 bits), in base64url. */
const SHAPE = /^fsr_([\w-]{22})([\w-]{43})_([0-9a-f]{8})$/;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');
const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

interface RefreshToken {
  readonly text: string;
  readonly family: string;
  readonly secret: string;
}

function compose(family: string, secret: string): RefreshToken {
  const body = `${PREFIX}${family}${secret}`;
  return { text: `${body}_${checksum(body)}`, family, secret };
}

/** The parts of a token; undefined for what was never one of ours. */
function parse(text: string): RefreshToken | undefined {
  const [, family, secret] = SHAPE.exec(text) ?? [];
  if (family === undefined || secret === undefined) return undefined;
  const token = compose(family, secret);
  return token.text === text ? token : undefined;
}

/**
 * The token after one, made from that one's secret and a random seed. Whoever has only the seed, which is all that the
 * database has, cannot make it; whoever sends the spent one again gets the same one again.
 */
const successor = ({ family, secret }: RefreshToken, seed: string): RefreshToken =>
  compose(family, createHmac('sha256', secret).update(seed).digest('base64url'));

const expiry = (now: Date, createdAt: Date): Date =>
  new Date(Math.min(now.getTime() + IDLE_MS, createdAt.getTime() + ABSOLUTE_MS));

/** Access that has begun, before its first pair of tokens is made. */
export interface BegunGrant {
  readonly id: number;
  readonly userId: number;
  readonly refresh: string;
  readonly expiresAt: Date;
}

/** Begins the access of a program that has shown whose it is. */
export async function beginGrant(
  trx: Transaction,
  clock: Clock,
  { id: userId, sessionEpoch }: Pick<Account, 'id' | 'sessionEpoch'>,
  client: Client,
): Promise<BegunGrant> {
  const now = clock.now();
  const token = compose(random(16), random(32));
  const expiresAt = expiry(now, now);
  const hashes = { familyHash: hashOf(token.family), tokenHash: hashOf(token.text), seed: random(32) };
  const id = await insertGrant(trx, { ...client, ...hashes, userId, sessionEpoch, expiresAt }, now);
  await deleteGrantsBeyond(trx, userId, MOST_GRANTS);
  return { id, userId, refresh: token.text, expiresAt };
}

/** The pair of tokens of an access. */
export async function toPair(parts: Parts, { id, userId, refresh, expiresAt }: BegunGrant): Promise<TokenPair> {
  const now = parts.clock.now().getTime();
  const until = Math.min(now + ACCESS_SECONDS * 1000, expiresAt.getTime());
  const access = await signAccessToken(parts, { userId, grantId: id }, new Date(until));
  return { access, refresh, expiresIn: Math.floor((until - now) / 1000) };
}

/** One answer for whatever is wrong with a token: unknown, ended, too old, spent. */
const refused = (): HttpError =>
  new HttpError(401, 'invalid_refresh_token', 'This refresh token does not count any more. Sign in again.');

/**
 * Spends a refresh token for the next pair. A spent one within ten seconds gets the same next one again, as long as that
 * was not used; later it ends the access of whoever has any token of this sign-in. Throws 401 `invalid_refresh_token`.
 */
export async function refreshTokens(parts: Parts, text: string, actor: Actor): Promise<TokenPair> {
  const token = parse(text);
  if (token === undefined) throw refused();
  const { clock, db } = parts;
  const now = clock.now();
  const begun = await inTransaction(db, async (trx): Promise<BegunGrant | undefined> => {
    const grant = await lockGrant(trx, hashOf(token.family));
    const account = grant === undefined ? undefined : await findAccount(trx, grant.userId);
    if (grant === undefined || account === undefined || !stillCounts(grant, account, now)) return undefined;
    const next = await nextToken(trx, grant, token, now);
    if (next !== undefined) return { ...grant, ...next };
    await deleteGrant(trx, grant.id);
    await recordAudit(trx, clock, actor, {
      action: 'token_reuse',
      ...auditObject(account),
      message: 'A refresh token came a second time, as a stolen one would. The access of its program was ended.',
    });
    return undefined;
  });
  if (begun === undefined) throw refused();
  return toPair(parts, begun);
}

const stillCounts = (grant: Grant, account: Account, now: Date): boolean =>
  grant.expiresAt > now && account.isActive && account.sessionEpoch === grant.sessionEpoch;

/** The token that follows the one that was sent; undefined when it was spent before. */
async function nextToken(trx: Transaction, grant: Grant, token: RefreshToken, now: Date) {
  const hash = hashOf(token.text);
  if (sameHash(hash, grant.tokenHash)) {
    const seed = random(32);
    const { text } = successor(token, seed);
    const expiresAt = expiry(now, grant.createdAt);
    await replaceToken(trx, grant, { tokenHash: hashOf(text), seed, expiresAt }, now);
    return { refresh: text, expiresAt };
  }
  const isRepeated = grant.spentHash !== null && sameHash(hash, grant.spentHash);
  const inTime = now.getTime() - grant.rotatedAt.getTime() <= GRACE_MS;
  return isRepeated && inTime ? { refresh: successor(token, grant.seed).text, expiresAt: grant.expiresAt } : undefined;
}

/** Ends the access that a refresh token belongs to; nothing when there is none any more. */
export async function revokeToken({ db, clock }: Parts, text: string, actor: Actor): Promise<void> {
  const token = parse(text);
  if (token === undefined) return;
  await inTransaction(db, async (trx) => {
    const grant = await lockGrant(trx, hashOf(token.family));
    const account = grant === undefined ? undefined : await findAccount(trx, grant.userId);
    if (grant === undefined || account === undefined) return;
    await deleteGrant(trx, grant.id);
    const by: Actor = { ...actor, type: 'user', id: account.id, label: account.email };
    await recordAudit(trx, clock, by, {
      action: 'logout',
      ...auditObject(account),
      message: 'Ended the access of a program.',
    });
  });
}
