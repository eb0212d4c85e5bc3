import type { Database } from '../db';
import { checkPassword } from './passwords';
import { type Account, findAccountByEmail } from './queries';

/** The active account that e-mail and password belong to; undefined for any wrong pair, without telling which part. */
export async function authenticate(db: Database, email: string, password: string): Promise<Account | undefined> {
  const account = await findAccountByEmail(db, email);
  const matches = await checkPassword(account?.passwordHash, password);
  return matches && account?.isActive ? account : undefined;
}
