import type { Knex } from 'knex';
import { fromDbTime, isPostgres, type Transaction, toDbTime } from '../db';

/** A visit to a provider that has not come back yet. */
export interface Visit {
  readonly stateHash: string;
  readonly sessionHash: string;
  readonly userId: number;
  readonly provider: string;
  /** The PKCE verifier, sealed. */
  readonly verifier: string;
  /** Where the person goes afterwards. */
  readonly next: string;
  readonly expiresAt: Date;
}

interface VisitRow {
  id: number;
  state_hash: string;
  session_hash: string;
  user_id: number;
  provider: string;
  verifier: string;
  next: string;
  expires_at: unknown;
}

const TABLE = 'integration_visits';

/** Removes visits whose time is over; returns how many. */
export const deleteExpiredVisits = (db: Knex, now: Date): Promise<number> =>
  db(TABLE).where('expires_at', '<=', toDbTime(now)).delete();

/** Keeps a visit. */
export async function insertVisit(trx: Transaction, visit: Visit, now: Date): Promise<void> {
  await trx(TABLE).insert({
    state_hash: visit.stateHash,
    session_hash: visit.sessionHash,
    user_id: visit.userId,
    provider: visit.provider,
    verifier: visit.verifier,
    next: visit.next,
    created_at: toDbTime(now),
    expires_at: toDbTime(visit.expiresAt),
  });
}

/** Of one person's visits, only the newest stay. */
export async function keepNewestVisits(trx: Transaction, userId: number, count: number): Promise<void> {
  const rows = trx(TABLE).where({ user_id: userId }).orderBy('id', 'desc').offset(count).limit(1_000);
  const old = (await rows.pluck('id')) as number[];
  if (old.length > 0) await trx(TABLE).whereIn('id', old).delete();
}

/** Takes a visit, which counts once: whoever comes second finds none. */
export async function takeVisit(
  trx: Transaction,
  by: Pick<Visit, 'stateHash' | 'sessionHash' | 'userId' | 'provider'>,
): Promise<Visit | undefined> {
  const query = trx(TABLE).where({
    state_hash: by.stateHash,
    session_hash: by.sessionHash,
    user_id: by.userId,
    provider: by.provider,
  });
  const row = (await (isPostgres(trx) ? query.forUpdate() : query).first()) as VisitRow | undefined;
  if (row === undefined) return undefined;
  const taken = await trx(TABLE).where({ id: row.id }).delete();
  return taken === 0 ? undefined : toVisit(row);
}

const toVisit = (row: VisitRow): Visit => ({
  stateHash: row.state_hash,
  sessionHash: row.session_hash,
  userId: row.user_id,
  provider: row.provider,
  verifier: row.verifier,
  next: row.next,
  expiresAt: fromDbTime(row.expires_at),
});

/** Tokens that are to be revoked, sealed. */
export interface Revocation {
  readonly id: number;
  readonly reference: string;
  readonly provider: string;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
}

const REVOCATIONS = 'integration_revocations';

/** Keeps tokens until they are revoked; returns the id. */
export async function insertRevocation(
  trx: Transaction,
  revocation: Omit<Revocation, 'id'>,
  now: Date,
): Promise<number> {
  const [row] = (await trx(REVOCATIONS)
    .insert({
      reference: revocation.reference,
      provider: revocation.provider,
      access_token: revocation.accessToken,
      refresh_token: revocation.refreshToken,
      created_at: toDbTime(now),
    })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the revocation was not kept');
  return row.id;
}

export async function findRevocation(db: Knex, id: number): Promise<Revocation | undefined> {
  const row = (await db(REVOCATIONS).where({ id }).first()) as
    | { id: number; reference: string; provider: string; access_token: string | null; refresh_token: string | null }
    | undefined;
  if (row === undefined) return undefined;
  const { reference, provider, access_token: accessToken, refresh_token: refreshToken } = row;
  return { id: row.id, reference, provider, accessToken, refreshToken };
}

/** Erases tokens that were to be revoked before then; returns how many. */
export const deleteOldRevocations = (db: Knex, before: Date): Promise<number> =>
  db(REVOCATIONS).where('created_at', '<', toDbTime(before)).delete();

/** Erases tokens that are revoked, or that nobody can revoke. */
export const deleteRevocation = (trx: Transaction, id: number): Promise<number> =>
  trx(REVOCATIONS).where({ id }).delete();
