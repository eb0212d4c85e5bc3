import { always, documentOf, plain as flag, rule } from '../../test/support/engine/documents';
import { OPERATORS, validate } from '.';

const ofCondition = (when: unknown) => documentOf([{ ...flag, rules: [{ ...rule, when }] }]);
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Mistakes, each in a line with its path. */
const linesOf = (document: unknown): string[] => validate(document).map(({ path, message }) => `${path} ${message}`);

describe('mistakes in a condition', () => {
  const AT = '/flags/0/rules/0/when';
  const KINDS = 'needs exactly one of all, any, not, always, attribute, after, before, share, segment, flag';
  const MOMENT = 'needs a moment like 2026-01-31T09:00:00Z';
  const PERCENT = 'needs a percentage from 0 to 100 in steps of 0.001';
  const ATTRIBUTE = 'needs the name of an attribute of at most 255 characters';
  const a = { attribute: 'a', is: 'equals', value: 'x' };

  it.each<[unknown, string[]]>([
    [undefined, [' needs a condition']],
    [null, [' needs a condition']],
    [[always], [' needs a condition']],
    ['always', [' needs a condition']],
    [{}, [` ${KINDS}`]],
    [{ more: 1 }, [` ${KINDS}`]],
    [{ always: true, not: always }, [` ${KINDS}`]],
    [{ always: true, 'a/b': 1, salt: 's' }, ['/a~1b is not known here', '/salt is not known here']],
    [{ always: 1 }, ['/always needs true']],
    [{ all: {} }, ['/all needs at least one condition']],
    [{ any: [] }, ['/any needs at least one condition']],
    [{ all: [always, 1, { any: [null] }] }, ['/all/1 needs a condition', '/all/2/any/0 needs a condition']],
    [{ not: { not: 1 } }, ['/not/not needs a condition']],
    [{ after: '2026-01-01T00:00:00Z' }, []],
    [{ before: 0 }, []],
    [{ after: '2026-01-01' }, [`/after ${MOMENT}`]],
    [{ before: null }, [`/before ${MOMENT}`]],
    [{ before: 0, salt: 's' }, ['/salt is not known here']],
    [{ segment: 's' }, []],
    [{ segment: 'none' }, ['/segment there is no such segment']],
    [{ segment: 1 }, ['/segment there is no such segment']],
    [{ share: 0 }, []],
    [{ share: 100, salt: 's', by: 'company' }, []],
    [{ share: 33.333 }, []],
    [{ share: 57.3 }, []],
    [{ share: 9.999999999999999e-10 }, []], // a millionth of a step, which sums of such numbers may be off by
    [{ share: 1e-9 }, [`/share ${PERCENT}`]],
    [{ share: 33.3333 }, [`/share ${PERCENT}`]],
    [{ share: 100.001 }, [`/share ${PERCENT}`]],
    [{ share: -1 }, [`/share ${PERCENT}`]],
    [{ share: '50' }, [`/share ${PERCENT}`]],
    [{ share: Number.NaN }, [`/share ${PERCENT}`]],
    [{ share: 1, salt: 's'.repeat(2_000) }, []],
    [{ share: 1, salt: 's'.repeat(2_001) }, ['/salt needs a text']],
    [{ share: 1, salt: null }, ['/salt needs a text']],
    [{ share: 1, by: '' }, ['/by needs the name of an attribute']],
    [{ share: 1, by: 1 }, ['/by needs the name of an attribute']],
    [{ ...a, ignoreCase: true }, []],
    [{ ...a, attribute: 'a'.repeat(255) }, []],
    [{ ...a, attribute: 'a'.repeat(256) }, [`/attribute ${ATTRIBUTE}`]],
    [{ ...a, attribute: '' }, [`/attribute ${ATTRIBUTE}`]],
    [{ ...a, attribute: ['a'] }, [`/attribute ${ATTRIBUTE}`]],
    [{ ...a, is: 'like' }, [`/is needs one of ${[...OPERATORS.keys()].join(', ')}`]],
    [{ ...a, is: undefined }, [`/is needs one of ${[...OPERATORS.keys()].join(', ')}`]],
    [{ ...a, value: null }, ['/value needs a text, a number, true or false']],
    [{ ...a, value: 'x'.repeat(2_000) }, []],
    [{ ...a, value: 'x'.repeat(2_001) }, ['/value has more than 2000 characters']],
    [{ ...a, is: 'in', value: many(10_000, String) }, []],
    [{ ...a, is: 'in', value: many(10_001, String) }, ['/value has more than 10000 entries']],
    [{ ...a, ignoreCase: false }, ['/ignoreCase needs true, or to be left out']],
    [{ attribute: 'a', is: 'isTrue', ignoreCase: true }, ['/ignoreCase has no meaning for isTrue']],
    [{ ...a, by: 'x' }, ['/by is not known here']],
    [{ flag: 'g', serves: ['on', 'off'] }, []],
    [{ flag: 'none', serves: ['on'] }, ['/flag there is no such flag']],
    [{ flag: 1, serves: ['on'] }, ['/flag there is no such flag']],
    [{ flag: 'g' }, ['/serves needs at least one variant']],
    [{ flag: 'g', serves: [] }, ['/serves needs at least one variant']],
    [{ flag: 'g', serves: 'on' }, ['/serves needs at least one variant']],
    [{ flag: 'g', serves: ['on', 'none'] }, ['/serves/1 is no variant of that flag']],
    [{ flag: 'g', serves: [1] }, ['/serves/0 is no variant of that flag']],
  ])('%#: %j', (when, lines) => {
    const other = { ...flag, key: 'g', variants: { on: true, off: false, 1: true } };
    const document = documentOf([{ ...flag, rules: [{ ...rule, when }] }, other], [{ key: 's', id: 1 }]);
    expect(linesOf(document)).toEqual(lines.map((line) => AT + line));
  });

  it('are what names something that has no right key, or no variants', () => {
    const asking = { ...flag, rules: [{ ...rule, when: { flag: 1, serves: ['on'] } }] };
    expect(linesOf(documentOf([asking, { ...flag, key: 1 }]))).toEqual([
      `${AT}/flag there is no such flag`,
      '/flags/1/key needs a text of 1 to 255 characters',
    ]);
    const member = { ...flag, rules: [{ ...rule, when: { segment: 1 } }] };
    expect(linesOf(documentOf([member], [{ key: 1, id: 1 }]))).toEqual([
      `${AT}/segment there is no such segment`,
      '/segments/0/key needs a text of 1 to 255 characters',
    ]);
    const without = { ...flag, key: 'g', variants: null, off: null };
    const needing = { ...flag, rules: [{ ...rule, when: { flag: 'g', serves: ['on'] } }] };
    expect(linesOf(documentOf([needing, without]))).toEqual([
      `${AT}/flag there is no such flag`,
      '/flags/1/variants needs variants by their names',
    ]);
  });

  it('are conditions beyond the two hundredth, of which the first is named', () => {
    const linesOfAll = (...all: unknown[]) => linesOf(ofCondition({ all }));
    const some = many(198, () => always);
    expect(linesOfAll(...some, always)).toEqual([]);
    expect(linesOfAll(...some, 1)).toEqual([`${AT}/all/198 needs a condition`]);
    expect(linesOfAll(...some, always, 1, 1)).toEqual([`${AT}/all/199 is one of more than 200 conditions`]);
  });

  it('are conditions nested deeper than ten levels, in whatever', () => {
    const within = (depth: number): unknown => (depth === 1 ? always : depth % 2 === 0 ? { all: [within(depth - 1)] } : { not: within(depth - 1) }); // biome-ignore format: one line
    expect(linesOf(ofCondition(within(10)))).toEqual([]);
    expect(linesOf(ofCondition(within(11)))).toEqual([`${AT}${'/not/all/0'.repeat(5)} is nested deeper than 10`]);
  });
});
