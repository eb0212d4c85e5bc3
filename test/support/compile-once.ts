import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import nunjucks from 'nunjucks';
import { scratchDirectory } from './run-state';

type Compile = (template: string, ...more: unknown[]) => string;

/** Marks the compiler that already does, since test files of one worker share their packages. */
const ONCE = Symbol.for('flagstaff.compiled-once');

const { compiler } = nunjucks as unknown as { compiler: { compile: Compile } };

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // nobody compiled it yet
  }
}

/**
 * Lets every template be compiled once per run. Each application has templates of its own, made from the same texts by
 * the same compiler, which would take longer than many a test.
 */
export function compileTemplatesOnce(): void {
  const compile = compiler.compile;
  if (ONCE in compile) return;
  const known = new Map<string, string>();
  const folder = path.join(scratchDirectory(), 'templates');
  mkdirSync(folder, { recursive: true });
  const compileOnce: Compile = (template, asyncFilters, extensions, name, ...more) => {
    const key = createHash('sha1').update(`${name}\n${template}`).digest('hex');
    const file = path.join(folder, `${key}.js`);
    const before = known.get(key) ?? read(file);
    const source = before ?? compile(template, asyncFilters, extensions, name, ...more);
    if (before === undefined) {
      // Under its name only when it is whole: others read at the same time.
      writeFileSync(`${file}.${process.pid}`, source);
      renameSync(`${file}.${process.pid}`, file);
    }
    known.set(key, source);
    return source;
  };
  compiler.compile = Object.assign(compileOnce, { [ONCE]: true });
}
