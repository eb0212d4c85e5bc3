import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Database, inTransaction, type Transaction } from '../db';
import { type JobHandler, type Jobs, jobKind, PermanentFailure } from '../jobs';
import type { Clock } from '../lib/clock';
import { revokeToken } from './accounts';
import type { OAuthParts } from './answers';
import { refreshTokens } from './oauth';
import { ProviderProblem } from './problems';
import { findProvider, type Provider } from './providers';
import { lockStored, type StoredConnection } from './queries-connections';
import { deleteRevocation, findRevocation, insertRevocation, type Revocation } from './queries-visits';
import { openForRevocation, openToken, sealForRevocation } from './sealed';

export interface ReleaseParts extends OAuthParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly jobs: Jobs;
}

/** Tells a provider to forget tokens that are no longer connected to anybody. */
export const revocationJob = jobKind('integrations.revoke', z.object({ id: z.number().int().positive() }));

/** A minute, then twice as long each time up to an hour: about a day in all. */
const PACE = { pause: 60_000, longestPause: 3_600_000 };
const MOST_ATTEMPTS = 30;
/** After that tokens are erased that no try has come to an end with. */
export const LONGEST_REVOCATION_MS = 7 * 86_400_000;
/** Whoever tries it at once leaves the job this time; it is for when that does not work, or the process ends. */
const AFTER_US_MS = 60_000;

/** Keeps tokens until they are revoked, with a job that sees to it. Nothing is kept for a provider that cannot revoke. */
async function keepForRevocation(
  trx: Transaction,
  parts: ReleaseParts,
  slug: string,
  tokens: { accessToken?: string | null | undefined; refreshToken?: string | null | undefined },
  waitMs: number,
): Promise<number | undefined> {
  const provider = findProvider(slug);
  if (provider === undefined || provider.revocation.how === 'none') return undefined;
  if (!tokens.accessToken && !tokens.refreshToken) return undefined;
  const reference = randomUUID();
  const sealed = sealForRevocation(parts.config, reference, tokens);
  const now = parts.clock.now();
  const id = await insertRevocation(trx, { reference, provider: slug, ...sealed }, now);
  await parts.jobs.enqueue(trx, revocationJob, { id }, { runAt: new Date(now.getTime() + waitMs) });
  return id;
}

/**
 * The tokens of a connection that is about to lose them are kept until they are revoked. Returns the revocation, which the
 * caller carries out once the transaction has committed, or with `byJob` leaves to a job.
 */
export const keepOldTokens = (
  trx: Transaction,
  parts: ReleaseParts,
  stored: StoredConnection,
  { byJob }: { byJob: boolean },
): Promise<number | undefined> => {
  const accessToken = openToken(parts.config, stored, 'access');
  const refreshToken = openToken(parts.config, stored, 'refresh');
  return keepForRevocation(trx, parts, stored.provider, { accessToken, refreshToken }, byJob ? 0 : AFTER_US_MS);
};

/** Revokes tokens that never became a connection, soon. */
export async function revokeLater(
  parts: ReleaseParts,
  slug: string,
  tokens: { accessToken: string; refreshToken: string | null },
): Promise<void> {
  const id = await inTransaction(parts.db, (trx) => keepForRevocation(trx, parts, slug, tokens, AFTER_US_MS));
  await revokeNow(parts, id);
}

/** All of these people's tokens are kept until they are revoked; call it before their accounts are deleted. */
export async function keepTokensOf(trx: Transaction, parts: ReleaseParts, userIds: readonly number[]): Promise<void> {
  for (const stored of await lockStored(trx, { people: userIds }))
    await keepOldTokens(trx, parts, stored, { byJob: true });
}

/** A token whose time is over cannot ask for its own end: then the refresh token gets one that can. */
async function revoke(parts: ReleaseParts, provider: Provider, revocation: Revocation): Promise<void> {
  const { accessToken, refreshToken } = openForRevocation(parts.config, revocation);
  const outcome = accessToken === undefined ? 'refused' : await revokeToken(parts, provider, accessToken);
  if (outcome === 'done' || refreshToken === undefined) return;
  try {
    const { accessToken: fresh } = await refreshTokens(parts, provider, refreshToken);
    await revokeToken(parts, provider, fresh);
  } catch (error) {
    // What the provider refuses is worth nothing any more. What it cannot say now, or to us, is left to another try.
    if (!(error instanceof ProviderProblem) || error.kind !== 'refused') throw error;
  }
}

/** Revokes and erases; throws when the provider does not answer, and the tokens stay. */
async function carryOut(parts: ReleaseParts, id: number): Promise<void> {
  const revocation = await findRevocation(parts.db, id);
  if (revocation === undefined) return;
  const provider = findProvider(revocation.provider);
  if (provider !== undefined) await revoke(parts, provider, revocation);
  await inTransaction(parts.db, (trx) => deleteRevocation(trx, id));
}

/** Tries it at once; when that does not work, the job does it later. */
export async function revokeNow(parts: ReleaseParts, id: number | undefined): Promise<void> {
  if (id === undefined) return;
  try {
    await carryOut(parts, id);
  } catch (error) {
    const reason = error instanceof ProviderProblem ? error.message : 'unexpected';
    parts.log.warn({ revocation: id, reason }, 'tokens could not be revoked yet');
  }
}

/** The job that revokes what could not be revoked at once. After its last try the tokens are erased all the same. */
export const revocationHandler = (parts: ReleaseParts): JobHandler<{ id: number }> => ({
  kind: revocationJob,
  maxAttempts: MOST_ATTEMPTS,
  pace: PACE,
  run: async ({ payload: { id }, attempt }) => {
    try {
      await carryOut(parts, id);
    } catch (error) {
      const reason = error instanceof ProviderProblem ? error.message : 'Something unexpected happened.';
      if (attempt < MOST_ATTEMPTS) throw new Error(reason);
      await inTransaction(parts.db, (trx) => deleteRevocation(trx, id));
      throw new PermanentFailure(`${reason} The tokens were erased here; the access is to be ended there by hand.`);
    }
  },
});
