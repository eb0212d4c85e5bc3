import type { Knex } from 'knex';
import { fromDbTimeOrNull, toDbTime } from '../db';
import type { Viewer } from '../lib/viewer';

/** An account as sign-in needs it. */
export interface Account {
  id: number;
  email: string;
  name: string;
  passwordHash: string | null;
  isActive: boolean;
  isStaff: boolean;
  isSuperuser: boolean;
  emailVerifiedAt: Date | null;
}

interface UserRow {
  id: number;
  email: string;
  name: string;
  password_hash: string | null;
  is_active: unknown;
  is_staff: unknown;
  is_superuser: unknown;
  language: string;
  time_zone: string;
  theme: string;
  email_verified_at: unknown;
}

const toAccount = (row: UserRow): Account => ({
  id: row.id,
  email: row.email,
  name: row.name,
  passwordHash: row.password_hash,
  isActive: Boolean(row.is_active),
  isStaff: Boolean(row.is_staff),
  isSuperuser: Boolean(row.is_superuser),
  emailVerifiedAt: fromDbTimeOrNull(row.email_verified_at),
});

/** How addresses are stored and compared: without surrounding space, in lower case. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();

/** The account with this e-mail address, in any case. */
export async function findAccountByEmail(db: Knex, email: string): Promise<Account | undefined> {
  const row = (await db('auth_user')
    .where({ email: normalizeEmail(email) })
    .first()) as UserRow | undefined;
  return row && toAccount(row);
}

/** The account with this id. */
export async function findAccount(db: Knex, id: number): Promise<Account | undefined> {
  const row = (await db('auth_user').where({ id }).first()) as UserRow | undefined;
  return row && toAccount(row);
}

interface ViewerRow extends UserRow {
  group_id: number | null;
  group_name: string | null;
  permission: string | null;
}

/** The person behind a session with groups and permissions, in one query; undefined when gone or deactivated. */
export async function findViewer(db: Knex, id: number): Promise<Viewer | undefined> {
  const rows = (await db('auth_user as u')
    .leftJoin('auth_user_groups as ug', 'ug.user_id', 'u.id')
    .leftJoin('auth_group as g', 'g.id', 'ug.group_id')
    .leftJoin('auth_group_permissions as p', 'p.group_id', 'g.id')
    .where('u.id', id)
    .select('u.*', 'g.id as group_id', 'g.name as group_name', 'p.permission')) as ViewerRow[];
  const [first] = rows;
  if (first === undefined || !first.is_active) return undefined;
  const groups = new Map<number, string>();
  const permissions = new Set<string>();
  for (const { group_id, group_name, permission } of rows) {
    if (group_id !== null) groups.set(group_id, group_name ?? '');
    if (permission !== null) permissions.add(permission);
  }
  return {
    id: first.id,
    email: first.email,
    name: first.name,
    isActive: true,
    isStaff: Boolean(first.is_staff),
    isSuperuser: Boolean(first.is_superuser),
    language: first.language,
    timeZone: first.time_zone,
    theme: first.theme === 'light' || first.theme === 'dark' ? first.theme : 'system',
    groups: [...groups].map(([groupId, name]) => ({ id: groupId, name })),
    permissions,
  };
}

export interface NewAccount {
  email: string;
  name: string;
  passwordHash: string | null;
  isStaff?: boolean;
  isSuperuser?: boolean;
  emailVerifiedAt?: Date | null;
}

/** Adds an account and returns its id; throws a unique violation when the address is taken. */
export async function insertAccount(trx: Knex, account: NewAccount, now: Date): Promise<number> {
  const [row] = (await trx('auth_user')
    .insert({
      email: normalizeEmail(account.email),
      name: account.name,
      password_hash: account.passwordHash,
      is_staff: account.isStaff ?? false,
      is_superuser: account.isSuperuser ?? false,
      email_verified_at: account.emailVerifiedAt ? toDbTime(account.emailVerifiedAt) : null,
      created_at: toDbTime(now),
      modified_at: toDbTime(now),
    })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the account was not inserted');
  return row.id;
}

/** Replaces the password hash. */
export async function updatePasswordHash(trx: Knex, userId: number, passwordHash: string, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({ password_hash: passwordHash, modified_at: toDbTime(now) });
}

/** Notes the moment of a sign-in. */
export async function updateLastLogin(trx: Knex, userId: number, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({ last_login_at: toDbTime(now) });
}
