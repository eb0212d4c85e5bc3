import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordAudit } from '../audit';
import type { Config } from '../config';
import { type Database, inTransaction, isUniqueViolation } from '../db';
import { conflict, notFound, unprocessable } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { type AccountParts, addUser, USER_TYPE, validatePassword } from './accounts';
import { hashPassword } from './passwords';
import { lockSuperusers, superuserExists } from './queries';

// Once there is a superuser there always is one, so the answer "closed" need not be asked for again.
const closed = new WeakSet<Database>();

/** Whether nobody may do everything yet, so that the first superuser can be made in the browser. */
export async function setupIsOpen({ db }: { db: Database }): Promise<boolean> {
  if (closed.has(db)) return false;
  if (!(await superuserExists(db))) return true;
  closed.add(db);
  return false;
}

const fileOf = (config: Config): string => path.join(config.dataDir, 'setup-token');

/** The one-time token: from the configuration, else made once and kept in the data folder until it is used. */
export function setupToken(config: Config): string {
  if (config.setupToken !== undefined) return config.setupToken;
  const file = fileOf(config);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const token = randomBytes(18).toString('base64url');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}

/** What to print at start, at an address, while there is no superuser; undefined when there is nothing to set up. */
export async function setupInvitation(
  parts: { config: Config; db: Database },
  address = parts.config.baseUrl,
): Promise<string | undefined> {
  if (!(await setupIsOpen(parts))) return undefined;
  const { config } = parts;
  const token = config.setupToken === undefined ? setupToken(config) : 'the value of SETUP_TOKEN';
  return `There is no administrator yet. Open ${address}/setup and enter this one-time token: ${token}`;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether this is the set-up token; takes the same time whatever is wrong with it. */
export const isSetupToken = (config: Config, given: string): boolean =>
  timingSafeEqual(digest(given), digest(setupToken(config)));

/** Writes down that somebody tried a wrong set-up token. */
export async function noteWrongToken({ db, clock }: Pick<AccountParts, 'db' | 'clock'>, actor: Actor): Promise<void> {
  await inTransaction(db, (trx) =>
    recordAudit(trx, clock, actor, {
      action: 'setup_failed',
      objectType: USER_TYPE,
      objectId: '',
      objectLabel: 'the first superuser',
      message: 'Wrong one-time token for the first set-up.',
    }),
  );
}

/**
 * Makes the first superuser, exactly once however many try. Throws 404 when there is one already, 409 `email_taken` and
 * 422 `password_refused`. Whoever holds the token is the operator, so the address counts as verified.
 */
export async function createFirstSuperuser(
  parts: Pick<AccountParts, 'config' | 'db' | 'clock'>,
  user: { email: string; name: string; password: string },
  actor: Actor,
): Promise<number> {
  const { config, db, clock } = parts;
  const refusal = await validatePassword(parts, user.password, [user.email, user.name]);
  if (refusal !== undefined) throw unprocessable(refusal, 'password_refused');
  const passwordHash = await hashPassword(user.password);
  try {
    const id = await inTransaction(db, async (trx) => {
      await lockSuperusers(trx);
      if (await superuserExists(trx)) throw notFound();
      const powers = { isStaff: true, isSuperuser: true, emailVerified: true };
      const { email, name } = user;
      return addUser(trx, clock, { email, name, passwordHash, ...powers }, actor, 'Set up the first superuser.');
    });
    rmSync(fileOf(config), { force: true });
    return id;
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw conflict('An account with this e-mail address exists already. Use another address.', 'email_taken');
    }
    throw error;
  }
}
