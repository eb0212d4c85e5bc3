import { type Ask, compileCondition, NO, type Outcome, type Scope, type World, YES } from './conditions';
import type { Segment } from './document';
import { type Attributes, unitOf } from './paths';

/** A part of the population, ready to be asked whether somebody belongs to it. */
export interface CompiledSegment {
  readonly segment: Segment;
  ask(scope: Scope): Outcome;
  /** Which of the lists has somebody, if one does. */
  listed(scope: Scope): 'included' | 'excluded' | undefined;
  /** Its condition, if it has one. */
  readonly condition: Ask | undefined;
}

/** Makes segments ready to be asked; they may name one another. */
export function compileSegments(
  segments: readonly Segment[],
  attributes: Attributes,
  decide: World['decide'],
): Map<string, CompiledSegment> {
  const compiled = new Map<string, CompiledSegment>();
  for (const segment of segments) {
    const include = new Set(segment.include);
    const exclude = new Set(segment.exclude);
    let condition: Ask | undefined;
    const when = segment.when;
    const conditionOf = () => {
      // Compiled when first asked, for by then every other segment is known.
      condition ??=
        when &&
        compileCondition(when, {
          salt: segment.key,
          asks: new WeakMap(),
          attributes,
          segment: (key) => compiled.get(key),
          decide,
        });
      return condition;
    };
    const listed = (scope: Scope) => {
      const id = unitOf(scope.context.targetingKey);
      if (id === undefined) return undefined;
      if (exclude.has(id)) return 'excluded';
      return include.has(id) ? 'included' : undefined;
    };
    compiled.set(segment.key, {
      segment,
      listed,
      get condition() {
        return conditionOf();
      },
      ask: (scope) => {
        const { targetingKey } = scope.context;
        const id = typeof targetingKey === 'string' ? targetingKey : unitOf(targetingKey);
        if (id !== undefined) {
          if (exclude.size > 0 && exclude.has(id)) return NO;
          if (include.has(id)) return YES;
        }
        return when === undefined ? NO : ((condition ?? conditionOf())?.(scope) ?? NO);
      },
    });
  }
  return compiled;
}
