import fc from 'fast-check';
import { ask, flagOf } from '../../test/support/flag-facts';
import { shareUnit } from '../engine';
import { describeFlag } from './describe';
import type { Person } from './facts';
import { testFlag } from './try';
import type { Flag } from './types';

const group = (name: string, id = name.length) => ({ id, name });
const [beta, qa, sales, press] = [group('Beta', 1), group('QA', 2), group('Sales', 3), group('Press', 4)];
const people = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a flag in words', () => {
  it.each<[Partial<Flag>, string]>([
    [{}, 'Off.'],
    [{ everyone: true }, 'On for everyone.'],
    [{ everyone: false }, 'Off for everyone.'],
    [{ everyone: true, staff: true, percent: 25, testing: true }, 'On for everyone.'],
    [{ everyone: false, staff: true, percent: 25, testing: true }, 'Off for everyone.'],
    [{ superusers: true }, 'On for superusers.'],
    [{ staff: true }, 'On for staff.'],
    [{ staff: true, superusers: true }, 'On for staff and superusers.'],
    [{ authenticated: true }, 'On for everyone who is signed in.'],
    [
      { authenticated: true, staff: true, superusers: true, userIds: [1], groups: [beta] },
      'On for everyone who is signed in.',
    ],
    [{ userIds: people(1) }, 'On for 1 person.'],
    [{ userIds: people(2) }, 'On for 2 people.'],
    [{ userIds: people(1204) }, 'On for 1,204 people.'],
    [{ groups: [beta] }, 'On for the group Beta.'],
    [{ groups: [beta, qa] }, 'On for the groups Beta and QA.'],
    [{ groups: [beta, qa, sales] }, 'On for the groups Beta, QA and Sales.'],
    [{ groups: [beta, qa, sales, press] }, 'On for the groups Beta, QA and 2 more.'],
    [{ superusers: true, userIds: people(3), groups: [beta] }, 'On for superusers, 3 people and the group Beta.'],
    [{ languages: ['de'] }, 'On for people who use German.'],
    [{ languages: ['de', 'en-gb'] }, 'On for people who use German or British English.'],
    [{ languages: ['de', 'fr', 'pt'], staff: true }, 'On for staff and people who use German, French or Portuguese.'],
    [{ languages: ['not a code'] }, 'On for people who use not a code.'],
    [{ percent: 0 }, 'Off.'],
    [{ percent: 25 }, 'On for 25% of everyone.'],
    [{ percent: 0.1 }, 'On for 0.1% of everyone.'],
    [{ percent: 99.9, rollout: true }, 'On for 99.9% of everyone.'],
    [{ percent: 25, staff: true }, 'On for staff and for 25% of everyone else.'],
    [{ percent: 25, authenticated: true }, 'On for everyone who is signed in and for 25% of everyone else.'],
    [{ percent: 12.5, staff: true, superusers: true }, 'On for staff and superusers, and for 12.5% of everyone else.'],
    [
      { percent: 5, superusers: true, userIds: people(3), groups: [beta] },
      'On for superusers, 3 people and the group Beta, and for 5% of everyone else.',
    ],
    [{ testing: true }, 'Off. Testers can choose for themselves.'],
    [{ testing: true, staff: true }, 'On for staff. Testers can choose for themselves.'],
  ])('%j', (flag, sentence) => {
    expect(describeFlag(flagOf(flag))).toBe(sentence);
  });

  it('says "Off" for flags that are off for everybody, and only for those', () => {
    const flags = fc.record({
      everyone: fc.constantFrom(true, false, null),
      percent: fc.option(fc.integer({ min: 0, max: 999 }).map((tenths) => tenths / 10)),
      superusers: fc.boolean(),
      staff: fc.boolean(),
      authenticated: fc.boolean(),
      languages: fc.subarray(['de', 'fr']),
      userIds: fc.subarray([1, 2]),
      groups: fc.subarray([beta, qa]),
    });
    const anybody: Person = { id: 1, isStaff: true, isSuperuser: true, groups: [{ id: 1 }, { id: 2 }] };
    fc.assert(
      fc.property(flags, (given) => {
        const flag = flagOf({ ...given, name: 'x', ...(given.userIds.length > 0 ? { userIds: [1] } : {}) });
        const reaches =
          ask(flag, { person: anybody, language: 'de' }).active ||
          ask(flag, { person: anybody, language: 'fr' }).active ||
          (given.everyone === null && (given.percent ?? 0) > 0);
        return describeFlag(flag).startsWith('Off') === !reaches;
      }),
    );
  });
});

describe('trying a flag for somebody', () => {
  const ordinary: Person = { id: 7, isStaff: false, isSuperuser: false, groups: [] };
  const find = (inside: boolean): Person => {
    for (let id = 1; ; id++) if (shareUnit('new_checkout', id) < 25_000 === inside) return { ...ordinary, id };
  };

  it.each<[string, Partial<Flag>, Parameters<typeof testFlag>[1], string, string]>([
    ['everyone yes', { everyone: true }, { person: ordinary }, 'everyone', 'On: it is on for everyone.'],
    ['everyone no', { everyone: false }, { person: ordinary }, 'everyone', 'Off: it is off for everyone.'],
    [
      'authenticated',
      { authenticated: true },
      { person: ordinary },
      'authenticated',
      'On: it is on for everyone who is signed in.',
    ],
    ['staff', { staff: true }, { person: { ...ordinary, isStaff: true } }, 'staff', 'On: it is on for staff.'],
    [
      'superusers',
      { superusers: true },
      { person: { ...ordinary, isSuperuser: true } },
      'superusers',
      'On: it is on for superusers.',
    ],
    ['a listed person', { userIds: [7] }, { person: ordinary }, 'user', 'On: this person is listed.'],
    [
      'a listed group',
      { groups: [qa, beta] },
      { person: { ...ordinary, groups: [{ id: 1 }] } },
      'group',
      'On: it is on for the group Beta.',
    ],
    [
      'their language',
      { languages: ['de'] },
      { person: { ...ordinary, language: 'de' } },
      'language',
      'On: it is on for people who use German.',
    ],
    [
      'a language',
      { languages: ['de'] },
      { person: null, language: 'de-at' },
      'language',
      'On: it is on for people who use Austrian German.',
    ],
    ['inside', { percent: 25 }, { person: find(true) }, 'percent', 'On: this person is inside the 25%.'],
    ['nothing', {}, { person: ordinary }, 'otherwise', 'Off: nothing lets this person in.'],
    [
      'nothing for visitors',
      { authenticated: true },
      { person: null },
      'otherwise',
      'Off: nothing lets signed-out visitors in.',
    ],
    [
      'a visitor',
      { percent: 25 },
      { person: null },
      'percent',
      'Off: 25% of visitors get it; who does is drawn at their first visit.',
    ],
  ])('%s', (_what, flag, tested, gate, sentence) => {
    expect(testFlag(flagOf(flag), tested)).toMatchObject({ active: sentence.startsWith('On'), gate, sentence });
  });

  it('says at which percentage somebody outside comes in, and is right', () => {
    const person = find(false);
    const { active, sentence } = testFlag(flagOf({ percent: 25 }), { person });
    expect(active).toBe(false);
    const from = Number(/^Off: this person is outside the 25%; they come in at ([\d.]+)%\.$/.exec(sentence)?.[1]);
    const step = (percent: number) => Number(percent.toFixed(1));
    expect(testFlag(flagOf({ percent: step(from) }), { person }).active).toBe(true);
    expect(testFlag(flagOf({ percent: step(from - 0.1) }), { person }).active).toBe(false);
  });

  it('shows what was asked, in order, where a share decided, and what would change it', () => {
    const person = find(false);
    const unit = shareUnit('new_checkout', person.id);
    const flag = flagOf({ languages: ['de'], staff: true, groups: [qa, beta], percent: 25 });
    const { asked, changes } = testFlag(flag, { person });
    const stands = `stands at ${unit / 1000}% of everyone; the share ends at 25%`;
    expect(asked.map(({ name, found, decided }) => `${name}: ${found}${decided ? '!' : ''}`)).toEqual([
      'People who use German: no language is known',
      'Staff: is not staff',
      'The groups QA and Beta: is in none of them',
      `25%: ${stands}`,
      'Everyone else: off!',
    ]);
    const from = Math.ceil((unit + 1) / 100) / 10;
    expect(changes).toEqual([
      'It would be on if they were among people who use German.',
      'It would be on if they were staff.',
      'It would be on if they were in one of the groups QA and Beta.',
      ...(from > 99.9 ? [] : [`It would be on if the percentage were at least ${from}.`]),
      'It would be on if Everyone said Yes.',
    ]);
    const inside = testFlag(flag, { person: find(true), language: 'fr' });
    expect(inside.asked.map(({ found, decided }) => [found.replace(/[\d.]+/, '…'), decided])).toEqual([
      ['uses another language', false],
      ['is not staff', false],
      ['is in none of them', false],
      ['stands at …% of everyone; the share ends at 25%', true],
    ]);
  });

  it('says what remains without the setting that decided, and what the rules say beneath Everyone', () => {
    const person: Person = { ...find(false), isStaff: true, groups: [{ id: 1 }] };
    const changesOf = (flag: Partial<Flag>) => testFlag(flagOf(flag), { person }).changes;
    const no = 'It would be off if Everyone said No.';
    expect(changesOf({ staff: true, groups: [beta] })).toEqual([
      'Without “staff”, it would still be on: it is on for the group Beta.',
      no,
    ]);
    expect(changesOf({ staff: true, percent: 0 })).toEqual([
      'Without “staff”, it would be off: nothing lets this person in.',
      no,
    ]);
    expect(changesOf({ everyone: false, staff: true })).toEqual([
      'If Everyone said Rules, it would be on: it is on for staff.',
    ]);
    expect(changesOf({ everyone: true })).toEqual([
      'If Everyone said Rules, it would be off: nothing lets this person in.',
    ]);
    expect(testFlag(flagOf({ staff: true, percent: 25, testing: true }), { person: null })).toMatchObject({
      asked: [
        { name: 'Staff', found: 'nobody is signed in', decided: false },
        { name: '25%', found: 'is drawn at the first visit', decided: false },
        { name: 'Everyone else', found: 'off', decided: true },
      ],
      changes: [
        'It would be on if they signed in and were staff.',
        'It would be on if they were drawn into the share.',
        'It would be on if Everyone said Yes.',
      ],
    });
  });

  it('says so when no percentage would reach somebody', () => {
    let id = 1;
    while (shareUnit('new_checkout', id) < 99_900) id++;
    expect(testFlag(flagOf({ percent: 99.9 }), { person: { ...ordinary, id } }).sentence).toBe(
      'Off: this person is outside the 99.9%; only “on for everyone” would reach them.',
    );
  });
});
