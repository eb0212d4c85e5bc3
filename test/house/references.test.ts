import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';

/** Documents that list things of the code: nothing is missing, and nothing is listed that is not there. */

const read = (...names: string[]): string => readFileSync(path.join(projectRoot, ...names), 'utf8');

/** What stands between one heading and the next of the same or a higher level. */
function section(document: string, heading: string): string {
  const [, level = ''] = /^(#+) /.exec(heading) ?? [];
  const start = document.indexOf(`\n${heading}\n`) + 1;
  if (start === 0) throw new Error(`there is no ${heading}`);
  const rest = document.slice(start + heading.length);
  const end = rest.search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The names in backquotes in the first column of the tables of a text. */
const firstColumn = (text: string): string[] =>
  [...text.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

/** The names of a block of code that begins with `opening` and ends with a line that only closes it. */
function namesIn(source: string, opening: RegExp, line: RegExp): string[] {
  const match = opening.exec(source);
  if (match === null) throw new Error(`nothing matches ${opening}`);
  const rest = source.slice(match.index + match[0].length);
  return [...rest.slice(0, rest.search(/^\}/m)).matchAll(line)].map(([, name = '']) => name);
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

const architecture = read('docs', 'architecture.md');

describe('the architecture', () => {
  it('lists every folder and file of src', () => {
    const entries = readdirSync(path.join(projectRoot, 'src'), { withFileTypes: true })
      .filter(({ name }) => !name.endsWith('.test.ts') && !name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(sorted(firstColumn(section(architecture, '### `src/`').split('\n\n')[1] ?? ''))).toEqual(sorted(entries));
  });

  it('lists every environment variable that is read at start', () => {
    const variables = namesIn(
      read('src', 'environment.ts'),
      /^export const Environment = z\.object\(\{$/m,
      /^ {2}([A-Z_]+):/gm,
    );
    expect(sorted(firstColumn(section(architecture, '## Configuration')))).toEqual(sorted(variables));
  });

  it('lists every table', () => {
    const tables = readdirSync(path.join(projectRoot, 'migrations')).flatMap((name) =>
      [...read('migrations', name).matchAll(/createTable\('(\w+)'/g)].map(([, table = '']) => table),
    );
    const listed = firstColumn(section(architecture, '## The data')).filter((name) => !name.startsWith('knex_'));
    expect(sorted(listed)).toEqual(sorted(tables));
  });
});

describe('the guide to admin screens', () => {
  const guide = read('docs', 'guides', 'adding-an-admin-screen.md');
  const declare = read('src', 'admin', 'declare.ts');

  it('explains every option of a declaration', () => {
    const options = namesIn(declare, /^export interface ModelAdminOptions<F> \{$/m, /^ {2}(\w+)[?(:]/gm);
    const explained = firstColumn(section(guide, '## 3. The declaration'));
    expect(options.filter((name) => !explained.includes(name))).toEqual([]);
    expect(explained.filter((name) => !options.includes(name))).toEqual([]);
  });

  it('names every option of actions, inlines and hooks', () => {
    for (const name of ['Action', 'Inline', 'WriteHooks']) {
      const options = namesIn(
        declare,
        new RegExp(`^export interface ${name}\\b.*\\{$`, 'm'),
        /^ {2}(?:readonly )?(\w+)[?(:]/gm,
      );
      expect(options.filter((option) => !new RegExp(`\\b${option}\\b`).test(guide))).toEqual([]);
    }
  });
});

describe('the commands', () => {
  const commands = readdirSync(path.join(projectRoot, 'src', 'commands'))
    .filter((name) => !name.endsWith('.test.ts'))
    .flatMap((name) =>
      [...read('src', 'commands', name).matchAll(/\.command\('([\w-]+)'\)/g)].map(([, found = '']) => found),
    );
  const named = (text: string) => sorted(firstColumn(text).flatMap((cell) => cell.split(' ', 1)));

  it('are listed in the README and in their reference', () => {
    expect(named(section(read('README.md'), '## Commands'))).toEqual(sorted(commands));
    const reference = read('docs', 'reference', 'manage.md').split('\n## ', 1)[0] ?? '';
    expect(named(reference)).toEqual(sorted(commands));
  });
});

describe('the decisions', () => {
  it('are numbered without gaps, and listed', () => {
    const files = readdirSync(path.join(projectRoot, 'docs', 'decisions')).filter((name) => name !== 'README.md');
    expect(files.map((name) => Number(name.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
    const list = read('docs', 'decisions', 'README.md');
    expect(files.filter((name) => !list.includes(`(${name})`))).toEqual([]);
  });
});
