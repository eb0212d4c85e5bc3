/**
 * Where to begin among rules each of which first looks for the same attribute in a list: by the code of its value, the first
 * rule whose list has it.
 */
export interface Sieve {
  /** The slot of the attribute's codes. */
  readonly slot: number;
  /** The code that the table begins with. */
  readonly first: number;
  readonly table: readonly number[];
}

/** The codes of a list: bits in words of 32, the first of which is word `low`. */
export interface Bits {
  readonly low: number;
  readonly words: readonly number[];
}

/** A look into a list of an attribute's values. */
export interface Look {
  readonly slot: number;
  readonly bits: Bits | undefined;
}

/** So few rules are asked as quickly one by one. */
const FEWEST = 3;
/** A table may have so many places for each word of the lists. */
const SPREAD = 64;

const firstOf = ({ low, words: [word = 0] }: Bits): number => low * 32 + 31 - Math.clz32(word & -word);
const lastOf = ({ low, words }: Bits): number => (low + words.length) * 32 - 1 - Math.clz32(words.at(-1) ?? 0);

/** Makes a sieve where all rules begin alike; `lists` are the conditions that they begin with. */
export function sieveOf(lists: readonly (Look | undefined)[]): Sieve | undefined {
  if (lists.length < FEWEST) return undefined;
  const bits: Bits[] = [];
  for (const list of lists) {
    if (list?.bits === undefined || list.slot !== lists[0]?.slot) return undefined;
    bits.push(list.bits);
  }
  let [first, last, words] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const each of bits) {
    first = Math.min(first, firstOf(each));
    last = Math.max(last, lastOf(each));
    words += each.words.length;
  }
  if (last - first > SPREAD * words) return undefined;
  const table = new Array<number>(last - first + 1).fill(lists.length);
  // From the last to the first: the first rule with a value is the one that stays.
  for (let rule = bits.length - 1; rule >= 0; rule--) note(bits[rule] as Bits, rule, first, table);
  return { slot: lists[0]?.slot ?? -1, first, table };
}

function note({ low, words }: Bits, rule: number, first: number, table: number[]): void {
  for (let place = 0; place < words.length; place++) {
    const word = words[place] as number;
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) table[(low + place) * 32 + bit - first] = rule;
  }
}
