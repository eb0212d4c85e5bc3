import { compileFlag, type Decision, decide, type Facts, type Person } from '../../src/teams/evaluate';
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

/** Decides a flag for such a request. */
export const ask = (flag: Flag, asked: Asked, asking: { readOnly?: boolean; override?: boolean } = {}): Decision =>
  decide(compileFlag(flag), factsOf(asked), { readOnly: false, override: false, ...asking });
