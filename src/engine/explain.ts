import type { Decision, Serve } from './document';
import type { CompiledFlag, CompiledRule } from './flags';
import { splitUnit } from './hash';
import type { World } from './nodes';
import { readerOf, unitOf } from './paths';
import type { Scope } from './scope';
import { asSentence, type Trace, traceCondition, wordsFor } from './trace';

/** One step on the way to a decision. */
export interface Step {
  readonly kind: 'missing' | 'disabled' | 'rule' | 'otherwise';
  /** What happened, in words. */
  readonly text: string;
  /** Whether this step made the decision. */
  readonly decided: boolean;
  /** The id of the rule, for a rule. */
  readonly rule?: string;
  /** What its condition came to, for a rule. */
  readonly condition?: Trace;
  /** Where the split put the unit, 0 to 99 999, when one decided. */
  readonly split?: { readonly unit: number; readonly by: string; readonly salt: string } | undefined;
}

/** A decision with all that led there. */
export interface Explanation {
  readonly decision: Decision;
  readonly steps: readonly Step[];
  /** The decision in plain words. */
  readonly sentence: string;
  /** What would have to be different for another result, in plain words. */
  readonly wouldChange: readonly string[];
}

const quoted = (text: string): string => `“${text}”`;

const servesWhat = ({ variant, value }: Decision): string =>
  variant === undefined
    ? 'the default in the code'
    : `${variant}${variant === wordsFor(value) ? '' : ` (${wordsFor(value)})`}`;

/** Where the split of a rule, or of what is left, put the unit. */
function splitOf({ flag }: CompiledFlag, serve: Serve | null, scope: Scope): Step['split'] {
  if (serve === null || !('split' in serve)) return undefined;
  const by = serve.by ?? 'targetingKey';
  const salt = serve.salt ?? flag.key;
  const value = unitOf(readerOf(by)(scope.context));
  return value === undefined ? undefined : { unit: splitUnit(salt, value), by, salt };
}

function splitWords(split: Step['split'], decision: Decision): string {
  if (decision.errorCode === 'TARGETING_KEY_MISSING') return ', but there is no value to split by';
  return split === undefined ? '' : `; ${split.by} stands at ${(split.unit / 1000).toFixed(3)} % of the split`;
}

const nameOf = ({ name }: CompiledRule['rule'], index: number): string =>
  `Rule ${index + 1}${name === undefined || name === '' ? '' : ` ${quoted(name)}`}`;

/** What has to be told of each step. */
interface Asked {
  readonly compiled: CompiledFlag;
  readonly scope: Scope;
  readonly world: World;
  readonly decision: Decision;
}

/** The step of a rule, and what would turn it, in words. */
function tellRule(
  { compiled, scope, world, decision }: Asked,
  index: number,
): { step: Step; change: string | undefined } {
  const { rule, when } = compiled.rules[index] as CompiledRule;
  const name = nameOf(rule, index);
  const condition = traceCondition(when, scope, world, compiled.flag.key);
  const wanted = condition.toFlip();
  const own = { kind: 'rule', rule: rule.id, condition, decided: condition.holds } as const;
  if (!condition.holds) {
    const text = `${name} did not match: ${asSentence(condition)}.`;
    return { step: { ...own, text }, change: wanted && `${name} would match if ${wanted}.` };
  }
  const split = splitOf(compiled, rule.serve, scope);
  const text = `${name} matched: ${asSentence(condition)}${splitWords(split, decision)}.`;
  return { step: { ...own, text, split }, change: wanted && `${name} would no longer match if ${wanted}.` };
}

function tellOtherwise({ compiled, scope, decision }: Asked): Step {
  const { flag } = compiled;
  const split = splitOf(compiled, flag.otherwise, scope);
  const why = flag.rules.length === 0 ? `${flag.key} is on and has no rules` : 'No rule matched';
  const text = `${why}: it serves ${servesWhat(decision)}${splitWords(split, decision)}.`;
  return { kind: 'otherwise', text, decided: true, split };
}

function explainFlag(asked: Asked): Explanation {
  const { decision } = asked;
  const { flag, rules } = asked.compiled;
  if (!flag.enabled) {
    const sentence = `${flag.key} is off: it serves ${servesWhat(decision)}.`;
    const wouldChange = [`It would be decided by its rules if ${flag.key} were on.`];
    return { decision, steps: [{ kind: 'disabled', text: sentence, decided: true }], sentence, wouldChange };
  }
  const steps: Step[] = [];
  const wouldChange: string[] = [];
  for (let index = 0; index < rules.length; index++) {
    const { step, change } = tellRule(asked, index);
    steps.push(step);
    if (change !== undefined) wouldChange.push(change);
    if (step.decided)
      return { decision, steps, sentence: `${step.text} It serves ${servesWhat(decision)}.`, wouldChange };
  }
  const step = tellOtherwise(asked);
  steps.push(step);
  return { decision, steps, sentence: step.text, wouldChange };
}

/** Tells how a decision came about. Never throws: of what cannot be read, only the decision is told. */
export function explain(
  compiled: CompiledFlag | undefined,
  key: string,
  scope: Scope,
  world: World,
  decision: Decision,
): Explanation {
  const simple = (text: string): Explanation => ({
    decision,
    steps: [{ kind: 'missing', text, decided: true }],
    sentence: text,
    wouldChange: [],
  });
  if (compiled === undefined) return simple(`There is no flag ${quoted(key)}: the default in the code counts.`);
  if (decision.errorCode === 'PARSE_ERROR')
    return simple(`${key} has a mistake and cannot be decided: the default in the code counts.`);
  try {
    return explainFlag({ compiled, scope, world, decision });
  } catch {
    return simple(`Some attributes cannot be read. ${key} gives ${servesWhat(decision)}.`);
  }
}
