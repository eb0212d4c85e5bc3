import { recordAudit } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { typedText } from '../lib/typed-text';
import type { Actor, Viewer } from '../lib/viewer';
import { type AccountParts, auditObject, USER_TYPE } from './accounts';
import { type Guess, judgeGuess } from './guesses';
import { hashPassword, needsRehash } from './passwords';
import { type Account, findViewer, normalizeEmail, updateLastLogin, updatePasswordHash } from './queries';

/** Somebody who has shown who they are, and the epoch that their session will carry. */
export interface SignedIn {
  viewer: Viewer;
  epoch: number;
}

export type SignInResult =
  | { outcome: 'in'; signedIn: SignedIn }
  | { outcome: 'wrong' }
  | { outcome: 'wait'; seconds: number };

/** People sometimes type their password into the wrong field; what is no address does not get into the log. */
const labelOf = (email: string): string =>
  /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? normalizeEmail(email) : '(not an e-mail address)';

const asUser = (actor: Actor, account: Pick<Account, 'id' | 'email'>): Actor => ({
  ...actor,
  type: 'user',
  id: account.id,
  label: account.email,
});

/** What else a sign-in does, in its transaction. */
type Within = (trx: Transaction, account: Account) => Promise<void>;

/** Signs in by e-mail and password: counted, throttled and audited. `staffOnly` refuses others as if the pair were wrong. */
export async function signInByPassword(
  parts: Pick<AccountParts, 'db' | 'clock'>,
  typed: Guess,
  actor: Actor,
  options: { staffOnly?: boolean; message?: string; within?: Within } = {},
): Promise<SignInResult> {
  const { db, clock } = parts;
  const guess = { ...typed, email: typedText(typed.email) }; // PostgreSQL fails on a NUL, also where it only compares
  const verdict = await judgeGuess(parts, guess, (account) => !options.staffOnly || account.isStaff);
  if (verdict.outcome === 'wait') return verdict;
  if (verdict.outcome === 'wrong') {
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actor, {
        action: 'login_failed',
        objectType: USER_TYPE,
        objectId: verdict.account?.id ?? '',
        objectLabel: labelOf(guess.email),
        message: 'Wrong e-mail address or password.',
      }),
    );
    return { outcome: 'wrong' };
  }
  const { account } = verdict;
  if (account.passwordHash !== null && needsRehash(account.passwordHash)) {
    await updatePasswordHash(db, account.id, await hashPassword(guess.password));
  }
  const message = options.message ?? 'Signed in with a password.';
  const signedIn = await admit(parts, account, actor, message, options.within);
  return signedIn === undefined ? { outcome: 'wrong' } : { outcome: 'in', signedIn };
}

/** Notes a sign-in of a person who has shown who they are; undefined when the account may not sign in any more. */
export async function admit(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  account: Account,
  actor: Actor,
  message: string,
  within?: Within,
): Promise<SignedIn | undefined> {
  const viewer = await inTransaction(db, async (trx) => {
    await updateLastLogin(trx, account.id, clock.now());
    await recordAudit(trx, clock, asUser(actor, account), { action: 'login', ...auditObject(account), message });
    const found = await findViewer(trx, account.id, account.sessionEpoch);
    if (found !== undefined) await within?.(trx, account);
    return found;
  });
  return viewer && { viewer, epoch: account.sessionEpoch };
}

/** Notes that somebody signed out. */
export async function noteSignOut({ db, clock }: Pick<AccountParts, 'db' | 'clock'>, actor: Actor, viewer: Viewer) {
  await inTransaction(db, (trx) =>
    recordAudit(trx, clock, actor, { action: 'logout', ...auditObject(viewer), message: 'Signed out.' }),
  );
}
