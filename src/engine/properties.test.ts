import fc from 'fast-check';
import { contexts, documents, plainConditions } from '../../test/support/engine/arbitraries';
import { Interpreter } from '../../test/support/engine/interpreter';
import { type Condition, compile, type Document, shareUnit, splitUnit, validate } from '.';

const moments = fc.constantFrom(
  Date.parse('2025-06-01T00:00:00Z'),
  Date.parse('2026-01-01T00:00:00Z'),
  1_780_000_000_000,
);
const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? 400), seed: 20_261_121 };

const oneRule = (when: Condition): Document => ({
  version: 1,
  flags: [
    {
      key: 'f',
      type: 'boolean',
      variants: { on: true, off: false },
      enabled: true,
      off: 'off',
      rules: [{ id: 'r', when, serve: { variant: 'on' } }],
      otherwise: { variant: 'off' },
    },
  ],
  segments: [],
});

describe('whatever the document and the context', () => {
  it('the engine decides what reading the document decides, one by one and all at once', () => {
    fc.assert(
      fc.property(documents, contexts, moments, (document, context, now) => {
        expect(validate(document)).toEqual([]);
        const engine = compile(document);
        const all = engine.evaluateAll(context, { now });
        for (const { key } of document.flags) {
          const { metadata: _, ...decision } = engine.evaluate(key, context, { now });
          expect(decision).toEqual(new Interpreter(document, context, now).decide(key));
          expect(all[key]).toBe(engine.evaluate(key, context, { now }));
        }
      }),
      RUNS,
    );
  });

  it('an explanation tells of the very decision, by steps that led there', () => {
    fc.assert(
      fc.property(documents, contexts, moments, (document, context, now) => {
        const engine = compile(document);
        for (const { key } of document.flags) {
          const { decision, steps, sentence } = engine.explain(key, context, { now });
          expect(decision).toBe(engine.evaluate(key, context, { now }));
          expect(steps.filter(({ decided }) => decided)).toHaveLength(1);
          expect(steps.at(-1)?.decided).toBe(true);
          expect(sentence).toMatch(/\S.*\.$/s);
          for (const { condition, decided } of steps) {
            if (condition !== undefined) expect(condition.holds).toBe(decided);
          }
        }
      }),
      RUNS,
    );
  });

  it('nothing throws, for contexts of any kind', () => {
    fc.assert(
      fc.property(documents, fc.anything({ withNullPrototype: true, maxDepth: 3 }), (document, anything) => {
        const engine = compile(document);
        for (const key of ['f1', 'f2', '__proto__', 'none']) {
          const decision = engine.evaluate(key, anything as never, { now: 0 });
          expect(engine.explain(key, anything as never, { now: 0 }).decision).toEqual(decision);
        }
        engine.evaluateAll(anything as never, { now: 0 });
      }),
      RUNS,
    );
  });

  it('the same question gets the same answer, also from a copy and with its attributes in another order', () => {
    fc.assert(
      fc.property(documents, contexts, moments, (document, context, now) => {
        const engine = compile(document);
        const copy = compile(JSON.parse(JSON.stringify(document)) as Document);
        const turned = JSON.parse(
          `{${Object.keys(context)
            .reverse()
            .map((name) => `${JSON.stringify(name)}:${JSON.stringify(context[name])}`)
            .join(',')}}`,
        ) as typeof context;
        for (const { key } of document.flags) {
          const decision = engine.evaluate(key, context, { now });
          expect(engine.evaluate(key, turned, { now })).toBe(decision);
          expect(copy.evaluate(key, context, { now })).toEqual(decision);
        }
      }),
      RUNS,
    );
  });

  it('a condition and its opposite never both hold', () => {
    fc.assert(
      fc.property(plainConditions, contexts, (condition, context) => {
        const [one, other] = [oneRule(condition), oneRule({ not: condition })].map((document) =>
          compile(document).evaluate('f', context, { now: 0 }),
        );
        return one?.value !== other?.value;
      }),
      RUNS,
    );
  });
});

describe('shares', () => {
  it('lose nobody when they are raised', () => {
    const percents = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(fc.string(), fc.string(), percents, percents, (salt, targetingKey, a, b) => {
        const inside = (share: number) =>
          compile(oneRule({ share: share / 1000, salt })).evaluate('f', { targetingKey }, { now: 0 }).value;
        return !inside(Math.min(a, b)) || inside(Math.max(a, b)) === true;
      }),
    );
  });

  it('take in as many of a million people as they say, and are independent of splits', () => {
    const COUNT = 1_000_000;
    const LIMITS = [100, 1_000, 10_000, 25_000, 50_000, 99_000];
    const inside = LIMITS.map(() => 0);
    const grid = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let id = 0; id < COUNT; id++) {
      const [share, split] = [shareUnit('million', id), splitUnit('million', id)];
      for (const [index, limit] of LIMITS.entries()) if (share < limit) inside[index] = (inside[index] ?? 0) + 1;
      const row = grid[Math.floor(share / 25_000)] as number[];
      const column = Math.floor(split / 25_000);
      row[column] = (row[column] ?? 0) + 1;
    }
    for (const [index, limit] of LIMITS.entries()) {
      const share = limit / 100_000;
      const deviation = Math.sqrt(COUNT * share * (1 - share));
      expect(Math.abs((inside[index] ?? 0) - COUNT * share)).toBeLessThan(4.5 * deviation);
    }
    // Sixteen cells of a sixteenth each: chi-squared with 15 degrees of freedom stays below 44 in all but one of 10,000 draws.
    const expected = COUNT / 16;
    const chiSquared = grid.flat().reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(44);
  });
});
