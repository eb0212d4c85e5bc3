import type { Condition, Decision, Segment } from './document';
import { type Begun, shareAfter } from './hash';
import type { Test } from './operators';
import { unitOf } from './paths';
import type { Scope, Slots } from './scope';
import type { Bits } from './sieve';

/** A condition does not hold, holds, or holds because a share let the unit in. */
export type Outcome = 0 | 1 | 2;
export const NO = 0;
export const YES = 1;
export const SHARED = 2;

/** A part of the population, ready to be asked whether somebody belongs to it. */
export interface CompiledSegment {
  readonly segment: Segment;
  readonly include: ReadonlySet<string | undefined>;
  readonly exclude: ReadonlySet<string | undefined>;
  /** Its condition, if it has one. */
  when: Node | undefined;
}

/** What conditions refer to. */
export interface World {
  /** The attributes that conditions and splits ask for. */
  readonly slots: Slots;
  segment(key: string): CompiledSegment | undefined;
  /** Decisions that flags have in common, by what they say. */
  readonly decisions: Map<string, Decision>;
  /** Decides another flag for the same context. */
  decide(key: string, scope: Scope): Decision | undefined;
}

/** The condition that has a name. */
export type Leaf<K extends string> = Extract<Condition, Record<K, unknown>>;

/** What a node does, and what it has for it. The first two are the commonest and answered without a further call. */
export const RANGE = 0; // slot of a measure, low and high
export const LIST = 1; // slot of codes; `low` is the word that its bits begin with; part: words of 32 bits
export const TEST = 2; // slot of a value; part: the test
export const SHARE_OF = 3; // slot of a value, or -1 for the targeting key; `high` is the first unit outside; part: the salt, hashed
export const TIME = 4; // low and high
export const SEGMENT = 5; // part: the segment
export const FLAG = 6; // part: the variants that hold; the world decides
export const ALL = 7; // part: conditions
export const ANY = 8; // part: conditions
export const NOT = 9; // part: one condition
export const CONSTANT = 10; // `low` is the outcome

interface Asked {
  readonly serves: ReadonlySet<string | undefined>;
  readonly world: World;
}

type Part = undefined | readonly number[] | readonly Node[] | Node | Test | Begun | CompiledSegment | Asked;

/**
 * A condition, ready to be asked. All kinds are of one shape, and `ask` tells them apart by a number: so a machine that
 * watches for shapes finds one, which is several times quicker than a function for each.
 */
export class Node {
  constructor(
    readonly kind: number,
    readonly condition: Condition,
    readonly part?: Part,
    readonly slot = 0,
    readonly low = 0,
    readonly high = 0,
  ) {}

  /** The conditions of a group. */
  get children(): readonly Node[] {
    return this.kind === ALL || this.kind === ANY ? (this.part as readonly Node[]) : [];
  }

  /** The look into a list that has to hold first for this to hold, if there is one. */
  get leading(): Node | undefined {
    if (this.kind === LIST) return this;
    return this.kind === ALL ? (this.children[0] as Node).leading : undefined;
  }

  /** The codes of its list, if it is one. */
  get bits(): Bits | undefined {
    return this.kind === LIST ? { low: this.low, words: this.part as readonly number[] } : undefined;
  }
}

/** The two commonest kinds. */
const holds = (node: Node, scope: Scope): boolean =>
  node.kind === RANGE
    ? scope.isWithin(node.slot, node.low, node.high)
    : scope.isAmong(node.slot, node.part as readonly number[], node.low);

/** Which of a segment's lists has somebody, if one does. */
export function listedIn({ include, exclude }: CompiledSegment, scope: Scope): 'included' | 'excluded' | undefined {
  const { targetingKey } = scope.context;
  const id = typeof targetingKey === 'string' ? targetingKey : unitOf(targetingKey);
  if (exclude.size > 0 && exclude.has(id)) return 'excluded';
  return include.has(id) ? 'included' : undefined;
}

function askSegment(segment: CompiledSegment, scope: Scope): Outcome {
  const listed = listedIn(segment, scope);
  if (listed !== undefined) return listed === 'included' ? YES : NO;
  return segment.when === undefined ? NO : ask(segment.when, scope);
}

function askShare(node: Node, scope: Scope): Outcome {
  const value = node.slot < 0 ? scope.context.targetingKey : scope.value(node.slot);
  const unit = typeof value === 'string' ? value : unitOf(value);
  return unit !== undefined && shareAfter(node.part as Begun, unit) < node.high ? SHARED : NO;
}

function askAll(children: readonly Node[], scope: Scope): Outcome {
  let most: Outcome = YES;
  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Node;
    if (child.kind <= LIST) {
      if (!holds(child, scope)) return NO;
      continue;
    }
    const outcome = ask(child, scope);
    if (outcome === NO) return NO;
    if (outcome === SHARED) most = SHARED;
  }
  return most;
}

function askAny(children: readonly Node[], scope: Scope): Outcome {
  for (let i = 0; i < children.length; i++) {
    const outcome = ask(children[i] as Node, scope);
    if (outcome !== NO) return outcome;
  }
  return NO;
}

/** Whether a condition holds. */
export function ask(node: Node, scope: Scope): Outcome {
  switch (node.kind) {
    case RANGE:
    case LIST:
      return holds(node, scope) ? YES : NO;
    case ALL:
      return askAll(node.part as readonly Node[], scope);
    case SHARE_OF:
      return askShare(node, scope);
    case SEGMENT:
      return askSegment(node.part as CompiledSegment, scope);
    case TEST:
      return (node.part as Test)(scope.value(node.slot)) ? YES : NO;
    case ANY:
      return askAny(node.part as readonly Node[], scope);
    case NOT:
      return ask(node.part as Node, scope) === NO ? YES : NO;
    case TIME:
      return scope.now >= node.low && scope.now <= node.high ? YES : NO;
    case FLAG: {
      const { serves, world } = node.part as Asked;
      const variant = world.decide((node.condition as Leaf<'flag'>).flag, scope)?.variant;
      return serves.has(variant) ? YES : NO;
    }
    default:
      return node.low as Outcome;
  }
}

/** Whether a condition may hold because a share let the unit in. What is turned by `not` never does. */
export function canShare(node: Node): boolean {
  if (node.kind === SHARE_OF) return true;
  if (node.kind === SEGMENT) {
    const { when } = node.part as CompiledSegment;
    return when !== undefined && canShare(when);
  }
  return node.children.some(canShare);
}
