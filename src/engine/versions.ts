/** A number of a version: a text where it has more digits than a number can be exact to, for versions have no limit. */
type Part = number | string;

/** A version as it is compared: its three numbers and what comes before a release. */
export interface Version {
  readonly major: Part;
  readonly minor: Part;
  readonly patch: Part;
  readonly pre: readonly string[];
}

const NUMBER = '(0|[1-9]\\d*)';
const PRE = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
/** The grammar of Semantic Versioning 2.0.0, whose alternatives never overlap, so that it takes linear time. */
const STRICT = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PRE}(?:\\.${PRE})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);
const LONGEST = 256;

const EXACT = 15;
const RELEASE: readonly string[] = Object.freeze([]);

const partOf = (digits: string): Part => (digits.length > EXACT ? digits : Number(digits));

/** A version by Semantic Versioning 2.0.0, to the letter; undefined for anything else. Build metadata is left out. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > LONGEST) return undefined;
  const found = STRICT.exec(text);
  if (found === null) return undefined;
  const [, major = '', minor = '', patch = '', pre] = found;
  return {
    major: partOf(major),
    minor: partOf(minor),
    patch: partOf(patch),
    pre: pre === undefined ? RELEASE : pre.split('.'),
  };
}

/** Digits without leading zeros: the longer ones are the larger number. */
const compareDigits = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

const compareParts = (a: Part, b: Part): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : compareDigits(String(a), String(b));

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
  compareParts(a.major, b.major) ||
  compareParts(a.minor, b.minor) ||
  compareParts(a.patch, b.patch) ||
  (a.pre === b.pre ? 0 : comparePre(a.pre, b.pre));
