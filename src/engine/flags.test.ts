import { worldOf } from '../../test/support/engine/world';
import { type Condition, type Context, compile, type Flag, type Serve } from '.';
import { compileFlag } from './flags';

const NOW = { now: 0 };

const flag = (parts: Partial<Flag> = {}): Flag => ({
  key: 'f',
  type: 'string',
  variants: { a: 'A', b: 'B' },
  enabled: true,
  off: 'b',
  rules: [],
  otherwise: { variant: 'b' },
  ...parts,
});
const when = (condition: Condition, serve: Serve = { variant: 'a' }): Flag =>
  flag({ rules: [{ id: 'r', when: condition, serve }] });
const ask = (given: Flag, context: Context = {}) =>
  compile({ version: 1, flags: [given], segments: [] }).evaluate('f', context, NOW);
/** 123 stands at 87.043 % of it. */
const split = (...weights: number[]): Serve => ({
  split: weights.map((weight, index) => ({ variant: index % 2 === 0 ? 'a' : 'b', weight })),
  salt: 'AB12A',
});

describe('a decision', () => {
  it('has nothing but what there is to say', () => {
    const always: Condition = { always: true };
    const metadata = { team: 'growth' };
    for (const [given, expected] of [
      [flag(), { value: 'B', variant: 'b', reason: 'STATIC', metadata: {} }],
      [flag({ metadata }), { value: 'B', variant: 'b', reason: 'STATIC', metadata }],
      [flag({ otherwise: null }), { reason: 'STATIC', metadata: {} }],
      [flag({ otherwise: null, metadata }), { reason: 'STATIC', metadata }],
      [flag({ enabled: false, off: 'a' }), { value: 'A', variant: 'a', reason: 'DISABLED', metadata: {} }],
      [flag({ enabled: false, off: null, metadata }), { reason: 'DISABLED', metadata }],
      [when(always), { value: 'A', variant: 'a', reason: 'TARGETING_MATCH', rule: 'r', metadata: {} }],
      [when({ share: 100 }), { value: 'A', variant: 'a', reason: 'SPLIT', rule: 'r', metadata: {} }],
      [when({ share: 0 }), { value: 'B', variant: 'b', reason: 'DEFAULT', metadata: {} }],
      [
        { ...when({ share: 0 }), otherwise: null },
        { reason: 'DEFAULT', metadata: {} },
      ],
      [when(always, split(100_000)), { value: 'A', variant: 'a', reason: 'SPLIT', rule: 'r', metadata: {} }],
      [flag({ otherwise: split(100_000) }), { value: 'A', variant: 'a', reason: 'SPLIT', metadata: {} }],
      [flag({ otherwise: { ...split(100_000), by: 'no' }, metadata }), { reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING', metadata }], // biome-ignore format: one line
    ] as const)
      expect(ask(given, { targetingKey: '123' })).toStrictEqual(expected);
  });

  it('is the same object each time it is made, and cannot be changed', () => {
    const document = [when({ share: 51, salt: 'AB12A' }), flag({ key: 'g', otherwise: split(50_000, 50_000) })];
    const engine = compile({ version: 1, flags: document, segments: [] });
    for (const key of ['f', 'g', 'none']) {
      for (const context of [{ targetingKey: '123' }, {}]) {
        const decision = engine.evaluate(key, context, NOW);
        expect(engine.evaluate(key, { ...context }, NOW)).toBe(decision);
        expect([decision, decision.metadata].map(Object.isFrozen)).toEqual([true, true]);
      }
    }
    const given = { team: 'growth' };
    const { metadata } = ask(flag({ metadata: given }));
    given.team = 'another';
    expect([metadata.team, Object.isFrozen(given)]).toEqual(['growth', false]);
  });

  it('is one for all flags that are on or off and say nothing else', () => {
    const off: Partial<Flag> = { type: 'boolean', variants: { a: true, b: false } };
    const flags: Flag[] = [
      flag({ ...off, key: 'one' }),
      flag({ ...off, key: 'same' }),
      flag({ ...off, key: 'left', rules: when({ share: 0 }).rules }),
      flag({ ...off, key: 'left too', rules: when({ not: { always: true } }).rules }),
      flag({ ...off, key: 'disabled', enabled: false }),
      flag({ ...off, key: 'other value', variants: { a: true, b: true } }),
      flag({ ...off, key: 'other variant', otherwise: { variant: 'c' }, variants: { b: true, c: false } }),
      flag({ ...off, key: 'facts', metadata: {} }),
      flag({ ...off, key: 'other facts', metadata: { team: 'growth' } }),
      flag({ key: 'text', variants: { b: 'false' } }),
      flag({ key: 'json', type: 'json', variants: { b: { x: 1 } } }),
      flag({ key: 'other json', type: 'json', variants: { b: { x: 2 } } }),
    ];
    const engine = compile({ version: 1, flags, segments: [] });
    const decisions = flags.map(({ key }) => engine.evaluate(key, {}, NOW));
    const firsts = decisions.map((decision) => flags[decisions.indexOf(decision)]?.key);
    expect(firsts).toEqual(['one', 'one', 'left', 'left', ...flags.slice(4).map(({ key }) => key)]);
    expect(decisions.map(({ value }) => value)).toEqual([false, false, false, false, false, true, false, false, false, 'false', { x: 1 }, { x: 2 }]); // biome-ignore format: one line
    expect(decisions.map(({ metadata }) => metadata.team)).toEqual(flags.map(({ key }) => (key === 'other facts' ? 'growth' : undefined))); // biome-ignore format: one line
  });
});

describe('a split', () => {
  it.each<[number[], string]>([
    [[87_043, 12_957], 'b'],
    [[87_044, 12_956], 'a'],
    [[0, 100_000], 'b'],
    [[50_000, 37_043, 12_957], 'a'],
    [[50_000, 37_044, 12_956], 'b'],
    [[87_043, 0, 12_957], 'a'],
    [[87_043, 0, 0, 12_957], 'b'],
  ])('of %j: the part whose end is above where the unit stands, which is %s', (weights, variant) => {
    expect(ask(flag({ otherwise: split(...weights) }), { targetingKey: '123' }).variant).toBe(variant);
    expect(ask(when({ always: true }, split(...weights)), { targetingKey: '123' }).variant).toBe(variant);
  });
});

describe('a flag that is made ready', () => {
  const ready = (given: Flag) => compileFlag(given, worldOf());

  it('is one decision where it is the same for everybody', () => {
    for (const given of [flag(), flag({ otherwise: null }), { ...when({ always: true }), enabled: false }]) {
      const { constant, rules, otherwise } = ready(given);
      expect(constant).toBeDefined();
      expect(rules).toEqual([]);
      expect(otherwise).toEqual({ plain: constant, shared: constant, split: undefined });
    }
    for (const given of [flag({ otherwise: split(100_000) }), when({ always: true })])
      expect(ready(given).constant).toBeUndefined();
  });

  it('has two decisions for a rule that a share may decide, and one for others', () => {
    const [shared] = ready(when({ share: 50 })).rules;
    expect([shared?.plain.reason, shared?.shared.reason]).toEqual(['TARGETING_MATCH', 'SPLIT']);
    const [plain] = ready(when({ not: { share: 50 } })).rules;
    expect(plain?.shared).toBe(plain?.plain);
    const { otherwise } = ready(when({ share: 50 }));
    expect(otherwise.shared).toBe(otherwise.plain);
  });

  it('knows where to begin among rules that all look into lists of one attribute', () => {
    const listed = (id: string, attribute: string) => ({
      id,
      when: { attribute, is: 'in', value: [id] },
      serve: { variant: 'a' },
    });
    const alike = ['x', 'y', 'z'].map((id) => listed(id, 'country'));
    expect(ready(flag({ rules: alike })).sieve).toMatchObject({ slot: 0, first: 0, length: 3 });
    expect(ready(flag({ rules: [...alike, listed('o', 'plan')] })).sieve).toBeUndefined();
  });

  it('fails alone where what validation refuses comes this far', () => {
    const failed = { reason: 'ERROR', errorCode: 'GENERAL', metadata: { team: 'growth' } };
    const metadata = { team: 'growth' };
    expect(ready(flag({ otherwise: { variant: 'none' }, metadata })).constant).toStrictEqual(failed);
    expect(ready(flag({ otherwise: { variant: 'toString' }, metadata })).constant).toStrictEqual(failed);
    expect(ready(flag({ otherwise: split(50_000, 49_999), metadata })).constant).toStrictEqual(failed);
    const { rules, otherwise } = ready({ ...when({ always: true }, split(99_999, 2)), metadata });
    expect(rules[0]).toMatchObject({ plain: failed, shared: failed, split: undefined });
    expect(otherwise.plain.value).toBe('B');
  });
});
