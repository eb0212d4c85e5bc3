import type { JsonValue } from '.';
import { asRange, justAbove, justBelow } from './ranges';

const [LEAST, MOST] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
/** The rank of a version whose numbers are small. */
const rank = (major: number, minor: number, patch: number): number => (major * 2 ** 17 + minor) * 2 ** 17 + patch;

describe('the next number', () => {
  it.each([
    [0, Number.MIN_VALUE],
    [-0, Number.MIN_VALUE],
    [Number.MIN_VALUE, 2 * Number.MIN_VALUE],
    [-Number.MIN_VALUE, -0],
    [1, 1 + Number.EPSILON],
    [-1, -1 + Number.EPSILON / 2],
    [2 ** 53, 2 ** 53 + 2],
    [Number.MAX_VALUE, MOST],
  ])('above %d is %d, and the other way round', (value, next) => {
    expect(justAbove(value)).toBe(next);
    expect(justBelow(-value)).toBe(-next);
  });
});

describe('a comparison as a range', () => {
  it.each<[string, JsonValue, object]>([
    ['lt', 5, { scale: 'number', low: LEAST, high: justBelow(5) }],
    ['lte', 5, { scale: 'number', low: LEAST, high: 5 }],
    ['gt', 5, { scale: 'number', low: justAbove(5), high: MOST }],
    ['lte', 1e300, { scale: 'number', low: LEAST, high: 1e300 }],
    ['gte', 5, { scale: 'number', low: 5, high: MOST }],
    ['between', [1, 3], { scale: 'number', low: 1, high: 3 }],
    ['semverEquals', '1.2.3', { scale: 'version', low: rank(1, 2, 3), high: rank(1, 2, 3) }],
    ['semverLt', '1.2.3', { scale: 'version', low: LEAST, high: justBelow(rank(1, 2, 3)) }],
    ['semverLte', '1.2.3', { scale: 'version', low: LEAST, high: rank(1, 2, 3) }],
    ['semverGt', '1.2.3', { scale: 'version', low: justAbove(rank(1, 2, 3)), high: MOST }],
    ['semverGte', '1.2.3', { scale: 'version', low: rank(1, 2, 3), high: MOST }],
    ['before', '1970-01-01T00:00:01Z', { scale: 'instant', low: LEAST, high: justBelow(1_000) }],
    ['after', 1_000, { scale: 'instant', low: justAbove(1_000), high: MOST }],
    ['betweenDates', ['1970-01-01T00:00:01Z', 2_000], { scale: 'instant', low: 1_000, high: 2_000 }],
  ])('%s %j is %j', (is, operand, range) => {
    expect(asRange(is, operand)).toEqual(range);
  });

  it.each<[string, JsonValue | undefined]>([
    ['equals', 5],
    ['in', ['1.2.3', '2.0.0']],
    ['exists', true],
    ['isTrue', undefined],
    ['semverGte', '1.2.3-rc.1'],
    ['semverGte', '131071.0.0'],
    ['before', 'tomorrow'],
    ['betweenDates', ['tomorrow', 2_000]],
    ['betweenDates', [1_000, 'tomorrow']],
  ])('%s %j is none', (is, operand) => {
    expect(asRange(is, operand)).toBeUndefined();
  });
});
