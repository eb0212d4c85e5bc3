import { type Ask, compileCondition, guardOf, NO, type Scope, SHARED, type World } from './conditions';
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
import { splitUnits } from './hash';
import { Attributes, unitOf } from './paths';

/** Hands out a decision; `shared` says that a share let the unit in. */
type Hand = (scope: Scope, shared: boolean) => Decision;

/** What conditions of any flag refer to. */
export type Links = Pick<World, 'segment' | 'decide' | 'attributes'>;

/** A flag, ready to be decided. */
export interface CompiledFlag {
  readonly flag: Flag;
  /** What its conditions refer to. */
  readonly world: World;
  /** The decision when it is the same for everybody. */
  readonly constant: Decision | undefined;
  readonly rules: readonly CompiledRule[];
  readonly otherwise: Hand;
  decide(scope: Scope): Decision;
}

export interface CompiledRule {
  readonly rule: Rule;
  readonly ask: Ask;
  readonly hand: Hand;
}

const NO_METADATA: Metadata = Object.freeze({});

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

interface Maker {
  /** The decision for a variant; made once, then shared. */
  make(variant: string | null, reason: Reason, rule?: string): Decision;
  fail(errorCode: ErrorCode): Decision;
}

function makerOf(flag: Flag): Maker {
  const metadata = flag.metadata === undefined ? NO_METADATA : Object.freeze({ ...flag.metadata });
  const fail = (errorCode: ErrorCode) => failed(errorCode, metadata);
  return {
    fail,
    make: (variant, reason, rule) => {
      const own = rule === undefined ? {} : { rule };
      if (variant === null) return Object.freeze({ reason, ...own, metadata });
      if (!Object.hasOwn(flag.variants, variant)) return fail('GENERAL');
      return Object.freeze({ value: freeze(flag.variants[variant] as JsonValue), variant, reason, ...own, metadata });
    },
  };
}

/** Hands out what is served: the same to all, or by a split. Without a value to place by, a split decides nothing. */
function compileServe(world: World, flag: Flag, serve: Serve, plain: Reason, maker: Maker, rule?: string): Hand {
  if ('variant' in serve) {
    const matched = maker.make(serve.variant, plain, rule);
    const split = rule === undefined ? matched : maker.make(serve.variant, 'SPLIT', rule);
    return (_scope, shared) => (shared ? split : matched);
  }
  const slot = world.attributes.slotOf(serve.by ?? 'targetingKey');
  const units = splitUnits(serve.salt ?? flag.key);
  const missing = maker.fail('TARGETING_KEY_MISSING');
  const impossible = maker.fail('GENERAL');
  let sum = 0;
  const ends: number[] = [];
  const decisions: Decision[] = [];
  for (const { variant, weight } of serve.split) {
    sum += weight;
    ends.push(sum);
    decisions.push(maker.make(variant, 'SPLIT', rule));
  }
  if (sum !== WHOLE) return () => impossible;
  return (scope) => {
    const value = unitOf(scope.attributes.get(slot));
    if (value === undefined) return missing;
    const unit = units(value);
    let at = 0;
    while ((ends[at] as number) <= unit) at += 1;
    return decisions[at] as Decision;
  };
}

const handOut =
  (decision: Decision): Hand =>
  () =>
    decision;

/** Makes a flag ready to be decided. `links` give it segments and other flags. */
export function compileFlag(flag: Flag, links: Links): CompiledFlag {
  const maker = makerOf(flag);
  const world: World = { ...links, salt: flag.key, asks: new WeakMap() };
  if (!flag.enabled) {
    const off = maker.make(flag.off, 'DISABLED');
    return { flag, world, constant: off, rules: [], otherwise: handOut(off), decide: () => off };
  }
  const plain: Reason = flag.rules.length === 0 ? 'STATIC' : 'DEFAULT';
  const otherwise =
    flag.otherwise === null
      ? handOut(maker.make(null, plain))
      : compileServe(world, flag, flag.otherwise, plain, maker);
  const rules = flag.rules.map((rule) => ({
    rule,
    ask: compileCondition(rule.when, world),
    hand: compileServe(world, flag, rule.serve, 'TARGETING_MATCH', maker, rule.id),
  }));
  const isSplit = flag.otherwise !== null && 'split' in flag.otherwise;
  const constant = rules.length === 0 && !isSplit ? otherwise(NOBODY, false) : undefined;
  const guards = rules.map(({ rule }) => guardOf(rule.when, world));
  const slots = guards.map((guard) => guard?.slot ?? -1);
  const sets = guards.map((guard) => guard?.set ?? NOTHING);
  const asks = rules.map(({ ask }) => ask);
  const hands = rules.map(({ hand }) => hand);
  return {
    flag,
    world,
    constant,
    rules,
    otherwise,
    decide: (scope) => {
      for (let i = 0; i < asks.length; i++) {
        const slot = slots[i] as number;
        if (slot >= 0 && !(sets[i] as ReadonlySet<unknown>).has(scope.attributes.get(slot))) continue;
        const outcome = (asks[i] as Ask)(scope);
        if (outcome !== NO) return (hands[i] as Hand)(scope, outcome === SHARED);
      }
      return otherwise(scope, false);
    },
  };
}

const NOTHING: ReadonlySet<unknown> = new Set();
const NOBODY: Scope = { context: {}, now: 0, attributes: new Attributes() };
