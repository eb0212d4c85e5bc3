import { compareVersions, parseVersion, plainRank, rankOf, type Version } from './versions';

const version = (text: string): Version => parseVersion(text) as Version;
const rank = (major: number, minor: number, patch: number): number => (major * 2 ** 17 + minor) * 2 ** 17 + patch;

/** Each comes before the next. Most are the examples of the specification. */
const ORDER = [
  '0.0.0-0',
  '0.0.0',
  '0.0.9',
  '0.0.10',
  '0.9.0',
  '0.10.0',
  '0.999999999999999.0',
  '0.1000000000000000.0',
  '1.0.0-0',
  '1.0.0-1',
  '1.0.0-9',
  '1.0.0-10',
  '1.0.0-99999999999999999998',
  '1.0.0-99999999999999999999',
  '1.0.0--',
  '1.0.0-0a',
  '1.0.0-1-',
  '1.0.0-1a',
  '1.0.0-A',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.1.0',
  '1.0.0-alpha.beta',
  '1.0.0-alpha1',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.99999999999999999998',
  '1.0.99999999999999999999',
  '2.0.0',
  '10.0.0',
  '9999999999999999.0.0',
  '10000000000000000.0.0',
];

const NONE = ['', '1', '1.2', '1.2.', '1.2.3.', '1.2.3.4', '.1.2', '1..2', 'v1.2.3', ' 1.2.3', '1.2.3 ', '1.2.3a', '1a.2.3', '1.2.3:', '1.2:3', '1,2,3',
  '01.2.3', '1.02.3', '1.2.03', '00.0.0', '-1.2.3', '1.2.3-', '1.2.3-a..b', '1.2.3-01', '1.2.3-ü', '1.2.3+', '1.2.3+a..b', '1.2.3+a+b', '1.2.3-a_b', '1.2.3\n', '1.2.x', '1.2./', '/.2.3']; // biome-ignore format: a list

describe('versions', () => {
  it('stand in the order of precedence, whatever their build', () => {
    for (const [a, one] of ORDER.entries()) {
      for (const [b, other] of ORDER.entries()) {
        const built = compareVersions(version(`${one}+7`), version(other));
        expect([one, other, Math.sign(built)]).toEqual([one, other, Math.sign(a - b)]);
      }
    }
  });

  it('are read part by part', () => {
    expect(parseVersion('1.20.0')).toEqual({ major: '1', minor: '20', patch: '0', pre: [] });
    expect(parseVersion('1.2.3-rc.1+b.2')).toEqual({ major: '1', minor: '2', patch: '3', pre: ['rc', '1'] });
  });

  it.each(NONE)('are not %j', (text) => {
    expect([parseVersion(text), rankOf(text), plainRank(text)]).toEqual([undefined, Number.NaN, undefined]);
  });

  it('have at most 256 characters', () => {
    const longest = `1.2.3-${'a'.repeat(250)}`;
    expect([parseVersion(longest)?.major, rankOf(longest)]).toEqual(['1', rank(1, 2, 3) - 0.5]);
    expect([parseVersion(`${longest}a`), rankOf(`${longest}a`)]).toEqual([undefined, Number.NaN]);
  });
});

describe('ranks', () => {
  it.each([
    ['0.0.0', 0],
    ['0.0.1', 1],
    ['1.2.3', rank(1, 2, 3)],
    ['10.29.384', rank(10, 29, 384)],
    ['1.2.3+build.7', rank(1, 2, 3)],
    ['1.2.3-rc.1', rank(1, 2, 3) - 0.5],
    ['1.2.3-rc.1+x', rank(1, 2, 3) - 0.5],
    ['131070.0.1', rank(131_070, 0, 1)],
    ['131071.0.1', rank(131_071, 0, 1)],
    ['131072.0.1', rank(131_071, 0, 1)],
    ['0.99999999999999999999.0', rank(0, 131_071, 0)],
  ])('%s has %d', (text, expected) => {
    expect(rankOf(text)).toBe(expected);
  });

  it('are plain for releases with numbers up to 131,070', () => {
    expect(plainRank('131070.131070.131070')).toBe(rank(131_070, 131_070, 131_070));
    expect(plainRank('1.2.3+x')).toBe(rank(1, 2, 3));
    for (const text of ['131071.0.0', '0.131071.0', '0.0.131071', '1.2.3-rc.1'])
      expect(plainRank(text)).toBeUndefined();
  });

  it('tell how any version stands to a plain one', () => {
    for (const plain of ORDER) {
      const limit = plainRank(plain);
      if (limit === undefined) continue;
      for (const text of ORDER)
        expect([text, plain, Math.sign(rankOf(text) - limit)]).toEqual([
          text,
          plain,
          Math.sign(compareVersions(version(text), version(plain))),
        ]);
    }
  });
});
