/** Seeds of the two hashes. They differ, or a 20% share split in half would give everybody in it the same half. */
const SHARE_SEED = 0;
const SPLIT_SEED = 86_028_157;

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const utf8 = new TextEncoder();

/** What one word of input does to the hash. */
function mixWord(word: number): number {
  const k = Math.imul(word, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
}

function mixIn(hash: number, word: number): number {
  const h = hash ^ mixWord(word);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const whole = length - (length % 4);
  let hash = seed;
  for (let i = 0; i < whole; i += 4) hash = mixIn(hash, view.getInt32(i, true));
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | view.getUint8(i);
  return finish(hash ^ mixWord(tail), length); // nothing, where no bytes are left: what mixes 0 is 0
}

/** The hash as it stands after some text, ready to go on: whole words are mixed in, up to three bytes wait. */
export interface Begun {
  /** What was hashed, and with which seed: for when all of it has to be hashed again. */
  readonly text: string;
  readonly seed: number;
  readonly hash: number;
  readonly waiting: number;
  /** How many bits wait; below 0 for a text that is not plain ASCII, which is hashed anew each time. */
  readonly bits: number;
}

/** Hashes the beginning of a text once, for many texts that begin alike. Only plain ASCII gains by it. */
function begin(text: string, seed: number): Begun {
  let [hash, waiting, bits] = [seed | 0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return { text, seed, hash, waiting, bits: -1 };
    waiting |= code << bits;
    bits += 8;
    if (bits < 32) continue;
    hash = mixIn(hash, waiting);
    waiting = 0;
    bits = 0;
  }
  return { text, seed, hash, waiting, bits };
}

/** `murmur3` of the beginning and the rest together. Four characters at a time: this is what a share takes its time for. */
function goOn(begun: Begun, rest: string): number {
  let { hash, waiting, bits } = begun;
  if (bits < 0) return hashBytes(utf8.encode(begun.text + rest), begun.seed);
  const { length } = rest;
  const whole = length - (length % 4);
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const [a, b, c, d] = [rest.charCodeAt(i), rest.charCodeAt(i + 1), rest.charCodeAt(i + 2), rest.charCodeAt(i + 3)];
    seen |= a | b | c | d;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    hash = mixIn(hash, waiting | (word << bits));
    waiting = (word >>> 1) >>> (31 - bits); // by 32 less the bits, which 0 bits could not be shifted by
  }
  for (let i = whole; i < length; i++) {
    const code = rest.charCodeAt(i);
    seen |= code;
    waiting |= code << bits;
    bits += 8;
    if (bits < 32) continue;
    hash = mixIn(hash, waiting);
    waiting = 0;
    bits = 0;
  }
  if (seen > 127) return hashBytes(utf8.encode(begun.text + rest), begun.seed);
  return finish(hash ^ mixWord(waiting), begun.text.length + length);
}

/** MurmurHash3, the 32-bit variant for x86, of the text's UTF-8 bytes: 0 to 4 294 967 295. */
export const murmur3 = (text: string, seed = 0): number => goOn(begin('', seed), text);

const shareOf = (hash: number): number => (hash % 100) * 1000 + (Math.floor(hash / 100) % 1000);
const splitOf = (hash: number): number => (hash % 1000) * 100 + (Math.floor(hash / 1000) % 100);

/** A salt's part of the hash of shares, computed once. */
export const beginShare = (salt: string): Begun => begin(`${salt}:`, SHARE_SEED);
/** A salt's part of the hash of splits, computed once. */
export const beginSplit = (salt: string): Begun => begin(`${salt}:`, SPLIT_SEED);
/** `shareUnit` after its salt. */
export const shareAfter = (begun: Begun, value: string): number => shareOf(goOn(begun, value));
/** `splitUnit` after its salt. */
export const splitAfter = (begun: Begun, value: string): number => splitOf(goOn(begun, value));

/**
 * Where a value stands in a share, 0 to 99 999. The hundreds come first on purpose: for whole percents this is the public
 * `murmur3 mod 100` that other flag systems use, so they place everybody in the same bucket. Changing it moves every user.
 */
export const shareUnit = (salt: string, value: string | number): number =>
  shareOf(murmur3(`${salt}:${value}`, SHARE_SEED));

/**
 * Where a value stands in a split, 0 to 99 999. For weights in whole per-milles this is the public `murmur3 mod 1000` with
 * that seed. Changing it moves every user.
 */
export const splitUnit = (salt: string, value: string | number): number =>
  splitOf(murmur3(`${salt}:${value}`, SPLIT_SEED));

/** The first unit outside a share of that many percent: a value is inside when its unit is below. */
export const shareLimit = (percent: number): number => Math.round(percent * 1000);
