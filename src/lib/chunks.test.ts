import fc from 'fast-check';
import { chunksOf } from './chunks';

describe('chunksOf', () => {
  it('gives every element once and in order, in stretches that are full but for the last', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 12 }), (list, size) => {
        const chunks = [...chunksOf(list, size)];
        expect(chunks.flat()).toEqual(list);
        expect(chunks.slice(0, -1).every(({ length }) => length === size)).toBe(true);
        expect(chunks.every(({ length }) => length > 0 && length <= size)).toBe(true);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('takes no size of %d', (size) => {
    expect(() => [...chunksOf([1], size)]).toThrow(RangeError);
  });
});
