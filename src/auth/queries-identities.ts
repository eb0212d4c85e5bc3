import type { Knex } from 'knex';
import { fromDbTime, toDbTime } from '../db';

/** An account elsewhere that signs a person in here. */
export interface Identity {
  id: number;
  userId: number;
  provider: string;
  /** The provider's own id of the account, which never changes and is never given to somebody else. */
  subject: string;
  /** The name of that account when it was connected; for people only. */
  label: string;
  createdAt: Date;
}

interface IdentityRow {
  id: number;
  user_id: number;
  provider: string;
  subject: string;
  label: string;
  created_at: unknown;
}

const toIdentity = (row: IdentityRow): Identity => ({
  id: row.id,
  userId: row.user_id,
  provider: row.provider,
  subject: row.subject,
  label: row.label,
  createdAt: fromDbTime(row.created_at),
});

/** Whom the provider's account belongs to here. */
export async function findIdentity(db: Knex, provider: string, subject: string): Promise<Identity | undefined> {
  const row = (await db('auth_identity').where({ provider, subject }).first()) as IdentityRow | undefined;
  return row && toIdentity(row);
}

/** The accounts elsewhere that a person has connected. */
export async function listIdentitiesOf(db: Knex, userId: number): Promise<Identity[]> {
  const rows = (await db('auth_identity').where({ user_id: userId }).orderBy('id')) as IdentityRow[];
  return rows.map(toIdentity);
}

/** Connects an account elsewhere; throws a unique violation when it is connected already. */
export async function insertIdentity(trx: Knex, identity: Omit<Identity, 'id' | 'createdAt'>, now: Date) {
  await trx('auth_identity').insert({
    user_id: identity.userId,
    provider: identity.provider,
    subject: identity.subject,
    label: identity.label.slice(0, 100),
    created_at: toDbTime(now),
  });
}

/** Disconnects; true when there was something to disconnect. */
export const deleteIdentity = async (trx: Knex, userId: number, provider: string): Promise<boolean> =>
  (await trx('auth_identity').where({ user_id: userId, provider }).delete()) > 0;
