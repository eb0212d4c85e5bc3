import { compileCondition, type Scope, type World } from './conditions';
import type { Condition } from './document';
import { shareLimit, shareUnit } from './hash';
import { OPERATORS } from './operators';
import { readerOf, unitOf } from './paths';

/** What a condition came to, with what it consists of. */
export interface Trace {
  readonly kind: 'all' | 'any' | 'not' | 'always' | 'attribute' | 'time' | 'share' | 'segment' | 'flag';
  readonly holds: boolean;
  /** What it says, in words that are true when it holds. */
  readonly text: string;
  /** What was found instead, for people: the attribute's value, the bucket, the variant. */
  readonly found?: string;
  /** Where the unit stands and where the share ends, 0 to 100 000. */
  readonly share?: { readonly unit: number; readonly limit: number };
  readonly children: readonly Trace[];
  /** What would have to be so for the other outcome; undefined when nothing would do. */
  toFlip(): string | undefined;
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

type Leaf<K extends string> = Extract<Condition, Record<K, unknown>>;
type Told = Omit<Trace, 'kind' | 'holds' | 'children' | 'toFlip'> & { flip?: string };

function tellAttribute({ attribute, is, value, ignoreCase }: Leaf<'attribute'>, scope: Scope): Told {
  const words = OPERATORS.get(is)?.words ?? is;
  const negated = is === 'exists' && value === false;
  const operand = value === undefined || is === 'exists' ? '' : ` ${wordsFor(value)}`;
  const text = negated
    ? `${attribute} is missing`
    : `${attribute} ${words}${operand}${ignoreCase ? ' (any case)' : ''}`;
  return { text, found: `${attribute} is ${wordsFor(readerOf(attribute)(scope.context))}` };
}

const percent = (unit: number): string => `${unit / 1000} %`;

function tellShare({ share, salt, by = 'targetingKey' }: Leaf<'share'>, scope: Scope, world: World): Told {
  const value = unitOf(readerOf(by)(scope.context));
  const limit = shareLimit(share);
  const text = `${by} is within ${share} %`;
  if (value === undefined) return { text, found: `there is no ${by}` };
  const unit = shareUnit(salt ?? world.salt, value);
  const further =
    unit < limit ? `the share were at most ${percent(unit)}` : `the share were more than ${percent(unit)}`;
  return { text, found: `${by} stands at ${percent(unit)}`, share: { unit, limit }, flip: further };
}

function tellLeaf(condition: Condition, scope: Scope, world: World): { kind: Trace['kind'] } & Told {
  if ('attribute' in condition) return { kind: 'attribute', ...tellAttribute(condition, scope) };
  if ('share' in condition) return { kind: 'share', ...tellShare(condition, scope, world) };
  if ('segment' in condition) {
    const listed = world.segment(condition.segment)?.listed(scope);
    const found = listed === undefined ? {} : { found: `${wordsFor(scope.context.targetingKey)} is ${listed} by name` };
    return { kind: 'segment', text: `in segment ${condition.segment}`, ...found };
  }
  if ('flag' in condition) {
    const variant = world.decide(condition.flag, scope)?.variant;
    const serves = condition.serves.join(' or ');
    return { kind: 'flag', text: `${condition.flag} serves ${serves}`, found: `it serves ${variant ?? 'nothing'}` };
  }
  const now = Number.isFinite(scope.now) ? new Date(scope.now).toISOString() : 'unknown';
  if ('after' in condition) return { kind: 'time', text: `it is after ${condition.after}`, found: `it is ${now}` };
  if ('before' in condition) return { kind: 'time', text: `it is before ${condition.before}`, found: `it is ${now}` };
  return { kind: 'always', text: 'always' };
}

/** Tells what a condition comes to for somebody. */
export function traceCondition(condition: Condition, scope: Scope, world: World): Trace {
  const holds = compileCondition(condition, world)(scope) !== 0;
  if ('all' in condition || 'any' in condition) {
    const kind = 'all' in condition ? 'all' : 'any';
    const list = 'all' in condition ? condition.all : condition.any;
    const children = list.map((each) => traceCondition(each, scope, world));
    const text = children
      .map((child) => (child.children.length > 1 ? `(${child.text})` : child.text))
      .join(kind === 'all' ? ', ' : ' or ');
    return { kind, holds, text, children, toFlip: () => flipGroup(kind, holds, children) };
  }
  if ('not' in condition) {
    const child = traceCondition(condition.not, scope, world);
    return { kind: 'not', holds, text: `not (${child.text})`, children: [child], toFlip: () => child.toFlip() };
  }
  const { kind, flip, ...told } = tellLeaf(condition, scope, world);
  const wanted = holds ? `not “${told.text}”` : `${told.text}${told.found === undefined ? '' : ` (now ${told.found})`}`;
  return { kind, holds, ...told, children: [], toFlip: () => (kind === 'always' ? undefined : (flip ?? wanted)) };
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
