import { compileCondition } from './conditions';
import {
  type Decision,
  type ErrorCode,
  type Flag,
  type JsonValue,
  type Metadata,
  type Reason,
  type Rule,
  type Serve,
  WHOLE,
} from './document';
import { type Begun, beginSplit, splitAfter } from './hash';
import { ask, canShare, NO, type Node, SHARED, type World } from './nodes';
import { unitOf } from './paths';
import type { Scope } from './scope';
import { type Sieve, sieveOf } from './sieve';

/** A split, ready to be asked: where each part ends, and the decision that is made there. */
export interface CompiledSplit {
  readonly slot: number;
  readonly begun: Begun;
  readonly ends: readonly number[];
  readonly decisions: readonly Decision[];
  /** The decision without a value to place by. */
  readonly missing: Decision;
}

/** What is handed out: one decision, another when a share let the unit in, or one of several by a split. */
export interface Hand {
  readonly plain: Decision;
  /** The plain one where no share can let anybody in. */
  readonly shared: Decision;
  readonly split: CompiledSplit | undefined;
}

/** A rule, ready to be asked. */
export interface CompiledRule extends Hand {
  readonly rule: Rule;
  readonly when: Node;
}

/** A flag, ready to be decided. */
export interface CompiledFlag {
  readonly flag: Flag;
  /** The decision when it is the same for everybody. */
  readonly constant: Decision | undefined;
  readonly rules: readonly CompiledRule[];
  /** Where to begin among the rules, if that can be told. */
  readonly sieve: Sieve | undefined;
  /** What is handed out when no rule applies. */
  readonly otherwise: Hand;
}

const NO_METADATA: Metadata = Object.freeze({});
const NO_RULES: readonly CompiledRule[] = Object.freeze([]);

/** Freezes a value with all that is in it: decisions share it. */
function freeze(value: JsonValue): JsonValue {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner as JsonValue);
    Object.freeze(value);
  }
  return value;
}

/** A decision that something went wrong: the code's own default counts. */
export const failed = (errorCode: ErrorCode, metadata: Metadata = NO_METADATA): Decision =>
  Object.freeze({ reason: 'ERROR', errorCode, metadata });

const handOut = (plain: Decision, shared = plain): Hand => ({ plain, shared, split: undefined });

/** Makes the decisions of one flag; each is made once, then shared. */
class Maker {
  private readonly metadata: Metadata;

  constructor(
    private readonly flag: Flag,
    private readonly world: World,
  ) {
    this.metadata = flag.metadata === undefined ? NO_METADATA : Object.freeze({ ...flag.metadata });
  }

  make(variant: string | null, reason: Reason, rule?: string): Decision {
    const { flag, metadata } = this;
    if (variant === null) return Object.freeze({ reason, metadata });
    if (!Object.hasOwn(flag.variants, variant)) return failed('GENERAL', metadata);
    const value = freeze(flag.variants[variant] as JsonValue);
    // Each in one piece: putting objects together part by part takes much longer, and there are many decisions.
    if (rule !== undefined) return Object.freeze({ value, variant, reason, rule, metadata });
    if (typeof value !== 'boolean' || metadata !== NO_METADATA)
      return Object.freeze({ value, variant, reason, metadata });
    // Most flags are on or off and say nothing else, so they have these in common.
    const name = `${value} ${reason} ${variant}`;
    const known = this.world.decisions.get(name);
    if (known !== undefined) return known;
    const decision = Object.freeze({ value, variant, reason, metadata });
    this.world.decisions.set(name, decision);
    return decision;
  }

  /** `shared` is the reason for those whom a share let in, where one can. */
  hand(serve: Serve, reason: Reason, shared = reason, rule?: string): Hand {
    if ('variant' in serve) {
      const plain = this.make(serve.variant, reason, rule);
      return handOut(plain, shared === reason ? plain : this.make(serve.variant, shared, rule));
    }
    let sum = 0;
    const ends = serve.split.map(({ weight }) => (sum += weight));
    if (sum !== WHOLE) return handOut(failed('GENERAL', this.metadata));
    const missing = failed('TARGETING_KEY_MISSING', this.metadata);
    const slot = this.world.slots.slotOf(serve.by ?? 'targetingKey');
    const begun = beginSplit(serve.salt ?? this.flag.key);
    const decisions = serve.split.map(({ variant }) => this.make(variant, 'SPLIT', rule));
    return { plain: missing, shared: missing, split: { slot, begun, ends, decisions, missing } };
  }
}

/** Makes a flag ready to be decided. */
export function compileFlag(flag: Flag, world: World): CompiledFlag {
  const maker = new Maker(flag, world);
  if (!flag.enabled) return constantFlag(flag, maker.make(flag.off, 'DISABLED'));
  const plain: Reason = flag.rules.length === 0 ? 'STATIC' : 'DEFAULT';
  const otherwise = flag.otherwise === null ? handOut(maker.make(null, plain)) : maker.hand(flag.otherwise, plain);
  if (flag.rules.length === 0 && otherwise.split === undefined) return constantFlag(flag, otherwise.plain);
  const rules = flag.rules.map((rule) => {
    const when = compileCondition(rule.when, world, flag.key);
    const shared = canShare(when) ? 'SPLIT' : undefined;
    const hand = maker.hand(rule.serve, 'TARGETING_MATCH', shared, rule.id);
    return { rule, when, plain: hand.plain, shared: hand.shared, split: hand.split };
  });
  const sieve = sieveOf(rules.map(({ when }) => when.leading));
  return { flag, constant: undefined, rules, sieve, otherwise };
}

/** A flag that is decided alike for everybody. */
export const constantFlag = (flag: Flag, constant: Decision): CompiledFlag => ({
  flag,
  constant,
  rules: NO_RULES,
  sieve: undefined,
  otherwise: handOut(constant),
});

/** Hands out a decision, or what a split has for somebody. Without a value to place by, a split decides nothing. */
function take(decision: Decision, split: CompiledSplit | undefined, scope: Scope): Decision {
  if (split === undefined) return decision;
  const value = unitOf(scope.value(split.slot));
  if (value === undefined) return split.missing;
  const unit = splitAfter(split.begun, value);
  let at = 0;
  while ((split.ends[at] as number) <= unit) at += 1;
  return split.decisions[at] as Decision;
}

/** Decides a flag: the first rule that holds hands out its part. */
export function decide({ rules, sieve, otherwise }: CompiledFlag, scope: Scope): Decision {
  for (let i = sieve === undefined ? 0 : scope.startOf(sieve); i < rules.length; i++) {
    const rule = rules[i] as CompiledRule;
    const outcome = ask(rule.when, scope);
    if (outcome !== NO) return take(outcome === SHARED ? rule.shared : rule.plain, rule.split, scope);
  }
  return take(otherwise.plain, otherwise.split, scope);
}
