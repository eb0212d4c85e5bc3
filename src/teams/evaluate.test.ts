import fc from 'fast-check';
import { shareUnit } from '../engine';
import { compileFlag, type Decision, decide, type Facts, type Gate, type Person } from './evaluate';
import { type Flag, NEW_FLAG } from './types';

const flagOf = (given: Partial<Flag> = {}): Flag => ({
  ...NEW_FLAG,
  superusers: false,
  id: 1,
  name: 'new_checkout',
  groups: [],
  createdAt: new Date(0),
  modifiedAt: new Date(0),
  ...given,
});

interface Asked {
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

const ask = (flag: Flag, asked: Asked, asking: { readOnly?: boolean; override?: boolean } = {}): Decision =>
  decide(compileFlag(flag), factsOf(asked), { readOnly: false, override: false, ...asking });

const ordinary: Person = { id: 7, isStaff: false, isSuperuser: false, groups: [] };
const staff: Person = { ...ordinary, id: 8, isStaff: true };
const superuser: Person = { ...ordinary, id: 9, isSuperuser: true };
const beta = { id: 3, name: 'Beta' };
const member: Person = { ...ordinary, id: 10, groups: [{ id: 2 }, { id: 3 }] };

/** Somebody inside and somebody outside of a share, signed in and as a visitor. */
const personWith = (percent: number, inside: boolean): Person => {
  for (let id = 1; ; id++) if (shareUnit('new_checkout', id) < percent * 1000 === inside) return { ...ordinary, id };
};
const visitorWith = (percent: number, inside: boolean): string => {
  for (let i = 1; ; i++) if (shareUnit('new_checkout', `v${i}`) < percent * 1000 === inside) return `v${i}`;
};

const everything: Partial<Flag> = {
  testing: true,
  superusers: true,
  staff: true,
  authenticated: true,
  languages: ['de'],
  userIds: [7],
  groups: [beta],
  percent: 99.9,
};

const nothing = undefined;
const on = (cookie: string, session = false) => ({ cookie, active: true, session });
const off = (cookie: string, session = false) => ({ cookie, active: false, session });

type Row = [
  what: string,
  flag: Partial<Flag>,
  asked: Asked,
  active: boolean,
  gate: Gate,
  remember: Decision['remember'],
];

const rows: Row[] = [
  // 2: everyone
  ['everyone yes', { everyone: true }, {}, true, 'everyone', nothing],
  [
    'everyone no',
    { everyone: false, ...everything },
    { person: superuser, language: 'de' },
    false,
    'everyone',
    nothing,
  ],
  ['everyone yes without users', { everyone: true }, { person: undefined }, true, 'everyone', nothing],
  [
    'everyone no against a test cookie',
    { everyone: false, testing: true },
    { cookies: { dwft_new_checkout: 'True' } },
    false,
    'everyone',
    nothing,
  ],
  // 3: testing
  [
    'test parameter 1',
    { testing: true },
    { parameters: { dwft_new_checkout: '1' } },
    true,
    'testing',
    on('dwft_new_checkout', true),
  ],
  [
    'test parameter 0',
    { testing: true, authenticated: true },
    { person: ordinary, parameters: { dwft_new_checkout: '0' } },
    false,
    'testing',
    off('dwft_new_checkout', true),
  ],
  [
    'test parameter of another value',
    { testing: true },
    { parameters: { dwft_new_checkout: 'true' } },
    false,
    'testing',
    off('dwft_new_checkout', true),
  ],
  [
    'test parameter of a flag not in testing',
    {},
    { parameters: { dwft_new_checkout: '1' } },
    false,
    'otherwise',
    nothing,
  ],
  [
    'test header 1',
    { testing: true },
    { headers: { 'dwft-new-checkout': '1' } },
    true,
    'testing',
    on('dwft_new_checkout', true),
  ],
  [
    'test header 0',
    { testing: true },
    { headers: { 'dwft-new-checkout': '0' } },
    false,
    'testing',
    off('dwft_new_checkout', true),
  ],
  [
    'test parameter before header',
    { testing: true },
    { parameters: { dwft_new_checkout: '0' }, headers: { 'dwft-new-checkout': '1' } },
    false,
    'testing',
    off('dwft_new_checkout', true),
  ],
  [
    'test header before cookie',
    { testing: true },
    { headers: { 'dwft-new-checkout': '1' }, cookies: { dwft_new_checkout: 'False' } },
    true,
    'testing',
    on('dwft_new_checkout', true),
  ],
  ['test cookie True', { testing: true }, { cookies: { dwft_new_checkout: 'True' } }, true, 'testing', nothing],
  [
    'test cookie False',
    { testing: true, authenticated: true },
    { person: ordinary, cookies: { dwft_new_checkout: 'False' } },
    false,
    'testing',
    nothing,
  ],
  [
    'test cookie of another value',
    { testing: true },
    { cookies: { dwft_new_checkout: '1' } },
    false,
    'testing',
    nothing,
  ],
  [
    'test cookie without users',
    { testing: true },
    { person: undefined, cookies: { dwft_new_checkout: 'True' } },
    true,
    'testing',
    nothing,
  ],
  [
    'nothing asked by a tester',
    { testing: true, authenticated: true },
    { person: ordinary },
    true,
    'authenticated',
    nothing,
  ],
  // 4: languages
  ['a language that is listed', { languages: ['fr', 'de'] }, { language: 'de' }, true, 'language', nothing],
  ['a regional form of a listed language', { languages: ['de'] }, { language: 'de-at' }, true, 'language', nothing],
  ['a listed code in other case', { languages: ['en-GB'] }, { language: 'en-gb' }, true, 'language', nothing],
  ['the language of a listed regional form', { languages: ['en-gb'] }, { language: 'en' }, false, 'otherwise', nothing],
  ['a language that only begins alike', { languages: ['de'] }, { language: 'del' }, false, 'otherwise', nothing],
  ['no language', { languages: ['de'] }, {}, false, 'otherwise', nothing],
  [
    'a listed language without users',
    { languages: ['de'] },
    { person: undefined, language: 'de' },
    true,
    'language',
    nothing,
  ],
  // 5: no users at all
  [
    'no users at all',
    { ...everything, testing: false },
    { person: undefined, language: 'en' },
    false,
    'no-user',
    nothing,
  ],
  // 6: people
  ['authenticated, signed in', { authenticated: true }, { person: ordinary }, true, 'authenticated', nothing],
  ['authenticated, signed out', { authenticated: true }, {}, false, 'otherwise', nothing],
  ['staff', { staff: true }, { person: staff }, true, 'staff', nothing],
  ['staff, not staff', { staff: true }, { person: superuser }, false, 'otherwise', nothing],
  ['superusers', { superusers: true }, { person: superuser }, true, 'superusers', nothing],
  ['superusers, not one', { superusers: true }, { person: staff }, false, 'otherwise', nothing],
  ['a listed person', { userIds: [6, 7] }, { person: ordinary }, true, 'user', nothing],
  ['a person who is not listed', { userIds: [6, 8] }, { person: ordinary }, false, 'otherwise', nothing],
  ['a listed group', { groups: [beta] }, { person: member }, true, 'group', nothing],
  [
    'a group that is not listed',
    { groups: [{ id: 4, name: 'Other' }] },
    { person: member },
    false,
    'otherwise',
    nothing,
  ],
  [
    'a listed person against an off cookie',
    { userIds: [7], percent: 50 },
    { person: ordinary, cookies: { dwf_new_checkout: 'False' } },
    true,
    'user',
    nothing,
  ],
  ['staff outside the share', { staff: true, percent: 0.1 }, { person: staff }, true, 'staff', nothing],
  // 7: percent
  ['inside the share', { percent: 50 }, { person: personWith(50, true) }, true, 'percent', nothing],
  ['outside the share', { percent: 50 }, { person: personWith(50, false) }, false, 'percent', nothing],
  [
    'inside the share against an off cookie',
    { percent: 50 },
    { person: personWith(50, true), cookies: { dwf_new_checkout: 'False' } },
    true,
    'percent',
    nothing,
  ],
  [
    'outside the share against an on cookie',
    { percent: 50 },
    { person: personWith(50, false), cookies: { dwf_new_checkout: 'True' } },
    false,
    'percent',
    nothing,
  ],
  [
    'outside the share with rollout',
    { percent: 50, rollout: true },
    { person: personWith(50, false) },
    false,
    'percent',
    nothing,
  ],
  ['a visitor drawn in', { percent: 50 }, { visitor: visitorWith(50, true) }, true, 'percent', on('dwf_new_checkout')],
  [
    'a visitor drawn out',
    { percent: 50 },
    { visitor: visitorWith(50, false) },
    false,
    'percent',
    off('dwf_new_checkout'),
  ],
  [
    'a visitor drawn in, rollout',
    { percent: 50, rollout: true },
    { visitor: visitorWith(50, true) },
    true,
    'percent',
    on('dwf_new_checkout'),
  ],
  [
    'a visitor drawn out, rollout',
    { percent: 50, rollout: true },
    { visitor: visitorWith(50, false) },
    false,
    'percent',
    off('dwf_new_checkout', true),
  ],
  [
    'a visitor who was drawn in before',
    { percent: 0.1 },
    { cookies: { dwf_new_checkout: 'True' } },
    true,
    'percent',
    on('dwf_new_checkout'),
  ],
  [
    'a visitor who was drawn out before',
    { percent: 99.9 },
    { cookies: { dwf_new_checkout: 'False' } },
    false,
    'percent',
    off('dwf_new_checkout'),
  ],
  [
    'a visitor who was drawn out before, rollout',
    { percent: 99.9, rollout: true },
    { cookies: { dwf_new_checkout: 'False' } },
    false,
    'percent',
    off('dwf_new_checkout', true),
  ],
  [
    'a visitor with a cookie of another value',
    { percent: 99.9 },
    { cookies: { dwf_new_checkout: '1' } },
    false,
    'percent',
    off('dwf_new_checkout'),
  ],
  ['percent 0', { percent: 0 }, { visitor: 'v1' }, false, 'otherwise', nothing],
  [
    'percent 0 against an on cookie',
    { percent: 0 },
    { cookies: { dwf_new_checkout: 'True' } },
    false,
    'otherwise',
    nothing,
  ],
  [
    'percent empty against an on cookie',
    { percent: null },
    { cookies: { dwf_new_checkout: 'True' } },
    false,
    'otherwise',
    nothing,
  ],
  // 8: otherwise
  ['no setting, signed in', {}, { person: ordinary }, false, 'otherwise', nothing],
  ['no setting, signed out', {}, {}, false, 'otherwise', nothing],
];

describe('a global flag', () => {
  it.each(rows)('%s', (_what, flag, asked, active, gate, remember) => {
    const decision = ask(flagOf(flag), asked);
    expect({ active: decision.active, gate: decision.gate, remember: decision.remember }).toEqual({
      active,
      gate,
      remember,
    });
  });

  it.each(rows)('reads %s without remembering anything', (_what, flag, asked, active, gate) => {
    const decision = ask(flagOf(flag), asked, { readOnly: true });
    const undrawn = gate === 'percent' && asked.person === undefined && asked.cookies === undefined;
    expect(decision.remember).toBeUndefined();
    expect(decision.gate).toBe(gate);
    expect(decision.active).toBe(undrawn ? false : active);
    expect(decision.undrawn ?? false).toBe(undrawn);
  });

  describe('with WAFFLE_OVERRIDE', () => {
    it.each([
      ['1', true],
      ['0', false],
      ['', false],
      ['true', false],
    ])('obeys ?new_checkout=%s before anything else', (value, active) => {
      const flag = flagOf({ everyone: !active });
      const decision = ask(flag, { parameters: { new_checkout: value } }, { override: true });
      expect(decision).toEqual({ active, gate: 'override' });
    });

    it('goes on without the parameter', () => {
      expect(ask(flagOf({ everyone: true }), { parameters: { other: '0' } }, { override: true }).gate).toBe('everyone');
    });

    it('is needed for the parameter to count', () => {
      expect(ask(flagOf({ everyone: false }), { parameters: { new_checkout: '1' } }).active).toBe(false);
    });
  });

  it('names the first setting that lets a person in', () => {
    const all = flagOf({ ...everything, testing: false, languages: [], userIds: [1], groups: [beta] });
    const person: Person = { id: 1, isStaff: true, isSuperuser: true, groups: [{ id: 3 }] };
    const settings: [Gate, Partial<Flag>][] = [
      ['authenticated', { authenticated: false }],
      ['staff', { staff: false }],
      ['superusers', { superusers: false }],
      ['user', { userIds: [] }],
      ['group', { groups: [] }],
      ['percent', {}],
    ];
    let flag = all;
    for (const [gate, without] of settings) {
      expect(ask(flag, { person }).gate).toBe(gate);
      flag = { ...flag, ...without };
    }
  });

  it('keeps names that no cookie may have out of cookie names', () => {
    const { cookie, testCookie, testHeader } = compileFlag(flagOf({ name: "Odd:name (it's); a=b" }));
    expect([cookie, testCookie].join('')).toMatch(/^[\w!#$%&'*+.^`|~-]+$/);
    expect(cookie).not.toContain("'");
    expect(testHeader).toBe("dwft-odd:name (it's); a=b");
  });
});

describe('whatever a flag is set to', () => {
  const person = fc.record({
    id: fc.nat(),
    isStaff: fc.boolean(),
    isSuperuser: fc.boolean(),
    groups: fc.array(fc.record({ id: fc.nat(5) }), { maxLength: 3 }),
  });
  const percent = fc.integer({ min: 0, max: 999 }).map((tenths) => tenths / 10);
  const flags = fc.record({
    name: fc.stringMatching(/^[\w.:-]{1,100}$/),
    everyone: fc.constantFrom(true, false, null),
    percent: fc.option(percent),
    testing: fc.boolean(),
    superusers: fc.boolean(),
    staff: fc.boolean(),
    authenticated: fc.boolean(),
    languages: fc.subarray(['de', 'en-gb', 'fr', 'pt']),
    userIds: fc.array(fc.nat(20), { maxLength: 3 }),
    groups: fc.array(fc.record({ id: fc.nat(5), name: fc.string() }), { maxLength: 3 }),
    rollout: fc.boolean(),
  });
  const cookies = fc.dictionary(fc.string(), fc.string());
  const anybody = fc.record({
    person: fc.option(person),
    language: fc.constantFrom('', 'de', 'de-at', 'en', 'fr'),
    visitor: fc.string(),
    cookies,
  });

  it('raising the percentage never takes it from anybody', () => {
    fc.assert(
      fc.property(flags, percent, percent, anybody, (given, a, b, asked) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const before = ask(flagOf({ ...given, percent: low }), asked).active;
        const after = ask(flagOf({ ...given, percent: high }), asked).active;
        return !before || after;
      }),
      { numRuns: 1_000 },
    );
  });

  it('raising the percentage keeps what the browser was told', () => {
    fc.assert(
      fc.property(fc.string(), percent, percent, (visitor, a, b) => {
        const [low, high] = [Math.max(0.1, Math.min(a, b)), Math.max(0.1, a, b)];
        const first = ask(flagOf({ percent: low }), { visitor });
        const kept = first.active ? 'True' : 'False';
        const second = ask(flagOf({ percent: high }), { visitor: 'another', cookies: { dwf_new_checkout: kept } });
        return second.active === first.active;
      }),
    );
  });

  it('gives one answer for the same facts, and reading gives the same or, before a draw, off', () => {
    fc.assert(
      fc.property(flags, anybody, (given, asked) => {
        const flag = flagOf(given);
        const first = ask(flag, asked);
        const read = ask(flag, asked, { readOnly: true });
        expect(ask(flag, asked)).toEqual(first);
        expect(read.active).toBe(read.undrawn ? false : first.active);
        expect(read.remember).toBeUndefined();
      }),
    );
  });

  it('is what it says for everyone', () => {
    fc.assert(
      fc.property(flags, fc.boolean(), anybody, (given, everyone, asked) =>
        expect(ask(flagOf({ ...given, everyone }), asked)).toEqual({ active: everyone, gate: 'everyone' }),
      ),
    );
  });

  it('sets a cookie only for visitors, and never a persistent one for "off" during a rollout', () => {
    fc.assert(
      fc.property(flags, anybody, (given, asked) => {
        const { remember } = ask(flagOf(given), asked);
        if (remember === undefined) return true;
        return asked.person === null && (!given.rollout || remember.active || remember.session);
      }),
    );
  });

  it('takes about the share that it promises', () => {
    const flag = flagOf({ percent: 12.5 });
    const inside = Array.from({ length: 20_000 }, (_, i) => ask(flag, { visitor: `visitor ${i}` })).filter(
      ({ active }) => active,
    );
    expect(inside.length / 200).toBeGreaterThan(11.5);
    expect(inside.length / 200).toBeLessThan(13.5);
  });
});
