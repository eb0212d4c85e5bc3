import { recordAudit } from '../audit';
import type { Config } from '../config';
import { type Database, inTransaction, isUniqueViolation, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import type { MailSender } from '../mail';
import { accountChanged } from './letters';
import { refusePassword } from './password-policy';
import { hashPassword } from './passwords';
import {
  type Account,
  advanceEpoch,
  findAccount,
  insertAccount,
  insertMemberships,
  lockSuperusers,
  normalizeEmail,
  replacePassword,
  superuserExists,
} from './queries';
import { deleteGrantsOf } from './queries-refresh-tokens';
import { deleteSessionsOf } from './queries-sessions';
import { deleteTokensOf } from './queries-tokens';

/** What the operations on accounts need; `Services` has all of it. */
export interface AccountParts {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly mail: MailSender;
}

export const USER_TYPE = 'auth.user';

/** How the audit log and messages call an account. */
export const auditObject = (account: { id: number; email: string }) => ({
  objectType: USER_TYPE,
  objectId: account.id,
  objectLabel: account.email,
});

/**
 * Why this cannot be the person's password, as a sentence; undefined when it can. `words` are what others would guess:
 * the e-mail address, the name, the organization.
 */
export const validatePassword = (
  { config }: Pick<AccountParts, 'config'>,
  password: string,
  words: readonly string[],
): Promise<string | undefined> => refusePassword(password, { minLength: config.passwordMinLength, words });

export interface NewUser {
  email: string;
  name?: string | undefined;
  /** Null for somebody who signs in elsewhere or sets a password by e-mail. */
  password?: string | null | undefined;
  isActive?: boolean | undefined;
  isStaff?: boolean | undefined;
  isSuperuser?: boolean | undefined;
  groupIds?: readonly number[] | undefined;
  /** Whether the address is known to be theirs. */
  emailVerified?: boolean | undefined;
}

/** The same as `createUser` within a transaction, with a password that was hashed before it began. */
export async function addUser(
  trx: Transaction,
  clock: Clock,
  user: Omit<NewUser, 'password'> & { passwordHash: string | null },
  actor: Actor,
  message = 'Added the account.',
): Promise<number> {
  const { isActive = true, isStaff = false, isSuperuser = false, groupIds = [] } = user;
  const email = normalizeEmail(user.email);
  const now = clock.now();
  const fields = { email, name: user.name ?? '', isActive, isStaff, isSuperuser };
  const id = await insertAccount(
    trx,
    { ...fields, passwordHash: user.passwordHash, emailVerifiedAt: user.emailVerified ? now : null },
    now,
  );
  await insertMemberships(trx, id, groupIds);
  // Who creates the own account is its actor.
  const by =
    actor.type === 'system' && actor.id === null ? { ...actor, type: 'user' as const, id, label: email } : actor;
  await recordAudit(trx, clock, by, {
    action: 'add',
    ...auditObject({ id, email }),
    after: { ...fields, ...(groupIds.length > 0 ? { groupIds } : {}) },
    message,
  });
  return id;
}

/**
 * Adds an account and returns its id. Throws 409 `email_taken` and 422 `password_refused` with a sentence for the person.
 * `checkPassword: false` is for demo data only.
 */
export async function createUser(
  parts: Pick<AccountParts, 'config' | 'db' | 'clock'>,
  user: NewUser,
  actor: Actor,
  options: { checkPassword?: boolean } = {},
): Promise<number> {
  const { password = null, ...rest } = user;
  if (password !== null && options.checkPassword !== false) {
    const refusal = await validatePassword(parts, password, [user.email, user.name ?? '']);
    if (refusal !== undefined) throw unprocessable(refusal, 'password_refused');
  }
  const passwordHash = password === null ? null : await hashPassword(password);
  try {
    return await inTransaction(parts.db, (trx) => addUser(trx, parts.clock, { ...rest, passwordHash }, actor));
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('An account with this e-mail address exists already.', 'email_taken');
    throw error;
  }
}

/**
 * Sets another password: every session of the account and the access of its programs end, links that were sent earlier are void, and the person is told
 * by e-mail. Returns the epoch that new sessions carry. Throws 422 `password_refused`.
 */
export async function setPassword(
  parts: AccountParts,
  account: Pick<Account, 'id' | 'email' | 'name'>,
  password: string,
  actor: Actor,
  options: { checkPassword?: boolean; within?: (trx: Transaction) => Promise<void>; message?: string } = {},
): Promise<number> {
  if (options.checkPassword !== false) {
    const refusal = await validatePassword(parts, password, [account.email, account.name]);
    if (refusal !== undefined) throw unprocessable(refusal, 'password_refused');
  }
  const passwordHash = await hashPassword(password);
  return inTransaction(parts.db, async (trx) => {
    await options.within?.(trx);
    const epoch = await replacePassword(trx, account.id, passwordHash, parts.clock.now());
    await deleteSessionsOf(trx, account.id);
    await deleteGrantsOf(trx, account.id);
    await deleteTokensOf(trx, account.id);
    await recordAudit(trx, parts.clock, actor, {
      action: 'password_change',
      ...auditObject(account),
      message: options.message ?? 'Changed the password; all other sessions ended.',
    });
    await parts.mail.queue(trx, accountChanged(parts.config, account, 'Your password was changed'));
    return epoch;
  });
}

/**
 * Refuses to go on (409) when the transaction leaves nobody who may do everything. Call it after demoting, deactivating or
 * deleting; transactions that do so at the same moment take turns here, so that two of them cannot remove the last two.
 */
export async function assertSuperuserRemains(trx: Transaction): Promise<void> {
  await lockSuperusers(trx);
  if (await superuserExists(trx)) return;
  throw conflict(
    'This is the last active superuser. Make somebody else a superuser first; nothing was changed.',
    'last_superuser',
  );
}

/** Ends every session of an account and the access of its programs, now and on every process. Returns how many sessions there were. */
export async function endAllSessions(trx: Transaction, userId: number): Promise<number> {
  await advanceEpoch(trx, userId);
  await deleteGrantsOf(trx, userId);
  return deleteSessionsOf(trx, userId);
}

type Settled = Pick<Account, 'id' | 'email' | 'name' | 'isActive' | 'isSuperuser'>;

/**
 * What must follow when somebody else changed or removed (`after` undefined) an account, in the transaction that did it:
 * the last superuser stays, a deactivated person's sessions and links end, and the old address hears of a new one.
 */
export async function settleUserChange(
  { config, mail }: Pick<AccountParts, 'config' | 'mail'>,
  trx: Transaction,
  before: Settled,
  after: Settled | undefined,
): Promise<void> {
  const powers = (state: Settled | undefined) => state?.isActive === true && state.isSuperuser;
  if (powers(before) && !powers(after)) await assertSuperuserRemains(trx);
  if (after === undefined) return;
  if (before.isActive && !after.isActive) {
    await endAllSessions(trx, after.id);
    await deleteTokensOf(trx, after.id);
  }
  if (before.email !== after.email) {
    await deleteTokensOf(trx, after.id);
    await mail.queue(trx, accountChanged(config, before, 'Your e-mail address was changed', after.email));
  }
}

/** The account with this id; throws 409 when it has gone in the meantime. */
export async function getAccount(db: Database, id: number): Promise<Account> {
  const account = await findAccount(db, id);
  if (account === undefined) throw conflict('This account does not exist any more.', 'account_gone');
  return account;
}
