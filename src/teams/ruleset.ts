import {
  type Condition,
  type Decision,
  type Document,
  LIMITS,
  type Rule,
  type Flag as Ruleset,
  type Serve,
} from '../engine';
import { chunksOf } from '../lib/chunks';
import type { Flag, Sample, Switch } from './types';
import { groupWords, languageWords, peopleWords } from './words';

/** What decided a flag; the steps stand in docs/reference/flags.md. */
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

/** What a flag is made of, as far as it decides anything. */
export type FlagRow = Pick<
  Flag,
  'name' | 'everyone' | 'percent' | 'testing' | 'superusers' | 'staff' | 'authenticated' | 'languages' | 'rollout'
> & {
  readonly userIds: readonly number[];
  readonly groups: readonly { readonly id?: number; readonly name: string }[];
};

export interface RulesetOptions {
  /** Whether `?<name>=1` decides before anything else (WAFFLE_OVERRIDE). */
  readonly override?: boolean;
}

const ON: Serve = { variant: 'on' };
const OFF: Serve = { variant: 'off' };

const is = (attribute: string, value: string | boolean): Condition => ({ attribute, is: 'equals', value });
const isThere = (attribute: string, value = true): Condition => ({ attribute, is: 'exists', value });

/** The rule of a gate that lets somebody in, unless the setting behind it is not made. */
const turnOn = (gate: Gate, name: string, when: Condition | false): Rule[] =>
  when === false ? [] : [{ id: gate, name, when, serve: ON }];

/** The rule of a gate that has an answer for whoever reaches it: off, after those whom the gate lets in. */
const turnOff = (gate: Gate, name: string, when: Condition): Rule => ({ id: `${gate}.off`, name, when, serve: OFF });

/** One condition for a list of any length: the engine takes lists up to a limit. */
function inList(attribute: string, operator: 'in' | 'containsAny', values: readonly number[]): Condition | false {
  const lists = [...chunksOf(values, LIMITS.list)].map((value): Condition => ({ attribute, is: operator, value }));
  return lists.length > 1 ? { any: lists } : (lists[0] ?? false);
}

/** Step 1: `?<name>=1`. */
const overrideRules = (): Rule[] => [
  ...turnOn('override', 'the address says on', is('override', '1')),
  turnOff('override', 'the address says off', isThere('override')),
];

/** Step 3: what a tester asks for, or asked for before. */
const testingRules = (): Rule[] => [
  ...turnOn('testing', 'a tester says on', {
    any: [is('test', '1'), { all: [isThere('test', false), is('test.kept', 'True')] }],
  }),
  turnOff('testing', 'a tester says off', { any: [isThere('test'), isThere('test.kept')] }),
];

/** Step 4: `de` holds for `de-at`, not the other way round. */
function speaks(languages: readonly string[]): Condition | false {
  if (languages.length === 0) return false;
  const codes = languages.map((code) => code.toLowerCase());
  return {
    any: [
      { attribute: 'language', is: 'in', value: codes },
      { attribute: 'language', is: 'startsWith', value: codes.map((code) => `${code}-`) },
    ],
  };
}

/** Step 6. Being signed in covers all that need it. */
const peopleRules = ({ authenticated, staff, superusers, userIds, groups }: FlagRow): Rule[] =>
  authenticated
    ? turnOn('authenticated', 'everyone who is signed in', is('user.authenticated', true))
    : [
        ...turnOn('staff', 'staff', staff && is('user.staff', true)),
        ...turnOn('superusers', 'superusers', superusers && is('user.superuser', true)),
        ...turnOn('user', peopleWords(userIds.length), inList('user.id', 'in', userIds)),
        ...turnOn(
          'group',
          groupWords(groups),
          inList(
            'user.groups',
            'containsAny',
            groups.map(({ id = 0 }) => id),
          ),
        ),
      ];

/** A share of 0 to 100 percent as the engine has it; 0 for none. */
const shareOf = (percent: number | null): number =>
  percent !== null && percent > 0 ? Math.round(Math.min(100, percent) * 1000) / 1000 : 0;

/** Step 7: the share, or what the browser was told before; who was told before has nothing to be placed by. */
const percentRules = (name: string, share: number): Rule[] =>
  share === 0
    ? []
    : [
        ...turnOn('percent', `${share}%`, { share, salt: name }),
        { id: 'percent.kept', name: 'visitors drawn in before', when: is('visitor.kept', 'True'), serve: ON },
      ];

function ruleset(key: string, rules: readonly Rule[], otherwise: Serve, metadata: Ruleset['metadata'] = {}): Ruleset {
  const variants = { on: true, off: false };
  return { key, type: 'boolean', variants, enabled: true, off: 'off', rules, otherwise, metadata };
}

/**
 * A flag as the engine decides it: one rule for each gate that is set, in waffle's order. Its metadata say which gate it is
 * when no rule fits, and whether those who are outside of the share are drawn again in their next session. A request that
 * knows no users (step 5) brings nothing that the rules from there on look at.
 */
export function toRuleset(flag: FlagRow, { override = false }: RulesetOptions = {}): Ruleset {
  const { name, everyone } = flag;
  const first = override ? overrideRules() : [];
  if (everyone !== null) return ruleset(name, first, everyone ? ON : OFF, { otherwise: 'everyone' });
  const share = shareOf(flag.percent);
  const rules = [
    ...first,
    ...(flag.testing ? testingRules() : []),
    ...turnOn('language', languageWords(flag.languages), speaks(flag.languages)),
    ...peopleRules(flag),
    ...percentRules(name, share),
  ];
  return ruleset(name, rules, OFF, { otherwise: share > 0 ? 'percent' : 'otherwise', rollout: flag.rollout });
}

/** A switch: the same answer for everybody. */
export const switchRuleset = ({ name, active }: Pick<Switch, 'name' | 'active'>): Ruleset =>
  ruleset(name, [], active ? ON : OFF);

/** A sample: on while the number that the caller drew, from 0 to below 100, is below its percentage. */
export const sampleRuleset = ({ name, percent }: Pick<Sample, 'name' | 'percent'>): Ruleset =>
  ruleset(name, turnOn('percent', `${percent}%`, { attribute: 'draw', is: 'lt', value: percent }), OFF);

/** What the engine loads. */
export const toDocument = (flags: readonly Ruleset[]): Document => ({ version: 1, flags, segments: [] });

/** The gate that a rule belongs to. */
export function gateOfRule(id: string): Gate {
  const end = id.indexOf('.');
  return (end < 0 ? id : id.slice(0, end)) as Gate;
}

/** The gate that decided; `knowsUsers` says whether the request has a concept of them at all. */
export function gateOf({ rule, metadata }: Decision, knowsUsers: boolean): Gate {
  if (rule !== undefined) return gateOfRule(rule);
  return knowsUsers || metadata.otherwise === 'everyone' ? (metadata.otherwise as Gate) : 'no-user';
}
