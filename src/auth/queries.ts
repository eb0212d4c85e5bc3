import type { Knex } from 'knex';
import { fromDbTimeOrNull, isPostgres, toDbTime } from '../db';
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
  language: string;
  timeZone: string;
  theme: string;
  emailVerifiedAt: Date | null;
  /** Grows with each change of password; sessions that began under a smaller one are over. */
  sessionEpoch: number;
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
  session_epoch: number;
}

const toAccount = (row: UserRow): Account => ({
  id: row.id,
  email: row.email,
  name: row.name,
  passwordHash: row.password_hash,
  isActive: Boolean(row.is_active),
  isStaff: Boolean(row.is_staff),
  isSuperuser: Boolean(row.is_superuser),
  language: row.language,
  timeZone: row.time_zone,
  theme: row.theme,
  emailVerifiedAt: fromDbTimeOrNull(row.email_verified_at),
  sessionEpoch: row.session_epoch,
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

/** One by one: a statement that is prepared outlives a migration that adds a column. */
const OF_USER = [
  'id',
  'email',
  'name',
  'is_active',
  'is_staff',
  'is_superuser',
  'language',
  'time_zone',
  'theme',
  'session_epoch',
] as const satisfies (keyof UserRow)[];
const OF_PERSON = [
  ...OF_USER.map((column) => `u.${column}`),
  ...['g.id as group_id', 'g.name as group_name', 'p.permission'],
];

/** A person with one group and one permission of it; `id` is null where a session has nobody. */
export interface PersonRow extends Pick<UserRow, Exclude<(typeof OF_USER)[number], 'id'>> {
  id: number | null;
  is_producer: unknown;
  group_id: number | null;
  group_name: string | null;
  permission: string | null;
}

/** Asked together with the person, because every page's account menu wants to know. */
const IS_PRODUCER = `exists (
  select 1 from producers_userproducer m join producers_producer o on o.id = m.producer_id
  where m.user_id = u.id and o.is_active) as is_producer`;

/** Adds what belongs to the person `u` of a query: a row for each of their permissions, to be read by `toPerson`. */
export const selectPerson = (db: Knex, query: Knex.QueryBuilder): Knex.QueryBuilder =>
  query
    .leftJoin('auth_user_groups as ug', 'ug.user_id', 'u.id')
    .leftJoin('auth_group as g', 'g.id', 'ug.group_id')
    .leftJoin('auth_group_permissions as p', 'p.group_id', 'g.id')
    .select(OF_PERSON)
    .select(db.raw(IS_PRODUCER));

/** Somebody who may be signed in, by sessions that began under this epoch. */
export interface Person {
  viewer: Viewer;
  epoch: number;
}

/** The person of these rows; undefined when there is none or they were deactivated. */
export function toPerson(rows: readonly PersonRow[]): Person | undefined {
  const [first] = rows;
  if (first === undefined || first.id === null || !first.is_active) return undefined;
  const groups = new Map<number, string>();
  const permissions = new Set<string>();
  for (const { group_id, group_name, permission } of rows) {
    if (group_id !== null) groups.set(group_id, group_name ?? '');
    if (permission !== null) permissions.add(permission);
  }
  const viewer: Viewer = {
    id: first.id,
    email: first.email,
    name: first.name,
    isActive: true,
    isStaff: Boolean(first.is_staff),
    isSuperuser: Boolean(first.is_superuser),
    isProducer: Boolean(first.is_producer),
    language: first.language,
    timeZone: first.time_zone,
    theme: first.theme === 'light' || first.theme === 'dark' ? first.theme : 'system',
    groups: [...groups].map(([id, name]) => ({ id, name })),
    permissions,
  };
  return { viewer, epoch: first.session_epoch };
}

/**
 * A person with groups and permissions, in one query; undefined when gone or deactivated, or when the password was changed
 * since the session with this epoch began. With `grantId` only as long as that access of a program goes on; its epoch is
 * looked at, too.
 */
export async function findViewer(db: Knex, id: number, epoch?: number, grantId?: number): Promise<Viewer | undefined> {
  const query = selectPerson(db, db('auth_user as u').where('u.id', id));
  if (grantId !== undefined) {
    query
      .join('auth_refreshtoken as t', { 't.user_id': 'u.id', 't.session_epoch': 'u.session_epoch' })
      .where('t.id', grantId)
      .options({ name: 'viewer of grant' }); // asked with every request, so PostgreSQL plans it once per connection
  }
  const person = toPerson((await query) as PersonRow[]);
  return person === undefined || (epoch !== undefined && person.epoch !== epoch) ? undefined : person.viewer;
}

export interface NewAccount {
  email: string;
  name: string;
  passwordHash: string | null;
  isActive?: boolean | undefined;
  isStaff?: boolean | undefined;
  isSuperuser?: boolean | undefined;
  emailVerifiedAt?: Date | null | undefined;
}

/** Adds an account and returns its id; throws a unique violation when the address is taken. */
export async function insertAccount(trx: Knex, account: NewAccount, now: Date): Promise<number> {
  const [row] = (await trx('auth_user')
    .insert({
      email: normalizeEmail(account.email),
      name: account.name,
      password_hash: account.passwordHash,
      is_active: account.isActive ?? true,
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

/** Puts a person into groups. */
export async function insertMemberships(trx: Knex, userId: number, groupIds: readonly number[]): Promise<void> {
  if (groupIds.length === 0) return;
  await trx('auth_user_groups').insert(groupIds.map((group_id) => ({ user_id: userId, group_id })));
}

/** Replaces the password hash by a stronger one of the same password. */
export async function updatePasswordHash(trx: Knex, userId: number, passwordHash: string): Promise<void> {
  await trx('auth_user').where({ id: userId }).update({ password_hash: passwordHash });
}

/** Sets another password and moves to the next epoch, which it returns: sessions of the one before are over. */
export async function replacePassword(trx: Knex, userId: number, passwordHash: string, now: Date): Promise<number> {
  const [row] = (await trx('auth_user')
    .where({ id: userId })
    .update({
      password_hash: passwordHash,
      session_epoch: trx.raw('session_epoch + 1'),
      modified_at: toDbTime(now),
    })
    .returning('session_epoch')) as { session_epoch: number }[];
  if (row === undefined) throw new Error('the account is gone');
  return row.session_epoch;
}

/** Moves to the next epoch without a change of password: all sessions are over. */
export async function advanceEpoch(trx: Knex, userId: number): Promise<void> {
  await trx('auth_user').where({ id: userId }).increment('session_epoch', 1);
}

export interface Profile {
  name: string;
  language: string;
  timeZone: string;
}

/** Replaces what people say about themselves. */
export async function updateProfileRow(trx: Knex, userId: number, profile: Profile, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({
      name: profile.name,
      language: profile.language,
      time_zone: profile.timeZone,
      modified_at: toDbTime(now),
    });
}

/** Keeps a choice of theme. */
export async function updateTheme(trx: Knex, userId: number, theme: string, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({ theme, modified_at: toDbTime(now) });
}

/** Replaces the address, which the person has shown to be theirs; throws a unique violation when it is taken. */
export async function updateEmail(trx: Knex, userId: number, email: string, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({ email: normalizeEmail(email), email_verified_at: toDbTime(now), modified_at: toDbTime(now) });
}

/** Notes the moment of a sign-in. */
export async function updateLastLogin(trx: Knex, userId: number, now: Date): Promise<void> {
  await trx('auth_user')
    .where({ id: userId })
    .update({ last_login_at: toDbTime(now) });
}

/** Whether anybody may do everything. */
export async function superuserExists(db: Knex): Promise<boolean> {
  const row: unknown = await db('auth_user').where({ is_superuser: true, is_active: true }).first('id');
  return row !== undefined;
}

// A number of our own; all transactions that could take away or add the last superuser queue up behind it.
const SUPERUSER_LOCK = 7_301_001;

/** Makes transactions that decide by the number of superusers take turns. SQLite has one writer at a time anyway. */
export async function lockSuperusers(trx: Knex.Transaction): Promise<void> {
  if (isPostgres(trx)) await trx.raw('select pg_advisory_xact_lock(?)', [SUPERUSER_LOCK]);
}
