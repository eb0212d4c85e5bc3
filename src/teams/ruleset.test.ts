import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Asked, ask, flagOf } from '../../test/support/flag-facts';
import { compile, LIMITS, type Flag as Ruleset, shareUnit, validate } from '../engine';
import { projectRoot } from '../lib/root';
import { askedFlag, type Decision } from './answer';
import { describeFlag } from './describe';
import type { Person } from './facts';
import { type Gate, sampleRuleset, switchRuleset, toDocument, toRuleset } from './ruleset';
import type { Flag } from './types';

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

const TEST = 'dwft_new_checkout';
const COOKIE = 'dwf_new_checkout';
const asks = (value: string): Asked => ({ parameters: { [TEST]: value } });
const sends = (value: string): Asked => ({ headers: { 'dwft-new-checkout': value } });
const tests = (value: string): Asked => ({ cookies: { [TEST]: value } });
const keeps = (value: string): Asked => ({ cookies: { [COOKIE]: value } });
const inside50 = personWith(50, true);
const outside50 = personWith(50, false);

/** `on by percent`, and what the browser is to remember, `for now` being until it closes. */
function outcome({ active, gate, remember }: Decision): string {
  const words = `${active ? 'on' : 'off'} by ${gate}`;
  if (remember === undefined) return words;
  return `${words}, ${remember.cookie}=${remember.active}${remember.session ? ' for now' : ''}`;
}

const rows: [what: string, flag: Partial<Flag>, asked: Asked, expected: string][] = [
  // 2: everyone
  ['everyone yes', { everyone: true }, {}, 'on by everyone'],
  ['everyone no', { ...everything, everyone: false }, { person: superuser, language: 'de' }, 'off by everyone'],
  ['everyone yes without users', { everyone: true }, { person: undefined }, 'on by everyone'],
  ['everyone no against a test cookie', { everyone: false, testing: true }, tests('True'), 'off by everyone'],
  // 3: testing
  ['test parameter 1', { testing: true }, asks('1'), `on by testing, ${TEST}=true for now`],
  ['test parameter 0', { testing: true, percent: 99.9 }, asks('0'), `off by testing, ${TEST}=false for now`],
  ['test parameter true', { testing: true }, asks('true'), `off by testing, ${TEST}=false for now`],
  ['test parameter of a flag not in testing', {}, asks('1'), 'off by otherwise'],
  ['test header 1', { testing: true }, sends('1'), `on by testing, ${TEST}=true for now`],
  ['test header 0', { testing: true }, sends('0'), `off by testing, ${TEST}=false for now`],
  [
    'parameter before header',
    { testing: true },
    { ...asks('0'), ...sends('1') },
    `off by testing, ${TEST}=false for now`,
  ],
  [
    'header before cookie',
    { testing: true },
    { ...sends('1'), ...tests('False') },
    `on by testing, ${TEST}=true for now`,
  ],
  ['test cookie True', { testing: true }, tests('True'), 'on by testing'],
  ['test cookie False', { testing: true, percent: 99.9 }, tests('False'), 'off by testing'],
  ['test cookie 1', { testing: true }, tests('1'), 'off by testing'],
  ['test cookie without users', { testing: true }, { ...tests('True'), person: undefined }, 'on by testing'],
  ['no wish of a tester', { testing: true, authenticated: true }, { person: ordinary }, 'on by authenticated'],
  // 4: languages
  ['a listed language', { languages: ['fr', 'de'] }, { language: 'de' }, 'on by language'],
  ['a regional form of a listed language', { languages: ['de'] }, { language: 'de-at' }, 'on by language'],
  ['a listed code in other case', { languages: ['en-GB'] }, { language: 'en-gb' }, 'on by language'],
  ['the language of a listed regional form', { languages: ['en-gb'] }, { language: 'en' }, 'off by otherwise'],
  ['a language that only begins alike', { languages: ['de'] }, { language: 'del' }, 'off by otherwise'],
  ['no language', { languages: ['de'] }, {}, 'off by otherwise'],
  ['a listed language without users', { languages: ['de'] }, { person: undefined, language: 'de' }, 'on by language'],
  // 5: no users at all
  ['no users at all', { ...everything, testing: false }, { person: undefined, language: 'en' }, 'off by no-user'],
  // 6: people
  ['authenticated, signed in', { authenticated: true }, { person: ordinary }, 'on by authenticated'],
  ['authenticated, signed out', { authenticated: true }, {}, 'off by otherwise'],
  ['staff', { staff: true }, { person: staff }, 'on by staff'],
  ['staff, not staff', { staff: true }, { person: superuser }, 'off by otherwise'],
  ['superusers', { superusers: true }, { person: superuser }, 'on by superusers'],
  ['superusers, not one', { superusers: true }, { person: staff }, 'off by otherwise'],
  ['a listed person', { userIds: [6, 7] }, { person: ordinary }, 'on by user'],
  ['a person who is not listed', { userIds: [6, 8] }, { person: ordinary }, 'off by otherwise'],
  ['a listed group', { groups: [beta] }, { person: member }, 'on by group'],
  ['a group that is not listed', { groups: [{ id: 4, name: 'Other' }] }, { person: member }, 'off by otherwise'],
  [
    'listed against an off cookie',
    { userIds: [7], percent: 50 },
    { ...keeps('False'), person: ordinary },
    'on by user',
  ],
  ['staff outside the share', { staff: true, percent: 0.1 }, { person: staff }, 'on by staff'],
  // 7: percent, signed in
  ['inside the share', { percent: 50 }, { person: inside50 }, 'on by percent'],
  ['outside the share', { percent: 50 }, { person: outside50 }, 'off by percent'],
  ['inside against an off cookie', { percent: 50 }, { ...keeps('False'), person: inside50 }, 'on by percent'],
  ['outside against an on cookie', { percent: 50 }, { ...keeps('True'), person: outside50 }, 'off by percent'],
  ['outside the share, rollout', { percent: 50, rollout: true }, { person: outside50 }, 'off by percent'],
  // 7: percent, signed out
  ['a visitor drawn in', { percent: 50 }, { visitor: visitorWith(50, true) }, `on by percent, ${COOKIE}=true`],
  ['a visitor drawn out', { percent: 50 }, { visitor: visitorWith(50, false) }, `off by percent, ${COOKIE}=false`],
  [
    'a visitor drawn in, rollout',
    { percent: 50, rollout: true },
    { visitor: visitorWith(50, true) },
    `on by percent, ${COOKIE}=true`,
  ],
  [
    'a visitor drawn out, rollout',
    { percent: 50, rollout: true },
    { visitor: visitorWith(50, false) },
    `off by percent, ${COOKIE}=false for now`,
  ],
  ['a visitor drawn in before', { percent: 0.1 }, keeps('True'), `on by percent, ${COOKIE}=true`],
  ['a visitor drawn out before', { percent: 99.9 }, keeps('False'), `off by percent, ${COOKIE}=false`],
  ['out before, rollout', { percent: 99.9, rollout: true }, keeps('False'), `off by percent, ${COOKIE}=false for now`],
  ['a cookie of another value', { percent: 99.9 }, keeps('1'), `off by percent, ${COOKIE}=false`],
  ['percent 0', { percent: 0 }, {}, 'off by otherwise'],
  ['percent 0 against an on cookie', { percent: 0 }, keeps('True'), 'off by otherwise'],
  ['percent empty against an on cookie', { percent: null }, keeps('True'), 'off by otherwise'],
  // 8: otherwise
  ['no setting, signed in', {}, { person: ordinary }, 'off by otherwise'],
  ['no setting, signed out', {}, {}, 'off by otherwise'],
];

describe('a global flag', () => {
  it.each(rows)('%s', (_what, flag, asked, expected) => {
    expect(outcome(ask(flagOf(flag), asked))).toBe(expected);
  });

  it.each(rows)('read only: %s', (_what, flag, asked, expected) => {
    const decision = ask(flagOf(flag), asked, { readOnly: true });
    const draws = expected.includes('percent,') && asked.cookies === undefined;
    expect(outcome(decision)).toBe(draws ? 'off by percent' : expected.replace(/,.*/, ''));
    expect(decision.undrawn ?? false).toBe(draws);
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
    const { cookie, testCookie, testHeader } = askedFlag(toRuleset(flagOf({ name: "Odd:name (it's); a=b" })));
    expect([cookie, testCookie].join('')).toMatch(/^[\w!#$%&'*+.^`|~-]+$/);
    expect(cookie).not.toContain("'");
    expect(testHeader).toBe("dwft-odd:name (it's); a=b");
  });

  it('takes a list of people of any length', () => {
    const userIds = Array.from({ length: 2 * LIMITS.list + 1 }, (_, i) => i + 1);
    const flag = flagOf({ userIds });
    for (const id of [1, LIMITS.list + 1, userIds.length])
      expect(ask(flag, { person: { ...ordinary, id } }).gate).toBe('user');
    expect(ask(flag, { person: { ...ordinary, id: userIds.length + 1 } }).active).toBe(false);
  });

  it('leaves out what is not set: a flag that is the same for everybody is no question of rules', () => {
    const [on, off] = [toRuleset(flagOf({ everyone: true, staff: true })), toRuleset(flagOf({ everyone: false }))];
    expect([on.rules, on.otherwise, off.rules, off.otherwise]).toEqual([[], { variant: 'on' }, [], { variant: 'off' }]);
    expect(toRuleset(flagOf({ staff: true, percent: 25 })).rules.map(({ id }) => id)).toEqual([
      'staff',
      'percent',
      'percent.kept',
    ]);
  });

  it('becomes what docs/flags.md shows', () => {
    const text = readFileSync(path.join(projectRoot, 'docs', 'flags.md'), 'utf8');
    const shown: unknown = JSON.parse(
      /<!-- checked: src\/teams\/ruleset.test.ts -->\n```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '',
    );
    const flag = flagOf({
      languages: ['de'],
      staff: true,
      userIds: [7, 12],
      groups: [beta],
      percent: 25,
      rollout: true,
    });
    expect(toRuleset(flag)).toEqual(shown);
    expect(text.replaceAll('\n', ' ')).toContain(`*${describeFlag(flag)}*`);
  });

  it('is no ruleset that the engine refuses, whatever an old row holds', () => {
    const odd: Partial<Flag>[] = [
      { percent: 250 },
      { percent: -1 },
      { percent: 12.34567 },
      { percent: Number.NaN },
      { name: '__proto__' },
      { languages: Array.from({ length: 300 }, (_, i) => `x-${i}`) },
    ];
    for (const given of odd) expect(validate(toDocument([toRuleset(flagOf(given), { override: true })]))).toEqual([]);
    expect(ask(flagOf({ percent: 250 }), { person: ordinary }).active).toBe(true);
  });
});

describe('switches and samples', () => {
  const decide = (ruleset: Ruleset, context = {}) => compile(toDocument([ruleset])).evaluate('x', context, { now: 0 });

  it('a switch is a constant', () => {
    for (const active of [true, false]) {
      const decision = decide(switchRuleset({ name: 'x', active }));
      expect([decision.value, decision.reason]).toEqual([active, 'STATIC']);
    }
  });

  it.each([
    [0, 0, false],
    [0.1, 0.0999, true],
    [0.1, 0.1, false],
    [50, 49.999, true],
    [50, 50, false],
    [100, 99.999, true],
  ])('a sample of %d%% with the draw %d is %s', (percent, draw, active) => {
    expect(decide(sampleRuleset({ name: 'x', percent }), { draw }).value).toBe(active);
  });

  it('a sample for which nothing was drawn is off', () => {
    expect(decide(sampleRuleset({ name: 'x', percent: 100 })).value).toBe(false);
  });
});
