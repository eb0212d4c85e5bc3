import type { Knex } from 'knex';
import { fromDbTime, toDbTime } from '../db';

/** What a one-time link may be used for; a link of one kind is worth nothing elsewhere. */
export type Purpose = 'sign-up' | 'password-reset' | 'email-change';

export interface TokenRecord {
  id: number;
  purpose: Purpose;
  email: string;
  userId: number | null;
  /** What else the purpose needs: the new address of an e-mail change. */
  detail: string;
  expiresAt: Date;
}

interface TokenRow {
  id: number;
  purpose: Purpose;
  email: string;
  user_id: number | null;
  detail: string;
  expires_at: unknown;
}

const toRecord = (row: TokenRow): TokenRecord => ({
  id: row.id,
  purpose: row.purpose,
  email: row.email,
  userId: row.user_id,
  detail: row.detail,
  expiresAt: fromDbTime(row.expires_at),
});

export interface NewToken extends Omit<TokenRecord, 'id'> {
  hash: string;
}

/** Keeps a token's hash; an earlier one of the same purpose and address is void from now on. */
export async function saveToken(trx: Knex, token: NewToken, now: Date): Promise<void> {
  await trx('auth_token')
    .insert({
      purpose: token.purpose,
      email: token.email,
      user_id: token.userId,
      detail: token.detail,
      token_hash: token.hash,
      expires_at: toDbTime(token.expiresAt),
      created_at: toDbTime(now),
    })
    .onConflict(['purpose', 'email'])
    .merge();
}

/** The token with this hash and purpose, if it still counts. */
export async function findTokenByHash(db: Knex, purpose: Purpose, hash: string, now: Date) {
  const row = (await db('auth_token')
    .where({ purpose, token_hash: hash })
    .where('expires_at', '>', toDbTime(now))
    .first()) as TokenRow | undefined;
  return row && toRecord(row);
}

/** Removes a token; true for exactly one of several who try at once. */
export const deleteToken = async (trx: Knex, id: number, hash: string): Promise<boolean> =>
  (await trx('auth_token').where({ id, token_hash: hash }).delete()) === 1;

/** Voids the tokens of an account, or only those of one purpose. */
export async function deleteTokensOf(trx: Knex, userId: number, purpose?: Purpose): Promise<void> {
  await trx('auth_token')
    .where({ user_id: userId, ...(purpose === undefined ? {} : { purpose }) })
    .delete();
}

/** Removes tokens that no longer count; returns how many. */
export const deleteExpiredTokens = (db: Knex, now: Date): Promise<number> =>
  db('auth_token').where('expires_at', '<=', toDbTime(now)).delete();
