import type { Condition, Context, Decision, Document, Flag } from '../src/engine';
import { beginShare, shareAfter } from '../src/engine/hash';
import { compareVersions, parseVersion, type Version } from '../src/engine/versions';

/** Who is asked about. */
export interface Person {
  readonly id: string;
  readonly country: string;
  readonly age: number;
  readonly version: string;
}

/** A flag of the benchmark, as every contestant is told of it: on or off, for those whom it names. */
export type Spec =
  | { readonly key: string; readonly kind: 'plain'; readonly on: boolean }
  | { readonly key: string; readonly kind: 'share'; readonly percent: number }
  | { readonly key: string; readonly kind: 'rules'; readonly rules: readonly { countries: string[]; age: number }[] }
  | { readonly key: string; readonly kind: 'versions'; readonly rules: readonly { version: string; age: number }[] }
  | { readonly key: string; readonly kind: 'segment'; readonly segment: string };

export type Segments = ReadonlyMap<string, readonly string[]>;

/** Everything that contestants are given. */
export interface Field {
  readonly specs: readonly Spec[];
  readonly segments: Segments;
}

/** A contestant, ready: answers about one flag, and about the 200 at once. */
export interface Contestant {
  readonly name: string;
  /** A person in the form that it takes. */
  contextOf(person: Person): unknown;
  one(key: string, context: never): unknown;
  all?(context: never): unknown;
  close?(): unknown;
}

/** Texts as they come out of a request: each one flat, and a thing of its own. */
export const flat = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const letters = (index: number): string => ((index * 2_654_435_761) >>> 0).toString(16).padStart(8, '0');

/** An id of 36 characters. */
export const idOf = (index: number): string =>
  `${letters(index)}-4f89-41d3-9a0c-${letters(index + 7).slice(0, 4)}${letters(index + 13)}`;

export const PEOPLE: readonly Person[] = flat(
  Array.from({ length: 1_000 }, (_, index) => ({
    id: idOf(index),
    country: `C${index % 20}`,
    age: 20 + (index % 50),
    version: `1.${index % 30}.${index % 7}`,
  })),
);

/** Five rules of which only the last one can match: countries that nobody is in, then those that everybody is in. */
const rulesOf = (last: number) =>
  Array.from({ length: 5 }, (_, rule) => ({
    countries: Array.from({ length: 20 }, (_each, index) => (rule === last ? `C${index}` : `C${index}x${rule}`)),
    age: 18,
  }));

const versionsOf = (last: number) =>
  Array.from({ length: 5 }, (_, rule) => ({ version: rule === last ? '1.0.0' : `9.${rule}.0`, age: 18 }));

export const SINGLE: readonly Spec[] = [
  { key: 'plain', kind: 'plain', on: true },
  { key: 'share', kind: 'share', percent: 10 },
  { key: 'rules', kind: 'rules', rules: rulesOf(4) },
  { key: 'versions', kind: 'versions', rules: versionsOf(4) },
  { key: 'segment-1000', kind: 'segment', segment: 'thousand' },
  { key: 'segment-1000000', kind: 'segment', segment: 'million' },
];

/** 200 flags: 80 plain, 40 shares, 40 with rules, 20 with versions, 20 with a segment. */
export const MIXED: readonly Spec[] = Array.from({ length: 200 }, (_, index): Spec => {
  const key = `mixed-${index}`;
  const turn = index % 10;
  if (turn < 4) return { key, kind: 'plain', on: index % 3 > 0 };
  if (turn < 6) return { key, kind: 'share', percent: 1 + (index % 99) };
  if (turn < 8) return { key, kind: 'rules', rules: rulesOf(index % 5) };
  if (turn < 9) return { key, kind: 'versions', rules: versionsOf(index % 5) };
  return { key, kind: 'segment', segment: 'thousand' };
});

/** Half of the people are in either segment, among strangers. */
export function segments(): Segments {
  const members = (count: number) => {
    const ids = Array.from({ length: count - 500 }, (_, index) => idOf(index + 1_000));
    for (let index = 0; index < PEOPLE.length; index += 2)
      ids.splice((index * 7_919) % ids.length, 0, PEOPLE[index]?.id ?? '');
    return flat(ids);
  };
  return new Map([
    ['thousand', members(1_000)],
    ['million', members(1_000_000)],
  ]);
}

const conditionsOf = (spec: Spec): Condition[] => {
  switch (spec.kind) {
    case 'plain':
      return [];
    case 'share':
      return [{ share: spec.percent }];
    case 'segment':
      return [{ segment: spec.segment }];
    case 'rules':
      return spec.rules.map(({ countries, age }) => ({
        all: [
          { attribute: 'country', is: 'in', value: countries },
          { attribute: 'age', is: 'gte', value: age },
        ],
      }));
    case 'versions':
      return spec.rules.map(({ version, age }) => ({
        all: [
          { attribute: 'version', is: 'semverGte', value: version },
          { attribute: 'age', is: 'gte', value: age },
        ],
      }));
  }
};

const flagOf = (spec: Spec): Flag => ({
  key: spec.key,
  type: 'boolean',
  variants: { on: true, off: false },
  enabled: true,
  off: 'off',
  rules: conditionsOf(spec).map((when, index) => ({ id: `rule-${index + 1}`, when, serve: { variant: 'on' } })),
  otherwise: { variant: spec.kind === 'plain' && spec.on ? 'on' : 'off' },
});

/** The flags as the engine takes them, out of JSON. */
export const documentOf = ({ specs, segments: members }: Field): Document =>
  flat({
    version: 1 as const,
    flags: specs.map(flagOf),
    segments: [...members].map(([key, include], index) => ({ key, id: index + 1, include })),
  });

const decision = (value: boolean): Decision =>
  Object.freeze({ value, variant: value ? 'on' : 'off', reason: 'STATIC', metadata: {} });
const ON = decision(true);
const OFF = decision(false);

type Closure = (context: Context) => Decision;

function closureOf(spec: Spec, members: Segments): Closure {
  switch (spec.kind) {
    case 'plain':
      return spec.on ? () => ON : () => OFF;
    case 'share': {
      const begun = beginShare(spec.key);
      const limit = spec.percent * 1_000;
      return ({ targetingKey }) => (targetingKey !== undefined && shareAfter(begun, targetingKey) < limit ? ON : OFF);
    }
    case 'rules': {
      const rules = spec.rules.map(({ countries, age }) => ({ countries: new Set<unknown>(countries), age }));
      return ({ country, age }) => {
        for (const rule of rules)
          if (rule.countries.has(country) && typeof age === 'number' && age >= rule.age) return ON;
        return OFF;
      };
    }
    case 'versions': {
      const rules = spec.rules.map(({ version, age }) => ({ version: parseVersion(version) as Version, age }));
      return ({ version, age }) => {
        const own = typeof version === 'string' ? parseVersion(version) : undefined;
        if (own === undefined) return OFF;
        for (const rule of rules)
          if (compareVersions(own, rule.version) >= 0 && typeof age === 'number' && age >= rule.age) return ON;
        return OFF;
      };
    }
    case 'segment': {
      const ids = new Set<unknown>(members.get(spec.segment));
      return ({ targetingKey }) => (ids.has(targetingKey) ? ON : OFF);
    }
  }
}

/** The same by hand: a function for each flag, found by its key, with the engine's own hash and versions. The floor. */
export function closures({ specs, segments: members }: Field): Contestant {
  const made = new Map(specs.map((spec) => [spec.key, closureOf(spec, members)]));
  const mixed = MIXED.map(({ key }) => [key, made.get(key) as Closure] as const);
  return {
    name: 'closures',
    contextOf: contextOf,
    one: (key: string, context: Context) => (made.get(key) as Closure)(context).value,
    all: (context: Context) => {
      const decisions: Record<string, Decision> = {};
      for (const [key, closure] of mixed) decisions[key] = closure(context);
      return decisions;
    },
  } as Contestant;
}

export const contextOf = ({ id, ...rest }: Person): Context => flat({ targetingKey: id, ...rest });
