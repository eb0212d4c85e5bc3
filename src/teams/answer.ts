import type { Condition, Engine, Decision as EngineDecision, Explanation, Flag as Ruleset } from '../engine';
import type { Facts } from './facts';
import { type Gate, gateOf } from './ruleset';

/** What the browser is to remember of a decision. */
export interface Remembered {
  readonly cookie: string;
  readonly active: boolean;
  /** Whether to forget it when the browser closes, rather than after WAFFLE_MAX_AGE. */
  readonly session: boolean;
}

export interface Decision {
  readonly active: boolean;
  /** The setting that decided. */
  readonly gate: Gate;
  readonly remember?: Remembered;
  /** The visitor was not drawn yet, and reading only must not draw. */
  readonly undrawn?: true;
}

export interface Asking {
  /** Neither draw nor remember anything. */
  readonly readOnly: boolean;
}

export const READING: Asking = { readOnly: true };
export const DRAWING: Asking = { readOnly: false };

/** A flag as requests ask for it: what of a request its ruleset looks at, and where the request has it. */
export interface AskedFlag {
  readonly name: string;
  readonly asksNothing: boolean;
  readonly asksOverride: boolean;
  readonly asksTest: boolean;
  readonly asksLanguage: boolean;
  readonly asksGroups: boolean;
  readonly asksShare: boolean;
  readonly cookie: string;
  readonly testParameter: string;
  readonly testHeader: string;
  readonly testCookie: string;
}

/** A name that may stand in a cookie's name, whatever an old row holds. */
const cookiePart = (name: string): string =>
  encodeURIComponent(name).replace(/[()']/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

/** The attributes that a condition looks at. */
function attributesIn(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(attributesIn);
  if ('any' in condition) return condition.any.flatMap(attributesIn);
  if ('not' in condition) return attributesIn(condition.not);
  if ('attribute' in condition) return [condition.attribute];
  return 'share' in condition ? ['targetingKey'] : [];
}

/** Gets a flag ready to be asked for: names of cookies put together, and what its ruleset looks at. */
export function askedFlag({ key, rules }: Ruleset): AskedFlag {
  const looked = new Set(rules.flatMap(({ when }) => attributesIn(when)));
  return {
    name: key,
    asksNothing: rules.length === 0,
    asksOverride: looked.has('override'),
    asksTest: looked.has('test'),
    asksLanguage: looked.has('language'),
    asksGroups: looked.has('user.groups'),
    asksShare: looked.has('targetingKey'),
    cookie: `dwf_${cookiePart(key)}`,
    testParameter: `dwft_${key}`,
    testHeader: `dwft-${key.replaceAll('_', '-')}`.toLowerCase(),
    testCookie: `dwft_${cookiePart(key)}`,
  };
}

/** What a flag's ruleset is told of a request. What is undefined is not there. */
interface FlagContext {
  readonly [attribute: string]: unknown;
  readonly targetingKey: string | undefined;
}

/** Whom a share goes by: the account; a visitor's random id, unless nobody is to be drawn or was drawn before. */
function targetingKey(facts: Facts, kept: string | undefined, readOnly: boolean): string | undefined {
  const { person } = facts;
  if (person === undefined) return undefined;
  if (person !== null) return String(person.id);
  return readOnly || kept !== undefined ? undefined : facts.visitor();
}

const NOTHING: FlagContext = Object.freeze({ targetingKey: undefined });

function contextOf(flag: AskedFlag, facts: Facts, { readOnly }: Asking): FlagContext {
  if (flag.asksNothing) return NOTHING;
  const { person } = facts;
  // The cookie is a visitor's: who is signed in goes by the account.
  const kept = flag.asksShare && person === null ? facts.cookie(flag.cookie) : undefined;
  const test = flag.asksTest ? (facts.parameter(flag.testParameter) ?? facts.header(flag.testHeader)) : undefined;
  return {
    targetingKey: flag.asksShare ? targetingKey(facts, kept, readOnly) : undefined,
    override: flag.asksOverride ? facts.parameter(flag.name) : undefined,
    test,
    'test.kept': flag.asksTest && test === undefined ? facts.cookie(flag.testCookie) : undefined,
    language: flag.asksLanguage ? facts.language : undefined,
    'user.authenticated': person ? true : undefined,
    'user.id': person?.id,
    'user.staff': person?.isStaff,
    'user.superuser': person?.isSuperuser,
    'user.groups': flag.asksGroups && person ? person.groups.map(({ id }) => id) : undefined,
    'visitor.kept': kept,
  };
}

// Most answers carry nothing but themselves, so they are made once.
const answers = new Map<Gate, readonly [off: Decision, on: Decision]>();
function plain(active: boolean, gate: Gate): Decision {
  let pair = answers.get(gate);
  if (pair === undefined) {
    pair = [Object.freeze({ active: false, gate }), Object.freeze({ active: true, gate })];
    answers.set(gate, pair);
  }
  return pair[active ? 1 : 0];
}
const UNDRAWN: Decision = Object.freeze({ active: false, gate: 'percent', undrawn: true });

/** Nothing of this feature asks for the time. */
export const ANY_TIME = Object.freeze({ now: 0 });

function answerTo(
  flag: AskedFlag,
  context: FlagContext,
  decision: EngineDecision,
  { person }: Facts,
  { readOnly }: Asking,
): Decision {
  if (decision.errorCode !== undefined) throw new Error(`the flag ${flag.name} is not decided: ${decision.errorCode}`);
  const active = decision.value === true;
  const gate = gateOf(decision, person !== undefined);
  if (gate === 'testing' && !readOnly && context.test !== undefined)
    return { active, gate, remember: { cookie: flag.testCookie, active, session: true } };
  if (gate !== 'percent' || person !== null) return plain(active, gate);
  if (readOnly) return context['visitor.kept'] === undefined ? UNDRAWN : plain(active, gate);
  const session = !active && decision.metadata.rollout === true;
  return { active, gate, remember: { cookie: flag.cookie, active, session } };
}

/**
 * One flag's answer for one request: hands the ruleset what it looks at, and says what the browser is to remember of the
 * decision. Throws when the ruleset cannot be decided.
 */
export function answerFor(engine: Engine, flag: AskedFlag, facts: Facts, asking: Asking): Decision {
  const context = contextOf(flag, facts, asking);
  return answerTo(flag, context, engine.evaluate(flag.name, context, ANY_TIME), facts, asking);
}

/** The same answer for somebody who only reads, with all that led there. */
export function explainFor(
  engine: Engine,
  flag: AskedFlag,
  facts: Facts,
): { decision: Decision; explanation: Explanation } {
  const context = contextOf(flag, facts, READING);
  const explanation = engine.explain(flag.name, context, ANY_TIME);
  return { decision: answerTo(flag, context, explanation.decision, facts, READING), explanation };
}
