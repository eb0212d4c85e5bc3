import { type JsonValue, OPERATORS } from '.';

describe('operators', () => {
  it('read as words between an attribute and what it is held against', () => {
    expect(Object.fromEntries([...OPERATORS].map(([is, { words }]) => [is, words]))).toEqual({
      equals: 'is',
      notEquals: 'is not',
      in: 'is one of',
      notIn: 'is none of',
      contains: 'contains',
      startsWith: 'starts with',
      endsWith: 'ends with',
      matches: 'matches',
      lt: 'is less than',
      lte: 'is at most',
      gt: 'is more than',
      gte: 'is at least',
      between: 'is between',
      semverEquals: 'is version',
      semverLt: 'is a version before',
      semverLte: 'is at most version',
      semverGt: 'is a version after',
      semverGte: 'is at least version',
      before: 'is before',
      after: 'is after',
      betweenDates: 'is between',
      inCidr: 'is in the network',
      exists: 'is there',
      isTrue: 'is true',
      isFalse: 'is false',
      containsAny: 'has any of',
      containsAll: 'has all of',
    });
    const folding = [...OPERATORS].filter(([, { folds }]) => folds).map(([is]) => is);
    expect(folding).toEqual(['equals', 'notEquals', 'in', 'notIn', 'contains', 'startsWith', 'endsWith', 'matches']);
  });

  it.each<[string, string, JsonValue[], (JsonValue | undefined)[]]>([
    ['equals', 'needs a text, a number, true or false', ['', 0, false], [undefined, null, [], {}, Number.NaN]],
    ['in', 'needs a list of texts, numbers, true or false', [[], ['a', 1, true]], [undefined, 'a', [null], ['a', []]]],
    ['contains', 'needs a text, or a list of texts', ['', ['a']], [undefined, 1, [], ['a', 1]]],
    ['lt', 'needs a number', [0, -1.5], [undefined, '5', [5], Number.POSITIVE_INFINITY]],
    [
      'between',
      'needs two numbers, the lower first',
      [
        [1, 3],
        [2, 2],
      ],
      [undefined, 2, [], [1], [1, 2, 3], [3, 1], ['1', 2], [1, '2'], ['1', '2']],
    ],
    [
      'semverGt',
      'needs a version like 2.1.0 or 2.1.0-rc.1',
      ['2.1.0', '2.1.0-rc.1'],
      [undefined, 2, '2.1', 'v2.1.0', ['2.1.0']],
    ],
    [
      'before',
      'needs a moment like 2026-01-31T09:00:00Z',
      ['2026-01-31T09:00:00Z', 0],
      [undefined, '2026-01-31', true, ['2026-01-31T09:00:00Z']],
    ],
    [
      'betweenDates',
      'needs two moments, the earlier first',
      [
        [0, '2026-01-31T09:00:00Z'],
        [0, 0],
      ],
      [undefined, 0, [], [0], [0, 1, 2], [1, 0], ['x', 0], [0, 'x']],
    ],
    [
      'inCidr',
      'needs a network like 10.0.0.0/8, or a list',
      ['10.0.0.0/8', ['::/0', '1.2.3.4']],
      [undefined, 10, [], '10.0.0.0/33', ['10.0.0.0/8', 'x'], ['10.0.0.0/8', 1]],
    ],
    ['exists', 'needs true or false', [true, false], [undefined, 'yes', 1]],
    ['isTrue', 'takes no value', [], [true, null]],
    [
      'containsAny',
      'needs a list of texts or numbers',
      [['a', 1]],
      [undefined, 'a', [], [true], ['a', true], [1, null]],
    ],
  ])('%s: what %s is refused in these words', (is, words, right, wrong) => {
    const wrongOf = OPERATORS.get(is)?.wrong;
    expect(right.filter((operand) => wrongOf?.(operand) !== undefined)).toEqual([]);
    expect(wrong.filter((operand) => wrongOf?.(operand) !== words)).toEqual([]);
  });

  it.each<[string, JsonValue, unknown[]]>([
    ['between', [3, 1], [1, 2, 3, undefined]],
    ['between', 'x', [0, 1, Number.NaN]],
    ['semverGte', '1.0', ['1.0.0', '2.0.0', '1.0']],
    ['before', 'tomorrow', [0, '1970-01-01T00:00:00Z', 'tomorrow']],
    ['after', 'tomorrow', [0, '1970-01-01T00:00:00Z', 'tomorrow']],
    ['betweenDates', 'x', [0, '1970-01-01T00:00:00Z', 'x']],
    ['inCidr', 'x', ['1.2.3.4', '::1', 'x']],
  ])('%s %j, which is refused, would hold of nothing', (is, operand, values) => {
    const test = OPERATORS.get(is)?.test(operand, false);
    expect(values.filter((value) => test?.(value) !== false)).toEqual([]);
  });
});
