import nunjucks from 'nunjucks';

type Exported = Record<string, unknown>;
type Done = (error: unknown, exported?: Exported) => void;

/** What nunjucks' Template has besides its published types. */
interface MacroFile {
  getExported(context: unknown, frame?: unknown, done?: Done): void;
  keptMacros?: Exported;
}

/**
 * Lets templates keep the macros that they export. Nunjucks runs a file of macros anew at every import of it, with all
 * that it imports itself, which took half the time of a long list. Macros imported without context see nothing of the
 * page, so one result serves every page. A template that is read again has no kept macros yet.
 */
export function keepMacros(): void {
  const prototype = nunjucks.Template.prototype as unknown as MacroFile & { keepsMacros?: true };
  if (prototype.keepsMacros) return;
  const run = prototype.getExported;
  prototype.keepsMacros = true;
  prototype.getExported = function (this: MacroFile, context, frame, done) {
    if (typeof context !== 'function') return run.call(this, context, frame, done); // "with context": never kept
    const finish = context as Done;
    if (this.keptMacros !== undefined) return finish(null, this.keptMacros);
    run.call(this, (error: unknown, exported?: Exported) => {
      if (!error && exported !== undefined) this.keptMacros = exported;
      finish(error, exported);
    });
  };
}
