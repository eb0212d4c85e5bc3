import { flag } from '../../test/support/engine/documents';
import { type Condition, type Context, compile, type Document, type Flag, InvalidDocument, type Segment } from '.';

const NOW = { now: Date.parse('2026-06-01T12:00:00Z') };

const doc = (flags: Flag[], segments: Segment[] = []): Document => ({ version: 1, flags, segments });
const when = (condition: Condition): Flag => flag({ rules: [{ id: 'r1', when: condition, serve: { variant: 'on' } }] });
const decide = (given: Flag | Document, context: Context = {}) =>
  compile('flags' in given ? given : doc([given])).evaluate('f', context, NOW);
const holds = (condition: Condition, context: Context, segments: Segment[] = []): boolean =>
  decide(doc([when(condition)], segments), context).value === true;

describe('a decision', () => {
  it('says why it is so', () => {
    expect(decide(flag({ enabled: false }))).toEqual({
      value: false,
      variant: 'off',
      reason: 'DISABLED',
      metadata: {},
    });
    expect(decide(flag({ enabled: false, off: null }))).toEqual({ reason: 'DISABLED', metadata: {} });
    expect(decide(flag())).toEqual({ value: false, variant: 'off', reason: 'STATIC', metadata: {} });
    expect(decide(flag({ otherwise: null }))).toEqual({ reason: 'STATIC', metadata: {} });
    const german = when({ attribute: 'country', is: 'equals', value: 'DE' });
    expect(decide(german, { country: 'DE' })).toEqual({
      value: true,
      variant: 'on',
      reason: 'TARGETING_MATCH',
      rule: 'r1',
      metadata: {},
    });
    expect(decide(german, { country: 'FR' })).toEqual({
      value: false,
      variant: 'off',
      reason: 'DEFAULT',
      metadata: {},
    });
    expect(decide({ ...german, otherwise: null })).toEqual({ reason: 'DEFAULT', metadata: {} });
  });

  it('is a split when a share let somebody in, or the rule or what is left is split', () => {
    const half: Condition = { share: 50, salt: 'AB12A' }; // 123 stands in bucket 51 there
    expect(decide(when(half), { targetingKey: '123' }).reason).toBe('DEFAULT');
    expect(decide(when({ share: 51, salt: 'AB12A' }), { targetingKey: '123' }).reason).toBe('SPLIT');
    expect(decide(when({ not: half }), { targetingKey: '123' }).reason).toBe('TARGETING_MATCH');
    expect(decide(when({ any: [{ always: true }, half] }), { targetingKey: '123' }).reason).toBe('TARGETING_MATCH');
    const split = {
      split: [
        { variant: 'on', weight: 87_100 },
        { variant: 'off', weight: 12_900 },
      ],
      salt: 'AB12A',
    };
    expect(decide(flag({ otherwise: split }), { targetingKey: '123' })).toMatchObject({ value: true, reason: 'SPLIT' });
    const less = {
      ...split,
      split: [
        { variant: 'on', weight: 87_000 },
        { variant: 'off', weight: 13_000 },
      ],
    };
    expect(decide(flag({ otherwise: less }), { targetingKey: '123' })).toMatchObject({ value: false, reason: 'SPLIT' });
    const rules = [{ id: 'r1', when: { always: true } as const, serve: split }];
    expect(decide(flag({ rules }), { targetingKey: '123' })).toMatchObject({
      value: true,
      reason: 'SPLIT',
      rule: 'r1',
    });
  });

  it('of a share that missed goes on to the next rule', () => {
    const rules = [
      { id: 'share', when: { share: 0 }, serve: { variant: 'off' } },
      { id: 'all', when: { always: true } as const, serve: { variant: 'on' } },
    ];
    expect(decide(flag({ rules }), { targetingKey: 'u' })).toMatchObject({ rule: 'all', value: true });
  });

  it('without anything to split by is an error that leaves the default to the code', () => {
    const split = { split: [{ variant: 'on', weight: 100_000 }] };
    const expected = { reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING', metadata: {} };
    for (const targetingKey of [undefined, null, true, {}, Number.NaN] as never[])
      expect(decide(flag({ otherwise: split }), { targetingKey })).toEqual(expected);
    expect(decide(flag({ otherwise: { ...split, by: 'company' } }), { targetingKey: 'u' })).toEqual(expected);
    expect(decide(flag({ otherwise: { ...split, by: 'company' } }), { company: 7 }).value).toBe(true);
  });

  it('carries the facts of its flag, and is frozen with all that is in it', () => {
    const json = flag({
      type: 'json',
      variants: { on: { deep: [1, { x: 2 }] } },
      off: 'on',
      otherwise: { variant: 'on' },
      metadata: { team: 'growth' },
    });
    const decision = decide(json);
    expect(decision).toMatchObject({ metadata: { team: 'growth' }, value: { deep: [1, { x: 2 }] } });
    const { deep } = decision.value as { deep: [number, { x: number }] };
    for (const part of [decision, decision.metadata, decision.value, deep, deep[1]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('for a flag that is not there is an error', () => {
    const engine = compile(doc([flag()]));
    for (const key of ['g', '__proto__', 'constructor', 'toString', ''])
      expect(engine.evaluate(key, {}, NOW)).toEqual({ reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND', metadata: {} });
  });

  it('takes names that every object inherits for names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'f.g/h~i'];
    const flags = names.map((key) => {
      const variants = JSON.parse(`{${JSON.stringify(key)}: true}`) as Record<string, true>;
      const rules = [{ id: key, when: { attribute: key, is: 'equals', value: 1 } as const, serve: { variant: key } }];
      return flag({ key, variants, off: key, otherwise: null, rules });
    });
    const engine = compile(doc(flags));
    for (const key of names) {
      const context = JSON.parse(`{${JSON.stringify(key)}: 1}`) as Context;
      expect(engine.evaluate(key, context, NOW)).toMatchObject({ variant: key, rule: key, value: true });
      expect(engine.evaluate(key, {}, NOW)).toMatchObject({ reason: 'DEFAULT' });
      const all = engine.evaluateAll(context, NOW);
      expect(Object.keys(all)).toEqual(names);
      expect(all[key]).toBe(engine.evaluate(key, context, NOW));
    }
  });

  it('survives a context whose attributes cannot be read', () => {
    const hostile = new Proxy({}, { get: () => { throw new Error('no'); }, getOwnPropertyDescriptor: () => { throw new Error('no'); } }); // biome-ignore format: one line
    const given = when({ attribute: 'a', is: 'equals', value: 1 });
    const engine = compile(doc([given, flag({ key: 'plain' })]));
    expect(engine.evaluate('f', hostile, NOW)).toEqual({ reason: 'ERROR', errorCode: 'GENERAL', metadata: {} });
    expect(engine.evaluateAll(hostile, NOW)).toMatchObject({ f: { reason: 'ERROR' }, plain: { reason: 'STATIC' } });
    expect(engine.explain('f', hostile, NOW)).toMatchObject({
      decision: { reason: 'ERROR' },
      sentence: 'Some attributes cannot be read. f gives the default in the code.',
    });
  });

  it('takes a context that is none for one that says nothing', () => {
    const engine = compile(doc([when({ attribute: 'a', is: 'exists', value: false })]));
    for (const context of [null, undefined, 1, 'text', true] as never[])
      expect(engine.evaluate('f', context, NOW)).toBe(engine.evaluate('f', {}, NOW));
  });
});

describe('groups', () => {
  const yes: Condition = { always: true };
  const no: Condition = { not: yes };
  it.each<[Condition, boolean]>([
    [{ all: [yes, yes] }, true],
    [{ all: [yes, yes, yes] }, true],
    [{ all: [yes, no] }, false],
    [{ all: [yes, yes, no] }, false],
    [{ any: [no, yes] }, true],
    [{ any: [no, no] }, false],
    [{ not: { all: [yes, no] } }, true],
    [{ not: { any: [no, yes] } }, false],
  ])('%j is %s', (condition, expected) => {
    expect(holds(condition, {})).toBe(expected);
  });
});

describe('rules that begin by looking for one attribute in lists', () => {
  const listed = (id: string, value: string[], least?: number) => ({
    id,
    when:
      least === undefined
        ? { attribute: 'country', is: 'in', value }
        : {
            all: [
              { attribute: 'country', is: 'in', value },
              { attribute: 'age', is: 'gte', value: least },
            ],
          },
    serve: { variant: 'on' },
  });
  const rules = [
    listed('a', ['DE', 'AT'], 60),
    listed('b', ['FR']),
    listed('c', ['AT', 'DE'], 18),
    listed('d', ['CH']),
  ];

  it.each<[Context, string | undefined]>([
    [{ country: 'DE', age: 70 }, 'a'],
    [{ country: 'DE', age: 30 }, 'c'],
    [{ country: 'AT', age: 10 }, undefined],
    [{ country: 'FR' }, 'b'],
    [{ country: 'CH' }, 'd'],
    [{ country: 'IT', age: 70 }, undefined],
    [{ country: 'early' }, undefined],
    [{ country: 1 }, undefined],
    [{}, undefined],
  ])('are asked in their order: %j is decided by %s', (context, rule) => {
    // Flags before and after number the values of the same attribute, too.
    const before = flag({ key: 'before', rules: [listed('x', ['early', 'DE'])] });
    const after = flag({
      key: 'after',
      rules: [listed('x', ['IT']), listed('y', ['DE', 'FR']), listed('z', ['late'])],
    });
    const engine = compile(doc([before, flag({ rules }), after]));
    expect(engine.evaluate('f', context, NOW).rule).toBe(rule);
    const last = { DE: 'y', FR: 'y', IT: 'x' }[String(context.country)];
    expect(engine.evaluate('after', context, NOW).rule).toBe(last);
  });

  it.each([3, 254, 255, 256, 257, 500])('may be %i', (count) => {
    // Every country is in the list of one rule and of the next.
    const country = (index: number) => `C${index}`;
    const many = Array.from({ length: count }, (_, index) => listed(`r${index}`, [country(index), country(index + 1)]));
    const engine = compile(doc([flag({ rules: many })]));
    const found = Array.from(
      { length: count + 2 },
      (_, at) => engine.evaluate('f', { country: country(at) }, NOW).rule,
    );
    const first = Array.from({ length: count + 1 }, (_, at) => `r${Math.max(0, at - 1)}`);
    expect(found).toEqual([...first, undefined]);
  });

  it('are asked one by one where one of them begins otherwise', () => {
    const other = { id: 'o', when: { attribute: 'plan', is: 'in', value: ['pro'] }, serve: { variant: 'on' } };
    const engine = compile(doc([flag({ rules: [...rules, other] })]));
    expect(engine.evaluate('f', { country: 'IT', plan: 'pro' }, NOW).rule).toBe('o');
    expect(engine.evaluate('f', { country: 'CH', plan: 'pro' }, NOW).rule).toBe('d');
  });
});

describe('questions', () => {
  it('may be asked while another is answered', () => {
    const inner = flag({ key: 'inner', rules: [{ id: 'i', when: { attribute: 'a', is: 'equals', value: 2 }, serve: { variant: 'on' } }] }); // biome-ignore format: one line
    const outer = when({ all: [{ attribute: 'a', is: 'equals', value: 1 }, { attribute: 'b', is: 'isTrue' }, { attribute: 'a', is: 'lt', value: 2 }] }); // biome-ignore format: one line
    const engine = compile(doc([outer, inner]));
    const asking = { a: 1, get b() { return engine.evaluate('inner', { a: 2 }, NOW).value; } }; // biome-ignore format: one line
    expect(engine.evaluate('f', asking, NOW).value).toBe(true);
    expect(engine.evaluateAll(asking, NOW)).toMatchObject({ f: { value: true }, inner: { value: false } });
  });

  it('about thousands of flags at once are answered like those about few', () => {
    const flags = Array.from({ length: 1_001 }, (_, index) => (index % 2 === 0 ? flag({ key: `k${index}` }) : { ...when({ attribute: 'a', is: 'isTrue' }), key: `k${index}` })); // biome-ignore format: one line
    for (const count of [1_000, 1_001]) {
      const engine = compile(doc(flags.slice(0, count)));
      const all = engine.evaluateAll({ a: true }, NOW);
      expect(Object.keys(all)).toEqual(engine.keys);
      expect([all.k0?.reason, all.k1?.reason, all.toString, all.constructor]).toEqual(['STATIC', 'TARGETING_MATCH', undefined, undefined]); // biome-ignore format: one line
      expect(engine.evaluateAll({}, NOW).k1?.reason).toBe('DEFAULT');
    }
  });

  it('about a flag that is the same for everybody look at nobody and no clock', () => {
    let looks = 0;
    const get = (target: object, name: string | symbol): unknown => {
      looks += 1;
      return Reflect.get(target, name);
    };
    const look = <T extends object>(given: T): T => new Proxy<T>(given, { get });
    const flags = [flag(), flag({ key: 'off', enabled: false, rules: when({ after: 0 }).rules }), { ...when({ attribute: 'a', is: 'isTrue' }), key: 'varies' }]; // biome-ignore format: one line
    const engine = compile(doc(flags));
    const ask = (key: string) => {
      looks = 0;
      engine.evaluate(key, look({ a: true }), look(NOW));
      return looks > 0;
    };
    expect([ask('f'), ask('off'), ask('none'), ask('varies')]).toEqual([false, false, false, true]);
  });

  it('without a moment are before and after nothing, and none of them throws', () => {
    const engine = compile(doc([when({ any: [{ after: 0 }, { before: 8e15 }] }), flag({ key: 'plain' })]));
    for (const moment of [undefined, null, {}, { now: 'x' }, { now: Number.NaN }, { now: new Date('x') }] as never[])
      expect([engine.evaluate('f', {}, moment).value, engine.evaluate('plain', {}, moment).reason]).toEqual([false, 'STATIC']); // biome-ignore format: one line
    expect(engine.evaluate('f', {}, { now: '2026-01-01T00:00:00Z' } as never).value).toBe(true);
  });
});

describe('time', () => {
  it.each<[Condition, boolean]>([
    [{ after: '2026-06-01T11:59:59.999Z' }, true],
    [{ after: '2026-06-01T12:00:00Z' }, false],
    [{ before: '2026-06-01T12:00:00Z' }, false],
    [{ before: '2026-06-01T14:00:00.001+02:00' }, true],
    [{ before: NOW.now + 1 }, true],
  ])('%j is %s', (condition, expected) => {
    expect(holds(condition, {})).toBe(expected);
  });

  it('takes a Date, too', () => {
    const engine = compile(doc([when({ after: '2026-01-01T00:00:00Z' })]));
    expect(engine.evaluate('f', {}, { now: new Date('2026-01-01T00:00:01Z') }).value).toBe(true);
    expect(engine.evaluate('f', {}, { now: new Date('2025-12-31T23:00:00Z') }).value).toBe(false);
    expect(engine.evaluateAll({}, { now: new Date('2026-01-01T00:00:01Z') })).toMatchObject({ f: { value: true } });
  });
});

describe('segments', () => {
  const beta: Segment = {
    key: 'beta',
    id: 1,
    include: ['ada', 'both', '7'],
    exclude: ['eve', 'both'],
    when: { attribute: 'plan', is: 'equals', value: 'pro' },
  };
  const inBeta = (context: Context, more: Segment[] = []) => holds({ segment: 'beta' }, context, [beta, ...more]);

  it('exclude first, then include, then ask their condition', () => {
    expect(inBeta({ targetingKey: 'ada' })).toBe(true);
    expect(inBeta({ targetingKey: 'eve', plan: 'pro' })).toBe(false);
    expect(inBeta({ targetingKey: 'both' })).toBe(false);
    expect(inBeta({ targetingKey: 'bob', plan: 'pro' })).toBe(true);
    expect(inBeta({ targetingKey: 'bob', plan: 'free' })).toBe(false);
    expect(inBeta({ plan: 'pro' })).toBe(true);
    expect(inBeta({ targetingKey: 7 as never })).toBe(true);
    expect(holds({ segment: 's' }, { targetingKey: 'x' }, [{ key: 's', id: 2 }])).toBe(false);
  });

  it('may name other segments, also later ones, and salt their shares with their own key', () => {
    const outer: Segment = { key: 'outer', id: 2, when: { any: [{ segment: 'beta' }, { segment: 'later' }] } };
    const later: Segment = { key: 'later', id: 3, include: ['zoe'], when: { share: 51 } };
    const segments = [outer, beta, later];
    for (const id of ['ada', 'zoe']) expect(holds({ segment: 'outer' }, { targetingKey: id }, segments)).toBe(true);
    const salted: Segment = { key: 'AB12A', id: 4, when: { share: 51 } };
    const given = doc([when({ segment: 'AB12A' })], [salted]);
    expect(decide(given, { targetingKey: '123' })).toMatchObject({ value: true, reason: 'SPLIT' });
    const narrower = doc([when({ segment: 'AB12A' })], [{ ...salted, when: { share: 50 } }]);
    expect(decide(narrower, { targetingKey: '123' }).value).toBe(false);
  });
});

describe('prerequisites', () => {
  const other = (parts: Partial<Flag>) => flag({ key: 'other', ...parts });
  const needs: Condition = { flag: 'other', serves: ['on'] };
  it.each<[string, Flag, boolean]>([
    ['serves it to all', other({ otherwise: { variant: 'on' } }), true],
    ['serves another', other({ otherwise: { variant: 'off' } }), false],
    ['is off', other({ enabled: false, otherwise: { variant: 'on' } }), false],
    ['is off and serves it then', other({ enabled: false, off: 'on' }), true],
    ['leaves it to the code', other({ otherwise: null }), false],
    [
      'serves it by a rule',
      other({ rules: [{ id: 'x', when: { attribute: 'a', is: 'isTrue' }, serve: { variant: 'on' } }] }),
      true,
    ],
    ['cannot be decided', other({ otherwise: { split: [{ variant: 'on', weight: 100_000 }] } }), false],
  ])('hold or not when the other flag %s', (_what, prerequisite, expected) => {
    expect(decide(doc([when(needs), prerequisite]), { a: true }).value).toBe(expected);
    expect(decide(doc([prerequisite, when(needs)]), { a: true }).value).toBe(expected);
  });
});

describe('a document with mistakes', () => {
  it('is refused as a whole, with the path of every mistake', () => {
    const bad = doc([when({ all: [] }), flag({ key: 'g', otherwise: { variant: 'none' } })]);
    const load = () => compile(bad);
    expect(load).toThrow(InvalidDocument);
    expect(load).toThrow('/flags/0/rules/0/when/all: needs at least one condition');
    expect(load).toThrow('/flags/1/otherwise/variant: is no variant of this flag');
  });

  it('can be loaded with an error in place of each flag that has one', () => {
    const bad = doc([when({ all: [] }), flag({ key: 'good' })]);
    const engine = compile(bad, { mistakes: 'isolate' });
    expect(engine.evaluate('f', {}, NOW)).toEqual({ reason: 'ERROR', errorCode: 'PARSE_ERROR', metadata: {} });
    expect(engine.evaluate('good', {}, NOW)).toMatchObject({ reason: 'STATIC' });
    expect(engine.explain('f', {}, NOW)).toMatchObject({ decision: { errorCode: 'PARSE_ERROR' } });
    expect(() => compile({ ...bad, version: 2 as 1 }, { mistakes: 'isolate' })).toThrow(InvalidDocument);
  });

  it('names each of them when it is refused, twenty at most', () => {
    const refused = (given: unknown) => {
      try {
        compile(given as Document);
      } catch (error) {
        return error as InvalidDocument;
      }
      throw new Error('It was not refused.');
    };
    const off = (count: number) => Array.from({ length: count }, (_, index) => flag({ key: `f${index}`, off: 'none' }));
    const line = (index: number) => `/flags/${index}/off: is no variant of this flag`;
    const lines = (count: number) => Array.from({ length: count }, (_, index) => line(index)).join('\n');
    const one = refused(doc(off(1)));
    expect(one).toBeInstanceOf(InvalidDocument);
    expect([one.name, one.message]).toEqual(['InvalidDocument', `The document has 1 mistake.\n${line(0)}`]);
    expect(one.mistakes).toEqual([{ path: '/flags/0/off', message: 'is no variant of this flag' }]);
    expect(refused(doc(off(2))).message).toBe(`The document has 2 mistakes.\n${lines(2)}`);
    expect(refused(doc(off(20))).message).toBe(`The document has 20 mistakes.\n${lines(20)}`);
    expect(refused(doc(off(22))).message).toBe(`The document has 22 mistakes.\n${lines(20)}\n… and 2 more`);
    expect(refused(doc(off(22))).mistakes).toHaveLength(22);
    expect(refused(null).message).toMatch(/^The document has 1 mistake\.\n\/: /);
  });

  it('is refused, however it is loaded, where a mistake is in what all flags share', () => {
    const isolate = (given: unknown) => () => compile(given as Document, { mistakes: 'isolate' });
    const share: Segment = { key: 's', id: 1, when: { share: 101 } };
    expect(isolate(doc([flag()], [share]))).toThrow('/segments/0/when/share');
    expect(isolate({ ...doc([flag()]), flags: {} })).toThrow(InvalidDocument);
    expect(isolate({ ...doc([flag()]), segments: 1 })).toThrow(InvalidDocument);
    expect(isolate(null)).toThrow(InvalidDocument);
    expect(() => compile(doc([flag({ off: 'none' })]), { mistakes: 'refuse' })).toThrow(InvalidDocument);
  });

  it('has its other flags, wherever they stand', () => {
    const flags = Array.from({ length: 13 }, (_, index) =>
      flag({ key: `f${index}`, off: index === 11 ? 'none' : 'off' }),
    );
    const needs = { ...when({ flag: 'f11', serves: ['on'] }), key: 'needs' };
    const nameless = [null, flag({ key: 7 as never }), 'text'] as never[];
    const engine = compile(doc([...nameless, ...flags, needs]), { mistakes: 'isolate' });
    expect(engine.keys).toEqual([...flags.map(({ key }) => key), 'needs']);
    const all = engine.evaluateAll({}, NOW);
    expect(Object.keys(all)).toEqual(engine.keys);
    expect(engine.keys.map((key) => all[key]?.reason)).toEqual([
      ...flags.map((_, index) => (index === 11 ? 'ERROR' : 'STATIC')),
      'DEFAULT',
    ]);
    for (const key of engine.keys) expect(engine.evaluate(key, {}, NOW)).toBe(all[key]);
  });
});

describe('an explanation', () => {
  it('says in plain words what matched and what would change it', () => {
    const condition: Condition = {
      all: [
        { attribute: 'country', is: 'equals', value: 'DE' },
        { attribute: 'plan', is: 'in', value: ['pro', 'team'] },
      ],
    };
    const rules = [
      { id: 'staff', name: 'Staff', when: { attribute: 'staff', is: 'isTrue' } as const, serve: { variant: 'on' } },
      { id: 'de', name: 'Beta in Germany', when: condition, serve: { variant: 'on' } },
    ];
    const engine = compile(doc([flag({ rules })]));
    const told = engine.explain('f', { country: 'DE', plan: 'pro' }, NOW);
    expect(told.sentence).toBe(
      'Rule 2 “Beta in Germany” matched: country is DE, plan is one of pro, team. It serves on (true).',
    );
    expect(told.steps.map(({ decided }) => decided)).toEqual([false, true]);
    expect(told.wouldChange).toEqual([
      'Rule 1 “Staff” would match if staff is true (now staff is missing).',
      'Rule 2 “Beta in Germany” would no longer match if not “country is DE” or not “plan is one of pro, team”.',
    ]);
    const missed = engine.explain('f', { country: 'FR', plan: 'pro' }, NOW);
    expect(missed.sentence).toBe('No rule matched: it serves off (false).');
    expect(missed.steps[1]?.text).toBe('Rule 2 “Beta in Germany” did not match: country is FR, not “country is DE”.');
  });

  it('shows bucket and share where one decided', () => {
    const told = compile(doc([when({ share: 51, salt: 'AB12A' })])).explain('f', { targetingKey: '123' }, NOW);
    const { share } = told.steps[0]?.condition ?? {};
    expect(Math.floor((share?.unit ?? 0) / 1000)).toBe(50);
    expect(share?.limit).toBe(51_000);
    const split = { split: [{ variant: 'on', weight: 100_000 }], salt: 'AB12A' };
    const ofSplit = compile(doc([flag({ otherwise: split })])).explain('f', { targetingKey: '123' }, NOW);
    expect(Math.floor((ofSplit.steps[0]?.split?.unit ?? 0) / 100)).toBe(870);
  });
});
