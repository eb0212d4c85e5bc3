import path from 'node:path';
import { type RepositoryFile, withoutComments } from './files';

/** One import line of a source file. */
export interface Import {
  readonly file: string;
  /** As written: a package, a `node:` module or a relative path. */
  readonly specifier: string;
  /** The repository path that a relative import means, without extension; nothing for packages. */
  readonly target?: string;
  /** Only types are taken, so nothing is loaded. */
  readonly typeOnly: boolean;
}

const STATIC = /^\s*(?:import|export)\b([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

/** All imports of a file, read from its text. */
export function importsOf(source: RepositoryFile): Import[] {
  const { name, text } = withoutComments(source);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const relative = specifier.startsWith('.');
    const target = relative ? path.posix.join(path.posix.dirname(name), specifier) : undefined;
    found.push({ file: name, specifier, typeOnly, ...(target === undefined ? {} : { target }) });
  };
  for (const [, clause = '', specifier = ''] of text.matchAll(STATIC)) add(specifier, isTypeOnly(clause));
  for (const [, specifier = ''] of text.matchAll(BARE)) add(specifier, false);
  for (const [, specifier = ''] of text.matchAll(DYNAMIC)) add(specifier, false);
  return found;
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (names === undefined) return false;
  const list = names
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return list.length > 0 && list.every((part) => part.startsWith('type '));
}
