import fc from 'fast-check';
import { always, documentOf, plain as flag, rule } from '../../test/support/engine/documents';
import { compile, LIMITS, validate } from '.';

const ofFlag = (parts: object) => documentOf([{ ...flag, ...parts }]);
const ofCondition = (when: unknown) => ofFlag({ rules: [{ ...rule, when }] });
const nested = (depth: number): unknown => (depth === 1 ? always : { not: nested(depth - 1) });
const split = (...weights: number[]) => ({ split: weights.map((weight) => ({ variant: 'on', weight })) });

describe('mistakes', () => {
  it('are none in a document that is right', () => {
    const segment = { key: 's', id: -1, include: ['a'], exclude: [], when: always };
    const more = {
      ...flag,
      rules: [{ ...rule, name: '', when: { segment: 's' } }],
      metadata: { a: 1, b: 'x', c: true },
    };
    expect(validate(documentOf([more], [segment]))).toEqual([]);
    expect(validate(ofCondition(nested(LIMITS.depth)))).toEqual([]);
    expect(validate(ofFlag({ otherwise: { ...split(50_000, 50_000), salt: '', by: 'x.y' } }))).toEqual([]);
  });

  it.each<[unknown, string, RegExp]>([
    [null, '', /needs a document/],
    [[], '', /needs a document/],
    [{ version: 2, flags: [], segments: [] }, '/version', /needs 1/],
    [{ version: 1, flags: {}, segments: [] }, '/flags', /needs a list/],
    [{ version: 1, flags: [], segments: [], more: 1 }, '/more', /not known/],
    [documentOf([null]), '/flags/0', /needs a flag/],
    [documentOf([flag, flag]), '/flags/1/key', /another one/],
    [ofFlag({ key: '' }), '/flags/0/key', /1 to 255/],
    [ofFlag({ type: 'number' }), '/flags/0/type', /boolean, string, integer, float, json/],
    [ofFlag({ type: 'constructor' }), '/flags/0/type', /needs one of/],
    [ofFlag({ enabled: 1 }), '/flags/0/enabled', /true or false/],
    [ofFlag({ off: 'none' }), '/flags/0/off', /no variant/],
    [ofFlag({ off: 'constructor' }), '/flags/0/off', /no variant/],
    [ofFlag({ variants: { on: 1 }, off: null }), '/flags/0/variants/on', /type boolean/],
    [ofFlag({ type: 'integer', variants: { on: 1.5 }, off: null }), '/flags/0/variants/on', /type integer/],
    [ofFlag({ type: 'float', variants: { on: Number.NaN }, off: null }), '/flags/0/variants/on', /type float/],
    [ofFlag({ type: 'json', variants: { 'a/b~c': () => 1 }, off: null }), '/flags/0/variants/a~1b~0c', /type json/],
    [ofFlag({ metadata: { a: {} } }), '/flags/0/metadata/a', /a text, a number/],
    [ofFlag({ colour: 'red' }), '/flags/0/colour', /not known/],
    [ofFlag({ rules: [rule, rule] }), '/flags/0/rules/1/id', /another rule/],
    [ofFlag({ rules: [{ ...rule, serve: {} }] }), '/flags/0/rules/0/serve', /either a variant or a split/],
    [ofFlag({ rules: [{ ...rule, serve: { variant: 'x' } }] }), '/flags/0/rules/0/serve/variant', /no variant/],
    [ofFlag({ otherwise: { variant: 'on', split: [] } }), '/flags/0/otherwise', /either/],
    [ofFlag({ otherwise: split(99_999) }), '/flags/0/otherwise/split', /sum to 99999, not to 100000/],
    [ofFlag({ otherwise: split(50_000.5, 49_999.5) }), '/flags/0/otherwise/split/0/weight', /whole number/],
    [ofFlag({ otherwise: split(-1, 100_001) }), '/flags/0/otherwise/split/0/weight', /whole number/],
    [ofFlag({ otherwise: split() }), '/flags/0/otherwise/split', /at least one/],
    [ofCondition({}), '/flags/0/rules/0/when', /exactly one of/],
    [ofCondition({ always: true, all: [always] }), '/flags/0/rules/0/when', /exactly one of/],
    [ofCondition({ always: false }), '/flags/0/rules/0/when/always', /needs true/],
    [ofCondition({ all: [] }), '/flags/0/rules/0/when/all', /at least one/],
    [ofCondition({ any: [] }), '/flags/0/rules/0/when/any', /at least one/],
    [ofCondition({ any: [{ not: 1 }] }), '/flags/0/rules/0/when/any/0/not', /needs a condition/],
    [ofCondition(nested(LIMITS.depth + 1)), `/flags/0/rules/0/when${'/not'.repeat(LIMITS.depth)}`, /deeper than 10/],
    [ofCondition({ attribute: '', is: 'exists', value: true }), '/flags/0/rules/0/when/attribute', /needs the name/],
    [ofCondition({ attribute: 'a', is: 'like', value: 'x' }), '/flags/0/rules/0/when/is', /needs one of equals/],
    [ofCondition({ attribute: 'a', is: 'toString' }), '/flags/0/rules/0/when/is', /needs one of/],
    [
      ofCondition({ attribute: 'a', is: 'lt', value: 1, ignoreCase: true }),
      '/flags/0/rules/0/when/ignoreCase',
      /no meaning/,
    ],
    [
      ofCondition({ attribute: 'a', is: 'equals', value: 'x', ignoreCase: false }),
      '/flags/0/rules/0/when/ignoreCase',
      /left out/,
    ],
    [ofCondition({ attribute: 'a', is: 'exists', value: true, by: 'x' }), '/flags/0/rules/0/when/by', /not known/],
    [ofCondition({ after: 'tomorrow' }), '/flags/0/rules/0/when/after', /moment/],
    [ofCondition({ share: 100.1 }), '/flags/0/rules/0/when/share', /0 to 100/],
    [ofCondition({ share: 0.0001 }), '/flags/0/rules/0/when/share', /steps of 0.001/],
    [ofCondition({ share: 1, by: '' }), '/flags/0/rules/0/when/by', /attribute/],
    [ofCondition({ segment: 'none' }), '/flags/0/rules/0/when/segment', /no such segment/],
    [ofCondition({ flag: 'none', serves: ['on'] }), '/flags/0/rules/0/when/flag', /no such flag/],
    [
      documentOf([flag, { ...flag, key: 'g', rules: [{ ...rule, when: { flag: 'f', serves: ['x'] } }] }]),
      '/flags/1/rules/0/when/serves/0',
      /no variant/,
    ],
    [documentOf([], [{ key: 's', id: 2 ** 31 }]), '/segments/0/id', /32 bits/],
    [
      documentOf(
        [],
        [
          { key: 's', id: 1 },
          { key: 't', id: 1 },
        ],
      ),
      '/segments/1/id',
      /another one/,
    ],
    [documentOf([], [{ key: 's', id: 1, include: ['a', 1] }]), '/segments/0/include/1', /a text/],
    [documentOf([], [{ key: 's', id: 1, include: 'a' }]), '/segments/0/include', /list of ids/],
  ])('%#: are named with their path', (document, path, message) => {
    const found = validate(document).filter((mistake) => mistake.path === path);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toMatch(message);
  });

  it('are cycles of flags and of segments, and chains without end', () => {
    const needs = (key: string, other: string) => ({
      ...flag,
      key,
      rules: [{ ...rule, when: { flag: other, serves: ['on'] } }],
    });
    expect(validate(documentOf([needs('a', 'b'), needs('b', 'c'), needs('c', 'a')]))).toEqual([
      { path: '/flags/0', message: 'asks itself: flag:a → flag:b → flag:c → flag:a' },
    ]);
    expect(validate(documentOf([needs('a', 'a')]))).toHaveLength(1);
    const segments = [
      { key: 'a', id: 1, when: { not: { any: [{ segment: 'b' }] } } },
      { key: 'b', id: 2, when: { all: [{ segment: 'a' }] } },
    ];
    expect(validate(documentOf([], segments))).toEqual([
      { path: '/segments/0', message: 'asks itself: segment:a → segment:b → segment:a' },
    ]);
    const through = documentOf(
      [{ ...needs('a', 'a'), rules: [{ ...rule, when: { segment: 's' } }] }],
      [{ key: 's', id: 1, when: { flag: 'a', serves: ['on'] } }],
    );
    expect(validate(through)).toEqual([{ path: '/flags/0', message: 'asks itself: flag:a → segment:s → flag:a' }]);
    const chain = Array.from({ length: 20_000 }, (_, index) => needs(`f${index}`, `f${index + 1}`));
    const found = validate(documentOf([...chain, { ...flag, key: 'f20000' }]));
    expect(found).toEqual([{ path: '/flags/19900', message: expect.stringContaining('more than 100') }]);
    const diamond = [needs('a', 'c'), needs('b', 'c'), { ...flag, key: 'c' }];
    expect(validate(documentOf(diamond))).toEqual([]);
  });

  it('are what is over a limit, which is named', () => {
    const of = (document: unknown) => validate(document).map(({ message }) => message);
    const many = (count: number, make: (index: number) => unknown) =>
      Array.from({ length: count }, (_, index) => make(index));
    expect(of(ofFlag({ rules: many(LIMITS.rules + 1, (index) => ({ ...rule, id: `r${index}` })) }))).toEqual([
      'has more than 500 rules',
    ]);
    expect(of(ofCondition({ all: many(LIMITS.conditions + 1, () => always) }))).toEqual([
      'is one of more than 200 conditions',
    ]);
    expect(of(ofCondition({ attribute: 'a', is: 'in', value: many(LIMITS.list + 1, String) }))).toEqual([
      'has more than 10000 entries',
    ]);
    expect(of(ofCondition({ attribute: 'a', is: 'equals', value: 'x'.repeat(LIMITS.text + 1) }))).toEqual([
      'has more than 2000 characters',
    ]);
  });

  it('are found in anything at all, and never end in a fault', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 6 }), (anything) => {
        const found = validate(anything);
        const again = validate(ofCondition(anything));
        return Array.isArray(found) && Array.isArray(again);
      }),
      { numRuns: 300, seed: 20_261_121 },
    );
    expect(() => compile(ofCondition({ all: [] }) as never)).toThrow('1 mistake');
  });
});
