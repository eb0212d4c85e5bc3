import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';

/** The access of one program, from its sign-in on; see `refresh-tokens.ts`. */
export interface Grant {
  id: number;
  userId: number;
  tokenHash: string;
  spentHash: string | null;
  seed: string;
  sessionEpoch: number;
  address: string;
  userAgent: string;
  createdAt: Date;
  rotatedAt: Date;
  expiresAt: Date;
}

interface GrantRow {
  id: number;
  user_id: number;
  token_hash: string;
  spent_hash: string | null;
  seed: string;
  session_epoch: number;
  address: string;
  user_agent: string;
  created_at: unknown;
  rotated_at: unknown;
  expires_at: unknown;
}

const toGrant = (row: GrantRow): Grant => ({
  id: row.id,
  userId: row.user_id,
  tokenHash: row.token_hash,
  spentHash: row.spent_hash,
  seed: row.seed,
  sessionEpoch: row.session_epoch,
  address: row.address,
  userAgent: row.user_agent,
  createdAt: fromDbTime(row.created_at),
  rotatedAt: fromDbTime(row.rotated_at),
  expiresAt: fromDbTime(row.expires_at),
});

export interface NewGrant extends Omit<Grant, 'id' | 'spentHash' | 'createdAt' | 'rotatedAt'> {
  familyHash: string;
}

/** Adds the access of a program and returns its id. */
export async function insertGrant(trx: Knex, grant: NewGrant, now: Date): Promise<number> {
  const [row] = (await trx('auth_refreshtoken')
    .insert({
      user_id: grant.userId,
      family_hash: grant.familyHash,
      token_hash: grant.tokenHash,
      seed: grant.seed,
      session_epoch: grant.sessionEpoch,
      address: grant.address.slice(0, 64),
      user_agent: grant.userAgent.slice(0, 400),
      created_at: toDbTime(now),
      rotated_at: toDbTime(now),
      expires_at: toDbTime(grant.expiresAt),
    })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the refresh token was not inserted');
  return row.id;
}

/** The access with this family, locked until the transaction ends. */
export async function lockGrant(trx: Knex.Transaction, familyHash: string): Promise<Grant | undefined> {
  const query = trx('auth_refreshtoken').where({ family_hash: familyHash });
  const [row] = (await (isPostgres(trx) ? query.forUpdate() : query)) as GrantRow[];
  return row && toGrant(row);
}

/** Puts the next token in the place of the one that counted. */
export async function replaceToken(
  trx: Knex,
  grant: Pick<Grant, 'id' | 'tokenHash'>,
  next: { tokenHash: string; seed: string; expiresAt: Date },
  now: Date,
): Promise<void> {
  const changed = await trx('auth_refreshtoken')
    .where({ id: grant.id, token_hash: grant.tokenHash })
    .update({
      token_hash: next.tokenHash,
      spent_hash: grant.tokenHash,
      seed: next.seed,
      rotated_at: toDbTime(now),
      expires_at: toDbTime(next.expiresAt),
    });
  if (changed !== 1) throw new Error('the refresh token was replaced by somebody else');
}

/** A person's programs that have access, the last used first. */
export async function listGrantsOf(db: Knex, userId: number, now: Date): Promise<Grant[]> {
  const rows = (await db('auth_refreshtoken')
    .where({ user_id: userId })
    .where('expires_at', '>', toDbTime(now))
    .orderBy([
      { column: 'rotated_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])) as GrantRow[];
  return rows.map(toGrant);
}

/** Ends the access of a program; whether there was one. */
export const deleteGrant = async (trx: Knex, id: number): Promise<boolean> =>
  (await trx('auth_refreshtoken').where({ id }).delete()) === 1;

/** Ends the access of all programs of a person; returns how many there were. */
export const deleteGrantsOf = (trx: Knex, userId: number): Promise<number> =>
  trx('auth_refreshtoken').where({ user_id: userId }).delete();

/** Ends what a person has beyond the last used ones. */
export async function deleteGrantsBeyond(trx: Knex, userId: number, most: number): Promise<void> {
  const beyond = (await trx('auth_refreshtoken')
    .where({ user_id: userId })
    .orderBy([
      { column: 'rotated_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .offset(most)
    .limit(1_000)
    .select('id')) as { id: number }[];
  if (beyond.length === 0) return;
  await trx('auth_refreshtoken')
    .whereIn(
      'id',
      beyond.map(({ id }) => id),
    )
    .delete();
}

/** Removes what no longer counts; returns how many. */
export const deleteExpiredGrants = (db: Knex, now: Date): Promise<number> =>
  db('auth_refreshtoken').where('expires_at', '<=', toDbTime(now)).delete();
