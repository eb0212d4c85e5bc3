import fc from 'fast-check';
import { compile, validate } from '../engine';
import { decideFeatures } from './decide';
import { producerFeatures } from './features';
import { type FlagRow, lacksRow, toDocument, toRulesets } from './ruleset';

const columns = producerFeatures.map(([, { column }]) => column);
const rowOf = (value: unknown): FlagRow => Object.fromEntries(columns.map((column) => [column, value]));

describe('the flags of a producer', () => {
  const decided = (row: FlagRow, gating = true) => Object.values(decideFeatures(row, gating));

  it('are constants, one for each column', () => {
    for (const gating of [true, false]) {
      const document = toDocument(rowOf(true), gating);
      expect(validate(document)).toEqual([]);
      expect(document.flags.map(({ key, rules }) => [key, rules])).toEqual(columns.map((column) => [column, []]));
    }
    const { decision, sentence } = compile(toDocument(rowOf(1), true)).explain('ai_agents_enabled', {}, { now: 0 });
    expect([decision.value, decision.reason, sentence]).toEqual([true, 'STATIC', expect.stringContaining('on')]);
  });

  it.each([
    ['a row of PostgreSQL', true, true],
    ['a row of SQLite', 1, true],
    ['off', false, false],
    ['off in SQLite', 0, false],
    ['no row', null, false],
    ['what could not be read', undefined, false],
    ['a text', 'true', false],
    ['another number', 2, false],
  ])('%s', (_what, value, on) => {
    expect(decided(rowOf(value))).toEqual(columns.map(() => on));
  });

  it('are each decided by their own column, and all on while gating is switched off', () => {
    fc.assert(
      fc.property(fc.record(Object.fromEntries(columns.map((column) => [column, fc.boolean()]))), (row) => {
        expect(decided(row)).toEqual(columns.map((column) => row[column]));
        expect(decided(row, false)).toEqual(columns.map(() => true));
      }),
    );
    expect(decided({}, false)).toEqual(columns.map(() => true));
  });

  it('that are missing are told from those that are off, and from those that were not asked for', () => {
    expect([rowOf(null), rowOf(false), {}].map(lacksRow)).toEqual([true, false, false]);
  });

  it('cannot be changed by whoever gets them', () => {
    expect(Object.isFrozen(decideFeatures(rowOf(true), true))).toBe(true);
    expect(toRulesets(rowOf(true), true)[0]?.otherwise).toEqual({ variant: 'on' });
  });
});
