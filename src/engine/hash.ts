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
  return finish(length > whole ? hash ^ mixWord(tail) : hash, length);
}

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
};

/** The same as `hashBytes` where each character is one byte, without making bytes of the text. */
function hashAscii(text: string, seed: number): number {
  const { length } = text;
  const whole = length - (length % 4);
  let hash = seed;
  for (let i = 0; i < whole; i += 4) {
    const word =
      text.charCodeAt(i) |
      (text.charCodeAt(i + 1) << 8) |
      (text.charCodeAt(i + 2) << 16) |
      (text.charCodeAt(i + 3) << 24);
    hash = mixIn(hash, word);
  }
  let tail = 0;
  for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | text.charCodeAt(i);
  return finish(length > whole ? hash ^ mixWord(tail) : hash, length);
}

/** MurmurHash3, the 32-bit variant for x86, of the text's UTF-8 bytes: 0 to 4 294 967 295. */
export const murmur3 = (text: string, seed = 0): number =>
  isAscii(text) ? hashAscii(text, seed) : hashBytes(utf8.encode(text), seed);

/**
 * Where a value stands in a share, 0 to 99 999. The hundreds come first on purpose: for whole percents this is the public
 * `murmur3 mod 100` that other flag systems use, so they place everybody in the same bucket. Changing it moves every user.
 */
export function shareUnit(salt: string, value: string | number): number {
  const hash = murmur3(`${salt}:${value}`, SHARE_SEED);
  return (hash % 100) * 1000 + (Math.floor(hash / 100) % 1000);
}

/**
 * Where a value stands in a split, 0 to 99 999. For weights in whole per-milles this is the public `murmur3 mod 1000` with
 * that seed. Changing it moves every user.
 */
export function splitUnit(salt: string, value: string | number): number {
  const hash = murmur3(`${salt}:${value}`, SPLIT_SEED);
  return (hash % 1000) * 100 + (Math.floor(hash / 1000) % 100);
}

/** The first unit outside a share of that many percent: a value is inside when its unit is below. */
export const shareLimit = (percent: number): number => Math.round(percent * 1000);
