import type { Database } from '../db';
import type { Clock } from '../lib/clock';
import { checkPassword } from './passwords';
import { type Account, findAccountByEmail, normalizeEmail } from './queries';
import { addressBlock, type Gate, gateKey, takeTurn } from './throttle';

/** Somebody says that they know an account's password. */
export interface Guess {
  email: string;
  password: string;
  address: string;
  /** The mark of a browser that has signed in to this account before. */
  device?: string | undefined;
}

export type Verdict =
  /** Too many or too quick: not looked at. */
  | { outcome: 'wait'; seconds: number }
  /** `account` is for the log alone; nobody who asks may learn whether there is one. */
  | { outcome: 'wrong'; account: Account | undefined }
  | { outcome: 'right'; account: Account };

interface Gates {
  /** One account from one address: three free tries, then 1, 2, 4 … seconds, ten in fifteen minutes. */
  pair: Gate;
  /** One address, whatever account: thirty in fifteen minutes. */
  address: Gate;
  /** One account from anywhere: pauses of up to a minute, so that its owner is never kept out for longer. */
  account: Gate;
}

function gatesOf({ email, address, device }: Guess): Gates {
  const block = addressBlock(address);
  const who = normalizeEmail(email);
  const account = device === undefined ? gateKey('account', who) : gateKey('device', who, device);
  return {
    pair: { key: gateKey('pair', who, block), most: 10, free: 3 },
    address: { key: gateKey('address', block), most: 30 },
    account: { key: account, free: 3, longest: 60 },
  };
}

/**
 * Looks at a guess if its turn has come, counting it first. Does the same work whether there is such an account or not, and
 * whether it may sign in or not. `admits` narrows who counts as right.
 */
export async function judgeGuess(
  parts: { db: Database; clock: Clock },
  guess: Guess,
  admits: (account: Account) => boolean = () => true,
): Promise<Verdict> {
  const { pair, address, account: anywhere } = gatesOf(guess);
  const turn = await takeTurn(parts, [pair, address, anywhere]);
  if (!turn.allowed) return { outcome: 'wait', seconds: turn.seconds };
  const account = await findAccountByEmail(parts.db, guess.email);
  const matches = await checkPassword(account?.passwordHash, guess.password);
  if (!matches || account === undefined || !account.isActive || !admits(account)) return { outcome: 'wrong', account };
  await turn.giveBack([pair, anywhere]);
  return { outcome: 'right', account };
}
