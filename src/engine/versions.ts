/** A version as it is compared: the digits of its three numbers, which have no limit, and what comes before a release. */
export interface Version {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  readonly pre: readonly string[];
}

const NUMBER = '(0|[1-9]\\d*)';
const PRE = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
/** The grammar of Semantic Versioning 2.0.0, whose alternatives never overlap, so that it takes linear time. */
const STRICT = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PRE}(?:\\.${PRE})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);
const LONGEST = 256;

const RELEASE: readonly string[] = Object.freeze([]);

/** A version by Semantic Versioning 2.0.0, to the letter; undefined for anything else. Build metadata is left out. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST) return undefined;
  const found = STRICT.exec(text);
  if (found === null) return undefined;
  const [, major, minor, patch, pre] = found as unknown as [string, string, string, string, string?];
  return { major, minor, patch, pre: pre === undefined ? RELEASE : pre.split('.') };
}

/** Digits without leading zeros: the longer ones are the larger number. */
const compareDigits = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

const isNumber = (text: string): boolean => /^\d+$/.test(text);

function comparePart(a: string, b: string): number {
  const [left, right] = [isNumber(a), isNumber(b)];
  if (left && right) return compareDigits(a, b);
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length; // a release comes after what comes before it
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = comparePart(part, other);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Below 0 when `a` comes before `b`, above 0 when after, 0 when they are of equal precedence. */
export const compareVersions = (a: Version, b: Version): number =>
  compareDigits(a.major, b.major) ||
  compareDigits(a.minor, b.minor) ||
  compareDigits(a.patch, b.patch) ||
  comparePre(a.pre, b.pre);

/** A rank has 17 bits for each of the three numbers of a version. */
const WIDTH = 2 ** 17;
const MOST = WIDTH - 1;
const ZERO = 48;
const NINE = 57;
const DOT = 46;
/** What may follow the three numbers. */
const REST = new RegExp(`^(?:-${PRE}(?:\\.${PRE})*)?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`);

/**
 * A version as one number, in the order of precedence: what comes before a release lies just below it, all of it in one
 * place, and numbers over 131,070 count as 131,071. So it tells exactly how a version stands to a `plainRank`. NaN for what
 * is no version.
 */
export function rankOf(text: string): number {
  if (text.length > LONGEST) return Number.NaN;
  let [rank, at] = [0, 0];
  for (let number = 0; number < 3; number++) {
    if (number > 0 && text.charCodeAt(at++) !== DOT) return Number.NaN;
    const start = at;
    let part = 0;
    for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(++at))
      part = Math.min(part * 10 + code - ZERO, MOST);
    const hasZeros = at > start + 1 && text.charCodeAt(start) === ZERO;
    if (at === start || hasZeros) return Number.NaN;
    rank = rank * WIDTH + part;
  }
  if (at === text.length) return rank;
  const rest = text.slice(at);
  if (!REST.test(rest)) return Number.NaN;
  return rest.startsWith('-') ? rank - 0.5 : rank;
}

/** The rank of a release that no other version shares it with; undefined where ranks are too coarse. */
export function plainRank(text: string): number | undefined {
  const version = parseVersion(text);
  if (version === undefined || version.pre.length > 0) return undefined;
  const { major, minor, patch } = version;
  return [major, minor, patch].every((part) => Number(part) < MOST) ? rankOf(text) : undefined;
}
