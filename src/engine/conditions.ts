import type { Condition } from './document';
import { beginShare, shareLimit } from './hash';
import { parseInstant } from './instants';
import {
  ALL,
  ANY,
  CONSTANT,
  FLAG,
  type Leaf,
  LIST,
  NO,
  NOT,
  Node,
  type Outcome,
  RANGE,
  SEGMENT,
  SHARE_OF,
  TEST,
  TIME,
  type World,
  YES,
} from './nodes';
import { OPERATORS } from './operators';
import { asRange, justAbove, justBelow } from './ranges';
import type { Slots } from './scope';

const constant = (condition: Condition, outcome: Outcome): Node => new Node(CONSTANT, condition, undefined, 0, outcome);

/** Codes further apart than this for each value of a list are kept in a set instead of bits. */
const SPREAD = 64;

/** A list as bits, one for each value that lists of this attribute name; undefined where they lie too far apart. */
function listNode(condition: Leaf<'attribute'>, list: readonly unknown[], slots: Slots): Node | undefined {
  const slot = slots.measureOf(condition.attribute, 'code');
  const codes = list.map((value) => slots.codeOf(slot, value));
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const code of codes) {
    first = Math.min(first, code >>> 5);
    last = Math.max(last, code >>> 5);
  }
  const count = last - first + 1;
  if (count * 32 > SPREAD * (codes.length + 16)) return undefined;
  const words = new Array<number>(count).fill(0);
  for (const code of codes) words[(code >>> 5) - first] = (words[(code >>> 5) - first] as number) | (1 << (code & 31));
  return new Node(LIST, condition, words, slot, first);
}

function compileAttribute(condition: Leaf<'attribute'>, { slots }: World): Node {
  const { attribute, is, value, ignoreCase } = condition;
  const operator = OPERATORS.get(is);
  if (operator === undefined) return constant(condition, NO);
  if (!ignoreCase) {
    const range = asRange(is, value);
    if (range !== undefined)
      return new Node(RANGE, condition, undefined, slots.measureOf(attribute, range.scale), range.low, range.high);
    const list = is === 'equals' ? [value] : is === 'in' ? (value as readonly unknown[]) : [];
    const node = list.length > 0 ? listNode(condition, list, slots) : undefined;
    if (node !== undefined) return node;
  }
  return new Node(TEST, condition, operator.test(value, ignoreCase === true), slots.slotOf(attribute));
}

function compileShare(condition: Leaf<'share'>, world: World, salt: string): Node {
  const { share, by } = condition;
  const slot = by === undefined ? -1 : world.slots.slotOf(by);
  return new Node(SHARE_OF, condition, beginShare(condition.salt ?? salt), slot, 0, shareLimit(share));
}

function compileMoment(condition: Leaf<'after'> | Leaf<'before'>): Node {
  const moment = parseInstant('after' in condition ? condition.after : condition.before);
  if (moment === undefined) return constant(condition, NO);
  return 'after' in condition
    ? new Node(TIME, condition, undefined, 0, justAbove(moment), Number.POSITIVE_INFINITY)
    : new Node(TIME, condition, undefined, 0, Number.NEGATIVE_INFINITY, justBelow(moment));
}

function compileGroup(condition: Leaf<'all'> | Leaf<'any'>, world: World, salt: string): Node {
  const isAll = 'all' in condition;
  const children = (isAll ? condition.all : condition.any).map((each) => compileCondition(each, world, salt));
  return children.length === 0 ? constant(condition, NO) : new Node(isAll ? ALL : ANY, condition, children);
}

/**
 * Makes a condition ready to be asked, once. What makes no sense does not hold. `salt` is what shares are salted with unless
 * they say otherwise: the key of the flag or the segment.
 */
export function compileCondition(condition: Condition, world: World, salt: string): Node {
  if ('attribute' in condition) return compileAttribute(condition, world);
  if ('all' in condition || 'any' in condition) return compileGroup(condition, world, salt);
  if ('not' in condition) return new Node(NOT, condition, compileCondition(condition.not, world, salt));
  if ('always' in condition) return constant(condition, YES);
  if ('share' in condition) return compileShare(condition, world, salt);
  if ('after' in condition || 'before' in condition) return compileMoment(condition);
  if ('segment' in condition) {
    const segment = world.segment(condition.segment);
    return segment === undefined ? constant(condition, NO) : new Node(SEGMENT, condition, segment);
  }
  if ('flag' in condition) return new Node(FLAG, condition, { serves: new Set(condition.serves), world });
  return constant(condition, NO);
}
