import { type Bits, ruleAt, type Sieve, sieveOf } from './sieve';

/** A list's codes as bits. */
function bitsOf(...codes: number[]): Bits {
  const low = Math.min(...codes) >>> 5;
  const words = new Array<number>((Math.max(...codes) >>> 5) - low + 1).fill(0);
  for (const code of codes) words[(code >>> 5) - low] = (words[(code >>> 5) - low] as number) | (1 << (code & 31));
  return { low, words };
}
const look = (...codes: number[]) => ({ slot: 4, bits: bitsOf(...codes) });
const rulesOf = (sieve: Sieve) => Array.from({ length: sieve.length }, (_, place) => ruleAt(sieve, place));

describe('a sieve', () => {
  it('has the first rule with each code, from the lowest code to the highest, and one beyond the last for all others', () => {
    const sieve = sieveOf([look(40, 45), look(38, 40), look(45, 47)]) as Sieve;
    // 3 stands for none. Four rules of eight bits are in each number, the first in its lowest bits.
    expect(sieve).toEqual({ slot: 4, first: 38, length: 10, table: [0x03_00_03_01, 0x00_03_03_03, 0x02_03], fold: 2 });
    expect(rulesOf(sieve)).toEqual([1, 3, 0, 3, 3, 3, 3, 0, 3, 2]);
  });

  it('fills its last number', () => {
    expect(sieveOf([look(0), look(1), look(7)])?.table).toEqual([0x03_03_01_00, 0x02_03_03_03]);
  });

  it('reaches over words of 32 codes', () => {
    const sieve = sieveOf([look(31, 64), look(32, 96), look(95)]) as Sieve;
    const expected = Array.from({ length: 66 }, () => 3);
    for (const [place, rule] of [[0, 0], [33, 0], [1, 1], [65, 1], [64, 2]] as const) expected[place] = rule; // biome-ignore format: one line
    expect([sieve.first, sieve.length, rulesOf(sieve)]).toEqual([31, 66, expected]);
  });

  it.each([
    [255, 2],
    [256, 1],
    [500, 1],
  ])('of %i rules has room for the number of each', (count, fold) => {
    const sieve = sieveOf(Array.from({ length: count }, (_, rule) => look(rule + 10))) as Sieve;
    expect(sieve).toMatchObject({ first: 10, length: count, fold });
    expect(sieve.table).toHaveLength(Math.ceil(count / 2 ** fold));
    expect(rulesOf(sieve)).toEqual(Array.from({ length: count }, (_, rule) => rule));
  });

  it('is made for three rules and more', () => {
    expect(sieveOf([])).toBeUndefined();
    expect(sieveOf([look(1), look(2)])).toBeUndefined();
    expect(sieveOf([look(1), look(2), look(3)])).toBeDefined();
  });

  it('is not made where a rule begins otherwise', () => {
    expect(sieveOf([undefined, look(1), look(2)])).toBeUndefined();
    expect(sieveOf([look(1), look(2), undefined])).toBeUndefined();
    expect(sieveOf([look(1), look(2), { slot: 4, bits: undefined }])).toBeUndefined();
    expect(sieveOf([look(1), look(2), { ...look(3), slot: 5 }])).toBeUndefined();
  });

  it('is not made where its table would be much longer than the lists', () => {
    const [length, beyond] = [64 * 3, 64 * 3 + 1];
    expect(sieveOf([look(5), look(5), look(length + 5)])).toMatchObject({ first: 5, length: length + 1 });
    expect(sieveOf([look(5), look(5), look(beyond + 5)])).toBeUndefined();
    expect(sieveOf([look(1000), look(1001), look(1002)])).toMatchObject({ first: 1000, length: 3 });
  });
});
