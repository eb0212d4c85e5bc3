import { shareLimit, shareUnit } from '../engine';
import type { Flag } from './types';

/** What decided a flag; steps of docs/reference/flags.md. */
export type Gate =
  | 'missing'
  | 'override'
  | 'everyone'
  | 'testing'
  | 'language'
  | 'no-user'
  | 'authenticated'
  | 'staff'
  | 'superusers'
  | 'user'
  | 'group'
  | 'percent'
  | 'otherwise';

/** The signed-in person, as far as flags are concerned. */
export interface Person {
  readonly id: number;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly groups: readonly { readonly id: number }[];
}

/** What a flag may ask about a request. Everything is looked up only when it is asked for. */
export interface Facts {
  /** Null when nobody is signed in; undefined when the request knows no users at all. */
  readonly person: Person | null | undefined;
  /** The language of the request in lower case, like `de-at`; empty when there is none. */
  readonly language: string;
  parameter(name: string): string | undefined;
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** A random id for a visitor whom nothing is known of, the same for all flags of one request. */
  visitor(): string;
}

/** What the browser is to remember of a decision. */
export interface Remembered {
  readonly cookie: string;
  readonly active: boolean;
  /** Whether to forget it when the browser closes, rather than after WAFFLE_MAX_AGE. */
  readonly session: boolean;
}

export interface Decision {
  readonly active: boolean;
  readonly gate: Gate;
  readonly remember?: Remembered;
  /** The visitor was not drawn yet, and reading only must not draw. */
  readonly undrawn?: true;
}

export interface Asking {
  /** Neither draw nor remember anything. */
  readonly readOnly: boolean;
  /** Whether `?<name>=1` decides (WAFFLE_OVERRIDE). */
  readonly override: boolean;
}

/** A flag made ready to be asked often: lists as sets, codes in lower case, names of cookies put together. */
export interface CompiledFlag {
  readonly flag: Flag;
  readonly name: string;
  readonly userIds: ReadonlySet<number> | null;
  readonly groupIds: ReadonlySet<number> | null;
  readonly languages: readonly string[];
  /** The first share unit outside the percentage; 0 without one. */
  readonly limit: number;
  readonly cookie: string;
  readonly testParameter: string;
  readonly testHeader: string;
  readonly testCookie: string;
}

/** A name that may stand in a cookie's name, whatever an old row holds. */
const cookiePart = (name: string): string =>
  encodeURIComponent(name).replace(/[()']/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

export function compileFlag(flag: Flag): CompiledFlag {
  const { name } = flag;
  return {
    flag,
    name,
    userIds: flag.userIds.length > 0 ? new Set(flag.userIds) : null,
    groupIds: flag.groups.length > 0 ? new Set(flag.groups.map(({ id }) => id)) : null,
    languages: flag.languages.map((code) => code.toLowerCase()),
    limit: flag.percent === null ? 0 : shareLimit(flag.percent),
    cookie: `dwf_${cookiePart(name)}`,
    testParameter: `dwft_${name}`,
    testHeader: `dwft-${name.replaceAll('_', '-')}`.toLowerCase(),
    testCookie: `dwft_${cookiePart(name)}`,
  };
}

// Most answers carry nothing but themselves, so they are made once.
const answer = (active: boolean, gate: Gate): Decision => Object.freeze({ active, gate });
const ON = {
  override: answer(true, 'override'),
  everyone: answer(true, 'everyone'),
  testing: answer(true, 'testing'),
  language: answer(true, 'language'),
  authenticated: answer(true, 'authenticated'),
  staff: answer(true, 'staff'),
  superusers: answer(true, 'superusers'),
  user: answer(true, 'user'),
  group: answer(true, 'group'),
  percent: answer(true, 'percent'),
} as const;
const OFF = {
  override: answer(false, 'override'),
  everyone: answer(false, 'everyone'),
  testing: answer(false, 'testing'),
  noUser: answer(false, 'no-user'),
  percent: answer(false, 'percent'),
  otherwise: answer(false, 'otherwise'),
  undrawn: Object.freeze({ active: false, gate: 'percent', undrawn: true } as const),
} as const;

/** Whether a language is one of the codes, or a regional form of one: `de` holds for `de-at`, not the other way round. */
function speaks(codes: readonly string[], language: string): boolean {
  for (const code of codes) if (language === code || language.startsWith(`${code}-`)) return true;
  return false;
}

function isInGroup(groupIds: ReadonlySet<number>, person: Person): boolean {
  for (const { id } of person.groups) if (groupIds.has(id)) return true;
  return false;
}

/** Step 3: what a tester asked for, in the address, a header or an earlier request. */
function askedByTester(compiled: CompiledFlag, facts: Facts, readOnly: boolean): Decision | undefined {
  const asked = facts.parameter(compiled.testParameter) ?? facts.header(compiled.testHeader);
  if (asked === undefined) {
    const kept = facts.cookie(compiled.testCookie);
    if (kept === undefined) return undefined;
    return kept === 'True' ? ON.testing : OFF.testing;
  }
  const active = asked === '1';
  if (readOnly) return active ? ON.testing : OFF.testing;
  return { active, gate: 'testing', remember: { cookie: compiled.testCookie, active, session: true } };
}

/** Step 6: what lets a signed-in person in. */
function admitted({ flag, userIds, groupIds }: CompiledFlag, person: Person): Decision | undefined {
  if (flag.authenticated) return ON.authenticated;
  if (flag.staff && person.isStaff) return ON.staff;
  if (flag.superusers && person.isSuperuser) return ON.superusers;
  if (userIds?.has(person.id)) return ON.user;
  if (groupIds !== null && isInGroup(groupIds, person)) return ON.group;
  return undefined;
}

/** Step 7 for somebody signed out: what the browser remembers, else a draw that it will remember. */
function drawn({ flag, name, cookie, limit }: CompiledFlag, facts: Facts, readOnly: boolean): Decision {
  const kept = facts.cookie(cookie);
  if (readOnly) {
    if (kept === undefined) return OFF.undrawn;
    return kept === 'True' ? ON.percent : OFF.percent;
  }
  const active = kept === undefined ? shareUnit(name, facts.visitor()) < limit : kept === 'True';
  return { active, gate: 'percent', remember: { cookie, active, session: flag.rollout && !active } };
}

/** Decides a flag for a request. Pure, and never throws; the first step that has an answer wins. */
export function decide(compiled: CompiledFlag, facts: Facts, { readOnly, override }: Asking): Decision {
  const { flag } = compiled;
  if (override) {
    const wanted = facts.parameter(compiled.name);
    if (wanted !== undefined) return wanted === '1' ? ON.override : OFF.override;
  }
  if (flag.everyone !== null) return flag.everyone ? ON.everyone : OFF.everyone;
  if (flag.testing) {
    const asked = askedByTester(compiled, facts, readOnly);
    if (asked !== undefined) return asked;
  }
  if (compiled.languages.length > 0 && speaks(compiled.languages, facts.language)) return ON.language;
  const { person } = facts;
  if (person === undefined) return OFF.noUser;
  if (person !== null) {
    const admission = admitted(compiled, person);
    if (admission !== undefined) return admission;
  }
  if (compiled.limit === 0) return OFF.otherwise;
  if (person === null) return drawn(compiled, facts, readOnly);
  return shareUnit(compiled.name, person.id) < compiled.limit ? ON.percent : OFF.percent;
}
