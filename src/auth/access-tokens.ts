import { createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { Config } from '../config';
import type { Clock } from '../lib/clock';

/** How long an access token counts. */
export const ACCESS_SECONDS = 5 * 60;

const ALGORITHM = 'HS256';
const TYPE = 'at+jwt'; // RFC 9068: what is meant for something else is not taken for access
const AUDIENCE = 'flagstaff-api';
/** Longer than any of ours; nothing longer is even looked at. */
const LONGEST = 1_024;

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
}

/** What an access token says: whose it is, and to which sign-in of a program it belongs. */
export interface Access {
  readonly userId: number;
  readonly grantId: number;
}

const keyOf = (secret: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'flagstaff access token v1', 32)));
const idOf = (key: KeyObject): string => createHash('sha256').update(key.export()).digest('hex').slice(0, 8);

const known = new WeakMap<readonly string[], Map<string, KeyObject>>();

/** The keys by their ids, in the order of the secrets that they are made from: the first signs. */
function keysOf({ sessionSecrets }: Config): Map<string, KeyObject> {
  const keys = known.get(sessionSecrets) ?? new Map(sessionSecrets.map(keyOf).map((key) => [idOf(key), key]));
  known.set(sessionSecrets, keys);
  return keys;
}

/** Makes an access token that counts until `expiresAt`. */
export async function signAccessToken({ config, clock }: Parts, access: Access, expiresAt: Date): Promise<string> {
  const [first] = keysOf(config);
  if (first === undefined) throw new Error('there is no secret to sign access tokens with');
  const [kid, key] = first;
  return new SignJWT({ sid: String(access.grantId) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
    .setIssuer(config.baseUrl)
    .setAudience(AUDIENCE)
    .setSubject(String(access.userId))
    .setIssuedAt(clock.now())
    .setExpirationTime(expiresAt)
    .sign(key);
}

const idIn = (claim: unknown): number | undefined =>
  typeof claim === 'string' && /^[1-9]\d{0,9}$/.test(claim) ? Number(claim) : undefined;

/** What a token says; undefined unless we signed it, for this, here, and its time is not over. */
export async function readAccessToken({ config, clock }: Parts, token: string): Promise<Access | undefined> {
  if (token.length > LONGEST) return undefined;
  const keys = keysOf(config);
  const keyFor = ({ kid }: { kid?: string }): KeyObject => {
    const key = keys.get(kid ?? '');
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const { payload } = await jwtVerify(token, keyFor, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: config.baseUrl,
      audience: AUDIENCE,
      currentDate: clock.now(),
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
    });
    const [userId, grantId] = [idIn(payload.sub), idIn(payload.sid)];
    return userId === undefined || grantId === undefined ? undefined : { userId, grantId };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
