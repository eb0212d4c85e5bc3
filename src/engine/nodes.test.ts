import { nodeOf, scopeOf, worldOf } from '../../test/support/engine/world';
import type { Condition, Context, Segment } from './document';
import { beginShare } from './hash';
import { ask, canShare, LIST, listedIn, NO, type Outcome, SHARED, YES } from './nodes';

const SEGMENTS: Segment[] = [
  { key: 'names', id: 1, include: ['ada', '7'], exclude: ['eve'] },
  { key: 'half', id: 2, exclude: ['123'], when: { share: 51, salt: 'AB12A' } },
  { key: 'pro', id: 3, when: { attribute: 'plan', is: 'equals', value: 'pro' } },
  { key: 'both', id: 4, when: { all: [{ segment: 'pro' }, { share: 51, salt: 'AB12A' }] } },
  { key: 'nested', id: 5, when: { any: [{ segment: 'pro' }, { segment: 'half' }] } },
];
const outcome = (condition: Condition, context: Context, now = 0): Outcome => {
  const world = worldOf(SEGMENTS);
  const node = nodeOf(condition, world);
  return ask(node, scopeOf(world, context, now));
};

const always: Condition = { always: true };
const never: Condition = { not: always };
const german: Condition = { attribute: 'country', is: 'equals', value: 'DE' };
const grown: Condition = { attribute: 'age', is: 'gte', value: 18 };
const staff: Condition = { attribute: 'staff', is: 'isTrue' };
const inside: Condition = { share: 51 }; // 123 stands at 50.681 %
const outside: Condition = { share: 50 };
const ada = { targetingKey: '123', country: 'DE', age: 36, staff: true, plan: 'pro' };

describe('what a condition comes to', () => {
  it.each<[Condition, Context, Outcome]>([
    [always, {}, YES],
    [never, {}, NO],
    [german, ada, YES],
    [german, {}, NO],
    [grown, ada, YES],
    [grown, { age: 17 }, NO],
    [staff, ada, YES],
    [staff, {}, NO],
    // A share lets in whoever stands below its end.
    [inside, ada, SHARED],
    [outside, ada, NO],
    [{ share: 50.681 }, ada, NO],
    [{ share: 50.682 }, ada, SHARED],
    [inside, { targetingKey: 123 as never }, SHARED],
    [{ share: 100 }, {}, NO],
    [{ share: 100, by: 'company' }, ada, NO],
    [{ share: 51, by: 'company' }, { company: '123' }, SHARED],
    [{ share: 51, by: 'company' }, { company: 123 }, SHARED],
    [{ share: 51, salt: 'other' }, ada, SHARED],
    // All have to hold; one of them that is a share makes it one.
    [{ all: [german, grown, staff] }, ada, YES],
    [{ all: [german, inside] }, ada, SHARED],
    [{ all: [inside, german] }, ada, SHARED],
    [{ all: [inside, staff] }, ada, SHARED],
    [{ all: [inside, never] }, ada, NO],
    [{ all: [never, inside] }, ada, NO],
    [{ all: [grown, german] }, { ...ada, country: 'FR' }, NO],
    [{ all: [german, grown] }, { ...ada, country: 'FR' }, NO],
    [{ all: [{ all: [inside, always] }, german] }, ada, SHARED],
    // The first that holds decides how.
    [{ any: [never, inside] }, ada, SHARED],
    [{ any: [outside, german, inside] }, ada, YES],
    [{ any: [inside, german] }, ada, SHARED],
    [{ any: [never, outside] }, ada, NO],
    // What is turned is never let in by a share.
    [{ not: inside }, ada, NO],
    [{ not: outside }, ada, YES],
    [{ not: { not: inside } }, ada, YES],
    // Whoever is named is not asked further.
    [{ segment: 'names' }, { targetingKey: 'ada' }, YES],
    [{ segment: 'names' }, { targetingKey: 7 as never }, YES],
    [{ segment: 'names' }, { targetingKey: 'eve' }, NO],
    [{ segment: 'names' }, { targetingKey: 'undefined' }, NO],
    [{ segment: 'names' }, {}, NO],
    [{ segment: 'half' }, ada, NO],
    [{ segment: 'half' }, { targetingKey: 'user-1' }, SHARED],
    [{ segment: 'half' }, {}, NO],
    [{ segment: 'pro' }, ada, YES],
    [{ segment: 'both' }, ada, SHARED],
    [{ segment: 'nested' }, ada, YES],
    [{ flag: 'other', serves: ['off', 'on'] }, {}, YES],
    [{ flag: 'other', serves: ['off'] }, {}, NO],
    [{ flag: 'silent', serves: ['on', 'undefined'] }, {}, NO],
    [{ flag: 'gone', serves: ['on', 'undefined'] }, {}, NO],
  ])('%j of %j: %i', (condition, context, expected) => {
    expect(outcome(condition, context)).toBe(expected);
  });

  it.each<[Condition, number, Outcome]>([
    [{ after: 0 }, 0, NO],
    [{ after: 0 }, -1, NO],
    [{ after: 0 }, Number.MIN_VALUE, YES],
    [{ after: 0 }, Number.POSITIVE_INFINITY, YES],
    [{ after: 0 }, Number.NaN, NO],
    [{ before: 0 }, 0, NO],
    [{ before: 0 }, 1, NO],
    [{ before: 0 }, -Number.MIN_VALUE, YES],
    [{ before: 0 }, Number.NEGATIVE_INFINITY, YES],
    [{ before: 0 }, Number.NaN, NO],
  ])('%j at %d: %i', (condition, now, expected) => {
    expect(outcome(condition, {}, now)).toBe(expected);
  });
});

describe('whom a segment names', () => {
  it.each<[unknown, 'included' | 'excluded' | undefined]>([
    ['ada', 'included'],
    [7, 'included'],
    ['eve', 'excluded'],
    ['both', 'excluded'],
    ['bob', undefined],
    ['', undefined],
    [Number.NaN, undefined],
    [undefined, undefined],
    [null, undefined],
    [true, undefined],
  ])('%j: %s', (targetingKey, expected) => {
    const world = worldOf([{ key: 's', id: 1, include: ['ada', '7', 'both'], exclude: ['eve', 'both'] }]);
    const segment = world.segment('s');
    const scope = scopeOf(world, { targetingKey } as Context);
    expect(segment && listedIn(segment, scope)).toBe(expected);
  });
});

describe('a condition may let somebody in by a share', () => {
  it.each<[Condition, boolean]>([
    [inside, true],
    [german, false],
    [always, false],
    [{ after: 0 }, false],
    [{ flag: 'other', serves: ['on'] }, false],
    [{ all: [german, inside] }, true],
    [{ all: [german, grown] }, false],
    [{ any: [german, { all: [grown, inside] }] }, true],
    [{ any: [german, grown] }, false],
    [{ not: inside }, false],
    [{ all: [german, { not: inside }] }, false],
    [{ segment: 'names' }, false],
    [{ segment: 'pro' }, false],
    [{ segment: 'half' }, true],
    [{ segment: 'nested' }, true],
    [{ not: { segment: 'half' } }, false],
  ])('%j: %s', (condition, expected) => {
    expect(canShare(nodeOf(condition, worldOf(SEGMENTS)))).toBe(expected);
  });
});

describe('a node', () => {
  const world = worldOf();
  const made = (condition: Condition) => nodeOf(condition, world);
  const [list, range, test] = [made(german), made(grown), made(staff)];

  it('of a group has those that it consists of, and others have none', () => {
    for (const [group, kinds] of [
      [made({ all: [german, grown] }), [list.kind, range.kind]],
      [made({ any: [staff, german, grown] }), [test.kind, list.kind, range.kind]],
    ] as const)
      expect(group.children.map(({ kind }) => kind)).toEqual(kinds);
    for (const each of [list, range, test, made({ not: german }), made(inside), made(always)])
      expect(each.children).toEqual([]);
  });

  it('knows the look into a list that has to hold first', () => {
    expect(list.leading).toBe(list);
    expect(made({ all: [german, grown] }).leading).toMatchObject({ kind: LIST, condition: german });
    expect(made({ all: [{ all: [german] }, grown] }).leading).toMatchObject({ kind: LIST, condition: german });
    for (const each of [{ all: [grown, german] }, { any: [german] }, { not: german }, { all: [{ any: [german] }] }, inside, always]) // biome-ignore format: one line
      expect(made(each as Condition).leading).toBeUndefined();
  });

  it('has the codes of its list, if it is one', () => {
    expect(list.bits).toEqual({ low: 0, words: [1] });
    for (const each of [range, test, made({ all: [german] }), made(inside)]) expect(each.bits).toBeUndefined();
    expect(made(inside)).toMatchObject({ slot: -1, part: beginShare('AB12A') });
  });
});
