import { compile, shareUnit } from '../engine';
import { describe as describeConditions } from './describe';
import { explainFlag } from './explain';
import { type ConditionContext, factsOf, type Person } from './facts';
import { InvalidValue, listKinds, readCondition, registerCondition } from './kinds';
import { toDocument } from './ruleset';
import type { NamedSegment, StatedCondition } from './types';

const NAME = 'shows.seats.choose';
const NOW = new Date('2026-03-01T12:00:00Z');
const jane: Person = { id: 7, email: 'jane@example.com', isStaff: false, groups: [{ id: 1, name: 'Beta testers' }] };
const grace: Person = { id: 8, email: 'grace@example.com', isStaff: true, groups: [] };
const SEGMENTS: NamedSegment[] = [{ key: 'beta', include: ['7'], exclude: [] }];
const KEYS = new Set(['beta']);

/** `boolean true`, `path ^/x$ required`, in the manner of the tables. */
const stated = (...conditions: [string, string, 'required'?][]): StatedCondition[] =>
  conditions.map(([condition, value, required]) => ({
    condition,
    value,
    required: required !== undefined,
    origin: 'database',
    place: 'the database',
  }));

const engineFor = (conditions: readonly StatedCondition[]) =>
  compile(toDocument(new Map([[NAME, conditions]]), SEGMENTS));

function isOn(conditions: readonly StatedCondition[], context: ConditionContext = {}): boolean {
  const engine = engineFor(conditions);
  const facts = factsOf(context, 'production');
  const { value } = engine.evaluate(NAME, facts, { now: context.now ?? NOW });
  const { reads } = describeConditions(NAME, conditions, KEYS);
  const told = explainFlag(engine, NAME, reads, { context: facts, now: context.now ?? NOW });
  expect({ name: NAME, state: told.state, said: told.sentence.startsWith('On') }).toEqual({
    name: NAME,
    state: value,
    said: value,
  });
  return value === true;
}

describe('the conditions of a name', () => {
  it.each<[string, StatedCondition[], ConditionContext, boolean]>([
    ['none at all', [], {}, false],
    ['boolean true', stated(['boolean', 'true']), {}, true],
    ['boolean false', stated(['boolean', 'false']), {}, false],
    ['a plain one of two', stated(['boolean', 'false'], ['user', 'jane@example.com']), { viewer: jane }, true],
    ['none of two', stated(['boolean', 'false'], ['user', 'jane@example.com']), { viewer: grace }, false],
    ['required elsewhere', stated(['boolean', 'true'], ['path matches', '^/x$', 'required']), { path: '/y' }, false],
    ['required here', stated(['boolean', 'true'], ['path matches', '^/x$', 'required']), { path: '/x' }, true],
    ['required false', stated(['boolean', 'false', 'required'], ['boolean', 'true']), {}, false],
    [
      'only required ones',
      stated(['boolean', 'true', 'required'], ['staff', 'true', 'required']),
      { viewer: grace },
      true,
    ],
    ['all required, no plain', stated(['boolean', 'true', 'required'], ['boolean', 'false']), {}, false],
    [
      'one required missing',
      stated(['boolean', 'true', 'required'], ['staff', 'true', 'required']),
      { viewer: jane },
      false,
    ],
    ['unknown beside true', stated(['moon phase', 'full'], ['boolean', 'true']), {}, true],
    ['unknown and required', stated(['moon phase', 'full', 'required'], ['boolean', 'true']), {}, false],
    ['invalid alone', stated(['percent', 'many']), { viewer: jane }, false],
  ])('%s', (_name, conditions, context, expected) => {
    expect(isOn(conditions, context)).toBe(expected);
  });

  it('say how they work together, and what it takes', () => {
    const told = (...conditions: Parameters<typeof stated>) => {
      const { rule, state, standing, kind } = describeConditions('x.y.z', stated(...conditions), KEYS);
      return { rule, state, standing, kind };
    };
    expect(told()).toEqual({
      rule: 'x.y.z is off: it has no conditions.',
      state: 'Off: no conditions.',
      standing: 'off',
      kind: 'boolean',
    });
    expect(told(['boolean', 'true'])).toMatchObject({
      rule: 'x.y.z is enabled when its condition holds.',
      state: 'On for everyone.',
      standing: 'on',
    });
    expect(told(['path matches', '^/x$', 'required'], ['percent', '25'], ['staff', 'yes'])).toEqual({
      rule: 'x.y.z is enabled when all required conditions hold and any other condition holds.',
      state: 'On when the path matches ^/x$ and either the person or visitor is within 25% or the person is staff.',
      standing: 'partial',
      kind: 'mixed',
    });
    expect(told(['boolean', 'false', 'required'], ['boolean', 'true'])).toMatchObject({ standing: 'off' });
    expect(told(['percent', '25'], ['boolean', 'false']).kind).toBe('percent');
    expect(told(['after date', '2026-01-01T00:00:00Z']).kind).toBe('time');
    expect(told(['group', 'Beta testers'], ['staff', 'no']).kind).toBe('user');
  });
});

describe('each kind of condition', () => {
  const signedOut = { viewer: null };
  it.each<[string, string, ConditionContext, boolean]>([
    ...['y', 'yes', 't', 'true', 'on', '1', 'TRUE', ' On '].map((word): [string, string, ConditionContext, boolean] => [
      'boolean',
      word,
      {},
      true,
    ]),
    ...['n', 'no', 'f', 'false', 'off', '0', 'False'].map((word): [string, string, ConditionContext, boolean] => [
      'boolean',
      word,
      {},
      false,
    ]),
    ['user', 'jane@example.com', { viewer: jane }, true],
    ['user', 'Jane@Example.com', { viewer: jane }, true],
    ['user', '7', { viewer: jane }, true],
    ['user', '7', { viewer: grace }, false],
    ['user', 'jane@example.com', signedOut, false],
    ['user', 'jane@example.com', {}, false],
    ['group', 'Beta testers', { viewer: jane }, true],
    ['group', 'Beta testers', { viewer: grace }, false],
    ['group', 'Beta testers', signedOut, false],
    ['anonymous', 'true', signedOut, true],
    ['anonymous', 'true', { viewer: jane }, false],
    ['anonymous', 'false', { viewer: jane }, true],
    ['anonymous', 'false', {}, false],
    ['anonymous', 'true', {}, false],
    ['authenticated', 'true', { viewer: jane }, true],
    ['authenticated', 'true', signedOut, false],
    ['authenticated', 'false', signedOut, true],
    ['authenticated', 'false', {}, false],
    ['staff', 'true', { viewer: grace }, true],
    ['staff', 'true', { viewer: jane }, false],
    ['staff', 'false', { viewer: jane }, true],
    ['staff', 'false', signedOut, true],
    ['staff', 'false', {}, false],
    ['parameter', 'preview', { query: { preview: 'True' } }, true],
    ['parameter', 'preview', { query: { preview: 'true' } }, false],
    ['parameter', 'preview', { query: { preview: '' } }, false],
    ['parameter', 'preview=1', { query: { preview: '1' } }, true],
    ['parameter', 'preview=1', { query: { preview: '2' } }, false],
    ['parameter', 'preview=', { query: { preview: '' } }, true],
    ['parameter', 'preview=', { query: {} }, false],
    ['parameter', '__proto__=1', { query: JSON.parse('{"__proto__":"1"}') as Record<string, string> }, true],
    ['parameter', 'constructor', { query: {} }, false],
    ['parameter', 'preview', {}, false],
    ['path matches', 'shows', { path: '/all/shows/12' }, true],
    ['path matches', '^/shows', { path: '/all/shows/12' }, false],
    ['path matches', '^/shows', {}, false],
    ['after date', '2026-03-01T12:59:59+01:00', {}, true],
    ['after date', '2026-03-01T12:00:00Z', {}, false],
    ['before date', '2026-03-01T12:00:00Z', {}, false],
    ['before date', '2026-03-01T12:00:01Z', {}, true],
    ['between dates', '2026-03-01T00:00:00Z, 2026-03-02T00:00:00Z', {}, true],
    ['between dates', '2026-03-01T00:00:00Z/2026-03-01T12:00:00Z', {}, false],
    ['percent', '100', { viewer: jane }, true],
    ['percent', '0', { viewer: jane }, false],
    ['percent', '100', signedOut, false],
    ['percent', '100', { viewer: null, visitorId: 'v' }, true],
    ['segment', 'beta', { viewer: jane }, true],
    ['segment', 'beta', { viewer: grace }, false],
    ['segment', 'gone', { viewer: jane }, false],
    ['environment', 'production', {}, true],
    ['environment', 'test', {}, false],
  ])('%s %s for %o: %s', (condition, value, context, expected) => {
    expect(isOn(stated([condition, value]), context)).toBe(expected);
  });

  it('has a share that is the one of the engine: salt the name, unit the person, else the visitor', () => {
    const share = (viewer: Person | null, visitorId?: string) => (percent: number) =>
      isOn(stated(['percent', String(percent)]), { viewer, visitorId });
    const unit = shareUnit(NAME, '7');
    expect(share(jane)(unit / 1000)).toBe(false);
    expect(share(jane)((unit + 1) / 1000)).toBe(true);
    const ofVisitor = shareUnit(NAME, 'v1');
    expect(share(null, 'v1')(ofVisitor / 1000)).toBe(false);
    expect(share(null, 'v1')((ofVisitor + 1) / 1000)).toBe(true);
  });

  it.each([
    ['boolean', 'maybe'],
    ['user', 'jane'],
    ['group', ' '],
    ['parameter', '=1'],
    ['path matches', '('],
    ['path matches', ''],
    ['after date', '2026-03-01T12:00:00'],
    ['before date', 'tomorrow'],
    ['between dates', '2026-03-02T00:00:00Z, 2026-03-01T00:00:00Z'],
    ['between dates', '2026-03-02T00:00:00Z'],
    ['percent', '101'],
    ['percent', '-1'],
    ['percent', '12.3456'],
    ['segment', 'gone'],
    ['environment', 'prod'],
  ])('refuses %s %s in words', (condition, value) => {
    const read = readCondition({ condition, value }, KEYS);
    expect(read).toMatchObject({ ok: false, fault: 'invalid', message: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  it('reads its own example', () => {
    for (const { name, example, help } of listKinds()) {
      expect({ name, ok: readCondition({ condition: name, value: example ?? '' }, KEYS).ok }).toEqual({
        name,
        ok: true,
      });
      expect(help).toMatch(/\.$/);
    }
  });

  it.each(['toString', '__proto__', 'constructor'])('does not exist by the name %s', (condition) => {
    expect(readCondition({ condition, value: 'true' }, KEYS)).toMatchObject({ ok: false, fault: 'unknown' });
  });
});

describe('explaining', () => {
  const tell = (conditions: StatedCondition[], context: ConditionContext) =>
    explainFlag(engineFor(conditions), NAME, describeConditions(NAME, conditions, KEYS).reads, {
      context: factsOf(context, 'production'),
      now: NOW,
    });

  it('says which condition decided, and what each one came to', () => {
    const conditions = stated(['user', 'jane@example.com'], ['path matches', '^/x$', 'required'], ['percent', '10']);
    const told = tell(conditions, { viewer: jane, path: '/y' });
    expect(told.sentence).toBe('Off: the required condition “the path matches ^/x$” does not hold.');
    expect(told.conditions.map(({ words, holds }) => [words, holds])).toEqual([
      ['the path matches ^/x$', false],
      ['the person is jane@example.com', true],
      ['the person or visitor is within 10%', shareUnit(NAME, '7') < 10_000],
    ]);
    expect(told.conditions[2]?.note).toBe(
      `Stands at ${shareUnit(NAME, '7') / 1000}% of everyone; the share ends at 10%.`,
    );
    expect(tell(conditions, { viewer: jane, path: '/x' }).sentence).toBe(
      'On: “the person is jane@example.com” holds and the required condition holds.',
    );
  });

  it('says what a condition lacks: a request, a person', () => {
    const notes = (condition: string, value: string, context: ConditionContext) =>
      tell(stated([condition, value]), context).conditions[0]?.note;
    expect(notes('path matches', '^/x$', {})).toBe('It needs a request, and there is none.');
    expect(notes('parameter', 'a=1', { viewer: jane })).toBe('It needs a request, and there is none.');
    expect(notes('user', 'jane@example.com', {})).toBe('It needs to know who asks, and nobody was named.');
    expect(notes('user', 'jane@example.com', { viewer: null })).toBe('Nobody is signed in.');
    expect(notes('moon phase', 'full', {})).toMatch(/^There is no condition “moon phase”\. .* It never holds\.$/);
  });
});

describe('a registered condition', () => {
  const weekday = {
    name: 'plan is',
    help: 'The plan that somebody pays for.',
    parse: (text: string) => {
      if (!/^[a-z]+$/.test(text)) throw new InvalidValue('Write the name of a plan.');
      return text;
    },
    toCondition: (plan: string) => ({ attribute: 'account.plan', is: 'equals', value: plan }),
  };

  it('is read, decided and described like any other, and gone once it is taken out', () => {
    const takeOut = registerCondition(weekday);
    const conditions = stated(['plan is', 'pro']);
    expect(isOn(conditions, { attributes: { account: { plan: 'pro' } } })).toBe(true);
    expect(isOn(conditions, { attributes: { account: { plan: 'free' } } })).toBe(false);
    expect(isOn(conditions)).toBe(false);
    expect(readCondition({ condition: 'plan is', value: '7' }, KEYS)).toMatchObject({
      ok: false,
      message: 'Write the name of a plan.',
    });
    expect(() => registerCondition(weekday)).toThrow('There is already a condition “plan is”.');
    takeOut();
    expect(isOn(conditions, { attributes: { account: { plan: 'pro' } } })).toBe(false);
  });

  it('that makes no sense, or fails, never holds and spoils nothing', () => {
    const broken = registerCondition({ ...weekday, name: 'broken', toCondition: () => ({ any: [] }) });
    const failing = registerCondition({
      ...weekday,
      name: 'failing',
      toCondition: () => {
        throw new Error('no');
      },
    });
    for (const name of ['broken', 'failing']) {
      expect(isOn(stated([name, 'a'], ['boolean', 'true']))).toBe(true);
      expect(isOn(stated([name, 'a']))).toBe(false);
      expect(readCondition({ condition: name, value: 'a' }, KEYS)).toMatchObject({ ok: false, fault: 'invalid' });
    }
    broken();
    failing();
    expect(() => registerCondition({ ...weekday, name: 'No_Name' })).toThrow('lower-case words');
  });
});
