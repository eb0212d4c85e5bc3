import { existsSync } from 'node:fs';
import path from 'node:path';

function findUp(from: string, marker: string): string {
  for (let dir = from; ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, marker))) return dir;
    if (dir === path.dirname(dir)) throw new Error(`no ${marker} above ${from}`);
  }
}

/** The repository's root: the same from the sources, from the build and from tests. */
export const projectRoot = findUp(__dirname, 'package.json');

/** Where the running code lies: the root itself when run from source, `dist/` when built. */
export const codeRoot = path.resolve(__dirname, '..', '..');
