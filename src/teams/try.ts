import { compile, type Explanation, type Step } from '../engine';
import { askedFlag, type Decision, explainFor } from './answer';
import { factsWithoutRequest, type Person } from './facts';
import { type FlagRow, type Gate, gateOfRule, toDocument, toRuleset } from './ruleset';
import { languageName } from './words';

/** Whom a flag is tried for: somebody with an account, or a visitor who is not signed in. */
export interface Tested {
  readonly person: (Person & { readonly language?: string }) | null;
  /** The browser's language; without it the person's own counts. */
  readonly language?: string;
}

/** One setting on the way to the answer. */
export interface Asked {
  /** Whom the setting lets in. */
  readonly name: string;
  /** What it found, like `is not staff`. */
  readonly found: string;
  readonly decided: boolean;
}

export interface FlagTest {
  readonly active: boolean;
  /** The setting that decided. */
  readonly gate: Gate;
  readonly sentence: string;
  /** The settings that were asked, in order, up to the one that decided. */
  readonly asked: readonly Asked[];
  /** What would have to be different for another answer. */
  readonly changes: readonly string[];
}

interface Told {
  readonly decision: Decision;
  readonly explanation: Explanation;
  readonly person: Tested['person'];
  readonly language: string;
  /** The name of each rule. */
  readonly names: ReadonlyMap<string, string>;
  /** The first of the person's groups that the flag lists. */
  readonly group: string;
}

/** Asks the engine for somebody outside of a request. */
function tell(flag: FlagRow, { person, language = person?.language ?? '' }: Tested): Told {
  const ruleset = toRuleset(flag);
  const engine = compile(toDocument([ruleset]), { mistakes: 'isolate' });
  const own = new Set(person?.groups.map(({ id }) => id));
  return {
    ...explainFor(engine, askedFlag(ruleset), factsWithoutRequest(person, language)),
    person,
    language,
    names: new Map(ruleset.rules.map(({ id, name = '' }) => [id, name])),
    group: flag.groups.find(({ id }) => id !== undefined && own.has(id))?.name ?? '',
  };
}

/** Percentages have one decimal, and end before everybody is in. */
const MOST = 99.9;

/** The smallest percentage that has somebody inside who stands there, 0 to 99 999. */
const comesInAt = (unit: number): number => Math.ceil((unit + 1) / 100) / 10;

const shareIn = ({ steps }: Explanation) => steps.find(({ rule }) => rule === 'percent')?.condition?.share;

/** Why the answer is what it is. */
function why({ decision, explanation, person, language, names, group }: Told): string {
  const { active, gate, undrawn } = decision;
  const share = names.get('percent') ?? '';
  if (undrawn) return `${share} of visitors get it; who does is drawn at their first visit.`;
  switch (gate) {
    case 'everyone':
      return active ? 'it is on for everyone.' : 'it is off for everyone.';
    case 'language':
      return `it is on for people who use ${languageName(language)}.`;
    case 'user':
      return 'this person is listed.';
    case 'group':
      return `it is on for the group ${group}.`;
    case 'percent': {
      if (active) return `this person is inside the ${share}.`;
      const from = comesInAt(shareIn(explanation)?.unit ?? 99_999);
      const when = from > MOST ? 'only “on for everyone” would reach them' : `they come in at ${from}%`;
      return `this person is outside the ${share}; ${when}.`;
    }
    case 'otherwise':
      return person === null ? 'nothing lets signed-out visitors in.' : 'nothing lets this person in.';
    default:
      return `it is on for ${names.get(gate)}.`;
  }
}

/** What a setting found about the person; of those whom it does not let in, no more than that. */
function found(gate: Gate, holds: boolean, told: Told): string {
  const { explanation, person, language, group, names } = told;
  switch (gate) {
    case 'language':
      if (language === '') return 'no language is known';
      return holds ? `uses ${languageName(language)}` : 'uses another language';
    case 'percent': {
      const share = shareIn(explanation);
      if (share === undefined) return 'is drawn at the first visit';
      return `stands at ${share.unit / 1000}% of everyone; the share ends at ${share.limit / 1000}%`;
    }
    default:
      break;
  }
  if (person === null) return 'nobody is signed in';
  switch (gate) {
    case 'authenticated':
      return 'is signed in';
    case 'staff':
      return holds ? 'is staff' : 'is not staff';
    case 'superusers':
      return holds ? 'is a superuser' : 'is no superuser';
    case 'user':
      return holds ? 'is listed' : 'is not listed';
    case 'group':
      if (holds) return `is in ${group}`;
      return names.get('group')?.startsWith('the groups') ? 'is in none of them' : 'is not in it';
    default:
      return '';
  }
}

/** Rules that only a request can meet, and that say nothing about a person who is tried. */
const OF_REQUESTS: ReadonlySet<string> = new Set([
  'override',
  'override.off',
  'testing',
  'testing.off',
  'percent.kept',
]);

const ofPerson = ({ steps }: Explanation): (Step & { rule: string })[] =>
  steps.flatMap((step) =>
    step.rule === undefined || OF_REQUESTS.has(step.rule) ? [] : [{ ...step, rule: step.rule }],
  );

/** Words as a line begins with them. */
const atTheStart = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function askedIn(told: Told): Asked[] {
  const rules = ofPerson(told.explanation).map(({ rule, decided }) => ({
    name: atTheStart(told.names.get(rule) ?? ''),
    found: found(gateOfRule(rule), decided, told),
    decided,
  }));
  const { active, gate } = told.decision;
  if (gate === 'everyone') return [{ name: 'Everyone', found: active ? 'Yes' : 'No', decided: true }];
  return rules.some(({ decided }) => decided)
    ? rules
    : [...rules, { name: 'Everyone else', found: 'off', decided: true }];
}

/** What would have to be so for a setting to let this person in; undefined when nothing would do. */
function wanted(rule: string, { names, explanation, person }: Told): string | undefined {
  const name = names.get(rule) ?? '';
  const they = person === null ? 'they signed in and were' : 'they were';
  switch (rule as Gate) {
    case 'language':
      return `they were among ${name}`;
    case 'authenticated':
      return 'they signed in';
    case 'staff':
      return `${they} staff`;
    case 'superusers':
      return `${they} a superuser`;
    case 'user':
      return `${they} listed`;
    case 'group':
      return `${they} in ${name.replace(/^the groups /, 'one of the groups ')}`;
    case 'percent': {
      if (person === null) return 'they were drawn into the share';
      const from = comesInAt(shareIn(explanation)?.unit ?? 99_999);
      return from > MOST ? undefined : `the percentage were at least ${from}`;
    }
    default:
      return undefined;
  }
}

/** A flag without one of its settings. */
function without(flag: FlagRow, gate: Gate): FlagRow {
  if (gate === 'user') return { ...flag, userIds: [] };
  if (gate === 'group') return { ...flag, groups: [] };
  if (gate === 'language') return { ...flag, languages: [] };
  if (gate === 'percent' || gate === 'everyone') return { ...flag, [gate]: null };
  return { ...flag, [gate]: false };
}

/** What would have to be different for another answer; the engine is asked again about a flag that is. */
function changesFor(flag: FlagRow, tested: Tested, told: Told): string[] {
  const { active, gate } = told.decision;
  if (!active && gate !== 'everyone') {
    const ways = ofPerson(told.explanation).flatMap(({ rule }) => wanted(rule, told) ?? []);
    return [...ways, 'Everyone said Yes'].map((way) => `It would be on if ${way}.`);
  }
  const other = tell(without(flag, gate), tested);
  const state = other.decision.active ? 'on' : 'off';
  if (gate === 'everyone') return [`If Everyone said Rules, it would be ${state}: ${why(other)}`];
  const lacking = `Without “${told.names.get(gate)}”, it would ${other.decision.active ? 'still be on' : 'be off'}: ${why(other)}`;
  return [lacking, 'It would be off if Everyone said No.'];
}

/** Whether a flag would be on for somebody, and what decides it; nothing is drawn or remembered. */
export function testFlag(flag: FlagRow, tested: Tested): FlagTest {
  const told = tell(flag, tested);
  const { active, gate } = told.decision;
  return {
    active,
    gate,
    sentence: `${active ? 'On' : 'Off'}: ${why(told)}`,
    asked: askedIn(told),
    changes: changesFor(flag, tested, told),
  };
}
