import type { Scope } from './conditions';
import type { Decision } from './document';
import type { CompiledFlag } from './flags';
import { splitUnit } from './hash';
import { readerOf, unitOf } from './paths';
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
  readonly split?: { readonly unit: number; readonly by: string; readonly salt: string };
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
    : `${variant}${variant === String(value) ? '' : ` (${wordsFor(value)})`}`;

/** Where the split of a rule, or of what is left, put the unit. */
function splitOf({ flag }: CompiledFlag, serve: CompiledFlag['flag']['otherwise'], scope: Scope): Step['split'] {
  if (serve === null || !('split' in serve)) return undefined;
  const by = serve.by ?? 'targetingKey';
  const salt = serve.salt ?? flag.key;
  const value = unitOf(readerOf(by)(scope.context));
  return value === undefined ? undefined : { unit: splitUnit(salt, value), by, salt };
}

const asPercent = (unit: number): string => `${(unit / 1000).toFixed(3)} %`;

function splitWords(split: Step['split'], decision: Decision): string {
  if (decision.errorCode === 'TARGETING_KEY_MISSING') return ', but there is no value to split by';
  return split === undefined ? '' : `; ${split.by} stands at ${asPercent(split.unit)} of the split`;
}

function ruleStep(compiled: CompiledFlag, index: number, scope: Scope): { step: Step; decision?: Decision } {
  const { rule, ask, hand } = compiled.rules[index] as CompiledFlag['rules'][number];
  const condition = traceCondition(rule.when, scope, compiled.world);
  const name = `Rule ${index + 1}${rule.name === undefined || rule.name === '' ? '' : ` ${quoted(rule.name)}`}`;
  const outcome = ask(scope);
  const base = { kind: 'rule', rule: rule.id, condition } as const;
  if (outcome === 0)
    return { step: { ...base, decided: false, text: `${name} did not match: ${asSentence(condition)}.` } };
  const decision = hand(scope, outcome === 2);
  const split = splitOf(compiled, rule.serve, scope);
  const text = `${name} matched: ${asSentence(condition)}${splitWords(split, decision)}.`;
  return { decision, step: { ...base, decided: true, text, ...(split === undefined ? {} : { split }) } };
}

/** What would turn a rule that came before the one that decided, or that one itself. */
function changesFor(steps: readonly Step[]): string[] {
  return steps.flatMap(({ kind, decided, condition, text }) => {
    if (kind !== 'rule' || condition === undefined) return [];
    const name = text.split(/ (?:did not match|matched): /, 1)[0] ?? '';
    const wanted = condition.toFlip();
    if (wanted === undefined) return [];
    return [decided ? `${name} would no longer match if ${wanted}.` : `${name} would match if ${wanted}.`];
  });
}

function explainFlag(compiled: CompiledFlag, scope: Scope): Explanation {
  const { flag, constant } = compiled;
  if (!flag.enabled) {
    const decision = compiled.decide(scope);
    const text = `${flag.key} is off: it serves ${servesWhat(decision)}.`;
    return {
      decision,
      steps: [{ kind: 'disabled', text, decided: true }],
      sentence: text,
      wouldChange: [`It would be decided by its rules if ${flag.key} were on.`],
    };
  }
  const steps: Step[] = [];
  for (let index = 0; index < compiled.rules.length; index++) {
    const { step, decision } = ruleStep(compiled, index, scope);
    steps.push(step);
    if (decision === undefined) continue;
    return {
      decision,
      steps,
      sentence: `${step.text} It serves ${servesWhat(decision)}.`,
      wouldChange: changesFor(steps),
    };
  }
  const decision = constant ?? compiled.otherwise(scope, false);
  const split = splitOf(compiled, flag.otherwise, scope);
  const why = flag.rules.length === 0 ? `${flag.key} is on and has no rules` : 'No rule matched';
  const text = `${why}: it serves ${servesWhat(decision)}${splitWords(split, decision)}.`;
  steps.push({ kind: 'otherwise', text, decided: true, ...(split === undefined ? {} : { split }) });
  return { decision, steps, sentence: text, wouldChange: changesFor(steps) };
}

/** Tells how a decision came about. Never throws: of what cannot be read, only the decision is told. */
export function explain(
  compiled: CompiledFlag | undefined,
  key: string,
  scope: Scope,
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
    return { ...explainFlag(compiled, scope), decision };
  } catch {
    return simple(`Some attributes cannot be read. ${key} gives ${servesWhat(decision)}.`);
  }
}
