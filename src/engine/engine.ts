import type { Scope } from './conditions';
import type { Context, Decision, Document, Moment } from './document';
import { type Explanation, explain } from './explain';
import { type CompiledFlag, compileFlag, failed } from './flags';
import { Attributes } from './paths';
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
const contextOf = (context: Context): Context => (typeof context === 'object' && context !== null ? context : NOBODY);

const timeOf = (now: Date | number): number => (typeof now === 'number' ? now : now.getTime());

/** The flags that mistakes are in, by their place in the document; undefined when a mistake is in what all share. */
function brokenFlags(mistakes: readonly Mistake[]): Set<number> | undefined {
  const broken = new Set<number>();
  for (const { path } of mistakes) {
    const found = /^\/flags\/(\d+)\//.exec(`${path}/`);
    if (found === null) return undefined;
    broken.add(Number(found[1]));
  }
  return broken;
}

/** Makes a document ready to be asked. Throws `InvalidDocument`, which lists every mistake with its path. */
export function compile(document: Document, { mistakes: policy = 'refuse' }: CompileOptions = {}): Engine {
  const mistakes = validate(document);
  const broken = mistakes.length === 0 ? new Set<number>() : brokenFlags(mistakes);
  if (mistakes.length > 0 && (policy === 'refuse' || broken === undefined)) throw new InvalidDocument(mistakes);

  const flags = new Map<string, CompiledFlag>();
  const decide = (key: string, scope: Scope): Decision | undefined => {
    const flag = flags.get(key);
    return flag === undefined ? undefined : (flag.constant ?? flag.decide(scope));
  };
  const attributes = new Attributes();
  const segments = compileSegments(document.segments, attributes, decide);
  const links = { attributes, segment: (key: string) => segments.get(key), decide };
  for (const [index, flag] of document.flags.entries()) {
    if (broken?.has(index)) {
      const key = (flag as { key?: unknown } | null)?.key;
      if (typeof key !== 'string') continue;
      const stub = { ...flag, key, rules: [] };
      const world = { ...links, salt: key, asks: new WeakMap() };
      flags.set(key, { flag: stub, world, constant: BROKEN, rules: [], otherwise: () => BROKEN, decide: () => BROKEN });
    } else flags.set(flag.key, compileFlag(flag, links));
  }
  const keys = Object.freeze([...flags.keys()]);
  const all = [...flags.values()];
  const shared: Scope = { context: NOBODY, now: 0, attributes };
  const turnTo = (context: Context, now: Date | number): Scope => {
    shared.context = contextOf(context);
    shared.now = timeOf(now);
    attributes.begin(shared.context);
    return shared;
  };

  function evaluate(key: string, context: Context, now: Date | number): Decision {
    const flag = flags.get(key);
    if (flag === undefined) return NOT_FOUND;
    if (flag.constant !== undefined) return flag.constant;
    try {
      return flag.decide(turnTo(context, now));
    } catch {
      return FAULT; // an attribute that cannot be read
    }
  }

  return {
    keys,
    evaluate: (key, context, { now }) => evaluate(key, context, now),
    evaluateAll: (context, { now }) => {
      const decisions: Record<string, Decision> = Object.create(null);
      turnTo(context, now);
      for (let i = 0; i < all.length; i++) {
        const flag = all[i] as CompiledFlag;
        try {
          decisions[keys[i] as string] = flag.constant ?? flag.decide(shared);
        } catch {
          decisions[keys[i] as string] = FAULT;
        }
      }
      return decisions;
    },
    explain: (key, context, { now }) => {
      const decision = evaluate(key, context, now);
      return explain(flags.get(key), key, turnTo(context, now), decision);
    },
  };
}
