import { compileCondition } from './conditions';
import type { Segment } from './document';
import type { CompiledSegment, World } from './nodes';

/** Makes segments ready to be asked; they may name one another, and those that come later. */
export function compileSegments(
  segments: readonly Segment[],
  world: Omit<World, 'segment'>,
): ReadonlyMap<string, CompiledSegment> {
  const compiled = new Map<string, CompiledSegment>();
  for (const segment of segments) {
    const { include, exclude } = segment;
    compiled.set(segment.key, { segment, include: new Set(include), exclude: new Set(exclude), when: undefined });
  }
  const own = { ...world, segment: (key: string) => compiled.get(key) };
  for (const each of compiled.values())
    each.when = each.segment.when && compileCondition(each.segment.when, own, each.segment.key);
  return compiled;
}
