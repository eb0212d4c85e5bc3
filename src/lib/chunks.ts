/**
 * A list in stretches of `size` elements, in order; the last may be shorter, and an empty list has none. For statements that
 * take so many rows or values and no more. Throws a RangeError for a size that is no positive whole number.
 */
export function* chunksOf<T>(list: readonly T[], size: number): Generator<T[]> {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`a chunk cannot have ${size} elements`);
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
