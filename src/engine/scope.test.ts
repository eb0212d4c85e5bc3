import type { Context } from './document';
import { Scope, Slots } from './scope';
import type { Sieve } from './sieve';

describe('slots', () => {
  it('number attributes from 0, each once', () => {
    const slots = new Slots();
    expect(['a', 'b.c', 'a', 'b.c', 'd'].map((path) => slots.slotOf(path))).toEqual([0, 1, 0, 1, 2]);
    expect(slots.readers).toHaveLength(3);
    expect(slots.measures).toEqual([]);
  });

  it('number what attributes come to, once on each scale', () => {
    const slots = new Slots();
    const asked = [['a', 'number'], ['a', 'version'], ['b', 'number'], ['a', 'instant'], ['a', 'code'], ['a', 'number'], ['b', 'number'], ['a', 'code']] as const; // biome-ignore format: one line
    expect(asked.map(([path, scale]) => slots.measureOf(path, scale))).toEqual([0, 1, 2, 3, 4, 0, 2, 4]);
    expect(slots.measures.map(({ scale }) => scale)).toEqual(['number', 'version', 'number', 'instant', 'code']);
    expect(slots.readers).toEqual([]);
  });

  it('number the values of lists by type and value, anew for each attribute', () => {
    const slots = new Slots();
    const [a, b] = [slots.measureOf('a', 'code'), slots.measureOf('b', 'code')];
    expect(['x', 'y', 1, '1', true, 'x', 1].map((value) => slots.codeOf(a, value))).toEqual([0, 1, 2, 3, 4, 0, 2]);
    expect([slots.codeOf(b, 'y'), slots.codeOf(b, 'x')]).toEqual([0, 1]);
  });
});

/** A context that counts how often an attribute is read. */
function counting(value: unknown): { context: Context; reads: () => number } {
  let reads = 0;
  const context = {
    get a() {
      reads += 1;
      return value;
    },
  };
  return { context, reads: () => reads };
}

describe('a scope', () => {
  it('reads an attribute once for each question, whatever is asked of it', () => {
    const slots = new Slots();
    const value = slots.slotOf('a');
    const number = slots.measureOf('a', 'number');
    const code = slots.measureOf('a', 'code');
    slots.codeOf(code, 5);
    const sieve: Sieve = { slot: code, first: 0, length: 1, table: [0], fold: 2 };
    const asks: ((scope: Scope) => unknown)[] = [
      (scope) => scope.value(value),
      (scope) => scope.isWithin(number, 0, 9),
      (scope) => scope.isAmong(code, [1], 0),
      (scope) => scope.startOf(sieve),
    ];
    for (const [given, answers] of [
      [5, [5, true, true, 0]],
      [undefined, [undefined, false, false, 2 ** 30]],
    ] as const) {
      for (const [index, ask] of asks.entries()) {
        const scope = new Scope(slots);
        const { context, reads } = counting(given);
        scope.begin(context, 0);
        expect(reads()).toBe(0);
        for (let turn = 0; turn < 3; turn++) expect(ask(scope)).toBe(answers[index]);
        expect(reads()).toBe(1);
      }
    }
  });

  it('says nothing about anybody before it begins', () => {
    const slots = new Slots();
    slots.slotOf('a');
    const scope = new Scope(slots);
    expect(scope.context).toEqual({});
    expect(Object.isFrozen(scope.context)).toBe(true);
    scope.begin({ a: 1 }, 7);
    expect([scope.value(0), scope.now]).toEqual([1, 7]);
  });

  it('counts questions, and begins anew before it could mistake one for another', () => {
    const slots = new Slots();
    const [value, number] = [slots.slotOf('a'), slots.measureOf('a', 'number')];
    const scope = new Scope(slots);
    const turn = () => Reflect.get(scope, 'turn') as number;
    const ask = (a: number) => {
      scope.begin({ a }, 0);
      expect([scope.value(value), scope.isWithin(number, a, a)]).toEqual([a, true]);
      return turn();
    };
    expect([ask(1), ask(2)]).toEqual([1, 2]);
    Reflect.set(scope, 'turn', 2 ** 30 - 3);
    expect([ask(3), ask(4)]).toEqual([2 ** 30 - 2, 2 ** 30 - 1]);
    scope.begin({}, 0);
    expect(turn()).toBe(1);
    // In its first turn it had read other things.
    expect([scope.value(value), scope.isWithin(number, -9, 9)]).toEqual([undefined, false]);
    expect(ask(5)).toBe(2);
  });

  it('looks for codes among bits, from the word that they begin with', () => {
    const slots = new Slots();
    const code = slots.measureOf('a', 'code');
    for (let value = 0; value < 200; value++) slots.codeOf(code, value);
    const scope = new Scope(slots);
    const words = [1 << 31, 0, 0b101]; // 95, 128 and 130 where they begin with word 2
    const among = (a: unknown) => {
      scope.begin({ a }, 0);
      return scope.isAmong(code, words, 2);
    };
    const all = Array.from({ length: 200 }, (_, value) => value);
    expect(all.filter(among)).toEqual([95, 128, 130]);
    expect([200, '95', null, undefined, {}].filter(among)).toEqual([]);
  });

  it('begins among rules where a sieve says, and beyond all of them for what it does not know', () => {
    const slots = new Slots();
    const code = slots.measureOf('a', 'code');
    for (let value = 0; value < 12; value++) slots.codeOf(code, value);
    const scope = new Scope(slots);
    const start = (a: unknown, sieve: Sieve) => {
      scope.begin({ a }, 0);
      return scope.startOf(sieve);
    };
    const never = 2 ** 30;
    const values = [...Array.from({ length: 12 }, (_, value) => value), 'other', undefined];
    const five: Sieve = { slot: code, first: 4, length: 5, table: [0x04030201, 5], fold: 2 };
    expect(values.map((value) => start(value, five))).toEqual([never, never, never, never, 1, 2, 3, 4, 5, never, never, never, never, never]); // biome-ignore format: one line
    const three: Sieve = { slot: code, first: 0, length: 3, table: [0x0102_0300, 0x01f4], fold: 1 };
    expect(values.slice(0, 4).map((value) => start(value, three))).toEqual([0x300, 0x102, 500, never]);
  });
});

describe('what an attribute comes to as a number', () => {
  it.each(['number', 'version', 'instant', 'code'] as const)('on the scale of %ss', (scale) => {
    const slots = new Slots();
    const measure = slots.measureOf('a', scale);
    const scope = new Scope(slots);
    const isOne = (a: unknown) => {
      scope.begin({ a }, 0);
      return scope.isWithin(measure, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    };
    slots.codeOf(measure, 'named');
    const given = [0, -1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', '1.2.3', '2026-01-01T00:00:00Z', 'named', 1n, null, true, {}, [1]]; // biome-ignore format: one line
    expect(given.filter(isOne)).toEqual(
      {
        number: [0, -1.5],
        version: ['1.2.3'],
        instant: [0, -1.5, '2026-01-01T00:00:00Z'],
        code: ['named'],
      }[scale],
    );
  });
});
