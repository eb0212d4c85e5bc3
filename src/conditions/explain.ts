import type { Condition, Context, Engine, Trace } from '../engine';
import type { Read } from './describe';
import { OF_PERSONS, OF_REQUESTS } from './facts';
import type { StatedCondition } from './types';

/** One condition with what it came to for somebody. */
export interface ConditionOutcome {
  readonly condition: StatedCondition;
  readonly holds: boolean;
  /** What it says, in words that are true when it holds. */
  readonly words: string;
  /** What was found instead, or why it cannot hold. */
  readonly note: string;
}

/** Why a flag is on or off for somebody. */
export interface FlagExplanation {
  readonly name: string;
  /** Undefined for a name that no source knows. */
  readonly state: boolean | undefined;
  readonly sentence: string;
  /** Required ones first, as they are asked. */
  readonly conditions: readonly ConditionOutcome[];
}

/** The attributes that a condition asks for. */
function attributesOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(attributesOf);
  if ('any' in condition) return condition.any.flatMap(attributesOf);
  if ('not' in condition) return attributesOf(condition.not);
  if ('attribute' in condition) return [condition.attribute];
  if ('share' in condition) return [condition.by ?? 'targetingKey'];
  return 'segment' in condition ? ['targetingKey'] : [];
}

/** Why a condition that does not hold does not. */
function noteOn({ read }: Read, trace: Trace | undefined, context: Context): string {
  if (!read.ok) return `${read.message} It never holds.`;
  const missing = attributesOf(read.condition).filter((name) => context[name] === undefined);
  if (missing.some((name) => OF_REQUESTS.has(name))) return 'It needs a request, and there is none.';
  if (missing.some((name) => OF_PERSONS.has(name)) && context.signedIn !== false)
    return 'It needs to know who asks, and nobody was named.';
  if (missing.includes('targetingKey') && read.kind.about === 'share')
    return 'Which visitors are within the share is drawn at their first visit.';
  if (missing.some((name) => OF_PERSONS.has(name))) return 'Nobody is signed in.';
  return foundBy(trace);
}

/** Where somebody stands in a share, which is worth knowing either way. */
function foundBy(trace: Trace | undefined): string {
  if (trace?.share !== undefined) {
    const { unit, limit } = trace.share;
    return `Stands at ${unit / 1000}% of everyone; the share ends at ${limit / 1000}%.`;
  }
  return '';
}

function outcome(each: Read, trace: Trace | undefined, context: Context): ConditionOutcome {
  const { stated, read } = each;
  const holds = read.ok && trace?.holds === true;
  const isPlain = !read.ok || read.words === 'always' || read.words === 'never';
  const words = isPlain ? `${stated.condition} ${stated.value}`.trim() : read.words;
  return { condition: stated, holds, words, note: holds ? foundBy(trace) : noteOn(each, trace, context) };
}

function sentenceFor(name: string, on: boolean, outcomes: readonly ConditionOutcome[]): string {
  if (outcomes.length === 0) return `Off: ${name} has no conditions.`;
  const required = outcomes.filter(({ condition }) => condition.required);
  const plain = outcomes.filter(({ condition }) => !condition.required);
  const failing = required.filter(({ holds }) => !holds).map(({ words }) => `“${words}”`);
  if (!on && failing.length > 0)
    return `Off: ${failing.length === 1 ? 'the required condition' : 'the required conditions'} ${failing.join(', ')} ${failing.length === 1 ? 'does' : 'do'} not hold.`;
  if (!on) return `Off: ${plain.length === 1 ? 'its condition does not hold' : 'none of its conditions holds'}.`;
  const holding = plain.find(({ holds }) => holds);
  const because = holding === undefined ? [] : [`“${holding.words}” holds`];
  const all =
    required.length === 0
      ? []
      : [required.length === 1 ? 'the required condition holds' : 'all required conditions hold'];
  return `On: ${[...because, ...all].join(' and ')}.`;
}

/** Explains a flag by the engine's own trail. The rule has the required conditions first, then one group of the others. */
export function explainFlag(
  engine: Engine,
  name: string,
  reads: readonly Read[],
  asked: { context: Context; now: Date },
): FlagExplanation {
  const { decision, steps } = engine.explain(name, asked.context, { now: asked.now });
  const on = decision.value === true;
  const required = reads.filter(({ stated }) => stated.required);
  const plain = reads.filter(({ stated }) => !stated.required);
  const parts = steps[0]?.condition?.children ?? [];
  const group = parts[required.length]?.children ?? [];
  const conditions = [
    ...required.map((each, index) => outcome(each, parts[index], asked.context)),
    ...plain.map((each, index) => outcome(each, group[index], asked.context)),
  ];
  return { name, state: on, sentence: sentenceFor(name, on, conditions), conditions };
}
