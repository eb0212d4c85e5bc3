import operators from '../../conformance/operators.json';
import { hostile, patterns, refused } from '../../conformance/patterns.json';
import { compile, type JsonValue, OPERATORS } from '.';
import { fold } from './fold';

const NOTHING = Symbol('missing');

function holds(is: string, value: JsonValue | undefined, actual: unknown, ignoreCase = false): boolean {
  const when = {
    attribute: 'a',
    is,
    ...(value === undefined ? {} : { value }),
    ...(ignoreCase ? { ignoreCase: true as const } : {}),
  };
  const rules = [{ id: 'r', when, serve: { variant: 'on' } }];
  const flag = {
    key: 'f',
    type: 'boolean',
    variants: { on: true },
    enabled: true,
    off: null,
    rules,
    otherwise: null,
  } as const;
  const engine = compile({ version: 1, flags: [flag], segments: [] });
  return engine.evaluate('f', actual === NOTHING ? {} : { a: actual }, { now: 0 }).value === true;
}

/** A line of the truth tables. What is missing or of another type never holds, unless `missing` says so. */
interface Case {
  readonly value?: JsonValue;
  readonly ignoreCase?: boolean;
  readonly holds: readonly unknown[];
  readonly fails: readonly unknown[];
  readonly missing?: boolean;
}

const CASES = (operators as readonly { is: string; cases: readonly Case[] }[]).flatMap(({ is, cases }) =>
  cases.map((each): [string, Case] => [is, each]),
);

/** What no operator but `exists` holds of. */
const OF_NO_TYPE = [undefined, null, {}, { a: 1 }, () => 1, Symbol('s'), 10n];

describe('operators', () => {
  it('are all in the table', () => {
    expect(operators.map(({ is }) => is)).toEqual([...OPERATORS.keys()]);
  });

  it.each(CASES)('%s %j', (is, { value, ignoreCase, holds: right, fails: wrong, missing = false }) => {
    const actually = (actual: unknown) => holds(is, value, actual, ignoreCase);
    expect([...right, ...wrong].map((actual) => [actual, actually(actual)])).toEqual([
      ...right.map((actual) => [actual, true]),
      ...wrong.map((actual) => [actual, false]),
    ]);
    expect(actually(NOTHING)).toBe(missing);
    if (is !== 'exists') expect(OF_NO_TYPE.filter(actually)).toEqual([]);
  });

  it.each(CASES)('%s %j: what is tested one by one comes to the same', (is, each) => {
    const test = OPERATORS.get(is)?.test(each.value, each.ignoreCase === true);
    expect(each.holds.filter((actual) => test?.(actual) !== true)).toEqual([]);
    expect(each.fails.filter((actual) => test?.(actual) !== false)).toEqual([]);
  });

  it.each(['lt', 'lte', 'gt', 'gte'])('%s never holds of what is no finite number', (is) => {
    const test = OPERATORS.get(is)?.test(0, false);
    for (const actual of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect([holds(is, 0, actual), test?.(actual)]).toEqual([false, false]);
    expect(holds(is, Number.MAX_VALUE, Number.MAX_VALUE)).toBe(is.endsWith('e'));
    expect(holds(is, -Number.MAX_VALUE, -Number.MAX_VALUE)).toBe(is.endsWith('e'));
  });

  it('take no number that is none for another one', () => {
    expect(holds('notEquals', 1, Number.NaN)).toBe(false);
    expect(holds('notIn', [1], Number.POSITIVE_INFINITY)).toBe(false);
    expect(holds('equals', 0, -0)).toBe(true);
    expect(holds('in', [-0], 0)).toBe(true);
  });

  it('find each value of long lists, which name the same and others', () => {
    const list = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `v${from + index}`);
    const flagOf = (key: string, value: string[]) => ({
      key,
      type: 'boolean' as const,
      variants: { on: true },
      enabled: true,
      off: null,
      rules: [{ id: 'r', when: { attribute: 'a', is: 'in', value }, serve: { variant: 'on' } }],
      otherwise: null,
    });
    const far = ['v0', 'v9999'];
    const flags = [flagOf('early', list(0, 5_000)), flagOf('late', list(4_990, 10_000)), flagOf('far', far)];
    const engine = compile({ version: 1, flags, segments: [] });
    const found = (key: string, a: string) => engine.evaluate(key, { a }, { now: 0 }).value === true;
    for (let index = 0; index < 10_010; index += 1) {
      const value = `v${index}`;
      if (found('early', value) !== index < 5_000) throw new Error(`early ${value}`);
      if (found('late', value) !== (index >= 4_990 && index < 10_000)) throw new Error(`late ${value}`);
      if (found('far', value) !== far.includes(value)) throw new Error(`far ${value}`);
    }
  });

  it('fold the same whatever the case, and never lengthen', () => {
    for (let code = 0; code < 0x1_1000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const character = String.fromCodePoint(code);
      const folded = fold(character);
      if ([...folded].length !== 1 || fold(folded) !== folded) throw new Error(`U+${code.toString(16)}`);
    }
  });

  it.each<[string, JsonValue | undefined]>([
    ['equals', undefined],
    ['equals', ['a']],
    ['equals', null],
    ['in', 'a'],
    ['in', [{}]],
    ['contains', 1],
    ['contains', []],
    ['matches', '(a'],
    ['matches', 'a(?=b)'],
    ['lt', '5'],
    ['between', [3, 1]],
    ['between', [1]],
    ['semverGt', 'v1.0.0'],
    ['semverGt', '1.0'],
    ['before', '2026-01-01'],
    ['before', '2026-13-01T00:00:00Z'],
    ['betweenDates', ['2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z']],
    ['inCidr', '10.0.0.0/33'],
    ['inCidr', []],
    ['exists', 'yes'],
    ['isTrue', true],
    ['containsAny', []],
    ['containsAll', [true]],
  ])('refuse %s %j', (is, value) => {
    expect(OPERATORS.get(is)?.wrong(value)).toMatch(/^(needs|takes) /);
    expect(() => holds(is, value, 'x')).toThrow('/flags/0/rules/0/when/value');
  });
});

describe('patterns', () => {
  it.each(patterns)('$pattern', ({ pattern, ignoreCase = false, holds: right, fails: wrong }) => {
    expect(right.filter((text) => !holds('matches', pattern, text, ignoreCase))).toEqual([]);
    expect(wrong.filter((text) => holds('matches', pattern, text, ignoreCase))).toEqual([]);
  });

  it.each(refused)('are refused: %s', (pattern) => {
    expect(OPERATORS.get('matches')?.wrong(pattern)).toMatch(/^needs a regular expression/);
    expect(() => holds('matches', pattern, 'a')).toThrow('/flags/0/rules/0/when/value');
  });

  it('may be of 512 characters', () => {
    const wrong = OPERATORS.get('matches')?.wrong;
    expect(wrong?.('a'.repeat(512))).toBeUndefined();
    for (const operand of ['a'.repeat(513), 1, undefined])
      expect(wrong?.(operand)).toBe('needs a regular expression of at most 512 characters');
    expect(wrong?.('(a')).toBe('needs a regular expression in the syntax of RE2');
  });

  // A thousand are kept for the next who asks. These are more, so that each is made anew.
  it('are each their own, however many there are', () => {
    const matches = OPERATORS.get('matches');
    for (let index = 0; index < 600; index++) {
      const plain = matches?.test(`^N${index}$`, false);
      const folded = matches?.test(`^N${index}$`, true);
      const found = [`N${index}`, `n${index}`, `N${index + 1}`].map((text) => [plain?.(text), folded?.(text)]);
      if (JSON.stringify(found) !== '[[true,true],[false,true],[false,false]]') throw new Error(`N${index}: ${found}`);
    }
    expect(matches?.wrong('(')).toBe('needs a regular expression in the syntax of RE2');
  });

  it('that got in all the same match nothing', () => {
    for (const pattern of refused.filter(({ length }) => length < 100))
      expect(OPERATORS.get('matches')?.test(pattern, false)('a')).toBe(false);
  });

  // One that tries every way needs 2^100,000 steps for some of these, and 100,000 times 100,000 for the others.
  it.each(hostile)('that are hostile take time in proportion to the text: %s', (pattern) => {
    const test = OPERATORS.get('matches')?.test(pattern, false);
    for (const part of ['a', 'x', ' ', 'a ']) expect(test?.(`${part.repeat(100_000 / part.length)}!`)).toBe(false);
  });
});

describe('paths', () => {
  const at = (attribute: string, context: Record<string, unknown>): boolean => {
    const rules = [{ id: 'r', when: { attribute, is: 'equals', value: 1 }, serve: { variant: 'on' } }];
    const flag = {
      key: 'f',
      type: 'boolean',
      variants: { on: true },
      enabled: true,
      off: null,
      rules,
      otherwise: null,
    } as const;
    return compile({ version: 1, flags: [flag], segments: [] }).evaluate('f', context, { now: 0 }).value === true;
  };
  it.each<[string, Record<string, unknown>, boolean]>([
    ['account.plan', { account: { plan: 1 } }, true],
    ['account.plan', { 'account.plan': 1, account: { plan: 2 } }, true],
    ['account.plan', { 'account.plan': 2, account: { plan: 1 } }, false],
    ['a.b.c', { a: { b: { c: 1 } } }, true],
    ['a.b', { a: null }, false],
    ['a.b', { a: 'text' }, false],
    ['a.length', { a: [1] }, true],
    ['a.0', { a: [1] }, true],
    ['a.constructor', { a: {} }, false],
    ['toString', {}, false],
    ['__proto__.x', { x: 1 }, false],
  ])('%s of %j is %s', (path, context, expected) => {
    expect(at(path, context)).toBe(expected);
  });
});
