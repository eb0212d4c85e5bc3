import type { Condition, Document, Flag } from '../engine';
import { NEVER, readCondition } from './kinds';
import type { NamedSegment, StatedCondition } from './types';

/** All conditions of one name, in the order of their sources. */
export type ConditionsByName = ReadonlyMap<string, readonly StatedCondition[]>;

/** What the engine decides for one condition; what is unknown or invalid never holds. */
function whenOf(stated: StatedCondition, segments: ReadonlySet<string>): Condition {
  const read = readCondition(stated, segments);
  return read.ok ? read.condition : NEVER;
}

/**
 * One name as a flag of the engine: on when there is no plain condition or any plain one holds, and all required ones
 * hold; without any condition, off. The rule keeps the order: the required ones, then one group of all plain ones.
 */
export function toFlag(name: string, conditions: readonly StatedCondition[], segments: ReadonlySet<string>): Flag {
  const required = conditions.filter((each) => each.required).map((each) => whenOf(each, segments));
  const plain = conditions.filter((each) => !each.required).map((each) => whenOf(each, segments));
  const all = [...required, ...(plain.length > 0 ? [{ any: plain }] : [])];
  return {
    key: name,
    type: 'boolean',
    variants: { on: true, off: false },
    enabled: all.length > 0,
    off: 'off',
    rules: all.length > 0 ? [{ id: 'conditions', when: { all }, serve: { variant: 'on' } }] : [],
    otherwise: { variant: 'off' },
  };
}

/** All names as the document that the engine loads. */
export function toDocument(conditions: ConditionsByName, segments: readonly NamedSegment[]): Document {
  const keys = new Set(segments.map(({ key }) => key));
  return {
    version: 1,
    flags: [...conditions].map(([name, own]) => toFlag(name, own, keys)),
    segments: segments.map(({ key, include, exclude }, index) => ({ key, id: index + 1, include, exclude })),
  };
}
