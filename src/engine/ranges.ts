import type { Operand } from './document';
import { parseInstant } from './instants';
import type { Scale } from './scope';
import { plainRank } from './versions';

/** A condition that asks whether an attribute, as a number, lies between two others, ends included. */
export interface Range {
  readonly scale: Scale;
  readonly low: number;
  readonly high: number;
}

const LEAST = Number.NEGATIVE_INFINITY;
const MOST = Number.POSITIVE_INFINITY;
const bits = new DataView(new ArrayBuffer(8));

/** The next number up: what is more than one number is at least the next one. */
export function justAbove(value: number): number {
  bits.setFloat64(0, value + 0); // which makes 0 of -0
  bits.setBigInt64(0, bits.getBigInt64(0) + (value >= 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

/** The next number down. */
export const justBelow = (value: number): number => -justAbove(-value);

type Comparison = 'Lt' | 'Lte' | 'Gt' | 'Gte' | 'Equals';

/** How each comparison turns a limit into a range. */
const ENDS: Readonly<Record<Comparison, (limit: number) => readonly [low: number, high: number]>> = {
  Lt: (limit) => [LEAST, justBelow(limit)],
  Lte: (limit) => [LEAST, limit],
  Gt: (limit) => [justAbove(limit), MOST],
  Gte: (limit) => [limit, MOST],
  Equals: (limit) => [limit, limit],
};

/** The comparison that each operator makes, and on which scale. */
const COMPARISONS: ReadonlyMap<string, readonly [Scale, Comparison]> = new Map([
  ['lt', ['number', 'Lt']],
  ['lte', ['number', 'Lte']],
  ['gt', ['number', 'Gt']],
  ['gte', ['number', 'Gte']],
  ['semverEquals', ['version', 'Equals']],
  ['semverLt', ['version', 'Lt']],
  ['semverLte', ['version', 'Lte']],
  ['semverGt', ['version', 'Gt']],
  ['semverGte', ['version', 'Gte']],
  ['before', ['instant', 'Lt']],
  ['after', ['instant', 'Gt']],
] as const);

function onScale(scale: Scale, operand: unknown): number | undefined {
  if (scale === 'number') return operand as number;
  return scale === 'version' ? plainRank(operand as string) : parseInstant(operand);
}

/** An operator with a right operand as a range, if it is one. */
export function asRange(is: string, operand: Operand | undefined): Range | undefined {
  if (is === 'between' || is === 'betweenDates') {
    const scale = is === 'between' ? 'number' : 'instant';
    const [low, high] = (operand as readonly unknown[]).map((end) => onScale(scale, end));
    return low === undefined || high === undefined ? undefined : { scale, low, high };
  }
  const comparison = COMPARISONS.get(is);
  if (comparison === undefined) return undefined;
  const [scale, kind] = comparison;
  const limit = onScale(scale, operand);
  if (limit === undefined) return undefined;
  const [low, high] = ENDS[kind](limit);
  return { scale, low, high };
}
