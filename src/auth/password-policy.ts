import { type CommonPasswords, commonPasswords } from './common-passwords';

/** The longest password; more is refused, never cut. */
export const PASSWORD_MAX = 128;

/** What a password is checked against besides the list. */
export interface PasswordContext {
  readonly minLength: number;
  /** Words that a guesser would try first: e-mail address, name, organization. */
  readonly words?: readonly string[];
}

const PRODUCT = 'flagstaff';
const ROWS = ['`1234567890-=', 'qwertyuiop[]\\', "asdfghjkl;'", 'zxcvbnm,./', 'abcdefghijklmnopqrstuvwxyz'];

/** Characters as a person counts them: an emoji is one. */
const lengthOf = (password: string): number => [...password].length;

const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** `P4$$w0rd` as it is meant. */
const asMeant = (text: string): string =>
  text.toLowerCase().replace(/[0134570@$!]/g, (sign) => LOOKALIKES[sign] ?? sign);

/** Whether the text is one piece again and again, the last time perhaps cut short. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= text.length / 2; size++) {
    if (
      text ===
      text
        .slice(0, size)
        .repeat(Math.ceil(text.length / size))
        .slice(0, text.length)
    )
      return true;
  }
  return new Set(text).size < 5;
}

function keyboardNeighbours(): Set<string> {
  const pairs = new Set<string>();
  const join = (a: string | undefined, b: string | undefined) => {
    if (a !== undefined && b !== undefined) pairs.add(a + b).add(b + a);
  };
  for (const row of ROWS) for (let at = 0; at < row.length; at++) join(row[at], row[at + 1]);
  const [numbers = '', upper = '', middle = '', lower = ''] = ROWS;
  for (let at = 0; at < 10; at++) {
    join(numbers[at + 1], upper[at]);
    join(upper[at], middle[at]);
    join(middle[at], lower[at]);
  }
  join('9', '0');
  return pairs;
}

const NEIGHBOURS = keyboardNeighbours();

/** Whether nearly every character is the same as, next to on the keyboard, or next in the alphabet to the one before. */
function isWalk(text: string): boolean {
  let jumps = 0;
  for (let at = 1; at < text.length; at++) {
    const [a = '', b = ''] = [text[at - 1], text[at]];
    if (a !== b && !NEIGHBOURS.has(a + b)) jumps += 1;
  }
  return jumps <= text.length / 4;
}

/** The parts of an address or name that say something: `ada.lovelace@analytical.example` has four. */
function partsOf(word: string): string[] {
  const lower = word.toLowerCase();
  return [lower, ...lower.split(/[^\p{L}\p{N}]+/u)].filter((part) => lengthOf(part) >= 4);
}

/** The word that everybody who knows the person or the place would guess, if the password has one. */
function knownWord(password: string, words: readonly string[]): string | undefined {
  const spellings = [password.toLowerCase(), asMeant(password)];
  const tight = spellings.map((spelling) => spelling.replace(/[^\p{L}\p{N}]/gu, ''));
  return [PRODUCT, ...words.flatMap(partsOf)].find((word) =>
    [...spellings, ...tight].some((spelling) => spelling.includes(word)),
  );
}

/** Whether it is one or two common words, dressed up with a few digits and signs. */
function isDressedUp(password: string, { words }: CommonPasswords): boolean {
  const lower = password.toLowerCase();
  const undressed = (text: string) => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  for (const bare of new Set([undressed(lower), asMeant(undressed(lower)), undressed(asMeant(lower))])) {
    const dress = lower.length - bare.length;
    if (dress <= 8 && words.has(bare)) return true;
    for (let at = 4; dress <= 4 && at <= bare.length - 4; at++) {
      const second = bare.slice(at).replace(/^[^\p{L}]{1,4}/u, '');
      if (words.has(bare.slice(0, at)) && words.has(second)) return true;
    }
  }
  return false;
}

/**
 * Why a password cannot be chosen, as a sentence for the person; undefined when it can. There are no rules about kinds of
 * characters: what counts is its length and that it is not among the first that a guesser tries.
 */
export async function refusePassword(password: string, context: PasswordContext): Promise<string | undefined> {
  const length = lengthOf(password);
  if (length < context.minLength) {
    return `Use at least ${context.minLength} characters. Three or four words that do not belong together are easy to remember.`;
  }
  if (length > PASSWORD_MAX) return `Use at most ${PASSWORD_MAX} characters.`;
  const lower = password.toLowerCase();
  if (isRepetition(lower)) return 'This repeats the same few characters. Choose one that is harder to guess.';
  if (isWalk(lower))
    return 'These characters follow each other on the keyboard or in the alphabet. Choose one that is harder to guess.';
  const word = knownWord(password, context.words ?? []);
  if (word !== undefined) return `It contains “${word}”, which others can guess. Choose one without it.`;
  const common = await commonPasswords(context.minLength);
  if (common.whole.has(lower) || common.whole.has(asMeant(password))) {
    return 'This password is known from leaks and among the first that are tried. Choose another.';
  }
  if (isDressedUp(password, common)) {
    return 'This is a common password with a few characters changed or added. Choose another.';
  }
  return undefined;
}
