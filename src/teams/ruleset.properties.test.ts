import fc from 'fast-check';
import { type Asked, ask, flagOf } from '../../test/support/flag-facts';
import { shareUnit } from '../engine';
import type { Decision } from './answer';
import type { Gate } from './ruleset';
import type { Flag } from './types';

/** The table of docs/reference/flags.md, read line by line: slow, plain, and all that the ruleset is held against. */
function byTheTable(
  flag: Flag,
  { person = null, language = '', parameters = {}, headers = {}, cookies = {}, visitor = '' }: Asked,
  { override, readOnly }: { override: boolean; readOnly: boolean },
): Decision {
  const say = (active: boolean, gate: Gate) => ({ active, gate });
  const wish = parameters[flag.name];
  if (override && wish !== undefined) return say(wish === '1', 'override');
  if (flag.everyone !== null) return say(flag.everyone, 'everyone');
  if (flag.testing) {
    const cookie = `dwft_${flag.name}`;
    const asked = parameters[cookie] ?? headers[cookie.replaceAll('_', '-')];
    const active = asked === undefined ? cookies[cookie] === 'True' : asked === '1';
    if (asked !== undefined && !readOnly)
      return { ...say(active, 'testing'), remember: { cookie, active, session: true } };
    if (asked !== undefined || cookies[cookie] !== undefined) return say(active, 'testing');
  }
  if (flag.languages.some((code) => code === language || language.startsWith(`${code}-`))) return say(true, 'language');
  if (person !== null) {
    if (flag.authenticated) return say(true, 'authenticated');
    if (flag.staff && person.isStaff) return say(true, 'staff');
    if (flag.superusers && person.isSuperuser) return say(true, 'superusers');
    if (flag.userIds.includes(person.id)) return say(true, 'user');
    if (flag.groups.some(({ id }) => person.groups.some((own) => own.id === id))) return say(true, 'group');
  }
  if (!flag.percent) return say(false, 'otherwise');
  const isInside = (value: string | number) => shareUnit(flag.name, value) < Math.round((flag.percent ?? 0) * 1000);
  if (person !== null) return say(isInside(person.id), 'percent');
  const cookie = `dwf_${flag.name}`;
  const kept = cookies[cookie];
  if (readOnly)
    return kept === undefined ? { ...say(false, 'percent'), undrawn: true } : say(kept === 'True', 'percent');
  const active = kept === undefined ? isInside(visitor) : kept === 'True';
  return { ...say(active, 'percent'), remember: { cookie, active, session: flag.rollout && !active } };
}

describe('whatever a flag is set to', () => {
  const personFields = {
    id: fc.nat(),
    isStaff: fc.boolean(),
    isSuperuser: fc.boolean(),
    groups: fc.array(fc.record({ id: fc.nat(5) }), { maxLength: 3 }),
  };
  const person = fc.record(personFields);
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

  it('decides by the table', () => {
    const answers = fc.constantFrom('1', '0', 'True', 'False', '');
    const of = (...names: string[]) => fc.dictionary(fc.constantFrom(...names), answers, { maxKeys: 2 });
    const asking = fc.record({ override: fc.boolean(), readOnly: fc.boolean() });
    const request = fc.record({
      person: fc.option(fc.record({ ...personFields, id: fc.nat(20) })),
      language: fc.constantFrom('', 'de', 'de-at', 'en', 'fr'),
      visitor: fc.string(),
      parameters: of('a_b', 'dwft_a_b', 'other'),
      headers: of('dwft-a-b', 'other'),
      cookies: of('dwf_a_b', 'dwft_a_b', 'other'),
    });
    fc.assert(
      fc.property(flags, request, asking, (given, asked, how) => {
        const flag = flagOf({ ...given, name: 'a_b' });
        expect(ask(flag, asked, how)).toEqual(byTheTable(flag, asked, how));
      }),
      { numRuns: 1_000 },
    );
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
