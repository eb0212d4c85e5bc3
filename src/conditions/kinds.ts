import { type Condition, validate } from '../engine';
import { ALWAYS, BUILT_IN, type ConditionKind, InvalidValue, kind, NEVER } from './built-in';
import type { StatedCondition } from './types';

export { ALWAYS, type ConditionKind, InvalidValue, NEVER };

const kinds = new Map<string, ConditionKind>(BUILT_IN.map((each) => [each.name, each]));
const builtIn = new Set(kinds.keys());
let generation = 0;

/** Raised whenever kinds come or go, so that what was compiled with the others is compiled anew. */
export const kindsGeneration = (): number => generation;

/** All kinds there are, those of the product first. */
export const listKinds = (): readonly ConditionKind[] => [...kinds.values()];

/** The kind of this name. */
export const findKind = (name: string): ConditionKind | undefined => kinds.get(name);

/**
 * Adds a kind of condition. `parse` is its validator. Throws when the name is taken or is not made of lower-case words.
 * Returns what takes it out again.
 */
export function registerCondition<V>(declared: ConditionKind<V>): () => void {
  const { name } = declared;
  if (!/^[a-z][a-z0-9]*( [a-z0-9]+)*$/.test(name) || name.length > 50)
    throw new Error(`“${name}” cannot be the name of a condition: use lower-case words, at most 50 characters.`);
  if (kinds.has(name)) throw new Error(`There is already a condition “${name}”.`);
  kinds.set(name, kind(declared));
  generation += 1;
  return () => {
    kinds.delete(name);
    generation += 1;
  };
}

/** A condition as its kind reads it: ready for the engine, or with what is wrong. */
export type ReadCondition =
  | { readonly ok: true; readonly kind: ConditionKind; readonly condition: Condition; readonly words: string }
  | { readonly ok: false; readonly fault: 'unknown' | 'invalid'; readonly message: string };

const invalid = (message: string): ReadCondition => ({ ok: false, fault: 'invalid', message });

/** What is wrong with a condition that a registered kind made, for the engine refuses a document with any mistake in it. */
function engineMistake(when: Condition, segments: ReadonlySet<string>): string | undefined {
  const rule = { id: 'probe', when, serve: { variant: 'on' } };
  const flag = { key: 'probe', type: 'boolean', variants: { on: true }, enabled: true, off: null, otherwise: null };
  const [mistake] = validate({
    version: 1,
    flags: [{ ...flag, rules: [rule] }],
    segments: [...segments].map((key, id) => ({ key, id })),
  });
  return mistake?.message;
}

/** Reads a condition by its kind. Never throws, whatever a registered kind does. */
export function readCondition(
  { condition: name, value, mistake: known }: Pick<StatedCondition, 'condition' | 'value' | 'mistake'>,
  segments: ReadonlySet<string>,
): ReadCondition {
  if (known !== undefined) return invalid(known);
  const found = kinds.get(name);
  if (found === undefined) {
    const all = [...kinds.keys()].join(', ');
    return { ok: false, fault: 'unknown', message: `There is no condition “${name}”. There are: ${all}.` };
  }
  try {
    const parsed = found.parse(value);
    const condition = found.toCondition(parsed);
    if (name === 'segment' && !segments.has(value.trim())) return invalid(`There is no segment “${value.trim()}”.`);
    const mistake = builtIn.has(name) ? undefined : engineMistake(condition, segments);
    if (mistake !== undefined) return invalid(`What this condition asks for cannot be decided: it ${mistake}.`);
    return { ok: true, kind: found, condition, words: found.words?.(parsed) ?? `${name} ${value}` };
  } catch (error) {
    return invalid(error instanceof InvalidValue ? error.message : 'This value means nothing to this condition.');
  }
}
