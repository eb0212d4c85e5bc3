import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/lib/root';

const NOT_OURS = new Set(['node_modules', 'dist', 'data', 'coverage', 'test-results', '.git']);

/** One file of the repository, by its path from the root with forward slashes. */
export interface RepositoryFile {
  readonly name: string;
  readonly text: string;
}

/** The text files below the given folders (or the named files themselves) whose names match, sorted by name. */
export function repositoryFiles(places: string[], matching: RegExp): RepositoryFile[] {
  return places
    .flatMap((place) => walk(place))
    .filter((name) => matching.test(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(path.join(projectRoot, name), 'utf8') }));
}

function walk(place: string): string[] {
  const entries = readdirSync(path.join(projectRoot, place), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const name = place === '.' ? entry.name : `${place}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('dist.') ? [] : walk(name);
    return entry.isFile() ? [name] : [];
  });
}

/** The folders among `names` that exist; some come with later features. */
export function existing(...names: string[]): string[] {
  const present = new Set(readdirSync(projectRoot));
  return names.filter((name) => present.has(name));
}

/** Every match of a pattern as `file:line: text`, so that a failing test reads like a compiler's output. */
export function findings(
  files: RepositoryFile[],
  pattern: RegExp,
  except: (line: string) => boolean = () => false,
): string[] {
  const everywhere = new RegExp(pattern.source, [...new Set([...pattern.flags, 'g'])].join(''));
  return files.flatMap(({ name, text }) =>
    [...text.matchAll(everywhere)].map((match) => at(name, text, match.index)).filter((finding) => !except(finding)),
  );
}

/** `file:line: the line's text` for a position in a file. */
export function at(name: string, text: string, index: number): string {
  const line = text.slice(0, index).split('\n').length;
  return `${name}:${line}: ${(text.split('\n')[line - 1] ?? '').trim().slice(0, 160)}`;
}

/** Sources without their comments, at unchanged line numbers. Strings that contain `//` are kept. */
export function withoutComments({ name, text }: RepositoryFile): RepositoryFile {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ');
  const pattern = /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return { name, text: text.replace(pattern, (all, string: string | undefined) => string ?? blank(all)) };
}
