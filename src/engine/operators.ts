import { RE2JS } from 're2js';
import { LIMITS, type Operand } from './document';
import { fold } from './fold';
import { parseInstant } from './instants';
import { isInNetwork, type Network, parseAddress, parseNetwork } from './networks';
import { compareVersions, parseVersion } from './versions';

/** Whether an attribute that is there has what a condition asks for. Never throws; a value of another type does not hold. */
export type Test = (value: unknown) => boolean;

/** One way of holding an attribute against something. */
export interface Operator {
  /** Whether letters may be compared whatever their case. */
  readonly folds?: true;
  /** What is wrong with an operand, in words; undefined when nothing is. */
  wrong(operand: Operand | undefined): string | undefined;
  /** Makes the test; the operand is a right one. */
  test(operand: Operand | undefined, ignoreCase: boolean): Test;
  /** How it reads between the attribute and the operand. */
  readonly words: string;
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const same = (text: string): string => text;
const letters = (ignoreCase: boolean) => (ignoreCase ? fold : same);

/** A test that keeps what it made of the last value it saw: one request asks many flags about the same attribute. */
function rememberingLast<T>(make: (value: unknown) => T): (value: unknown) => T {
  let last: unknown = rememberingLast;
  let made: T;
  return (value) => {
    if (value !== last) {
      made = make(value);
      last = value;
    }
    return made;
  };
}

const versionOf = rememberingLast((value) => (isText(value) ? parseVersion(value) : undefined));
/** A number or a moment; NaN, which is neither before nor after anything, for what is none. */
const numberOf = (value: unknown): number => (isNumber(value) ? value : Number.NaN);
const momentOf = (value: unknown): number => parseInstant(value) ?? Number.NaN;
const instantOf = rememberingLast(momentOf);
const addressOf = rememberingLast((value) => (isText(value) ? parseAddress(value) : undefined));
const foldOf = rememberingLast((text) => fold(text as string));

function equality(wanted: boolean, words: string): Operator {
  return {
    words,
    folds: true,
    wrong: (operand) => (isScalar(operand) ? undefined : 'needs a text, a number, true or false'),
    test: (operand, ignoreCase) => {
      if (isText(operand) && ignoreCase) {
        const own = fold(operand);
        return (value) => isText(value) && (foldOf(value) === own) === wanted;
      }
      if (wanted) return (value) => value === operand;
      const type = typeof operand;
      return (value) => typeof value === type && value !== operand && !Number.isNaN(value);
    },
  };
}

function membership(wanted: boolean, words: string): Operator {
  return {
    words,
    folds: true,
    wrong: (operand) =>
      isList(operand) && operand.every(isScalar) ? undefined : 'needs a list of texts, numbers, true or false',
    test: (operand, ignoreCase) => {
      const list = operand as readonly (string | number | boolean)[];
      const folds = ignoreCase && list.some(isText);
      const set = new Set<unknown>(folds ? list.map((each) => (isText(each) ? fold(each) : each)) : list);
      const has: Test = folds ? (value) => set.has(isText(value) ? foldOf(value) : value) : (value) => set.has(value);
      if (wanted) return has;
      const types = new Set(list.map((each) => typeof each));
      return (value) => isScalar(value) && (types.size === 0 || types.has(typeof value)) && !has(value);
    },
  };
}

function textual(words: string, holds: (text: string, part: string) => boolean): Operator {
  return {
    words,
    folds: true,
    wrong: (operand) =>
      isText(operand) || (isList(operand) && operand.length > 0 && operand.every(isText))
        ? undefined
        : 'needs a text, or a list of texts',
    test: (operand, ignoreCase) => {
      const parts = (isList(operand) ? operand : [operand]).map((part) => letters(ignoreCase)(String(part)));
      const [only] = parts as [string];
      if (ignoreCase) return (value) => isText(value) && parts.some((part) => holds(foldOf(value), part));
      if (parts.length === 1) return (value) => isText(value) && holds(value, only);
      return (value) => isText(value) && parts.some((part) => holds(value, part));
    },
  };
}

/** Patterns that were checked lately: what is checked is mostly used next. */
const patterns = new Map<string, RE2JS | undefined>();
const KEPT = 1_000;

/** Compiles a pattern; undefined when it is none. Linear in the length of the text, whatever the pattern. */
function patternOf(source: string, ignoreCase: boolean): RE2JS | undefined {
  const name = `${ignoreCase}:${source}`;
  if (patterns.has(name)) return patterns.get(name);
  let pattern: RE2JS | undefined;
  try {
    pattern = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    // It is none.
  }
  if (patterns.size >= KEPT) patterns.clear();
  patterns.set(name, pattern);
  return pattern;
}

function numeric(words: string, make: (limit: number) => Test): Operator {
  return {
    words,
    wrong: (operand) => (isNumber(operand) ? undefined : 'needs a number'),
    test: (operand) => make(operand as number),
  };
}

function versioned(words: string, holds: (difference: number) => boolean): Operator {
  return {
    words,
    wrong: (operand) =>
      isText(operand) && parseVersion(operand) !== undefined ? undefined : 'needs a version like 2.1.0 or 2.1.0-rc.1',
    test: (operand) => {
      const own = parseVersion(operand as string);
      return (value) => {
        const version = versionOf(value);
        return version !== undefined && own !== undefined && holds(compareVersions(version, own));
      };
    },
  };
}

function dated(words: string, make: (moment: number) => (time: number) => boolean): Operator {
  return {
    words,
    wrong: (operand) => (parseInstant(operand) === undefined ? 'needs a moment like 2026-01-31T09:00:00Z' : undefined),
    test: (operand) => {
      const holds = make(momentOf(operand));
      return (value) => holds(instantOf(value));
    },
  };
}

type Ends = readonly [low: number, high: number];
const NO_RANGE: Ends = [Number.NaN, Number.NaN];

/** The two ends of a range; NaN where it is none, in which nothing lies. */
function rangeOf(operand: Operand | undefined, read: (value: unknown) => number): Ends {
  if (!isList(operand) || operand.length !== 2) return NO_RANGE;
  const [low, high] = operand.map(read) as [number, number];
  return low <= high ? [low, high] : NO_RANGE;
}

const isRange = ([low]: Ends): boolean => !Number.isNaN(low);

function networksOf(operand: Operand | undefined): Network[] | undefined {
  const texts = isList(operand) ? operand : [operand];
  const networks = texts.map((text) => (isText(text) ? parseNetwork(text) : undefined));
  return networks.length > 0 && networks.every((network) => network !== undefined) ? networks : undefined;
}

function listed(words: string, make: (set: ReadonlySet<unknown>) => (values: readonly unknown[]) => boolean): Operator {
  return {
    words,
    wrong: (operand) =>
      isList(operand) && operand.length > 0 && operand.every((each) => isText(each) || isNumber(each))
        ? undefined
        : 'needs a list of texts or numbers',
    test: (operand) => {
      const holds = make(new Set(operand as readonly unknown[]));
      return (value) => isList(value) && holds(value);
    },
  };
}

const nothing = (operand: Operand | undefined): string | undefined =>
  operand === undefined ? undefined : 'takes no value';

/** All operators by their names; see docs/evaluation.md. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['equals', equality(true, 'is')],
  ['notEquals', equality(false, 'is not')],
  ['in', membership(true, 'is one of')],
  ['notIn', membership(false, 'is none of')],
  ['contains', textual('contains', (text, part) => text.includes(part))],
  ['startsWith', textual('starts with', (text, part) => text.startsWith(part))],
  ['endsWith', textual('ends with', (text, part) => text.endsWith(part))],
  [
    'matches',
    {
      words: 'matches',
      folds: true,
      wrong: (operand) => {
        if (!isText(operand) || operand.length > LIMITS.pattern)
          return `needs a regular expression of at most ${LIMITS.pattern} characters`;
        return patternOf(operand, false) === undefined ? 'needs a regular expression in the syntax of RE2' : undefined;
      },
      test: (operand, ignoreCase) => {
        const pattern = patternOf(String(operand), ignoreCase);
        return (value) => pattern !== undefined && isText(value) && pattern.test(value);
      },
    },
  ],
  ['lt', numeric('is less than', (limit) => (value) => isNumber(value) && value < limit)],
  ['lte', numeric('is at most', (limit) => (value) => isNumber(value) && value <= limit)],
  ['gt', numeric('is more than', (limit) => (value) => isNumber(value) && value > limit)],
  ['gte', numeric('is at least', (limit) => (value) => isNumber(value) && value >= limit)],
  [
    'between',
    {
      words: 'is between',
      wrong: (operand) => (isRange(rangeOf(operand, numberOf)) ? undefined : 'needs two numbers, the lower first'),
      test: (operand) => {
        const [low, high] = rangeOf(operand, numberOf);
        return (value) => isNumber(value) && value >= low && value <= high;
      },
    },
  ],
  ['semverEquals', versioned('is version', (difference) => difference === 0)],
  ['semverLt', versioned('is a version before', (difference) => difference < 0)],
  ['semverLte', versioned('is at most version', (difference) => difference <= 0)],
  ['semverGt', versioned('is a version after', (difference) => difference > 0)],
  ['semverGte', versioned('is at least version', (difference) => difference >= 0)],
  ['before', dated('is before', (moment) => (time) => time < moment)],
  ['after', dated('is after', (moment) => (time) => time > moment)],
  [
    'betweenDates',
    {
      words: 'is between',
      wrong: (operand) => (isRange(rangeOf(operand, momentOf)) ? undefined : 'needs two moments, the earlier first'),
      test: (operand) => {
        const [low, high] = rangeOf(operand, momentOf);
        return (value) => {
          const time = instantOf(value);
          return time >= low && time <= high;
        };
      },
    },
  ],
  [
    'inCidr',
    {
      words: 'is in the network',
      wrong: (operand) =>
        networksOf(operand) === undefined ? 'needs a network like 10.0.0.0/8, or a list' : undefined,
      test: (operand) => {
        const networks = networksOf(operand);
        return (value) => {
          const address = addressOf(value);
          return address !== undefined && networks?.some((network) => isInNetwork(address, network)) === true;
        };
      },
    },
  ],
  [
    'exists',
    {
      words: 'is there',
      wrong: (operand) => (typeof operand === 'boolean' ? undefined : 'needs true or false'),
      test: (operand) => (value) => (value !== undefined && value !== null) === operand,
    },
  ],
  ['isTrue', { words: 'is true', wrong: nothing, test: () => (value) => value === true }],
  ['isFalse', { words: 'is false', wrong: nothing, test: () => (value) => value === false }],
  ['containsAny', listed('has any of', (set) => (values) => values.some((value) => set.has(value)))],
  [
    'containsAll',
    listed('has all of', (set) => (values) => {
      const own = new Set(values);
      return [...set].every((value) => own.has(value));
    }),
  ],
]);
