import { findCycles } from './cycles';
import type { Condition, Document, Flag, Segment } from './document';
import { Mistakes } from './validate-conditions';

const asksFlag = (flag: string): Condition => ({ flag, serves: ['on'] });
const asksSegment = (segment: string): Condition => ({ segment });
const german: Condition = { attribute: 'country', is: 'equals', value: 'DE' };

const flag = (key: string, ...conditions: Condition[]): Flag => ({
  key,
  type: 'boolean',
  variants: { on: true },
  enabled: true,
  off: 'on',
  rules: conditions.map((when, index) => ({ id: `r${index}`, when, serve: { variant: 'on' } })),
  otherwise: { variant: 'on' },
});
const segment = (key: string, when?: Condition): Segment => ({ key, id: 1, ...(when && { when }) });

function found(flags: Flag[], segments: Segment[] = []): string[] {
  const mistakes = new Mistakes();
  findCycles(mistakes, { version: 1, flags, segments } satisfies Document);
  return mistakes.list.map(({ path, message }) => `${path}: ${message}`);
}

/** Flags each of which asks the next; so many in all, of which the last asks nobody. */
const chain = (length: number, last: Condition[] = []): Flag[] =>
  Array.from({ length }, (_, index) => flag(`c${index}`, ...(index < length - 1 ? [asksFlag(`c${index + 1}`)] : last)));
const tooLong = 'begins a chain of more than 100 flags and segments that ask one another';

describe('flags and segments that ask one another', () => {
  it('may not come back to themselves, by whatever way', () => {
    expect(found([flag('a', asksFlag('a'))])).toEqual(['/flags/0: asks itself: flag:a → flag:a']);
    expect(found([flag('a', german, asksFlag('b'), asksFlag('a')), flag('b')])).toEqual([
      '/flags/0: asks itself: flag:a → flag:a',
    ]);
    // The way that leads into a round is no part of it.
    expect(found([flag('in', asksFlag('a')), flag('a', asksFlag('b')), flag('b', asksFlag('a'))])).toEqual([
      '/flags/1: asks itself: flag:a → flag:b → flag:a',
    ]);
    const inGroups: Condition = { all: [german, { any: [german, { not: { all: [german, asksSegment('s')] } }] }] };
    expect(found([flag('a', inGroups)], [segment('r'), segment('s', asksFlag('a'))])).toEqual([
      '/flags/0: asks itself: flag:a → segment:s → flag:a',
    ]);
    expect(found([], [segment('r'), segment('s', asksSegment('s'))])).toEqual([
      '/segments/1: asks itself: segment:s → segment:s',
    ]);
  });

  it('may ask the same one by several ways', () => {
    const ways = [
      flag('a', asksFlag('b'), asksFlag('c')),
      flag('b', asksFlag('d')),
      flag('c', asksFlag('d')),
      flag('d'),
    ];
    expect(found(ways)).toEqual([]);
    expect(found([...ways].reverse())).toEqual([]);
    expect(found([flag('s', asksSegment('s'))], [segment('s')])).toEqual([]);
  });
});

describe('a chain of flags and segments', () => {
  it('may have a hundred, in whatever order they are written', () => {
    for (const flags of [chain(100), chain(100).reverse()]) expect(found(flags)).toEqual([]);
    expect(found(chain(101))).toEqual([`/flags/0: ${tooLong}`]);
    expect(found(chain(101).reverse())).toEqual([`/flags/100: ${tooLong}`]);
    expect(found(chain(103))).toEqual([`/flags/2: ${tooLong}`]);
  });

  it('ends with one that asks nothing further, whatever its conditions', () => {
    const nothing: Condition[] = [
      german,
      { always: true },
      { share: 50 },
      { after: 0 },
      { before: 0 },
      { all: [german] },
      { any: [german, { not: german }] },
    ];
    expect(found(chain(100, nothing))).toEqual([]);
    expect(found(chain(99, [asksSegment('s')]), [segment('s', german)])).toEqual([]);
    expect(found(chain(100, [asksSegment('s')]), [segment('s', german)])).toEqual([`/flags/0: ${tooLong}`]);
    expect(found(chain(99, [asksSegment('s')]), [segment('t'), segment('s', asksSegment('t'))])).toEqual([
      `/flags/0: ${tooLong}`,
    ]);
  });

  it('is as long as the longest way through it, also where a part of it was walked before', () => {
    const before = flag('before', asksFlag('c0'));
    expect(found([...chain(99), before])).toEqual([]);
    expect(found([...chain(100), before])).toEqual([`/flags/100: ${tooLong}`]);
    for (const asked of [
      ['c0', 'c98'],
      ['c98', 'c0'],
      ['c0', 'c99'],
      ['c99', 'c0'],
    ]) {
      const both = flag('both', ...asked.map(asksFlag));
      expect(found([...chain(100), both])).toEqual([`/flags/100: ${tooLong}`]);
      expect(found([both, ...chain(100)])).toEqual([`/flags/0: ${tooLong}`]);
    }
    expect(found([...chain(100), flag('short', asksFlag('c1'), asksFlag('c50'))])).toEqual([]);
  });
});
