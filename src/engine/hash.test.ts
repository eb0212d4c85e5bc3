import fc from 'fast-check';
import buckets from '../../conformance/buckets.json';
import { beginShare, beginSplit, murmur3, shareAfter, shareLimit, shareUnit, splitAfter, splitUnit } from './hash';

describe('murmur3', () => {
  // Vectors of the reference implementation (SMHasher), as published in its ports.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('of %j with seed %d', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected);
  });

  it('reads half a character as the sign for what cannot be read, as UTF-8 does', () => {
    expect(murmur3('\ud800')).toBe(murmur3('\ufffd'));
  });

  it('is a whole number of 32 bits for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, seed) => {
        const hash = murmur3(text, seed);
        return Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff;
      }),
    );
  });
});

describe('shares and splits', () => {
  it.each(buckets)('place $salt:$value as everybody does', ({ salt, value, share, split }) => {
    expect([shareUnit(salt, value), splitUnit(salt, value)]).toEqual([share, split]);
    expect([shareAfter(beginShare(salt), String(value)), splitAfter(beginSplit(salt), String(value))]).toEqual([
      share,
      split,
    ]);
  });

  it.each([
    ['AB12A', '123', 51, 871],
    ['gr1', '123', 73, 796],
    ['groupX', '999', 25, 260],
    ['new-checkout', 'user-1', 32, 756],
  ])(
    'place %s:%s in bucket %d of 100 and %d of 1000, as the public specification does',
    (salt, value, share, split) => {
      expect(Math.floor(shareUnit(salt, value) / 1000) + 1).toBe(share);
      expect(Math.floor(splitUnit(salt, value) / 100) + 1).toBe(split);
    },
  );

  it('begin with their salt: whole words are hashed, and what is left of them waits', () => {
    const seed = 86_028_157;
    expect(beginShare('abc')).toEqual({ text: 'abc:', seed: 0, hash: -1_891_168_605, waiting: 0, bits: 0 });
    expect(beginShare('ab')).toEqual({ text: 'ab:', seed: 0, hash: 0, waiting: 0x3a_62_61, bits: 24 });
    expect(beginSplit('')).toEqual({ text: ':', seed, hash: seed, waiting: 0x3a, bits: 8 });
    expect(beginSplit('abcd\x7f')).toMatchObject({ waiting: 0x3a_7f, bits: 16, hash: beginSplit('abcd').hash });
    expect(beginSplit('ab\x80').bits).toBe(-1);
  });

  it('come to the same wherever salt and value meet, also beyond ASCII', () => {
    for (const text of [
      '0123456789abcdefg',
      'x\x7fyz\x7f012345',
      'aé0123456789',
      '0123456789ü',
      '01234567ü9',
      'ab日本語',
      'abcdefgh',
    ])
      for (let at = 0; at <= text.length; at++) {
        const [salt, value] = [text.slice(0, at), text.slice(at)];
        expect(shareAfter(beginShare(salt), value)).toBe(shareUnit(salt, value));
        expect(splitAfter(beginSplit(salt), value)).toBe(splitUnit(salt, value));
      }
  });

  it('write numbers as JSON does', () => {
    expect(shareUnit('AB12A', 123)).toBe(shareUnit('AB12A', '123'));
    expect(splitUnit('a', 1.5)).toBe(splitUnit('a', '1.5'));
  });

  it('stay within 0 to 99 999', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (salt, value) => {
        const units = [shareUnit(salt, value), splitUnit(salt, value)];
        return units.every((unit) => Number.isInteger(unit) && unit >= 0 && unit <= 99_999);
      }),
    );
  });

  it('take in about as many as the percentage says, in steps of a thousandth', () => {
    const units = Array.from({ length: 100_000 }, (_, id) => shareUnit('even', id));
    for (const percent of [0.1, 1, 25, 33.3, 50, 99.9]) {
      const inside = units.filter((unit) => unit < shareLimit(percent)).length / 1000;
      expect(Math.abs(inside - percent)).toBeLessThan(0.5);
    }
  });

  it('limit a share without the errors of floating point', () => {
    expect([0, 0.1, 33.3, 57.3, 99.9, 100].map(shareLimit)).toEqual([0, 100, 33_300, 57_300, 99_900, 100_000]);
  });

  it('do not follow one another: half of any share gets either half of a split', () => {
    const inShare = Array.from({ length: 20_000 }, (_, id) => id).filter((id) => shareUnit('two', id) < 20_000);
    const firstHalf = inShare.filter((id) => splitUnit('two', id) < 50_000).length / inShare.length;
    expect(firstHalf).toBeGreaterThan(0.45);
    expect(firstHalf).toBeLessThan(0.55);
  });
});
