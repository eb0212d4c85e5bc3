import { always, documentOf, plain as flag, rule } from '../../test/support/engine/documents';
import { LIMITS, validate } from '.';

const ofFlag = (parts: object) => documentOf([{ ...flag, ...parts }]);
const ofSplit = (split: unknown, more: object = {}) => ofFlag({ otherwise: { split, ...more } });
const ofSegment = (parts: object) => documentOf([], [{ key: 's', id: 1, ...parts }]);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const variantsOf = (count: number) => Object.fromEntries(many(count, (index) => [`v${index}`, true]));

/** Mistakes, each in a line with its path. */
const linesOf = (document: unknown): string[] => validate(document).map(({ path, message }) => `${path} ${message}`);

describe('mistakes in a document', () => {
  it.each<[unknown, string[]]>([
    [undefined, [' needs a document with version, flags and segments']],
    ['{}', [' needs a document with version, flags and segments']],
    [{}, ['/version needs 1', '/flags needs a list', '/segments needs a list']],
    [
      { version: '1', flags: {}, segments: null },
      ['/version needs 1', '/flags needs a list', '/segments needs a list'],
    ],
    [{ ...documentOf([]), 'a/b~c': 1 }, ['/a~1b~0c is not known here']],
    [documentOf([null, 1]), ['/flags/0 needs a flag', '/flags/1 needs a flag']],
    [documentOf([], [[], 's']), ['/segments/0 needs a segment', '/segments/1 needs a segment']],
    [documentOf([flag, { ...flag, key: 'g' }, flag]), ['/flags/2/key is the key of another one, too']],
    [
      documentOf(
        [],
        [
          { key: 's', id: 1 },
          { key: 's', id: 1 },
        ],
      ),
      ['/segments/1/key is the key of another one, too', '/segments/1/id is the id of another one, too'],
    ],
    [
      documentOf([], [{ key: 's' }, { key: 't' }]),
      ['/segments/0/id needs a whole number of 32 bits', '/segments/1/id needs a whole number of 32 bits'],
    ],
  ])('%#: %j', (document, lines) => {
    expect(linesOf(document)).toEqual(lines);
  });

  it('are more flags or segments than there may be', () => {
    const segments = many(LIMITS.segments + 1, (index) => ({ key: `s${index}`, id: index }));
    expect(linesOf(documentOf([], segments))).toEqual(['/segments has more than 50000 entries']);
    expect(linesOf(documentOf([], segments.slice(1)))).toEqual([]);
    const flags = many(LIMITS.flags + 1, () => null);
    expect(linesOf(documentOf(flags)).slice(0, 2)).toEqual([
      '/flags has more than 50000 entries',
      '/flags/0 needs a flag',
    ]);
    expect(linesOf(documentOf(flags.slice(1)))[0]).toBe('/flags/0 needs a flag');
  });
});

const KEY = 'needs a text of 1 to 255 characters';
const SERVE = 'needs either a variant or a split';
const NO_VARIANT = 'is no variant of this flag';
const LARGE = 'x'.repeat(LIMITS.jsonBytes);

describe('mistakes in a flag', () => {
  it.each<[object, string[]]>([
    [{ key: 'k'.repeat(255) }, []],
    [{ key: 'k'.repeat(256) }, [`/flags/0/key ${KEY}`]],
    [{ key: '' }, [`/flags/0/key ${KEY}`]],
    [{ key: null }, [`/flags/0/key ${KEY}`]],
    [{ key: ['f'] }, [`/flags/0/key ${KEY}`]],
    [{ key: undefined }, [`/flags/0/key ${KEY}`]],
    [{ enabled: 'true' }, ['/flags/0/enabled needs true or false']],
    [{ colour: 'red' }, ['/flags/0/colour is not known here']],
    [{ off: null }, []],
    [{ off: 'none' }, [`/flags/0/off ${NO_VARIANT}`]],
    [{ off: 1, variants: { on: true, 1: true } }, [`/flags/0/off ${NO_VARIANT}`]],
    [{ rules: {} }, ['/flags/0/rules needs a list of rules']],
    [{ rules: undefined }, ['/flags/0/rules needs a list of rules']],
    [{ otherwise: undefined }, [`/flags/0/otherwise ${SERVE}`]],
    [{ otherwise: {} }, [`/flags/0/otherwise ${SERVE}`]],
    [{ otherwise: { variant: 'on', more: 1 } }, ['/flags/0/otherwise/more is not known here']],
    [{ otherwise: { variant: 'none' } }, [`/flags/0/otherwise/variant ${NO_VARIANT}`]],
    [{ metadata: { a: 1, b: 'x', c: true } }, []],
    [{ metadata: null }, ['/flags/0/metadata needs facts by their names']],
    [{ metadata: ['x'] }, ['/flags/0/metadata needs facts by their names']],
    [{ metadata: { 'a/b': null } }, ['/flags/0/metadata/a~1b needs a text, a number, true or false']],
  ])('%#', (parts, lines) => {
    expect(linesOf(ofFlag(parts))).toEqual(lines);
  });

  it.each<[string, unknown, boolean]>([
    ['boolean', true, true],
    ['boolean', 'true', false],
    ['string', '', true],
    ['string', 1, false],
    ['string', null, false],
    ['integer', -7, true],
    ['integer', 1.5, false],
    ['integer', '1', false],
    ['float', 1.5, true],
    ['float', 7, true],
    ['float', '1.5', false],
    ['float', Number.POSITIVE_INFINITY, false],
    ['json', null, true],
    ['json', { a: [1, 'x', false, null] }, true],
    ['json', undefined, false],
  ])('are values of another type: %s %j: %s', (type, it, isRight) => {
    const message = `/flags/0/variants/it needs a value of type ${type}`;
    expect(linesOf(ofFlag({ type, variants: { it }, off: 'it' }))).toEqual(isRight ? [] : [message]);
  });

  it.each<[object, string[]]>([
    [{ type: 'number' }, ['/flags/0/type needs one of boolean, string, integer, float, json']],
    [{ type: ['boolean'] }, ['/flags/0/type needs one of boolean, string, integer, float, json']],
    [{ type: 'text', variants: { off: LARGE } }, ['/flags/0/type needs one of boolean, string, integer, float, json']],
    [{ variants: [true], off: null }, ['/flags/0/variants needs variants by their names']],
    [{ variants: null }, ['/flags/0/variants needs variants by their names', `/flags/0/off ${NO_VARIANT}`]],
    [{ type: 'string', variants: { off: LARGE } }, ['/flags/0/variants/off takes more than 65536 bytes']],
    [{ type: 'json', variants: { off: [LARGE] } }, ['/flags/0/variants/off takes more than 65536 bytes']],
    [{ variants: { off: true, '': true } }, ['/flags/0/variants/ is called by a text of 1 to 255 characters']],
    [{ variants: { off: true, ['v'.repeat(255)]: true } }, []],
    [
      { variants: { off: true, ['v'.repeat(256)]: true } },
      [`/flags/0/variants/${'v'.repeat(256)} is called by a text of 1 to 255 characters`],
    ],
    [{ variants: variantsOf(1_000), off: 'v0' }, []],
    [{ variants: variantsOf(1_001), off: 'v0' }, ['/flags/0/variants has more than 1000 variants']],
  ])('are types and variants: %#', (parts, lines) => {
    expect(linesOf(ofFlag(parts))).toEqual(lines);
  });
});

describe('mistakes in rules', () => {
  it.each<[unknown[], string[]]>([
    [[null], ['/flags/0/rules/0 needs an id, a condition and what is served']],
    [
      [rule, [], rule],
      [
        '/flags/0/rules/1 needs an id, a condition and what is served',
        '/flags/0/rules/2/id is the id of another rule of this flag, too',
      ],
    ],
    [
      [
        { ...rule, id: '' },
        { ...rule, id: '' },
      ],
      [`/flags/0/rules/0/id ${KEY}`, `/flags/0/rules/1/id ${KEY}`],
    ],
    [[{ ...rule, name: 'x', more: 1 }], ['/flags/0/rules/0/more is not known here']],
    [[{ ...rule, name: null }], ['/flags/0/rules/0/name needs a text']],
    [[{ ...rule, when: 1 }], ['/flags/0/rules/0/when needs a condition']],
    [[{ ...rule, serve: null }], [`/flags/0/rules/0/serve ${SERVE}`]],
    [[{ ...rule, serve: { variant: 1 } }], [`/flags/0/rules/0/serve/variant ${NO_VARIANT}`]],
    [many(500, (index) => ({ ...rule, id: `r${index}` })), []],
    [many(501, (index) => ({ ...rule, id: `r${index}` })), ['/flags/0/rules has more than 500 rules']],
  ])('%#', (rules, lines) => {
    expect(linesOf(ofFlag({ rules }))).toEqual(lines);
  });

  const whole = [{ variant: 'on', weight: 100_000 }];
  const AT_LEAST = '/flags/0/otherwise/split needs at least one variant with its weight';
  it.each<[unknown, object, string[]]>([
    [whole, { salt: 's', by: 'company' }, []],
    [{}, {}, [AT_LEAST]],
    [[], {}, [AT_LEAST]],
    [many(1_000, () => ({ variant: 'on', weight: 100 })), {}, []],
    [many(1_001, () => ({ variant: 'on', weight: 100 })), {}, ['/flags/0/otherwise/split has more than 1000 parts']],
    [[...whole, null], {}, ['/flags/0/otherwise/split/1 needs a variant and a weight']],
    [[{ ...whole[0], more: 1 }], {}, ['/flags/0/otherwise/split/0/more is not known here']],
    [[{ ...whole[0], variant: 'none' }], {}, [`/flags/0/otherwise/split/0/variant ${NO_VARIANT}`]],
    [[...whole, { variant: 'off', weight: 0 }], {}, []],
    [
      [...whole, { variant: 'off', weight: '5' }, { variant: 'off', weight: -5 }],
      {},
      [
        '/flags/0/otherwise/split/1/weight needs a whole number from 0',
        '/flags/0/otherwise/split/2/weight needs a whole number from 0',
      ],
    ],
    [[{ variant: 'on', weight: 99_999 }], {}, ['/flags/0/otherwise/split weights sum to 99999, not to 100000']],
    [whole, { more: 1 }, ['/flags/0/otherwise/more is not known here']],
    [whole, { salt: 'x'.repeat(2_000) }, []],
    [whole, { salt: 'x'.repeat(2_001) }, ['/flags/0/otherwise/salt needs a text']],
    [whole, { salt: 1 }, ['/flags/0/otherwise/salt needs a text']],
    [whole, { by: '' }, ['/flags/0/otherwise/by needs the name of an attribute']],
    [whole, { by: ['x'] }, ['/flags/0/otherwise/by needs the name of an attribute']],
  ])('are what a split has: %#', (split, more, lines) => {
    expect(linesOf(ofSplit(split, more))).toEqual(lines);
  });
});

describe('mistakes in a segment', () => {
  it.each<[object, string[]]>([
    [{ include: ['a'], exclude: [], when: always }, []],
    [{ key: '' }, [`/segments/0/key ${KEY}`]],
    [{ id: 2 ** 31 - 1 }, []],
    [{ id: -(2 ** 31) }, []],
    [{ id: 2 ** 31 }, ['/segments/0/id needs a whole number of 32 bits']],
    [{ id: -(2 ** 31) - 1 }, ['/segments/0/id needs a whole number of 32 bits']],
    [{ id: 1.5 }, ['/segments/0/id needs a whole number of 32 bits']],
    [{ id: '1' }, ['/segments/0/id needs a whole number of 32 bits']],
    [{ include: 'a' }, ['/segments/0/include needs a list of ids']],
    [{ exclude: {} }, ['/segments/0/exclude needs a list of ids']],
    [{ include: [1, 'a', 2] }, ['/segments/0/include/0 needs a text']],
    [{ exclude: ['a', null] }, ['/segments/0/exclude/1 needs a text']],
    [
      { when: {} },
      [`/segments/0/when needs exactly one of all, any, not, always, attribute, after, before, share, segment, flag`],
    ],
    [{ members: [] }, ['/segments/0/members is not known here']],
  ])('%#', (parts, lines) => {
    expect(linesOf(ofSegment(parts))).toEqual(lines);
  });

  it('are more members than there may be', () => {
    const include = new Array<string>(LIMITS.members).fill('a');
    expect(linesOf(ofSegment({ include }))).toEqual([]);
    include.push('a');
    expect(linesOf(ofSegment({ include }))).toEqual(['/segments/0/include has more than 5000000 ids']);
  });
});
