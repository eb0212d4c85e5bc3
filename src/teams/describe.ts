import { shareUnit } from '../engine';
import { compileFlag, type Decision, decide, type Gate, type Person } from './evaluate';
import { factsWithoutRequest } from './facts';
import type { Flag } from './types';

/** As much of a flag as the sentence needs, so that a form can show it before anything is saved. */
export type Describable = Pick<
  Flag,
  'everyone' | 'percent' | 'testing' | 'superusers' | 'staff' | 'authenticated' | 'languages'
> & {
  readonly userIds: { readonly length: number };
  readonly groups: readonly { readonly name: string }[];
};

const NAMED_GROUPS = 3;

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });
const counts = new Intl.NumberFormat('en');

/** `a`, `a and b`, `a, b and c`. */
function list(parts: readonly string[], joint = 'and'): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} ${joint} ${parts.at(-1)}`;
}

function languageName(code: string): string {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code; // an old row may hold what is no language code
  }
}

function groupWords(groups: Describable['groups']): string {
  const names = groups.map(({ name }) => name);
  if (names.length === 1) return `the group ${names[0]}`;
  if (names.length <= NAMED_GROUPS) return `the groups ${list(names)}`;
  return `the groups ${names.slice(0, NAMED_GROUPS - 1).join(', ')} and ${names.length - NAMED_GROUPS + 1} more`;
}

/** Who is let in by name or kind, in the words of the sentence. Being signed in covers all that need it. */
function audience(flag: Describable): string[] {
  const { userIds, groups, languages } = flag;
  const parts: string[] = [];
  if (flag.authenticated) parts.push('everyone who is signed in');
  else {
    if (flag.staff) parts.push('staff');
    if (flag.superusers) parts.push('superusers');
    if (userIds.length > 0) parts.push(userIds.length === 1 ? '1 person' : `${counts.format(userIds.length)} people`);
    if (groups.length > 0) parts.push(groupWords(groups));
  }
  if (languages.length > 0) parts.push(`people who use ${list(languages.map(languageName), 'or')}`);
  return parts;
}

function rules(flag: Describable): string {
  const parts = audience(flag);
  const percent = flag.percent ?? 0;
  if (parts.length === 0) return percent > 0 ? `On for ${percent}% of everyone.` : 'Off.';
  if (percent === 0) return `On for ${list(parts)}.`;
  return `On for ${list(parts)}${parts.length > 1 ? ',' : ''} and for ${percent}% of everyone else.`;
}

/** What a flag does, in plain words: `On for staff and for 25% of everyone else.` */
export function describeFlag(flag: Describable): string {
  if (flag.everyone !== null) return flag.everyone ? 'On for everyone.' : 'Off for everyone.';
  return flag.testing ? `${rules(flag)} Testers can choose for themselves.` : rules(flag);
}

/** Whom a flag is tried for: somebody with an account, or a visitor who is not signed in. */
export interface Tested {
  readonly person: (Person & { readonly language?: string }) | null;
  /** The browser's language; without it the person's own counts. */
  readonly language?: string;
}

export interface FlagTest {
  readonly active: boolean;
  /** The setting that decided. */
  readonly gate: Gate;
  readonly sentence: string;
}

/** The smallest percentage, in steps of a tenth, that has this person inside. */
const comesInAt = (flag: Flag, person: Person): number => Math.ceil((shareUnit(flag.name, person.id) + 1) / 100) / 10;

function why(flag: Flag, { person, language }: Tested, { active, gate, undrawn }: Decision): string {
  if (undrawn) return `${flag.percent}% of visitors get it; who does is drawn at their first visit.`;
  switch (gate) {
    case 'everyone':
      return active ? 'it is on for everyone.' : 'it is off for everyone.';
    case 'language':
      return `it is on for people who use ${languageName(language ?? person?.language ?? '')}.`;
    case 'authenticated':
      return 'it is on for everyone who is signed in.';
    case 'staff':
      return 'it is on for staff.';
    case 'superusers':
      return 'it is on for superusers.';
    case 'user':
      return 'this person is listed.';
    case 'group': {
      const own = new Set(person?.groups.map(({ id }) => id));
      return `it is on for the group ${flag.groups.find(({ id }) => own.has(id))?.name ?? ''}.`;
    }
    case 'percent': {
      if (active) return `this person is inside the ${flag.percent}%.`;
      const from = person === null ? 100 : comesInAt(flag, person);
      const when = from > 99.9 ? 'only “on for everyone” would reach them' : `they come in at ${from}%`;
      return `this person is outside the ${flag.percent}%; ${when}.`;
    }
    default:
      return person === null ? 'nothing lets signed-out visitors in.' : 'nothing lets this person in.';
  }
}

/** Whether a flag would be on for somebody, and what decides it; nothing is drawn or remembered. */
export function testFlag(flag: Flag, tested: Tested): FlagTest {
  const facts = factsWithoutRequest(tested.person, tested.language ?? tested.person?.language);
  const decision = decide(compileFlag(flag), facts, { readOnly: true, override: false });
  const { active, gate } = decision;
  return { active, gate, sentence: `${active ? 'On' : 'Off'}: ${why(flag, tested, decision)}` };
}
