import { compile, type Engine } from '../../src/engine';
import { type AskedFlag, answerFor, askedFlag, type Decision } from '../../src/teams/answer';
import type { Facts, Person } from '../../src/teams/facts';
import { toDocument, toRuleset } from '../../src/teams/ruleset';
import { type Flag, NEW_FLAG } from '../../src/teams/types';

/** A flag that lets nobody in but for what is given. */
export const flagOf = (given: Partial<Flag> = {}): Flag => ({
  ...NEW_FLAG,
  superusers: false,
  id: 1,
  name: 'new_checkout',
  groups: [],
  createdAt: new Date(0),
  modifiedAt: new Date(0),
  ...given,
});

/** What a request says about itself; nobody is signed in unless `person` is given. */
export interface Asked {
  person?: Person | null | undefined;
  language?: string;
  parameters?: Record<string, string>;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  visitor?: string;
}

const factsOf = (asked: Asked): Facts => ({
  person: 'person' in asked ? asked.person : null,
  language: asked.language ?? '',
  parameter: (name) => asked.parameters?.[name],
  header: (name) => asked.headers?.[name],
  cookie: (name) => asked.cookies?.[name],
  visitor: () => asked.visitor ?? 'somebody',
});

const compiled = new WeakMap<Flag, { engine: Engine; flag: AskedFlag; override: boolean }>();

/** Decides a flag for such a request. */
export function ask(
  flag: Flag,
  asked: Asked,
  { readOnly = false, override = false }: { readOnly?: boolean; override?: boolean } = {},
): Decision {
  let ready = compiled.get(flag);
  if (ready?.override !== override) {
    const ruleset = toRuleset(flag, { override });
    ready = { engine: compile(toDocument([ruleset])), flag: askedFlag(ruleset), override };
    compiled.set(flag, ready);
  }
  return answerFor(ready.engine, ready.flag, factsOf(asked), { readOnly });
}
