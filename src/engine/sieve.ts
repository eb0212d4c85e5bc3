/**
 * Where to begin among rules each of which first looks for the same attribute in a list: by the code of its value, the first
 * rule whose list has it.
 */
export interface Sieve {
  /** The slot of the attribute's codes. */
  readonly slot: number;
  /** The code that the table begins with. */
  readonly first: number;
  /** How many codes it knows from there. */
  readonly length: number;
  /** Rules, several in a number. */
  readonly table: readonly number[];
  /** How many: two of 16 bits or four of 8, as a power of two. */
  readonly fold: 1 | 2;
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

/** The lowest bit of the first word, and the highest of the last: neither is 0. */
function firstOf({ low, words }: Bits): number {
  const word = words[0] as number;
  return low * 32 + 31 - Math.clz32(word & -word);
}
const lastOf = ({ low, words }: Bits): number => (low + words.length) * 32 - 1 - Math.clz32(words.at(-1) as number);

/** Makes a sieve where all rules begin alike; `lists` are the conditions that they begin with. */
export function sieveOf(lists: readonly (Look | undefined)[]): Sieve | undefined {
  if (lists.length < FEWEST) return undefined;
  const slot = lists[0]?.slot as number;
  const bits: Bits[] = [];
  for (const list of lists) {
    if (list?.bits === undefined || list.slot !== slot) return undefined;
    bits.push(list.bits);
  }
  let [first, last, words] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const each of bits) {
    first = Math.min(first, firstOf(each));
    last = Math.max(last, lastOf(each));
    words += each.words.length;
  }
  if (last - first > SPREAD * words) return undefined;
  const places = new Array<number>(last - first + 1).fill(lists.length);
  // From the last to the first: the first rule with a value is the one that stays.
  for (let rule = bits.length - 1; rule >= 0; rule--) note(bits[rule] as Bits, rule, first, places);
  const fold = lists.length < 2 ** 8 ? 2 : 1;
  return { slot, first, length: places.length, table: folded(places, fold), fold };
}

function note({ low, words }: Bits, rule: number, first: number, places: number[]): void {
  for (let place = 0; place < words.length; place++) {
    const word = words[place] as number;
    for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) places[(low + place) * 32 + bit - first] = rule;
  }
}

/** Puts several places into each number: there may be many tables, and each rule is a small number. */
function folded(places: readonly number[], fold: 1 | 2): number[] {
  const bits = 32 >> fold;
  const table = new Array<number>(((places.length - 1) >> fold) + 1).fill(0);
  for (let place = 0; place < places.length; place++) {
    const shift = (place & ((1 << fold) - 1)) * bits;
    table[place >> fold] = (table[place >> fold] as number) | ((places[place] as number) << shift);
  }
  return table;
}

/** The rule at a place of a sieve's table. */
export function ruleAt({ table, fold }: Sieve, place: number): number {
  const bits = 32 >> fold;
  return ((table[place >> fold] as number) >>> ((place & ((1 << fold) - 1)) * bits)) & ((1 << bits) - 1);
}
