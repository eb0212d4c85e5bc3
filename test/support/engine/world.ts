import { compileCondition } from '../../../src/engine/conditions';
import type { Condition, Context, Decision, Segment } from '../../../src/engine/document';
import type { Node, World } from '../../../src/engine/nodes';
import { Scope, Slots } from '../../../src/engine/scope';
import { compileSegments } from '../../../src/engine/segments';

/** What the flags of these tests decide: `other` is on, and `silent` leaves it to the code. */
const DECISIONS: ReadonlyMap<string, Decision> = new Map<string, Decision>([
  ['other', { value: true, variant: 'on', reason: 'STATIC', metadata: {} }],
  ['silent', { reason: 'STATIC', metadata: {} }],
]);

/** What conditions refer to, where they are asked by themselves: some segments, and flags whose decisions are given. */
export function worldOf(segments: readonly Segment[] = []): World {
  const decide = (key: string) => DECISIONS.get(key);
  const all = { slots: new Slots(), decisions: new Map<string, Decision>(), decide };
  const compiled = compileSegments(segments, all);
  return { ...all, segment: (key) => compiled.get(key) };
}

/** A condition of the flag AB12A, in whose shares 123 stands at 50.681 %. */
export const nodeOf = (condition: Condition, world: World): Node => compileCondition(condition, world, 'AB12A');

/** A question about somebody; everything that is asked has to be compiled by then. */
export function scopeOf({ slots }: World, context: Context, now = 0): Scope {
  const scope = new Scope(slots);
  scope.begin(context, now);
  return scope;
}
