import { type Condition, OPERATORS } from '../engine';

/** Thrown by a kind's `parse`: what is wrong with a value, as a sentence for whoever wrote it. */
export class InvalidValue extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidValue';
  }
}

/** One kind of condition: how its value is read, and what it asks of a request. */
export interface ConditionKind<V = unknown> {
  /** What sources call it: lower-case words. */
  readonly name: string;
  /** Reads the value; throws `InvalidValue` for what means nothing. */
  readonly parse: (text: string) => V;
  /** What the engine decides, from a value that was read. Attributes: see docs/guides/conditions.md. */
  readonly toCondition: (value: V) => Condition;
  /** What to write as the value, for people. */
  readonly help: string;
  /** What it says, in words that are true when it holds. */
  readonly words?: (value: V) => string;
  /** An example of a value. */
  readonly example?: string;
  /** What it decides by, for lists. */
  readonly about?: 'everyone' | 'person' | 'request' | 'time' | 'share';
}

export const ALWAYS: Condition = Object.freeze({ always: true } as const);
export const NEVER: Condition = Object.freeze({ not: ALWAYS });

const YES = ['y', 'yes', 't', 'true', 'on', '1'];
const NO = ['n', 'no', 'f', 'false', 'off', '0'];

function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new InvalidValue('Write true or false (also: yes, no, on, off, 1, 0).');
}

function parseWord(what: string): (text: string) => string {
  return (text) => {
    const word = text.trim();
    if (word === '') throw new InvalidValue(`Write ${what}.`);
    return word;
  };
}

function parseUser(text: string): { id: number } | { email: string } {
  const word = text.trim().toLowerCase();
  if (/^[1-9]\d{0,9}$/.test(word)) return { id: Number(word) };
  if (/^[^\s@]+@[^\s@]+$/.test(word)) return { email: word };
  throw new InvalidValue('Write the e-mail address of a person, or the number of their account.');
}

function parsePattern(text: string): string {
  if (text === '') throw new InvalidValue('Write a pattern, like ^/shows/.');
  const wrong = OPERATORS.get('matches')?.wrong(text);
  if (wrong !== undefined) throw new InvalidValue(`This pattern cannot be used: it ${wrong}.`);
  return text;
}

function parseMoment(text: string): string {
  const moment = text.trim();
  if (OPERATORS.get('after')?.wrong(moment) === undefined) return moment;
  throw new InvalidValue('Write a date and time with its offset, like 2026-01-31T09:00:00+01:00.');
}

function parsePeriod(text: string): readonly [string, string] {
  const parts = text.trim().split(/[\s,/]+/);
  const [from, to] = parts;
  if (from === undefined || to === undefined || parts.length !== 2)
    throw new InvalidValue('Write two dates with a comma between them: 2026-01-31T09:00:00Z, 2026-02-28T18:00:00Z.');
  const period = [parseMoment(from), parseMoment(to)] as const;
  if (Date.parse(period[0]) >= Date.parse(period[1])) throw new InvalidValue('The second date must be the later one.');
  return period;
}

function parsePercent(text: string): number {
  const number = text.trim().replace(/\s*%$/, '');
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(number) || Number(number) > 100)
    throw new InvalidValue('Write a percentage from 0 to 100, like 12.5.');
  return Number(number);
}

/** `name` asks for `True`; `name=` for nothing behind it. */
function parseParameter(text: string): string {
  const pair = text.includes('=') ? text : `${text.trim()}=True`;
  if (pair.startsWith('=')) throw new InvalidValue('Write the name of a query parameter, or name=value.');
  return pair;
}

const ENVIRONMENTS = ['development', 'test', 'production'];

function parseEnvironment(text: string): string {
  const word = text.trim().toLowerCase();
  if (!ENVIRONMENTS.includes(word)) throw new InvalidValue(`Write one of ${ENVIRONMENTS.join(', ')}.`);
  return word;
}

/** A kind whose value type matters to nobody else. */
export const kind = <V>(declared: ConditionKind<V>): ConditionKind =>
  Object.freeze(declared) as unknown as ConditionKind;

const isSignedIn = (value: boolean): Condition => ({ attribute: 'signedIn', is: 'equals', value });
const signedInWords = (value: boolean): string => (value ? 'the person is signed in' : 'nobody is signed in');

/** The kinds of the product, in the order in which they are offered. */
export const BUILT_IN: readonly ConditionKind[] = [
  kind<boolean>({
    name: 'boolean',
    about: 'everyone',
    help: 'true or false, for everybody alike.',
    example: 'true',
    parse: parseBoolean,
    toCondition: (value) => (value ? ALWAYS : NEVER),
    words: (value) => (value ? 'always' : 'never'),
  }),
  kind<{ id: number } | { email: string }>({
    name: 'user',
    about: 'person',
    help: 'The e-mail address of a person who has an account, or the number of the account.',
    example: 'jane@example.com',
    parse: parseUser,
    toCondition: (who) =>
      'id' in who
        ? { attribute: 'userId', is: 'equals', value: who.id }
        : { attribute: 'email', is: 'equals', value: who.email },
    words: (who) => ('id' in who ? `the person has account ${who.id}` : `the person is ${who.email}`),
  }),
  kind<string>({
    name: 'group',
    about: 'person',
    help: 'The name of a group of people.',
    example: 'Beta testers',
    parse: parseWord('the name of a group'),
    toCondition: (name) => ({ attribute: 'groups', is: 'containsAny', value: [name] }),
    words: (name) => `the person is in the group ${name}`,
  }),
  kind<boolean>({
    name: 'anonymous',
    about: 'person',
    help: 'true for visitors who are not signed in, false for everybody else.',
    example: 'true',
    parse: parseBoolean,
    toCondition: (value) => isSignedIn(!value),
    words: (value) => signedInWords(!value),
  }),
  kind<boolean>({
    name: 'authenticated',
    about: 'person',
    help: 'true for people who are signed in, false for visitors.',
    example: 'true',
    parse: parseBoolean,
    toCondition: isSignedIn,
    words: signedInWords,
  }),
  kind<boolean>({
    name: 'staff',
    about: 'person',
    help: 'true for staff, false for everybody else.',
    example: 'true',
    parse: parseBoolean,
    toCondition: (value) => ({ attribute: 'staff', is: 'equals', value }),
    words: (value) => (value ? 'the person is staff' : 'the person is not staff'),
  }),
  kind<string>({
    name: 'parameter',
    about: 'request',
    help: 'A query parameter: name=value, or a name alone, which asks for the value True.',
    example: 'preview=1',
    parse: parseParameter,
    toCondition: (pair) => ({ attribute: 'parameters', is: 'containsAny', value: [pair] }),
    words: (pair) => `the address has ${pair}`,
  }),
  kind<string>({
    name: 'path matches',
    about: 'request',
    help: 'A regular expression, found anywhere in the path. ^ is its start, $ its end.',
    example: '^/shows/',
    parse: parsePattern,
    toCondition: (pattern) => ({ attribute: 'path', is: 'matches', value: pattern }),
    words: (pattern) => `the path matches ${pattern}`,
  }),
  kind<string>({
    name: 'after date',
    about: 'time',
    help: 'From this moment on: date and time with its offset.',
    example: '2026-01-31T09:00:00+01:00',
    parse: parseMoment,
    toCondition: (after) => ({ after }),
    words: (moment) => `it is after ${moment}`,
  }),
  kind<string>({
    name: 'before date',
    about: 'time',
    help: 'Until this moment: date and time with its offset.',
    example: '2026-01-31T09:00:00+01:00',
    parse: parseMoment,
    toCondition: (before) => ({ before }),
    words: (moment) => `it is before ${moment}`,
  }),
  kind<readonly [string, string]>({
    name: 'between dates',
    about: 'time',
    help: 'After the first and before the second moment, with a comma between them.',
    example: '2026-01-31T09:00:00Z, 2026-02-28T18:00:00Z',
    parse: parsePeriod,
    toCondition: ([after, before]) => ({ all: [{ after }, { before }] }),
    words: ([from, to]) => `it is between ${from} and ${to}`,
  }),
  kind<number>({
    name: 'percent',
    about: 'share',
    help: 'A share of people and visitors, from 0 to 100. The same ones stay in it; raising it only adds.',
    example: '25',
    parse: parsePercent,
    toCondition: (share) => ({ share }),
    words: (share) => `the person or visitor is within ${share}%`,
  }),
  kind<string>({
    name: 'segment',
    about: 'person',
    help: 'The key of a segment.',
    example: 'beta',
    parse: parseWord('the key of a segment'),
    toCondition: (segment) => ({ segment }),
    words: (segment) => `the person is in the segment ${segment}`,
  }),
  kind<string>({
    name: 'environment',
    about: 'request',
    help: 'The environment that runs: development, test or production.',
    example: 'production',
    parse: parseEnvironment,
    toCondition: (value) => ({ attribute: 'environment', is: 'equals', value }),
    words: (value) => `this is ${value}`,
  }),
];
