import type { Condition } from './document';
import { shareLimit, shareUnit } from './hash';
import { ask, type Leaf, listedIn, NO, type Node, type World } from './nodes';
import { OPERATORS } from './operators';
import { readerOf, unitOf } from './paths';
import type { Scope } from './scope';

/** What a condition came to, with what it consists of. */
export interface Trace {
  readonly kind: 'all' | 'any' | 'not' | 'always' | 'attribute' | 'time' | 'share' | 'segment' | 'flag';
  readonly holds: boolean;
  /** What it says, in words that are true when it holds. */
  readonly text: string;
  /** What was found instead, for people: the attribute's value, the bucket, the variant. */
  readonly found?: string | undefined;
  /** Where the unit stands and where the share ends, 0 to 100 000. */
  readonly share?: { readonly unit: number; readonly limit: number } | undefined;
  readonly children: readonly Trace[];
  /** What would have to be so for the other outcome; undefined when nothing would do. */
  readonly toFlip: () => string | undefined;
}

const SHOWN = 5;
const LONGEST = 60;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** A value as a sentence has it. */
export function wordsFor(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return value === '' ? 'empty' : cut(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, SHOWN).map(wordsFor).join(', ');
    return value.length > SHOWN ? `${shown} and ${value.length - SHOWN} more` : shown || 'empty';
  }
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return typeof value;
  return cut(JSON.stringify(value) ?? String(value));
}

/** What a condition without further ones in it says. */
interface Told {
  readonly text: string;
  readonly found?: string | undefined;
  readonly share?: { readonly unit: number; readonly limit: number };
  /** What would turn it, where that is something else than what it says. */
  readonly flip?: string;
}

function tellAttribute({ attribute, is, value, ignoreCase }: Leaf<'attribute'>, scope: Scope): Told {
  const found = `${attribute} is ${wordsFor(readerOf(attribute)(scope.context))}`;
  if (is === 'exists') return { text: `${attribute} is ${value === false ? 'missing' : 'there'}`, found };
  const operand = value === undefined ? '' : ` ${wordsFor(value)}`;
  return { text: `${attribute} ${OPERATORS.get(is)?.words ?? is}${operand}${ignoreCase ? ' (any case)' : ''}`, found };
}

const percent = (unit: number): string => `${unit / 1000} %`;

function tellShare({ share, salt, by = 'targetingKey' }: Leaf<'share'>, scope: Scope, own: string): Told {
  const value = unitOf(readerOf(by)(scope.context));
  const limit = shareLimit(share);
  const text = `${by} is within ${share} %`;
  if (value === undefined) return { text, found: `there is no ${by}` };
  const unit = shareUnit(salt ?? own, value);
  const flip = unit < limit ? `the share were at most ${percent(unit)}` : `the share were more than ${percent(unit)}`;
  return { text, found: `${by} stands at ${percent(unit)}`, share: { unit, limit }, flip };
}

function tellSegment({ segment: key }: Leaf<'segment'>, scope: Scope, world: World): Told {
  const segment = world.segment(key);
  const listed = segment && listedIn(segment, scope);
  const found = listed === undefined ? undefined : `${wordsFor(scope.context.targetingKey)} is ${listed} by name`;
  return { text: `in segment ${key}`, found };
}

function tellLeaf(condition: Condition, scope: Scope, world: World, salt: string): Told {
  if ('attribute' in condition) return tellAttribute(condition, scope);
  if ('share' in condition) return tellShare(condition, scope, salt);
  if ('segment' in condition) return tellSegment(condition, scope, world);
  if ('flag' in condition) {
    const variant = world.decide(condition.flag, scope)?.variant;
    return {
      text: `${condition.flag} serves ${condition.serves.join(' or ')}`,
      found: `it serves ${variant ?? 'nothing'}`,
    };
  }
  if (!('after' in condition || 'before' in condition)) return { text: 'always' };
  const now = new Date(scope.now);
  const found = `it is ${Number.isNaN(now.getTime()) ? 'unknown' : now.toISOString()}`;
  return { text: 'after' in condition ? `it is after ${condition.after}` : `it is before ${condition.before}`, found };
}

/** Tells what a condition comes to for somebody. `salt` is the key of the flag that it belongs to. */
export function traceCondition(node: Node, scope: Scope, world: World, salt: string): Trace {
  const { condition } = node;
  const holds = ask(node, scope) !== NO;
  const kind = kindOf(condition);
  if (kind === 'all' || kind === 'any') {
    const children = node.children.map((each) => traceCondition(each, scope, world, salt));
    const texts = children.map((child) => (child.children.length > 1 ? `(${child.text})` : child.text));
    const text = texts.join(kind === 'all' ? ', ' : ' or ');
    return { kind, holds, text, children, toFlip: () => flipGroup(kind, holds, children) };
  }
  if (kind === 'not') {
    const child = traceCondition(node.part as Node, scope, world, salt);
    return { kind, holds, text: `not (${child.text})`, children: [child], toFlip: child.toFlip };
  }
  const { text, found, share, flip } = tellLeaf(condition, scope, world, salt);
  const now = found === undefined ? '' : ` (now ${found})`;
  const toFlip = () => (kind === 'always' ? undefined : (flip ?? (holds ? `not “${text}”` : text + now)));
  return { kind, holds, text, found, share, children: NONE, toFlip };
}

const NONE: readonly Trace[] = Object.freeze([]);

function kindOf(condition: Condition): Trace['kind'] {
  if ('attribute' in condition) return 'attribute';
  if ('after' in condition || 'before' in condition) return 'time';
  for (const kind of ['all', 'any', 'not', 'share', 'segment', 'flag'] as const) if (kind in condition) return kind;
  return 'always';
}

/** To turn "all" on, or "any" off, each part that stands in the way has to turn; the other way round one is enough. */
function flipGroup(kind: 'all' | 'any', holds: boolean, children: readonly Trace[]): string | undefined {
  const turning = children.filter((child) => child.holds === holds).map((child) => child.toFlip());
  const possible = turning.filter((each) => each !== undefined);
  const needsEach = (kind === 'all') !== holds;
  if (possible.length === 0 || (needsEach && possible.length < turning.length)) return undefined;
  return possible.join(needsEach ? ' and ' : ' or ');
}

/** Why a condition came to what it did: what held, or what did not. */
export function asSentence(trace: Trace): string {
  if (trace.holds) return trace.text;
  if (trace.kind === 'all')
    return trace.children
      .filter((child) => !child.holds)
      .map(asSentence)
      .join(', ');
  if (trace.found !== undefined) return `${trace.found}, not “${trace.text}”`;
  return `not “${trace.text}”`;
}
