import { findings, type RepositoryFile, repositoryFiles, withoutComments } from './files';

/** Names of values that somebody could guess sign by sign if comparing them took longer the more of it is right. */
const SECRET = '\\w*(?:[hH]ash|[mM]ac|[sS]ecret|[tT]oken|[sS]ignature|[dD]igest|[pP]assword)';
/** What a comparison may be with all the same: whether there is one at all, and of which kind. */
const HARMLESS = '(?:undefined|null|true|false)\\b|[\'"`]|0\\b';
const PLAIN = new RegExp(`\\b${SECRET}\\s*[!=]==?(?!=|\\s*(?:${HARMLESS}))|[!=]==?\\s*(?:\\w+\\.)*${SECRET}\\b(?!\\()`);

/** Comparisons of what is no secret to the one who could measure. */
const FINE: readonly [file: string, reason: string][] = [
  ['src/audit/audit.ts', 'hashes of the chain, which whoever may verify it can read'],
  ['src/auth/routes-account.ts', "which of a person's own sessions is the one that asks"],
  ['src/commands/password-input.ts', 'two passwords typed by the same person at the same keyboard'],
];

const compared = (files: readonly RepositoryFile[]): string[] =>
  findings(files.filter(({ name }) => !FINE.some(([file]) => file === name)).map(withoutComments), PLAIN);

describe('secrets', () => {
  it('are never compared sign by sign, but by timingSafeEqual or by the database as hashes', () => {
    const sources = repositoryFiles(['src'], /\.ts$/).filter(({ name }) => !name.endsWith('.test.ts'));
    expect(compared(sources)).toEqual([]);
    expect(FINE.filter(([file]) => !sources.some(({ name }) => name === file))).toEqual([]);
  });

  it.each([
    'if (tokenHash === row.tokenHash) return true;',
    'return given !== account.password;',
    'if (mac == expected) go();',
    'const same = digest(a) === signature;',
  ])('would be refused for %s', (text) => {
    expect(compared([{ name: 'src/auth/x.ts', text }])).toHaveLength(1);
  });

  it.each([
    'if (token === undefined) return;',
    "if (typeof token !== 'string') return;",
    'if (account.passwordHash !== null) go();',
    'if (options.checkPassword !== false) check();',
    'timingSafeEqual(hash, other);',
  ])('may be %s', (text) => {
    expect(compared([{ name: 'src/auth/x.ts', text }])).toEqual([]);
  });
});
