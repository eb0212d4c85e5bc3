import { nodeOf, worldOf } from '../../test/support/engine/world';
import type { Condition, Operand } from './document';
import { ALL, ANY, CONSTANT, FLAG, LIST, NO, NOT, Node, RANGE, SEGMENT, SHARE_OF, TEST, TIME, YES } from './nodes';

const { POSITIVE_INFINITY: MOST, NEGATIVE_INFINITY: LEAST, MIN_VALUE: HAIR } = Number;
const always: Condition = { always: true };
const attribute = (is: string, value?: Operand, ignoreCase?: true): Condition => ({
  attribute: 'a',
  is,
  ...(value === undefined ? {} : { value }),
  ...(ignoreCase && { ignoreCase }),
});

describe('a condition that is made ready', () => {
  it.each<[Condition, Partial<Node>]>([
    // Comparisons are ranges.
    [attribute('gte', 18), { kind: RANGE, slot: 0, low: 18, high: MOST }],
    [attribute('between', [1, 2]), { kind: RANGE, slot: 0, low: 1, high: 2 }],
    [attribute('before', '1970-01-01T00:00:01Z'), { kind: RANGE, slot: 0, low: LEAST, high: 999.9999999999999 }],
    // What can be looked up in a list is, unless letters are folded.
    [attribute('equals', 'DE'), { kind: LIST, slot: 0, low: 0, part: [1] }],
    [attribute('in', ['DE', 'AT', 'DE', 7]), { kind: LIST, slot: 0, low: 0, part: [0b111] }],
    [attribute('in', []), { kind: TEST }],
    [attribute('equals', 'DE', true), { kind: TEST }],
    [attribute('in', ['DE'], true), { kind: TEST }],
    [attribute('notEquals', 'DE'), { kind: TEST }],
    [attribute('notIn', ['DE']), { kind: TEST }],
    [attribute('contains', ['DE']), { kind: TEST }],
    [attribute('isTrue'), { kind: TEST }],
    [{ after: 0 }, { kind: TIME, low: HAIR, high: MOST }],
    [{ before: '1970-01-01T00:00:00Z' }, { kind: TIME, low: LEAST, high: -HAIR }],
    [{ share: 12.345 }, { kind: SHARE_OF, slot: -1, high: 12_345 }],
    [
      { share: 12.345, by: 'company' },
      { kind: SHARE_OF, slot: 0, high: 12_345 },
    ],
    [{ all: [always, { not: always }] }, { kind: ALL }],
    [{ any: [always] }, { kind: ANY }],
    [{ not: always }, { kind: NOT }],
    [{ segment: 's' }, { kind: SEGMENT }],
    [{ flag: 'other', serves: ['on'] }, { kind: FLAG }],
    [always, { kind: CONSTANT, low: YES }],
  ])('%j is of its kind', (condition, expected) => {
    const node = nodeOf(condition, worldOf([{ key: 's', id: 1 }]));
    expect(node).toBeInstanceOf(Node);
    expect(node).toMatchObject({ condition, ...expected });
  });

  it.each<[unknown]>([
    [attribute('unheardOf', 1)],
    [{ after: 'soon' }],
    [{ before: 'soon' }],
    [{ all: [] }],
    [{ any: [] }],
    [{ segment: 'gone' }],
    [{}],
    [{ unheardOf: true }],
  ])('%j makes no sense and never holds', (condition) => {
    expect(nodeOf(condition as Condition, worldOf())).toMatchObject({ kind: CONSTANT, low: NO, condition });
  });
});

describe('a list', () => {
  /** A world where values of `a` are numbered: v0 is 0, v1 is 1, and so on. */
  function numbered(count: number) {
    const world = worldOf();
    const slot = world.slots.measureOf('a', 'code');
    for (let code = 0; code < count; code++) world.slots.codeOf(slot, `v${code}`);
    return world;
  }
  const listOf = (codes: readonly number[], count = 4_000) =>
    nodeOf(
      attribute(
        'in',
        codes.map((code) => `v${code}`),
      ),
      numbered(count),
    );

  it('is kept as bits, from the word of its first value to that of its last', () => {
    expect(listOf([0, 1, 31])).toMatchObject({ kind: LIST, low: 0, part: [0b11 + 2 ** 31 - 2 ** 32] });
    expect(listOf([70, 33, 64 + 95])).toMatchObject({ kind: LIST, low: 1, part: [0b10, 1 << 6, 0, 1 << 31] });
    expect(listOf([3_999]).bits).toEqual({ low: 124, words: [1 << 31] });
    expect(listOf([3_998, 3_968]).bits).toEqual({ low: 124, words: [1 + (1 << 30)] });
  });

  it('whose values lie too far apart is kept as a set', () => {
    // Two values may lie within 36 words of 32 bits.
    expect(listOf([0, 35 * 32 + 31])).toMatchObject({ kind: LIST, low: 0 });
    expect(listOf([0, 35 * 32 + 31]).bits?.words).toHaveLength(36);
    expect(listOf([0, 36 * 32])).toMatchObject({ kind: TEST });
    expect(listOf([31, 36 * 32 - 1]).kind).toBe(LIST);
    expect(listOf([32, 37 * 32 - 1]).kind).toBe(LIST);
    expect(listOf([32, 37 * 32]).kind).toBe(TEST);
    // Each further one allows two words more.
    expect(listOf([0, 1, 37 * 32 + 31]).bits?.words).toHaveLength(38);
    expect(listOf([0, 1, 38 * 32]).kind).toBe(TEST);
  });

  it('of another attribute numbers its values anew', () => {
    const world = numbered(100);
    const other: Condition = { attribute: 'b', is: 'equals', value: 'v99' };
    expect(nodeOf(other, world)).toMatchObject({ kind: LIST, slot: 1, low: 0, part: [1] });
  });
});
