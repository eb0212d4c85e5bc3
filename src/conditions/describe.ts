import { type ReadCondition, readCondition } from './kinds';
import type { StatedCondition } from './types';

/** What a flag decides by. */
export type FlagKind = 'boolean' | 'user' | 'percent' | 'time' | 'mixed';

/** How a flag stands, in a word: for everybody alike, or for some. */
export type FlagStanding = 'on' | 'off' | 'partial';

/** A flag in words. */
export interface Description {
  readonly standing: FlagStanding;
  /** What it takes: “On when the path matches ^/x$.” */
  readonly state: string;
  /** How its conditions work together: “x is enabled when …”. */
  readonly rule: string;
  readonly kind: FlagKind;
}

/** A condition with what its kind makes of it. */
export interface Read {
  readonly stated: StatedCondition;
  readonly read: ReadCondition;
}

const isAlways = ({ read }: Read): boolean => read.ok && read.words === 'always';
const isNever = ({ read }: Read): boolean => !read.ok || read.words === 'never';
const wordsOf = ({ read }: Read): string => (read.ok ? read.words : 'never');

/** `a`, `a or b`, `a, b or c`. */
const joined = (words: readonly string[], joint: string): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;

const SHOWN = 4;

function shortened(words: readonly string[]): string[] {
  return words.length <= SHOWN
    ? [...words]
    : [...words.slice(0, SHOWN - 1), `${words.length - SHOWN + 1} more conditions`];
}

/** How the conditions of a name work together, in words. */
export function describeRule(name: string, conditions: readonly StatedCondition[]): string {
  const required = conditions.filter((each) => each.required).length;
  const plain = conditions.length - required;
  if (conditions.length === 0) return `${name} is off: it has no conditions.`;
  const all = required === 1 ? 'the required condition holds' : 'all required conditions hold';
  if (required > 0 && plain > 0)
    return `${name} is enabled when all required conditions hold and any other condition holds.`;
  if (required > 0) return `${name} is enabled when ${all}.`;
  return `${name} is enabled when ${plain === 1 ? 'its condition holds' : 'any of its conditions holds'}.`;
}

function stateOf(reads: readonly Read[]): { standing: FlagStanding; state: string } {
  if (reads.length === 0) return { standing: 'off', state: 'Off: no conditions.' };
  const required = reads.filter(({ stated }) => stated.required);
  const plain = reads.filter(({ stated }) => !stated.required);
  if (required.some(isNever)) return { standing: 'off', state: 'Off for everyone: a required condition never holds.' };
  if (plain.length > 0 && plain.every(isNever)) return { standing: 'off', state: 'Off for everyone.' };
  const musts = required.filter((each) => !isAlways(each)).map(wordsOf);
  const mays = plain.some(isAlways) ? [] : plain.filter((each) => !isNever(each)).map(wordsOf);
  if (musts.length === 0 && mays.length === 0) return { standing: 'on', state: 'On for everyone.' };
  const either = joined(shortened(mays), 'or');
  const parts = [
    ...shortened(musts),
    ...(mays.length === 0 ? [] : [musts.length > 0 && mays.length > 1 ? `either ${either}` : either]),
  ];
  return { standing: 'partial', state: `On when ${joined(parts, 'and')}.` };
}

const KIND_OF = { person: 'user', share: 'percent', time: 'time', request: 'mixed', everyone: 'boolean' } as const;

function kindOf(reads: readonly Read[]): FlagKind {
  const kinds = new Set(reads.map(({ read }): FlagKind => (read.ok ? KIND_OF[read.kind.about ?? 'request'] : 'mixed')));
  if (kinds.size > 1) kinds.delete('boolean');
  const [only] = kinds;
  return kinds.size > 1 ? 'mixed' : (only ?? 'boolean');
}

/** Reads the conditions of a name and says what they come to. */
export function describe(
  name: string,
  conditions: readonly StatedCondition[],
  segments: ReadonlySet<string>,
): Description & { reads: readonly Read[] } {
  const reads = conditions.map((stated) => ({ stated, read: readCondition(stated, segments) }));
  return { ...stateOf(reads), rule: describeRule(name, conditions), kind: kindOf(reads), reads };
}

/** A condition as a line of text: `user: jane@example.com (required)`. */
export const asText = ({
  condition,
  value,
  required,
}: Pick<StatedCondition, 'condition' | 'value' | 'required'>): string =>
  `${condition}: ${value}${required ? ' (required)' : ''}`;
