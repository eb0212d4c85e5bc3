import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import nunjucks from 'nunjucks';
import { scratchDirectory } from './run-state';

/** What nunjucks' Template has besides its published types. */
interface Template {
  path: string;
  tmplStr: string;
  /** The functions that print it and its blocks. */
  tmplProps?: object;
  env: { asyncFilters: unknown; extensionsList: unknown; opts: unknown };
  _compile(): void;
}

/** Marks templates that are, since test files of one worker share their packages. */
const ONCE = Symbol.for('flagstaff.compiled-once');

const { compiler } = nunjucks as unknown as { compiler: { compile(template: string, ...more: unknown[]): string } };

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // nobody compiled it yet
  }
}

/**
 * Lets every template be compiled once per run, and become functions once per worker. Each application has templates of
 * its own, made from the same texts by the same compiler, which would take longer than many a test.
 */
export function compileTemplatesOnce(): void {
  const prototype = nunjucks.Template.prototype as unknown as Template & { [ONCE]?: true };
  if (prototype[ONCE]) return;
  prototype[ONCE] = true;
  const known = new Map<string, object>();
  const folder = path.join(scratchDirectory(), 'templates');
  mkdirSync(folder, { recursive: true });
  const functionsOf = ({ path: name, tmplStr, env }: Template): object => {
    const key = createHash('sha1').update(`${name}\n${tmplStr}`).digest('hex');
    const before = known.get(key);
    if (before !== undefined) return before;
    const file = path.join(folder, `${key}.js`);
    let source = read(file);
    if (source === undefined) {
      source = compiler.compile(tmplStr, env.asyncFilters, env.extensionsList, name, env.opts);
      // Under its name only when it is whole: others read at the same time.
      writeFileSync(`${file}.${process.pid}`, source);
      renameSync(`${file}.${process.pid}`, file);
    }
    const functions = compileFunction(source)() as object;
    known.set(key, functions);
    return functions;
  };
  const compile = prototype._compile;
  prototype._compile = function (this: Template) {
    this.tmplProps ??= functionsOf(this);
    compile.call(this);
  };
}
