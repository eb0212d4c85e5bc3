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

/** Operator, operand, what holds, what does not. What is missing or of another type never holds, unless it is said here. */
const TABLE: [string, JsonValue | undefined, unknown[], unknown[]][] = [
  ['equals', 'a', ['a'], ['A', 'b', '']],
  ['equals', 1, [1], [2, '1', true]],
  ['equals', true, [true], [false, 'true', 1]],
  ['notEquals', 'a', ['b', 'A', ''], ['a', 1, true]],
  ['notEquals', 1, [2, 0], [1, '2']],
  ['in', ['a', 1], ['a', 1], ['b', '1', 2, true]],
  ['in', [], [], ['a', 1]],
  ['notIn', ['a', 'b'], ['c', ''], ['a', 'b', 1, true]],
  ['notIn', ['a', 1], ['b', 2], ['a', 1, true]],
  ['contains', 'b', ['abc', 'b'], ['ac', 'B']],
  ['contains', ['x', 'b'], ['abc', 'x'], ['ac']],
  ['contains', '', ['', 'a'], []],
  ['startsWith', 'ab', ['abc', 'ab'], ['cab', 'a']],
  ['startsWith', ['x', 'ab'], ['abc', 'xa'], ['cab']],
  ['endsWith', 'bc', ['abc', 'bc'], ['bca', 'c']],
  ['matches', '^a+b$', ['ab', 'aab'], ['b', 'xab', 'AB']],
  ['matches', 'b', ['abc'], ['ac']],
  ['lt', 5, [4, -1, 4.9], [5, 6, '4', Number.NaN, Number.NEGATIVE_INFINITY]],
  ['lte', 5, [5, 4], [5.1, '5']],
  ['gt', 5, [6, 5.1], [5, '6', Number.POSITIVE_INFINITY]],
  ['gte', 5, [5, 6], [4.9, '5']],
  ['between', [1, 3], [1, 2, 3], [0.9, 3.1, '2']],
  ['semverEquals', '1.2.3', ['1.2.3', '1.2.3+build.7'], ['1.2.4', '1.2.3-rc.1', 'v1.2.3', '1.2', ' 1.2.3']],
  ['semverLt', '1.10.0', ['1.9.9', '1.10.0-rc.1', '0.99.0'], ['1.10.0', '1.10.1', '1.9', 'x']],
  ['semverLte', '1.10.0', ['1.10.0', '1.10.0+x', '1.9.0'], ['1.10.1', '01.1.0']],
  [
    'semverGt',
    '1.0.0-alpha.1',
    ['1.0.0-alpha.2', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0', '1.0.0-alpha.10', '1.0.0-alpha.1.0'],
    ['1.0.0-alpha.1', '1.0.0-alpha', '1.0.0-1', '0.9.9'],
  ],
  ['semverGte', '2.0.0', ['2.0.0', '99999999999999999999.0.0', '2.0.1-rc'], ['2.0.0-rc', '1.99.99', '2']],
  [
    'before',
    '2026-01-01T00:00:00Z',
    ['2025-12-31T23:59:59Z', '2026-01-01T00:59:59+01:00', 0],
    ['2026-01-01T00:00:00Z', '2025-12-31', '2025-12-31T23:59:59', 'x'],
  ],
  [
    'after',
    '2026-01-01T00:00:00Z',
    ['2026-01-01T00:00:00.001Z', 1_800_000_000_000],
    ['2026-01-01T00:00:00Z', '2026-02-30T00:00:00Z'],
  ],
  [
    'betweenDates',
    ['2026-01-01T00:00:00Z', 1_769_904_000_000],
    ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '2026-01-15T10:00:00+05:30'],
    ['2025-12-31T23:59:59Z', '2026-02-01T00:00:01Z'],
  ],
  [
    'inCidr',
    '10.0.0.0/8',
    ['10.0.0.1', '10.255.255.255', '::ffff:10.1.2.3', '::ffff:a01:203'],
    ['11.0.0.1', '10.0.0', '10.0.0.256', '010.0.0.1', '::1'],
  ],
  [
    'inCidr',
    ['192.168.1.7', '2001:db8::/32'],
    ['192.168.1.7', '2001:db8::1', '2001:DB8:0:0:0:0:0:1'],
    ['192.168.1.8', '2001:db9::1', '2001:db8', ':::'],
  ],
  ['inCidr', '::ffff:10.0.0.0/104', ['10.9.9.9'], ['11.0.0.0']],
  ['inCidr', '0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['::1']],
  ['exists', true, [0, '', false, [], {}], [null, NOTHING, undefined]],
  ['exists', false, [null, NOTHING, undefined], [0, '', false]],
  ['isTrue', undefined, [true], [false, 'true', 1]],
  ['isFalse', undefined, [false], [true, 0, '']],
  ['containsAny', ['a', 1], [['a'], [1, 2], ['x', 'a']], [[], ['b'], ['1'], 'a']],
  [
    'containsAll',
    ['a', 1],
    [
      ['a', 1],
      [1, 'x', 'a'],
    ],
    [[], ['a'], ['a', '1'], 'a'],
  ],
];

/** What no operator but `exists` holds of. */
const OF_NO_TYPE = [NOTHING, undefined, null, {}, { a: 1 }, () => 1, Symbol('s'), 10n];

describe('operators', () => {
  it('are all in the table', () => {
    expect(new Set(TABLE.map(([name]) => name))).toEqual(new Set(OPERATORS.keys()));
  });

  it.each(TABLE)('%s %j', (is, value, right, wrong) => {
    for (const actual of right) expect([actual, holds(is, value, actual)]).toEqual([actual, true]);
    for (const actual of wrong) expect([actual, holds(is, value, actual)]).toEqual([actual, false]);
    if (is === 'exists') return;
    for (const actual of OF_NO_TYPE) expect([actual, holds(is, value, actual)]).toEqual([actual, false]);
  });

  it.each<[string, JsonValue, string, boolean]>([
    ['equals', 'Straße', 'STRAßE', true],
    ['equals', 'strasse', 'Straße', false], // simple folding never makes two letters of one
    ['equals', 'ΣΑΣ', 'σας', true],
    ['equals', 'I', 'ı', false],
    ['equals', 'i', 'İ', false],
    ['equals', 'K', '\u212a', true],
    ['notEquals', 'A', 'a', false],
    ['notEquals', 'A', 'b', true],
    ['in', ['ÄPFEL'], 'äpfel', true],
    ['notIn', ['ÄPFEL'], 'äpfel', false],
    ['contains', 'ÜB', 'drüber', true],
    ['startsWith', ['x', 'DR'], 'drüber', true],
    ['endsWith', 'ER', 'drüber', true],
    ['matches', '^DR.*ER$', 'drüber', true],
  ])('%s %j of %j in any case is %s', (is, value, actual, expected) => {
    expect(holds(is, value, actual, true)).toBe(expected);
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

  it('match hostile patterns in linear time', () => {
    const evil = `${'a'.repeat(5_000)}!`;
    expect(holds('matches', '^(a+)+$', evil)).toBe(false); // one that tries every way would need longer than the world
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
