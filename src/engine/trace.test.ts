import { nodeOf, scopeOf, worldOf } from '../../test/support/engine/world';
import type { Condition, Context, Segment } from './document';
import { asSentence, type Trace, traceCondition, wordsFor } from './trace';

const NOW = Date.parse('2026-06-01T12:00:00Z');

const SEGMENTS: Segment[] = [
  {
    key: 'beta',
    id: 1,
    include: ['ada', '7'],
    exclude: ['eve'],
    when: { attribute: 'plan', is: 'equals', value: 'pro' },
  },
  { key: 'empty', id: 2 },
];

interface Told extends Omit<Trace, 'toFlip' | 'children'> {
  readonly flip: string | undefined;
  readonly sentence: string;
  readonly children: readonly Told[];
}

/** A trace with what it says, in place of what can be asked of it. */
function plain(trace: Trace): Told {
  const { toFlip, children, ...rest } = trace;
  return { ...rest, flip: toFlip(), sentence: asSentence(trace), children: children.map(plain) };
}

function tell(condition: Condition, context: Context = {}, now = NOW): Told {
  const world = worldOf(SEGMENTS);
  const node = nodeOf(condition, world);
  return plain(traceCondition(node, scopeOf(world, context, now), world, 'AB12A'));
}

describe('a value in a sentence', () => {
  it.each<[unknown, string]>([
    [undefined, 'missing'],
    [null, 'null'],
    ['', 'empty'],
    ['DE', 'DE'],
    ['x'.repeat(60), 'x'.repeat(60)],
    ['x'.repeat(61), `${'x'.repeat(59)}…`],
    [true, 'true'],
    [0, '0'],
    [-1.5, '-1.5'],
    [[[]], 'empty'],
    [[['a', 2, false]], 'a, 2, false'],
    [[['a', 'b', 'c', 'd', 'e']], 'a, b, c, d, e'],
    [[['a', 'b', 'c', 'd', 'e', 'f']], 'a, b, c, d, e and 1 more'],
    [[Array.from({ length: 200 }, (_, index) => index)], '0, 1, 2, 3, 4 and 195 more'],
    [{ a: [1, { b: 'x' }] }, '{"a":[1,{"b":"x"}]}'],
    [{ text: 'x'.repeat(60) }, `{"text":"${'x'.repeat(50)}…`],
    [{ toJSON: () => undefined }, '[object Object]'],
    [1n, 'bigint'],
    [() => 1, 'function'],
    [Symbol('s'), 'symbol'],
  ])('#%#: reads as a person would write it', (value, words) => {
    const given = Array.isArray(value) ? (value as unknown[])[0] : value;
    expect(wordsFor(given)).toBe(words);
  });
});

const country: Condition = { attribute: 'country', is: 'equals', value: 'DE' };
const age: Condition = { attribute: 'age', is: 'gte', value: 18 };
const always: Condition = { always: true };
const never: Condition = { not: always };

describe('a condition without others in it', () => {
  it.each<[Condition, Context, Omit<Told, 'children'>]>([
    [
      country,
      { country: 'DE' },
      {
        kind: 'attribute',
        holds: true,
        text: 'country is DE',
        found: 'country is DE',
        flip: 'not “country is DE”',
        sentence: 'country is DE',
      },
    ],
    [
      country,
      { country: 'FR' },
      {
        kind: 'attribute',
        holds: false,
        text: 'country is DE',
        found: 'country is FR',
        flip: 'country is DE (now country is FR)',
        sentence: 'country is FR, not “country is DE”',
      },
    ],
    [
      { attribute: 'staff', is: 'isTrue' },
      {},
      {
        kind: 'attribute',
        holds: false,
        text: 'staff is true',
        found: 'staff is missing',
        flip: 'staff is true (now staff is missing)',
        sentence: 'staff is missing, not “staff is true”',
      },
    ],
    [
      { attribute: 'account.plan', is: 'in', value: ['pro', 'team'], ignoreCase: true },
      { account: { plan: 'PRO' } },
      {
        kind: 'attribute',
        holds: true,
        text: 'account.plan is one of pro, team (any case)',
        found: 'account.plan is PRO',
        flip: 'not “account.plan is one of pro, team (any case)”',
        sentence: 'account.plan is one of pro, team (any case)',
      },
    ],
    [
      { attribute: 'mail', is: 'exists', value: true },
      { mail: 'a@example.org' },
      {
        kind: 'attribute',
        holds: true,
        text: 'mail is there',
        found: 'mail is a@example.org',
        flip: 'not “mail is there”',
        sentence: 'mail is there',
      },
    ],
    [
      { attribute: 'mail', is: 'exists', value: false },
      { mail: '' },
      {
        kind: 'attribute',
        holds: false,
        text: 'mail is missing',
        found: 'mail is empty',
        flip: 'mail is missing (now mail is empty)',
        sentence: 'mail is empty, not “mail is missing”',
      },
    ],
    [
      { attribute: 'a', is: 'unheardOf', value: 1 },
      { a: 1 },
      {
        kind: 'attribute',
        holds: false,
        text: 'a unheardOf 1',
        found: 'a is 1',
        flip: 'a unheardOf 1 (now a is 1)',
        sentence: 'a is 1, not “a unheardOf 1”',
      },
    ],
    [
      { share: 51 },
      { targetingKey: '123' },
      {
        kind: 'share',
        holds: true,
        text: 'targetingKey is within 51 %',
        found: 'targetingKey stands at 50.681 %',
        share: { unit: 50_681, limit: 51_000 },
        flip: 'the share were at most 50.681 %',
        sentence: 'targetingKey is within 51 %',
      },
    ],
    [
      { share: 50.681, salt: 'AB12A', by: 'company.id' },
      { company: { id: 123 } },
      {
        kind: 'share',
        holds: false,
        text: 'company.id is within 50.681 %',
        found: 'company.id stands at 50.681 %',
        share: { unit: 50_681, limit: 50_681 },
        flip: 'the share were more than 50.681 %',
        sentence: 'company.id stands at 50.681 %, not “company.id is within 50.681 %”',
      },
    ],
    [
      { share: 50.682, salt: 'AB12A' },
      { targetingKey: '123' },
      {
        kind: 'share',
        holds: true,
        text: 'targetingKey is within 50.682 %',
        found: 'targetingKey stands at 50.681 %',
        share: { unit: 50_681, limit: 50_682 },
        flip: 'the share were at most 50.681 %',
        sentence: 'targetingKey is within 50.682 %',
      },
    ],
    [
      { share: 100, salt: 'other' },
      {},
      {
        kind: 'share',
        holds: false,
        text: 'targetingKey is within 100 %',
        found: 'there is no targetingKey',
        flip: 'targetingKey is within 100 % (now there is no targetingKey)',
        sentence: 'there is no targetingKey, not “targetingKey is within 100 %”',
      },
    ],
    [
      { segment: 'beta' },
      { targetingKey: 'ada' },
      {
        kind: 'segment',
        holds: true,
        text: 'in segment beta',
        found: 'ada is included by name',
        flip: 'not “in segment beta”',
        sentence: 'in segment beta',
      },
    ],
    [
      { segment: 'beta' },
      { targetingKey: 'eve', plan: 'pro' },
      {
        kind: 'segment',
        holds: false,
        text: 'in segment beta',
        found: 'eve is excluded by name',
        flip: 'in segment beta (now eve is excluded by name)',
        sentence: 'eve is excluded by name, not “in segment beta”',
      },
    ],
    [
      { segment: 'beta' },
      { targetingKey: 7 as never },
      {
        kind: 'segment',
        holds: true,
        text: 'in segment beta',
        found: '7 is included by name',
        flip: 'not “in segment beta”',
        sentence: 'in segment beta',
      },
    ],
    [
      { segment: 'beta' },
      { targetingKey: 'bob', plan: 'pro' },
      {
        kind: 'segment',
        holds: true,
        text: 'in segment beta',
        flip: 'not “in segment beta”',
        sentence: 'in segment beta',
      },
    ],
    [
      { segment: 'empty' },
      {},
      {
        kind: 'segment',
        holds: false,
        text: 'in segment empty',
        flip: 'in segment empty',
        sentence: 'not “in segment empty”',
      },
    ],
    [
      { segment: 'gone' },
      { targetingKey: 'ada' },
      {
        kind: 'segment',
        holds: false,
        text: 'in segment gone',
        flip: 'in segment gone',
        sentence: 'not “in segment gone”',
      },
    ],
    [
      { flag: 'other', serves: ['on'] },
      {},
      {
        kind: 'flag',
        holds: true,
        text: 'other serves on',
        found: 'it serves on',
        flip: 'not “other serves on”',
        sentence: 'other serves on',
      },
    ],
    [
      { flag: 'other', serves: ['off', 'grey'] },
      {},
      {
        kind: 'flag',
        holds: false,
        text: 'other serves off or grey',
        found: 'it serves on',
        flip: 'other serves off or grey (now it serves on)',
        sentence: 'it serves on, not “other serves off or grey”',
      },
    ],
    [
      { flag: 'silent', serves: ['on'] },
      {},
      {
        kind: 'flag',
        holds: false,
        text: 'silent serves on',
        found: 'it serves nothing',
        flip: 'silent serves on (now it serves nothing)',
        sentence: 'it serves nothing, not “silent serves on”',
      },
    ],
    [
      { flag: 'gone', serves: ['on'] },
      {},
      {
        kind: 'flag',
        holds: false,
        text: 'gone serves on',
        found: 'it serves nothing',
        flip: 'gone serves on (now it serves nothing)',
        sentence: 'it serves nothing, not “gone serves on”',
      },
    ],
    [
      { after: '2026-01-01T00:00:00Z' },
      {},
      {
        kind: 'time',
        holds: true,
        text: 'it is after 2026-01-01T00:00:00Z',
        found: 'it is 2026-06-01T12:00:00.000Z',
        flip: 'not “it is after 2026-01-01T00:00:00Z”',
        sentence: 'it is after 2026-01-01T00:00:00Z',
      },
    ],
    [
      { before: '2026-01-01T00:00:00Z' },
      {},
      {
        kind: 'time',
        holds: false,
        text: 'it is before 2026-01-01T00:00:00Z',
        found: 'it is 2026-06-01T12:00:00.000Z',
        flip: 'it is before 2026-01-01T00:00:00Z (now it is 2026-06-01T12:00:00.000Z)',
        sentence: 'it is 2026-06-01T12:00:00.000Z, not “it is before 2026-01-01T00:00:00Z”',
      },
    ],
    [always, {}, { kind: 'always', holds: true, text: 'always', flip: undefined, sentence: 'always' }],
  ])('%j for %j', (condition, context, expected) => {
    expect(tell(condition, context)).toEqual({ ...expected, children: [] });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('says so when it is unknown what time it is: %s', (now) => {
    expect(tell({ after: 0 }, {}, now).found).toBe('it is unknown');
  });
});

describe('a group', () => {
  const germany = { kind: 'attribute', text: 'country is DE', children: [] };
  const grown = { kind: 'attribute', text: 'age is at least 18', children: [] };

  it('has what each of its conditions came to', () => {
    expect(tell({ all: [country, age] }, { country: 'DE', age: 4 })).toEqual({
      kind: 'all',
      holds: false,
      text: 'country is DE, age is at least 18',
      flip: 'age is at least 18 (now age is 4)',
      sentence: 'age is 4, not “age is at least 18”',
      children: [
        { ...germany, holds: true, found: 'country is DE', flip: 'not “country is DE”', sentence: 'country is DE' },
        {
          ...grown,
          holds: false,
          found: 'age is 4',
          flip: 'age is at least 18 (now age is 4)',
          sentence: 'age is 4, not “age is at least 18”',
        },
      ],
    });
    expect(tell({ any: [country, age] }, { country: 'DE', age: 4 })).toMatchObject({
      kind: 'any',
      holds: true,
      text: 'country is DE or age is at least 18',
      flip: 'not “country is DE”',
      sentence: 'country is DE or age is at least 18',
      children: [{ holds: true }, { holds: false }],
    });
    expect(tell({ not: country }, { country: 'DE' })).toEqual({
      kind: 'not',
      holds: false,
      text: 'not (country is DE)',
      flip: 'not “country is DE”',
      sentence: 'not “not (country is DE)”',
      children: [
        { ...germany, holds: true, found: 'country is DE', flip: 'not “country is DE”', sentence: 'country is DE' },
      ],
    });
  });

  it.each<[Condition, string]>([
    [{ all: [country] }, 'country is DE'],
    [{ all: [{ any: [country, age] }, always] }, '(country is DE or age is at least 18), always'],
    [{ any: [{ all: [country, age] }, { all: [always] }] }, '(country is DE, age is at least 18) or always'],
    [{ any: [{ not: country }, { any: [age] }] }, 'not (country is DE) or age is at least 18'],
    [{ not: { all: [country, { not: age }] } }, 'not (country is DE, not (age is at least 18))'],
  ])('%j puts brackets where they are needed', (condition, text) => {
    expect(tell(condition).text).toBe(text);
  });

  const [german, french] = [
    { country: 'DE', age: 20 },
    { country: 'FR', age: 4 },
  ];
  it.each<[Condition, Context, string | undefined]>([
    // One of those that hold is enough to turn it; each that does not hold has to turn.
    [{ all: [country, age] }, german, 'not “country is DE” or not “age is at least 18”'],
    [{ all: [country, age] }, french, 'country is DE (now country is FR) and age is at least 18 (now age is 4)'],
    [{ all: [country, age, always] }, german, 'not “country is DE” or not “age is at least 18”'],
    [
      { all: [country, age, always] },
      french,
      'country is DE (now country is FR) and age is at least 18 (now age is 4)',
    ],
    [{ all: [country, never] }, french, undefined],
    [{ all: [always, always] }, {}, undefined],
    // Each that holds has to turn; one of those that do not is enough.
    [{ any: [country, age] }, german, 'not “country is DE” and not “age is at least 18”'],
    [{ any: [country, age] }, french, 'country is DE (now country is FR) or age is at least 18 (now age is 4)'],
    [{ any: [country, age, never] }, german, 'not “country is DE” and not “age is at least 18”'],
    [{ any: [country, never] }, french, 'country is DE (now country is FR)'],
    [{ any: [country, always] }, german, undefined],
    [{ any: [never, never] }, {}, undefined],
    [{ not: { any: [country, age] } }, german, 'not “country is DE” and not “age is at least 18”'],
    [never, {}, undefined],
    [{ not: never }, {}, undefined],
  ])('%j for %j is turned by what stands in the way', (condition, context, flip) => {
    expect(tell(condition, context).flip).toBe(flip);
  });

  it.each<[Condition, string]>([
    [{ all: [country, always, age] }, 'country is FR, not “country is DE”, age is 4, not “age is at least 18”'],
    [
      { all: [{ all: [always, age] }, country] },
      'age is 4, not “age is at least 18”, country is FR, not “country is DE”',
    ],
    [{ any: [country, age] }, 'not “country is DE or age is at least 18”'],
    [{ all: [always, { any: [country, age] }] }, 'not “country is DE or age is at least 18”'],
    [never, 'not “not (always)”'],
  ])('%j that does not hold names only what failed', (condition, sentence) => {
    expect(tell(condition, french).sentence).toBe(sentence);
  });
});
