import { compileFunction } from 'node:vm';
import nunjucks from 'nunjucks';

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

/**
 * Lets every template be compiled once per worker. Each application has templates of its own, made from the same texts by
 * the same compiler, which would take longer than many a test.
 */
export function compileTemplatesOnce(): void {
  const prototype = nunjucks.Template.prototype as unknown as Template & { [ONCE]?: true };
  if (prototype[ONCE]) return;
  prototype[ONCE] = true;
  const known = new Map<string, object>();
  const functionsOf = ({ path, tmplStr, env }: Template): object => {
    const key = `${path}\n${tmplStr}`;
    const functions =
      known.get(key) ??
      (compileFunction(compiler.compile(tmplStr, env.asyncFilters, env.extensionsList, path, env.opts))() as object);
    known.set(key, functions);
    return functions;
  };
  const compile = prototype._compile;
  prototype._compile = function (this: Template) {
    this.tmplProps ??= functionsOf(this);
    compile.call(this);
  };
}
