import fc from 'fast-check';
import type { Condition, Context, Document, Flag, Segment, Serve } from '../../../src/engine';

const ATTRIBUTES = ['country', 'plan', 'age', 'account.plan', 'version', 'seen', 'tags', '__proto__', 'constructor'];
const TEXTS = ['DE', 'de', 'FR', 'pro', 'free', '', '1.2.3', '2.0.0-rc.1', '2026-01-01T00:00:00Z', '10.1.2.3'];
const VARIANTS = ['on', 'off', '__proto__', 'toString'];
const text = fc.constantFrom(...TEXTS);
const number = fc.oneof(fc.integer({ min: -3, max: 90 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const attribute = fc.constantFrom(...ATTRIBUTES);

const operation = fc.oneof(
  fc.record({ is: fc.constantFrom('equals', 'notEquals'), value: fc.oneof(text, number, fc.boolean()) }),
  fc.record({ is: fc.constantFrom('in', 'notIn'), value: fc.array(fc.oneof(text, number), { maxLength: 4 }) }),
  fc.record({ is: fc.constantFrom('contains', 'startsWith', 'endsWith'), value: text }),
  fc.record({ is: fc.constant('matches'), value: fc.constantFrom('^D', 'r.', '[a-z]+$') }),
  fc.record({ is: fc.constantFrom('lt', 'lte', 'gt', 'gte'), value: number }),
  fc.record({ is: fc.constantFrom('semverLt', 'semverGte', 'semverEquals'), value: fc.constantFrom('1.2.3', '2.0.0') }),
  fc.record({ is: fc.constantFrom('before', 'after'), value: fc.constant('2026-01-01T00:00:00Z') }),
  fc.record({ is: fc.constant('inCidr'), value: fc.constant('10.0.0.0/8') }),
  fc.record({ is: fc.constant('exists'), value: fc.boolean() }),
  fc.record({ is: fc.constantFrom('isTrue', 'isFalse') }),
  fc.record({
    is: fc.constantFrom('containsAny', 'containsAll'),
    value: fc.array(text, { minLength: 1, maxLength: 3 }),
  }),
);

const percent = fc.integer({ min: 0, max: 100_000 }).map((unit) => unit / 1000);
const placing = {
  salt: fc.option(fc.constantFrom('salt', 'ü'), { nil: undefined }),
  by: fc.option(fc.constantFrom('country', 'age', 'account.plan'), { nil: undefined }),
};

/** Without what is undefined, as JSON has it. */
const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

interface Names {
  segments: readonly string[];
  flags: readonly string[];
}

/** Conditions that may ask the segments and flags that are named. */
function conditions({ segments, flags }: Names, depth = 3): fc.Arbitrary<Condition> {
  const leaves: fc.Arbitrary<Condition>[] = [
    fc.constant({ always: true }),
    fc.tuple(attribute, operation).map(([name, rest]) => ({ attribute: name, ...rest })),
    fc.record({ share: percent, ...placing }).map((share) => asJson(share) as Condition),
    fc.constantFrom<Condition>({ after: '2026-01-01T00:00:00Z' }, { before: '2026-01-01T00:00:00Z' }),
    ...segments.map((segment) => fc.constant({ segment })),
    ...flags.map((flag) => fc.constantFrom<Condition>({ flag, serves: ['on'] }, { flag, serves: ['off', 'toString'] })),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const inner = conditions({ segments, flags }, depth - 1);
  const group = fc.array(inner, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: fc.oneof(...leaves) },
    { weight: 1, arbitrary: group.map((all) => ({ all })) },
    { weight: 1, arbitrary: group.map((any) => ({ any })) },
    { weight: 1, arbitrary: inner.map((not) => ({ not })) },
  );
}

const serves: fc.Arbitrary<Serve> = fc.oneof(
  fc.constantFrom(...VARIANTS).map((variant) => ({ variant })),
  fc.record({ at: fc.integer({ min: 0, max: 100_000 }), ...placing }).map(({ at, ...rest }) =>
    asJson({
      split: [
        { variant: 'on', weight: at },
        { variant: 'off', weight: 100_000 - at },
      ],
      ...rest,
    }),
  ),
);

/** The variants of every flag: texts under names of all kinds. */
const variants = JSON.parse(`{"on":"ON","off":"OFF","__proto__":"P","toString":"T"}`) as Record<string, string>;

const flagOf = (key: string, names: Names): fc.Arbitrary<Flag> =>
  fc.record({
    key: fc.constant(key),
    type: fc.constant('string' as const),
    variants: fc.constant(variants),
    enabled: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    off: fc.option(fc.constantFrom(...VARIANTS)),
    rules: fc
      .array(fc.record({ when: conditions(names), serve: serves }), { maxLength: 4 })
      .map((rules) => rules.map((rule, index) => ({ id: `r${index}`, ...rule }))),
    otherwise: fc.option(serves),
  });

const segmentOf = (key: string, id: number, names: Names): fc.Arbitrary<Segment> =>
  fc
    .record({
      include: fc.subarray(['u1', 'u2', 'u3']),
      exclude: fc.subarray(['u1', 'u4']),
      when: fc.option(conditions(names, 1), { nil: undefined }),
    })
    .map((parts) => asJson({ key, id, ...parts }));

/** Documents that are right: each flag and segment asks only those before it. */
export const documents: fc.Arbitrary<Document> = fc
  .tuple(
    segmentOf('s1', 1, { segments: [], flags: [] }),
    segmentOf('s2', 2, { segments: ['s1'], flags: [] }),
    flagOf('f1', { segments: ['s1', 's2'], flags: [] }),
    flagOf('f2', { segments: ['s2'], flags: ['f1'] }),
    flagOf('__proto__', { segments: ['s1'], flags: ['f1', 'f2'] }),
  )
  .map(([s1, s2, ...flags]) => ({ version: 1 as const, flags, segments: [s1, s2] }));

/** Conditions that ask nothing further. */
export const plainConditions = conditions({ segments: [], flags: [] });

/** Contexts as they come out of JSON. */
export const contexts: fc.Arbitrary<Context> = fc
  .array(
    fc.tuple(
      fc.oneof(attribute, fc.constant('targetingKey'), fc.constant('account')),
      fc.oneof(
        text,
        number,
        fc.boolean(),
        fc.constant(null),
        fc.array(text, { maxLength: 3 }),
        fc.record({ plan: text }),
      ),
    ),
    { maxLength: 7 },
  )
  .chain((pairs) =>
    fc.constantFrom('u1', 'u2', 'u3', 'u4', undefined).map((key) => {
      const body = [...pairs, ...(key === undefined ? [] : [['targetingKey', key] as const])]
        .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join(',');
      return JSON.parse(`{${body}}`) as Context;
    }),
  );
