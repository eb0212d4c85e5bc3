import type { Context, Decision, Document, Moment } from './document';
import { type Explanation, explain } from './explain';
import { type CompiledFlag, compileFlag, constantFlag, decide, failed } from './flags';
import { parseInstant } from './instants';
import type { World } from './nodes';
import { Scope, Slots } from './scope';
import { compileSegments } from './segments';
import { type Mistake, validate } from './validate';

/** A document that cannot be loaded, with every mistake in it. */
export class InvalidDocument extends Error {
  constructor(readonly mistakes: readonly Mistake[]) {
    const shown = mistakes.slice(0, 20).map(({ path, message }) => `${path || '/'}: ${message}`);
    const more = mistakes.length > shown.length ? [`… and ${mistakes.length - shown.length} more`] : [];
    super(
      `The document has ${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}.\n${[...shown, ...more].join('\n')}`,
    );
    this.name = 'InvalidDocument';
  }
}

/** Flags, ready to be decided. Never throws, waits, reads a clock or draws a number. */
export interface Engine {
  /** Decides one flag. A flag that is not there: `ERROR`, `FLAG_NOT_FOUND`. Decisions are frozen and shared. */
  evaluate(key: string, context: Context, moment: Moment): Decision;
  /** Decides every flag, by its key. */
  evaluateAll(context: Context, moment: Moment): Readonly<Record<string, Decision>>;
  /** The same decision as `evaluate` with every step that led there. */
  explain(key: string, context: Context, moment: Moment): Explanation;
  /** The keys of all flags. */
  readonly keys: readonly string[];
}

export interface CompileOptions {
  /**
   * What becomes of a document with mistakes: refused as a whole, or loaded with `ERROR`, `PARSE_ERROR` in place of each flag
   * that has one.
   */
  readonly mistakes?: 'refuse' | 'isolate';
}

const NOT_FOUND = failed('FLAG_NOT_FOUND');
const BROKEN = failed('PARSE_ERROR');
const FAULT = failed('GENERAL');

const NOBODY: Context = Object.freeze({});

/** A context that is none says nothing about anybody. */
const isContext = (context: unknown): context is Context => typeof context === 'object' && context !== null;

/** A moment that cannot be read is none: nothing is before or after it. */
function timeOf(moment: Moment): number {
  try {
    const now: unknown = moment.now;
    if (typeof now === 'number') return now;
    return typeof now === 'string' ? (parseInstant(now) ?? Number.NaN) : Number((now as Date).getTime());
  } catch {
    return Number.NaN;
  }
}

/** The flags that mistakes are in, by their place in the document; undefined when a mistake is in what all share. */
function brokenFlags(mistakes: readonly Mistake[]): Set<number> | undefined {
  const broken = new Set<number>();
  for (const { path } of mistakes) {
    const [, list, index] = path.split('/');
    if (list !== 'flags' || index === undefined) return undefined;
    broken.add(Number(index));
  }
  return broken;
}

/** Makes a document ready to be asked. Throws `InvalidDocument`, which lists every mistake with its path. */
export function compile(document: Document, { mistakes: policy = 'refuse' }: CompileOptions = {}): Engine {
  const mistakes = validate(document);
  const broken = brokenFlags(mistakes);
  if (broken === undefined || (broken.size > 0 && policy === 'refuse')) throw new InvalidDocument(mistakes);

  const slots = new Slots();
  const flags = new Map<string, CompiledFlag>();
  const decideOther = (key: string, scope: Scope): Decision | undefined => {
    const flag = flags.get(key);
    return flag && decide(flag, scope);
  };
  const all = { slots, decisions: new Map<string, Decision>(), decide: decideOther };
  const segments = compileSegments(document.segments, all);
  const world: World = { ...all, segment: (key) => segments.get(key) };
  for (const [index, flag] of document.flags.entries()) {
    if (!broken.has(index)) flags.set(flag.key, compileFlag(flag, world));
    else if (typeof flag?.key === 'string') flags.set(flag.key, constantFlag(flag, BROKEN));
  }
  return engineOf(flags, world);
}

/** Objects with more keys than this cannot be copied quickly. */
const FEW = 1_000;

/** Makes objects that have the decisions for everybody, and places for the others in the order of all keys. */
function blanks(flags: readonly CompiledFlag[]): () => Record<string, Decision> {
  const fill = () => {
    const decisions: Record<string, Decision> = Object.create(null);
    for (const { flag, constant } of flags) decisions[flag.key] = constant ?? FAULT;
    return decisions;
  };
  if (flags.length > FEW) return fill;
  // An object that is filled key by key is made anew many times on the way. The copy of a copy is made in one go.
  const template = { ...fill() };
  return () => Object.setPrototypeOf({ ...template }, null);
}

function engineOf(flags: ReadonlyMap<string, CompiledFlag>, world: World): Engine {
  const { slots } = world;
  const all = [...flags.values()];
  const varying = all.filter(({ constant }) => constant === undefined);
  const blank = blanks(all);
  /**
   * What is kept from question to question, while none is being answered: reading an attribute may ask a further question,
   * which then takes another.
   */
  let idle: Scope | undefined = new Scope(slots);

  function answer(flag: CompiledFlag, scope: Scope): Decision {
    try {
      return decide(flag, scope);
    } catch {
      return FAULT; // an attribute that cannot be read
    }
  }

  function turnTo(context: Context, moment: Moment): Scope {
    const scope = idle ?? new Scope(slots);
    idle = undefined;
    scope.begin(isContext(context) ? context : NOBODY, timeOf(moment));
    return scope;
  }

  return {
    keys: Object.freeze([...flags.keys()]),
    evaluate: (key, context, moment) => {
      const flag = flags.get(key);
      if (flag === undefined) return NOT_FOUND;
      if (flag.constant !== undefined) return flag.constant;
      const scope = turnTo(context, moment);
      const decision = answer(flag, scope);
      idle = scope;
      return decision;
    },
    evaluateAll: (context, moment) => {
      const decisions = blank();
      const scope = turnTo(context, moment);
      for (let i = 0; i < varying.length; i++) {
        const flag = varying[i] as CompiledFlag;
        decisions[flag.flag.key] = answer(flag, scope);
      }
      idle = scope;
      return decisions;
    },
    explain: (key, context, moment) => {
      const flag = flags.get(key);
      const scope = turnTo(context, moment);
      const decision = flag === undefined ? NOT_FOUND : answer(flag, scope);
      const explanation = explain(flag, key, scope, world, decision);
      idle = scope;
      return explanation;
    },
  };
}
