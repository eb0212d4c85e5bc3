import { recordAudit } from '../audit';
import { inTransaction, isUniqueViolation } from '../db';
import type { Actor, Viewer } from '../lib/viewer';
import { type AccountParts, auditObject, getAccount, setPassword } from './accounts';
import { judgeGuess } from './guesses';
import { accountChanged, confirmEmail, emailInUse } from './letters';
import {
  findAccount,
  findAccountByEmail,
  findViewer,
  normalizeEmail,
  type Profile,
  updateEmail,
  updateProfileRow,
  updateTheme,
} from './queries';
import { deleteGrant, deleteGrantsOf, listGrantsOf } from './queries-refresh-tokens';
import { deleteSession, deleteSessionsOf, listSessionsOf } from './queries-sessions';
import { deleteTokensOf } from './queries-tokens';
import type { SignedIn } from './sign-in';
import { issueToken, readToken, spendToken } from './tokens';

export type Theme = 'system' | 'light' | 'dark';

/** Where the person acts from, for the throttle. */
export interface From {
  address: string;
  device?: string | undefined;
}

/** What asking for the present password came to, when it was not right. */
export type Unconfirmed = { outcome: 'wrong' } | { outcome: 'wait'; seconds: number } | { outcome: 'no-password' };

/** How much was ended. */
export interface Ended {
  readonly sessions: number;
  readonly programs: number;
}

/** Changes name, language and time zone. */
export async function updateProfile(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  profile: Profile,
  actor: Actor,
): Promise<void> {
  const { name, language, timeZone } = viewer;
  await inTransaction(db, async (trx) => {
    await updateProfileRow(trx, viewer.id, profile, clock.now());
    await recordAudit(trx, clock, actor, {
      action: 'change',
      ...auditObject(viewer),
      before: { name, language, timeZone },
      after: { ...profile },
      message: 'Changed the profile.',
    });
  });
}

/** Keeps a choice of theme. */
export async function chooseTheme(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  theme: Theme,
  actor: Actor,
): Promise<void> {
  if (viewer.theme === theme) return;
  await inTransaction(db, async (trx) => {
    await updateTheme(trx, viewer.id, theme, clock.now());
    await recordAudit(trx, clock, actor, {
      action: 'change',
      ...auditObject(viewer),
      before: { theme: viewer.theme },
      after: { theme },
      message: 'Changed the theme.',
    });
  });
}

/** Checks the present password before something that a stolen session must not do; counts as a guess when it is wrong. */
export async function confirmPassword(
  parts: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  password: string,
  from: From,
  actor: Actor,
): Promise<Unconfirmed | undefined> {
  const { db, clock } = parts;
  if ((await getAccount(db, viewer.id)).passwordHash === null) return { outcome: 'no-password' };
  const verdict = await judgeGuess(parts, { email: viewer.email, password, ...from });
  if (verdict.outcome === 'right') return undefined;
  if (verdict.outcome === 'wait') return verdict;
  await inTransaction(db, (trx) =>
    recordAudit(trx, clock, actor, {
      action: 'confirmation_failed',
      ...auditObject(viewer),
      message: 'Wrong password when asked to confirm a change.',
    }),
  );
  return { outcome: 'wrong' };
}

/** Changes the own password; every session ends, and the result is what the present one goes on with. */
export async function changePassword(
  parts: AccountParts,
  viewer: Viewer,
  password: string,
  actor: Actor,
): Promise<SignedIn | undefined> {
  const epoch = await setPassword(parts, viewer, password, actor);
  const fresh = await findViewer(parts.db, viewer.id, epoch);
  return fresh && { viewer: fresh, epoch };
}

/** Sends a link to the new address; nothing changes before it is opened. Does not tell whether the address is taken. */
export async function askForEmailChange(
  parts: AccountParts,
  viewer: Viewer,
  email: string,
  actor: Actor,
): Promise<void> {
  const { config, db, clock, mail } = parts;
  const to = normalizeEmail(email);
  await inTransaction(db, async (trx) => {
    const taken = (await findAccountByEmail(trx, to)) !== undefined;
    const subject = { purpose: 'email-change', email: viewer.email, userId: viewer.id, detail: to } as const;
    const token = await issueToken(trx, clock, subject);
    await mail.queue(trx, taken ? emailInUse(config, to) : confirmEmail(config, to, token));
    await recordAudit(trx, clock, actor, {
      action: 'email_change_asked',
      ...auditObject(viewer),
      after: { email: to },
      message: 'Asked for another e-mail address; the link to confirm it was sent there.',
    });
  });
}

/** What a link to confirm an address would change; undefined when it does not count any more. */
export async function readEmailChange({ db, clock }: Pick<AccountParts, 'db' | 'clock'>, token: unknown) {
  const record = await readToken(db, clock, 'email-change', token);
  const account = record?.userId == null ? undefined : await findAccount(db, record.userId);
  if (record === undefined || !account?.isActive || account.email !== record.email) return undefined;
  return { account, email: record.detail };
}

/** Makes the confirmed address the account's and tells the old one; false when the link does not count. */
export async function finishEmailChange(parts: AccountParts, token: unknown, actor: Actor): Promise<boolean> {
  const { config, db, clock, mail } = parts;
  const change = await readEmailChange(parts, token);
  if (change === undefined) return false;
  const { account, email } = change;
  try {
    return await inTransaction(db, async (trx) => {
      if ((await spendToken(trx, clock, 'email-change', token)) === undefined) return false;
      await updateEmail(trx, account.id, email, clock.now());
      await deleteTokensOf(trx, account.id);
      await recordAudit(
        trx,
        clock,
        { ...actor, type: 'user', id: account.id, label: account.email },
        {
          action: 'change',
          ...auditObject(account),
          before: { email: account.email },
          after: { email },
          message: 'Changed the e-mail address.',
        },
      );
      await mail.queue(trx, accountChanged(config, account, 'Your e-mail address was changed', email));
      return true;
    });
  } catch (error) {
    if (isUniqueViolation(error)) return false; // somebody took it since the link was sent
    throw error;
  }
}

/** Ends one of the person's sessions, named by the beginning of its hash; false when there is none. */
export async function endOneSession(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  session: string,
  actor: Actor,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const found = (await listSessionsOf(trx, viewer.id, clock.now())).find(({ sidHash }) =>
      sidHash.startsWith(session),
    );
    if (found === undefined) return false;
    await deleteSession(trx, found.sidHash);
    await recordAudit(trx, clock, actor, {
      action: 'session_end',
      ...auditObject(viewer),
      message: `Ended a session from ${found.address || 'an unknown address'}.`,
    });
    return true;
  });
}

/** Ends all sessions of the person but the one with this hash, and the access of all programs; returns how many of both. */
export async function endOtherSessions(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  keepSidHash: string,
  actor: Actor,
): Promise<Ended> {
  return inTransaction(db, async (trx) => {
    const ended = {
      sessions: await deleteSessionsOf(trx, viewer.id, keepSidHash),
      programs: await deleteGrantsOf(trx, viewer.id),
    };
    if (ended.sessions + ended.programs > 0) {
      await recordAudit(trx, clock, actor, {
        action: 'session_end',
        ...auditObject(viewer),
        message: `Signed out everywhere else: ended ${endedInWords(ended)}.`,
      });
    }
    return ended;
  });
}

/** Ends the access of one of the person's programs; false when there is none. */
export async function endProgram(
  { db, clock }: Pick<AccountParts, 'db' | 'clock'>,
  viewer: Viewer,
  id: number,
  actor: Actor,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const found = (await listGrantsOf(trx, viewer.id, clock.now())).find((grant) => grant.id === id);
    if (found === undefined || !(await deleteGrant(trx, found.id))) return false;
    await recordAudit(trx, clock, actor, {
      action: 'session_end',
      ...auditObject(viewer),
      message: `Ended the access of a program from ${found.address || 'an unknown address'}.`,
    });
    return true;
  });
}

/** What was ended, as people say it: `1 session`, `2 sessions and the access of 1 program`. */
export function endedInWords({ sessions, programs }: Ended): string {
  const ofSessions = sessions === 0 ? [] : [`${sessions} ${sessions === 1 ? 'session' : 'sessions'}`];
  const ofPrograms = programs === 0 ? [] : [`the access of ${programs} ${programs === 1 ? 'program' : 'programs'}`];
  return [...ofSessions, ...ofPrograms].join(' and ');
}
