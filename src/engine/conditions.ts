import type { Condition, Context, Decision } from './document';
import { shareLimit, shareUnits } from './hash';
import { parseInstant } from './instants';
import { OPERATORS } from './operators';
import { type Attributes, unitOf } from './paths';
import type { CompiledSegment } from './segments';

/** What one question is asked about. One object serves all questions of an engine, one after the other. */
export interface Scope {
  context: Context;
  now: number;
  readonly attributes: Attributes;
}

/** A condition does not hold, holds, or holds because a share let the unit in. */
export type Outcome = 0 | 1 | 2;
export const NO = 0;
export const YES = 1;
export const SHARED = 2;

/** A condition, ready to be asked. */
export type Ask = (scope: Scope) => Outcome;

/** What conditions refer to. */
export interface World {
  /** The attributes that conditions and splits ask for. */
  readonly attributes: Attributes;
  /** What shares are salted with unless they say otherwise: the key of the flag or the segment. */
  readonly salt: string;
  segment(key: string): CompiledSegment | undefined;
  /** Conditions that are ready already, so that telling about one need not make it again. */
  readonly asks: WeakMap<Condition, Ask>;
  /** Decides another flag for the same context. */
  decide(key: string, scope: Scope): Decision | undefined;
}

function compileAll(children: readonly Ask[]): Ask {
  const [first, second] = children;
  if (first === undefined) return () => NO;
  if (second === undefined) return first;
  if (children.length === 2) {
    return (scope) => {
      const one = first(scope);
      if (one === NO) return NO;
      const two = second(scope);
      return two === NO ? NO : one > two ? one : two;
    };
  }
  return (scope) => {
    let most: Outcome = YES;
    for (let i = 0; i < children.length; i++) {
      const outcome = (children[i] as Ask)(scope);
      if (outcome === NO) return NO;
      if (outcome === SHARED) most = SHARED;
    }
    return most;
  };
}

function compileAny(children: readonly Ask[]): Ask {
  return (scope) => {
    for (let i = 0; i < children.length; i++) {
      const outcome = (children[i] as Ask)(scope);
      if (outcome !== NO) return outcome;
    }
    return NO;
  };
}

type Leaf<K extends string> = Extract<Condition, Record<K, unknown>>;

/** A set that one attribute must be in for a condition to hold; found without asking the condition itself. */
export interface Guard {
  readonly slot: number;
  readonly set: ReadonlySet<unknown>;
}

/** What has to hold first for a condition to hold, if that is a plain look into a set. */
export function guardOf(condition: Condition, world: World): Guard | undefined {
  if ('all' in condition) return condition.all[0] === undefined ? undefined : guardOf(condition.all[0], world);
  if (!('attribute' in condition) || condition.ignoreCase) return undefined;
  const { attribute, is, value } = condition;
  if (OPERATORS.get(is)?.wrong(value) !== undefined) return undefined;
  // A set takes 0 and -0 for the same, as === does; what is not a number is in no set that JSON can make.
  if (is === 'equals') return { slot: world.attributes.slotOf(attribute), set: new Set([value]) };
  if (is === 'in') return { slot: world.attributes.slotOf(attribute), set: new Set(value as readonly unknown[]) };
  return undefined;
}

/** The commonest tests, without a call for the test itself. */
function compileQuick(slot: number, is: string, value: unknown): Ask | undefined {
  if (is === 'in') {
    const set = new Set<unknown>(value as readonly unknown[]);
    return ({ attributes }) => (set.has(attributes.get(slot)) ? YES : NO);
  }
  if (is === 'equals') return ({ attributes }) => (attributes.get(slot) === value ? YES : NO);
  if (typeof value !== 'number') return undefined;
  if (is === 'gte' || is === 'gt') {
    const limit = is === 'gte' ? value : justAbove(value);
    return ({ attributes }) => {
      const own = attributes.get(slot);
      return typeof own === 'number' && own >= limit && own < Number.POSITIVE_INFINITY ? YES : NO;
    };
  }
  if (is === 'lte' || is === 'lt') {
    const limit = is === 'lte' ? value : -justAbove(-value);
    return ({ attributes }) => {
      const own = attributes.get(slot);
      return typeof own === 'number' && own <= limit && own > Number.NEGATIVE_INFINITY ? YES : NO;
    };
  }
  return undefined;
}

const bits = new DataView(new ArrayBuffer(8));

/** The next number up. */
function justAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

function compileAttribute({ attribute, is, value, ignoreCase }: Leaf<'attribute'>, world: World): Ask {
  const operator = OPERATORS.get(is);
  if (operator === undefined || operator.wrong(value) !== undefined) return () => NO;
  const slot = world.attributes.slotOf(attribute);
  const quick = ignoreCase ? undefined : compileQuick(slot, is, value);
  if (quick !== undefined) return quick;
  const test = operator.test(value, ignoreCase === true);
  return ({ attributes }) => (test(attributes.get(slot)) ? YES : NO);
}

function compileShare({ share, salt, by }: Leaf<'share'>, world: World): Ask {
  const slot = by === undefined ? undefined : world.attributes.slotOf(by);
  const limit = shareLimit(share);
  const units = shareUnits(salt ?? world.salt);
  return ({ context, attributes }) => {
    const value = slot === undefined ? context.targetingKey : attributes.get(slot);
    const unit = typeof value === 'string' ? value : unitOf(value);
    return unit !== undefined && units(unit) < limit ? SHARED : NO;
  };
}

function compileMoment(instant: unknown, holds: (now: number, moment: number) => boolean): Ask {
  const moment = parseInstant(instant);
  return moment === undefined ? () => NO : (scope) => (holds(scope.now, moment) ? YES : NO);
}

/** Makes a condition ready to be asked, once. What makes no sense does not hold. */
export function compileCondition(condition: Condition, world: World): Ask {
  const known = world.asks.get(condition);
  if (known !== undefined) return known;
  const ask = compileNew(condition, world);
  world.asks.set(condition, ask);
  return ask;
}

function compileNew(condition: Condition, world: World): Ask {
  if ('all' in condition) return compileAll(condition.all.map((each) => compileCondition(each, world)));
  if ('any' in condition) return compileAny(condition.any.map((each) => compileCondition(each, world)));
  if ('not' in condition) {
    const ask = compileCondition(condition.not, world);
    return (scope) => (ask(scope) === NO ? YES : NO);
  }
  if ('always' in condition) return () => YES;
  if ('attribute' in condition) return compileAttribute(condition, world);
  if ('share' in condition) return compileShare(condition, world);
  if ('after' in condition) return compileMoment(condition.after, (now, moment) => now > moment);
  if ('before' in condition) return compileMoment(condition.before, (now, moment) => now < moment);
  if ('segment' in condition) {
    const segment = world.segment(condition.segment);
    return segment === undefined ? () => NO : (scope) => segment.ask(scope);
  }
  if ('flag' in condition) {
    const { flag } = condition;
    const serves = new Set(condition.serves);
    return (scope) => {
      const variant = world.decide(flag, scope)?.variant;
      return variant !== undefined && serves.has(variant) ? YES : NO;
    };
  }
  return () => NO;
}
