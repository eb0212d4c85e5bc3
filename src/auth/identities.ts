import { recordAudit } from '../audit';
import { inTransaction, isUniqueViolation } from '../db';
import type { Actor } from '../lib/viewer';
import { type AccountParts, addUser, auditObject, getAccount, USER_TYPE } from './accounts';
import type { GitHubAccount } from './github';
import { type Account, findAccount, findAccountByEmail } from './queries';
import { deleteIdentity, findIdentity, insertIdentity } from './queries-identities';
import { admit, type SignedIn } from './sign-in';

const PROVIDER = 'github';

export type GitHubSignIn =
  | { outcome: 'in'; signedIn: SignedIn; isNew: boolean }
  /** The account here is switched off. */
  | { outcome: 'inactive' }
  /** GitHub vouches for no address, so there is nothing to make an account with. */
  | { outcome: 'no-email' }
  /** An account with this address exists, and only whoever signs in to it may connect GitHub to it. */
  | { outcome: 'email-taken'; email: string };

/**
 * Signs in the person whom GitHub's account was connected to, or makes a new account. Who somebody is follows from GitHub's
 * account number alone: an address that both know is no proof that both are the same person's.
 */
export async function signInByGitHub(
  parts: Pick<AccountParts, 'db' | 'clock'>,
  gitHub: GitHubAccount,
  actor: Actor,
): Promise<GitHubSignIn> {
  const { db, clock } = parts;
  const result = await findOrMake(parts, gitHub, actor);
  if (result.outcome !== 'in') {
    await inTransaction(db, (trx) =>
      recordAudit(trx, clock, actor, {
        action: 'login_failed',
        objectType: USER_TYPE,
        objectId: '',
        objectLabel: `GitHub: ${gitHub.login}`,
        message: WHY_NOT[result.outcome],
      }),
    );
  }
  return result;
}

const WHY_NOT = {
  inactive: 'Came from GitHub; the account here is switched off.',
  'no-email': 'Came from GitHub, which has no verified address for them.',
  'email-taken': 'Came from GitHub with an address whose account here is not connected to it.',
} as const;

async function findOrMake(
  parts: Pick<AccountParts, 'db' | 'clock'>,
  gitHub: GitHubAccount,
  actor: Actor,
): Promise<GitHubSignIn> {
  const { db, clock } = parts;
  const known = await findIdentity(db, PROVIDER, gitHub.subject);
  if (known !== undefined) return enter(parts, await findAccount(db, known.userId), actor, false);
  const email = gitHub.verifiedEmail;
  if (email === undefined) return { outcome: 'no-email' };
  if ((await findAccountByEmail(db, email)) !== undefined) return { outcome: 'email-taken', email };
  try {
    const id = await inTransaction(db, async (trx) => {
      const name = (gitHub.name || gitHub.login).replace(/\p{Cc}+/gu, ' ').slice(0, 150);
      const user = { email, name, passwordHash: null, emailVerified: true };
      const userId = await addUser(trx, clock, user, actor, 'Signed up with GitHub.');
      await insertIdentity(trx, { userId, provider: PROVIDER, ...labelled(gitHub) }, clock.now());
      return userId;
    });
    return await enter(parts, await getAccount(db, id), actor, true);
  } catch (error) {
    if (isUniqueViolation(error)) return { outcome: 'email-taken', email }; // somebody was quicker by a moment
    throw error;
  }
}

const labelled = ({ subject, login }: GitHubAccount) => ({ subject, label: login });

async function enter(
  parts: Pick<AccountParts, 'db' | 'clock'>,
  account: Account | undefined,
  actor: Actor,
  isNew: boolean,
): Promise<GitHubSignIn> {
  if (account === undefined || !account.isActive) return { outcome: 'inactive' };
  const signedIn = await admit(parts, account, actor, 'Signed in with GitHub.');
  return signedIn === undefined ? { outcome: 'inactive' } : { outcome: 'in', signedIn, isNew };
}

/** Connects GitHub's account to the person who is signed in; false when it is connected to somebody else. */
export async function connectGitHub(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  person: { id: number; email: string },
  gitHub: GitHubAccount,
  actor: Actor,
): Promise<boolean> {
  const known = await findIdentity(db, PROVIDER, gitHub.subject);
  if (known !== undefined) return known.userId === person.id;
  try {
    await inTransaction(db, async (trx) => {
      await deleteIdentity(trx, person.id, PROVIDER); // one account elsewhere for each person here
      await insertIdentity(trx, { userId: person.id, provider: PROVIDER, ...labelled(gitHub) }, clock.now());
      await recordAudit(trx, clock, actor, {
        action: 'connect',
        ...auditObject(person),
        after: { github: gitHub.login },
        message: 'Connected GitHub.',
      });
    });
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Disconnects GitHub; false when it was not connected. */
export async function disconnectGitHub(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  person: { id: number; email: string },
  actor: Actor,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    if (!(await deleteIdentity(trx, person.id, PROVIDER))) return false;
    await recordAudit(trx, clock, actor, {
      action: 'disconnect',
      ...auditObject(person),
      message: 'Disconnected GitHub.',
    });
    return true;
  });
}
