import { inTransaction, isUniqueViolation } from '../db';
import { conflict, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { type AccountParts, addUser, getAccount, setPassword, validatePassword } from './accounts';
import { alreadySignedUp, confirmSignUp, nothingToReset, resetPassword } from './letters';
import { hashPassword } from './passwords';
import { findAccount, findAccountByEmail, normalizeEmail } from './queries';
import { admit, type SignedIn } from './sign-in';
import { addressBlock, type Gate, gateKey, takeTurn } from './throttle';
import { issueToken, readToken, spendToken } from './tokens';

export type Asked = { outcome: 'asked' } | { outcome: 'wait'; seconds: number };

/** One address may ask for twenty messages in fifteen minutes, and for one person with growing pauses. */
const askingGates = (kind: string, email: string, address: string): Gate[] => [
  { key: gateKey('mail-address', addressBlock(address)), most: 20 },
  { key: gateKey(kind, normalizeEmail(email), addressBlock(address)), most: 6, free: 3 },
];

/** Beyond this, nobody gets more mail of one kind, wherever the requests come from; the last link stays good. */
const quietGate = (kind: string, email: string): Gate => ({
  key: gateKey(`${kind}-all`, normalizeEmail(email)),
  most: 8,
});

/**
 * Sends the mail that a sign-up begins with. The account itself begins with the link in it, so nobody can open one in
 * another person's name. An address that has an account gets another message; the answer and the work are the same.
 */
export async function askToSignUp(parts: AccountParts, email: string, address: string): Promise<Asked> {
  const { config, db, clock, mail } = parts;
  const to = normalizeEmail(email);
  const turn = await takeTurn(parts, askingGates('sign-up', to, address));
  if (!turn.allowed) return { outcome: 'wait', seconds: turn.seconds };
  if (!(await takeTurn(parts, [quietGate('sign-up', to)])).allowed) return { outcome: 'asked' };
  await inTransaction(db, async (trx) => {
    const account = await findAccountByEmail(trx, to);
    const token = await issueToken(trx, clock, { purpose: 'sign-up', email: to, userId: null });
    await mail.queue(trx, account === undefined ? confirmSignUp(config, to, token) : alreadySignedUp(config, to));
  });
  return { outcome: 'asked' };
}

/** The address that a sign-up link was sent to; undefined when the link does not count, or the account is there already. */
export async function readSignUp({ db, clock }: AccountParts, token: unknown): Promise<string | undefined> {
  const record = await readToken(db, clock, 'sign-up', token);
  if (record === undefined || (await findAccountByEmail(db, record.email)) !== undefined) return undefined;
  return record.email;
}

/**
 * Makes the account that the link was sent for and signs the person in; undefined when the link does not count. Throws 422
 * `password_refused`, and then the link still counts.
 */
export async function finishSignUp(
  parts: AccountParts,
  token: unknown,
  { name, password }: { name: string; password: string },
  actor: Actor,
): Promise<SignedIn | undefined> {
  const { db, clock } = parts;
  const email = await readSignUp(parts, token);
  if (email === undefined) return undefined;
  const refusal = await validatePassword(parts, password, [email, name]);
  if (refusal !== undefined) throw unprocessable(refusal, 'password_refused');
  const passwordHash = await hashPassword(password);
  try {
    const id = await inTransaction(db, async (trx) => {
      if ((await spendToken(trx, clock, 'sign-up', token)) === undefined) return undefined;
      return addUser(trx, clock, { email, name, passwordHash, emailVerified: true }, actor, 'Signed up.');
    });
    return id === undefined
      ? undefined
      : await admit(parts, await getAccount(db, id), actor, 'Signed in after signing up.');
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('An account with this e-mail address exists already.', 'email_taken');
    throw error;
  }
}

/** Sends a link to choose another password, or word that there is no such account; the answer and the work are the same. */
export async function askForReset(parts: AccountParts, email: string, address: string): Promise<Asked> {
  const { config, db, clock, mail } = parts;
  const to = normalizeEmail(email);
  const turn = await takeTurn(parts, askingGates('reset', to, address));
  if (!turn.allowed) return { outcome: 'wait', seconds: turn.seconds };
  if (!(await takeTurn(parts, [quietGate('reset', to)])).allowed) return { outcome: 'asked' };
  await inTransaction(db, async (trx) => {
    const account = await findAccountByEmail(trx, to);
    const userId = account?.isActive ? account.id : null;
    const token = await issueToken(trx, clock, { purpose: 'password-reset', email: to, userId });
    await mail.queue(trx, userId === null ? nothingToReset(config, to) : resetPassword(config, to, token));
  });
  return { outcome: 'asked' };
}

/** The account that a reset link was sent to; undefined when the link does not count any more. */
export async function readReset({ db, clock }: Pick<AccountParts, 'db' | 'clock'>, token: unknown) {
  const record = await readToken(db, clock, 'password-reset', token);
  const account = record?.userId == null ? undefined : await findAccount(db, record.userId);
  return account?.isActive && account.email === record?.email ? account : undefined;
}

/**
 * Sets the password that the link allows; false when it does not count. The person then signs in as usual: the link does
 * not replace a second factor. Throws 422 `password_refused`, and then the link still counts.
 */
export async function finishReset(parts: AccountParts, token: unknown, password: string, actor: Actor) {
  const account = await readReset(parts, token);
  if (account === undefined) return false;
  const spent = new Error('spent');
  try {
    await setPassword(
      parts,
      account,
      password,
      { ...actor, type: 'user', id: account.id, label: account.email },
      {
        message: 'Chose a new password by e-mail; all sessions ended.',
        within: async (trx) => {
          if ((await spendToken(trx, parts.clock, 'password-reset', token)) === undefined) throw spent;
        },
      },
    );
    return true;
  } catch (error) {
    if (error === spent) return false;
    throw error;
  }
}
