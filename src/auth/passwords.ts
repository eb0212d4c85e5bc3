import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { unavailable } from '../lib/http-error';

// argon2id (the library's default) with OWASP's lowest-memory set: m 19 MiB, t 2, p 1. Four at once bound the memory; the queue bounds the wait.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const AT_ONCE = 4;
const LONGEST_QUEUE = 200;

const limit = pLimit(AT_ONCE);

function queued<T>(work: () => Promise<T>): Promise<T> {
  if (limit.pendingCount >= LONGEST_QUEUE) {
    throw unavailable('Too many people are signing in at this moment. Try again in a few seconds.');
  }
  return limit(work);
}

/** The argon2id hash of a password, as text with its parameters. */
export const hashPassword = (password: string): Promise<string> => queued(() => hash(password, PARAMETERS));

/** The hash of random bytes that nobody has kept, made with today's parameters. */
export const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$zthi1eJl5XaeK1GdXwLDCQ$isM19Cz8x4Sy5hnx9DRShIAM1yPGSOZmeIXgBfDnq8k';

/**
 * Whether the password belongs to the hash. Without a hash the same work is done for nothing, so that an unknown account
 * takes as long as a known one. Throws 503 when too many wait already.
 */
export async function checkPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const matches = await queued(() => verify(stored ?? DECOY, password).catch(() => false));
  return matches && typeof stored === 'string';
}

/** Whether a hash was made with other parameters than today's and should be replaced at the next sign-in. */
export function needsRehash(stored: string): boolean {
  const { memoryCost, timeCost, parallelism } = PARAMETERS;
  return !stored.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`);
}
