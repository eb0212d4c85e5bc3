import { EventEmitter } from 'node:events';
import {
  getClient,
  type IConfigCatClientSnapshot,
  OverrideBehaviour,
  PollingMode,
  prepareConfig,
  SegmentComparator,
  SettingType,
  User,
  UserComparator,
} from '@configcat/sdk';
import { GrowthBookClient } from '@growthbook/growthbook';
import { init, type LDContext } from '@launchdarkly/node-server-sdk';
import { TestData } from '@launchdarkly/node-server-sdk/integrations';
import { FlagdCore } from '@openfeature/flagd-core';
import { Unleash } from 'unleash-client';
import { type Contestant, type Field, flat, MIXED, type Person, type Spec } from './engine-flags';

type Of<K extends Spec['kind']> = Extract<Spec, { kind: K }>;

/** How a contestant writes each kind of flag. */
type Writer<T> = { [K in Spec['kind']]: (spec: Of<K>) => T };
const write = <T>(writer: Writer<T>, spec: Spec): T => (writer[spec.kind] as (spec: Spec) => T)(spec);

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Flags as a repository in memory, with neither network nor files. */
function unleash({ specs, segments }: Field): Contestant {
  const keys = [...segments.keys()];
  const strategy = (constraints: object[], more: object = {}) => ({
    name: 'default',
    parameters: {},
    constraints,
    ...more,
  });
  const flag = (name: string, enabled: boolean, strategies: object[]) => ({ name, enabled, strategies });
  const older = (age: number) => ({ contextName: 'age', operator: 'NUM_GTE', value: String(age), values: [] });
  const features = specs.map((spec) =>
    write(
      {
        plain: ({ key, on }) => flag(key, on, []),
        share: ({ key, percent }) =>
          flag(key, true, [
            {
              name: 'flexibleRollout',
              parameters: { rollout: String(percent), stickiness: 'userId', groupId: key },
              constraints: [],
            },
          ]),
        rules: ({ key, rules }) =>
          flag(
            key,
            true,
            rules.map(({ countries, age }) =>
              strategy([{ contextName: 'country', operator: 'IN', values: countries }, older(age)]),
            ),
          ),
        versions: ({ key, rules }) =>
          flag(
            key,
            true,
            rules.map(({ version, age }) =>
              strategy([{ contextName: 'version', operator: 'SEMVER_GTE', value: version, values: [] }, older(age)]),
            ),
          ),
        segment: ({ key, segment }) => flag(key, true, [strategy([], { segments: [keys.indexOf(segment)] })]),
      },
      spec,
    ),
  );
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const groups = [...segments].map(([, values], id) => ({
    id,
    constraints: [{ contextName: 'userId', operator: 'IN', values, inverted: false, caseInsensitive: false }],
  }));
  const repository = Object.assign(new EventEmitter(), {
    getToggle: (name: string) => byName.get(name),
    getToggles: () => features,
    getTogglesWithSegmentData: () => features,
    getSegment: (id: number) => groups[id],
    stop() {},
    start: async () => {},
  });
  const client = new Unleash({
    url: 'http://localhost/',
    appName: 'bench',
    disableMetrics: true,
    disableAutoStart: true,
    repository: repository as never,
  });
  repository.emit('ready');
  type Context = { userId: string; properties: Record<string, string> };
  return {
    name: 'unleash-client',
    contextOf: ({ id, country, age, version }): Context =>
      flat({ userId: id, properties: { country, age: String(age), version } }),
    one: (key: string, context: Context) => client.isEnabled(key, context),
    all: (context: Context) => {
      const answers: Record<string, boolean> = {};
      for (const { key } of MIXED) answers[key] = client.isEnabled(key, context);
      return answers;
    },
    close: () => client.destroy(),
  } as Contestant;
}

function flagd({ specs, segments }: Field): Contestant {
  const older = (age: number) => ({ '>=': [{ var: 'age' }, age] });
  const chosen = (tests: object[]) => ({ if: [...tests.flatMap((test) => [test, 'on']), 'off'] });
  const targeting = (spec: Spec): object =>
    write<object>(
      {
        plain: () => ({}),
        share: ({ percent }) => ({ fractional: [{ var: 'targetingKey' }, ['on', percent], ['off', 100 - percent]] }),
        rules: ({ rules }) =>
          chosen(rules.map(({ countries, age }) => ({ and: [{ in: [{ var: 'country' }, countries] }, older(age)] }))),
        versions: ({ rules }) =>
          chosen(
            rules.map(({ version, age }) => ({ and: [{ sem_ver: [{ var: 'version' }, '>=', version] }, older(age)] })),
          ),
        segment: ({ segment }) => chosen([{ in: [{ var: 'targetingKey' }, segments.get(segment)] }]),
      },
      spec,
    );
  const flags = Object.fromEntries(
    specs.map((spec) => [
      spec.key,
      {
        state: 'ENABLED',
        variants: { on: true, off: false },
        defaultVariant: spec.kind === 'plain' && spec.on ? 'on' : 'off',
        ...(spec.kind === 'plain' ? {} : { targeting: targeting(spec) }),
      },
    ]),
  );
  const load = (part: typeof flags) => {
    const core = new FlagdCore(undefined, silent);
    core.setConfigurations(JSON.stringify({ flags: part }));
    return core;
  };
  const core = load(flags);
  const mixed = load(Object.fromEntries(MIXED.map(({ key }) => [key, flags[key] as (typeof flags)[string]])));
  return {
    name: 'flagd-core',
    contextOf: ({ id, ...rest }) => flat({ targetingKey: id, ...rest }),
    one: (key: string, context: Record<string, string>) => core.resolveBooleanEvaluation(key, false, context).value,
    all: (context: Record<string, string>) => mixed.resolveAll(context),
  } as Contestant;
}

function growthBook({ specs, segments }: Field): Contestant {
  const features = Object.fromEntries(
    specs.map((spec) => {
      const rule = (condition: object) => ({ condition, force: true });
      const rules = write<object[]>(
        {
          plain: () => [],
          share: ({ key, percent }) => [
            { force: true, coverage: percent / 100, hashAttribute: 'id', seed: key, hashVersion: 2 },
          ],
          rules: (own) =>
            own.rules.map(({ countries, age }) => rule({ country: { $in: countries }, age: { $gte: age } })),
          versions: (own) =>
            own.rules.map(({ version, age }) => rule({ version: { $vgte: version }, age: { $gte: age } })),
          segment: ({ segment }) => [rule({ id: { $inGroup: segment } })],
        },
        spec,
      );
      return [spec.key, { defaultValue: spec.kind === 'plain' && spec.on, rules }];
    }),
  );
  const savedGroups = Object.fromEntries([...segments].map(([key, ids]) => [key, [...ids]]));
  const client = new GrowthBookClient().initSync({ payload: { features, savedGroups } as never });
  type Context = { attributes: Person };
  return {
    name: 'growthbook',
    contextOf: (person): Context => flat({ attributes: person }),
    one: (key: string, context: Context) => client.isOn(key, context),
    all: (context: Context) => {
      const answers: Record<string, boolean> = {};
      for (const { key } of MIXED) answers[key] = client.isOn(key, context);
      return answers;
    },
    close: () => client.destroy(),
  } as Contestant;
}

/** It cannot read longer lists: they are the arguments of one call there. */
const LONGEST = 50_000;

async function launchDarkly({ specs, segments }: Field): Promise<Contestant> {
  const clause = (attribute: string, op: string, values: unknown[], negate = false) => ({
    attribute,
    op,
    values,
    negate,
    contextKind: 'user',
  });
  // "At least" is "not less than": there is no such operator for either.
  const older = (age: number) => clause('age', 'greaterThanOrEqual', [age]);
  const clausesOf = (spec: Spec): object[][] =>
    write<object[][]>(
      {
        plain: () => [],
        share: () => [[]],
        rules: ({ rules }) => rules.map(({ countries, age }) => [clause('country', 'in', countries), older(age)]),
        versions: ({ rules }) =>
          rules.map(({ version, age }) => [clause('version', 'semVerLessThan', [version], true), older(age)]),
        segment: ({ segment }) => [[clause('', 'segmentMatch', [segment])]],
      },
      spec,
    );
  const start = async (own: readonly Spec[]) => {
    const data = new TestData();
    for (const [key, ids] of segments) {
      const lists = Array.from({ length: Math.ceil(ids.length / LONGEST) }, (_, list) => ({
        contextKind: 'user',
        values: ids.slice(list * LONGEST, (list + 1) * LONGEST),
      }));
      await data.usePreconfiguredSegment({ key, version: 1, includedContexts: lists, rules: [], salt: key });
    }
    for (const spec of own) {
      const share =
        spec.kind === 'share'
          ? {
              rollout: {
                contextKind: 'user',
                variations: [
                  { variation: 0, weight: spec.percent * 1_000 },
                  { variation: 1, weight: 100_000 - spec.percent * 1_000 },
                ],
              },
            }
          : { variation: 0 };
      await data.usePreconfiguredFlag({
        key: spec.key,
        version: 1,
        on: true,
        variations: [true, false],
        offVariation: 1,
        fallthrough: { variation: spec.kind === 'plain' && spec.on ? 0 : 1 },
        rules: clausesOf(spec).map((clauses, index) => ({ id: `rule-${index + 1}`, clauses, ...share })),
        targets: [],
        prerequisites: [],
        salt: spec.key,
      });
    }
    const client = init('bench', {
      updateProcessor: data.getFactory(),
      sendEvents: false,
      diagnosticOptOut: true,
      logger: silent,
    });
    await client.waitForInitialization({ timeout: 5 });
    return client;
  };
  const client = await start(specs);
  const mixed = await start(specs.filter(({ key }) => key.startsWith('mixed-')));
  return {
    name: 'launchdarkly',
    contextOf: ({ id, ...rest }): LDContext => flat({ kind: 'user', key: id, ...rest }),
    one: (key: string, context: LDContext) => client.boolVariation(key, context, false),
    all: (context: LDContext) => mixed.allFlagsState(context),
    close: () => {
      client.close();
      mixed.close();
    },
  } as Contestant;
}

async function configCat({ specs, segments }: Field): Promise<Contestant> {
  const keys = [...segments.keys()];
  const bool = (value: boolean) => ({ v: { b: value }, i: String(value) });
  const test = (a: string, c: UserComparator, value: object) => ({ u: { a, c, ...value } });
  const older = (age: number) => test('age', UserComparator.NumberGreaterOrEquals, { d: age });
  const rulesOf = (spec: Spec): object[][] =>
    write<object[][]>(
      {
        plain: () => [],
        share: () => [],
        rules: ({ rules }) =>
          rules.map(({ countries, age }) => [
            test('country', UserComparator.TextIsOneOf, { l: countries }),
            older(age),
          ]),
        versions: ({ rules }) =>
          rules.map(({ version, age }) => [
            test('version', UserComparator.SemVerGreaterOrEquals, { s: version }),
            older(age),
          ]),
        segment: ({ segment }) => [[{ s: { s: keys.indexOf(segment), c: SegmentComparator.IsIn } }]],
      },
      spec,
    );
  const start = async (own: readonly Spec[]): Promise<IConfigCatClientSnapshot> => {
    const f = Object.fromEntries(
      own.map((spec) => [
        spec.key,
        {
          t: SettingType.Boolean,
          ...bool(spec.kind === 'plain' && spec.on),
          r: rulesOf(spec).map((c) => ({ c, s: bool(true) })),
          ...(spec.kind === 'share'
            ? { p: [{ p: spec.percent, ...bool(true) }, { p: 100 - spec.percent, ...bool(false) }] } // biome-ignore format: one line
            : {}),
        },
      ]),
    );
    const s = [...segments].map(([n, l]) => ({ n, r: [{ a: 'Identifier', c: UserComparator.TextIsOneOf, l }] }));
    const config = prepareConfig({ p: { s: 'salt', r: 0, u: '' }, s, f } as never);
    const settings = config.f ?? {};
    const client = getClient(
      `bench-${own.length}`.padEnd(22, '0').concat('/', '0'.repeat(22)),
      PollingMode.ManualPoll,
      {
        flagOverrides: {
          behaviour: OverrideBehaviour.LocalOnly,
          dataSource: { getOverrides: () => settings as never },
        },
        logger: null,
      },
    );
    await client.waitForReady();
    return client.snapshot();
  };
  const snapshot = await start(specs);
  const mixed = await start(specs.filter(({ key }) => key.startsWith('mixed-')));
  return {
    name: 'configcat',
    contextOf: ({ id, ...rest }) => new User(flat(id), undefined, undefined, flat(rest)),
    one: (key: string, user: User) => snapshot.getValue(key, false, user),
    all: (user: User) => mixed.getAllKeys().map((key) => mixed.getValue(key, false, user)),
  } as Contestant;
}

/** The SDKs that the engine is held against, each with the same flags, from memory. */
export const sdks = async (field: Field): Promise<Contestant[]> => [
  unleash(field),
  flagd(field),
  growthBook(field),
  await launchDarkly(field),
  await configCat(field),
];
