import type { RequestHandler } from 'express';
import type { Environment } from 'nunjucks';
import { QuestionTag } from '../web/question-tag';
import type { Flags } from './flags';

const SWITCH = 'waffle_switch';
const PIECES =
  /\{#[\s\S]*?#\}|\{%-?\s*(raw|verbatim)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}|(\{%-?\s*)(switch|endswitch)\b([\s\S]*?%\})/g;
const CASE_FOLLOWS = /^(?:\s|\{#[\s\S]*?#\})*\{%-?\s*(?:case|default)\b/;

/**
 * nunjucks has a `switch` of its own, with cases. One that is not followed by a case is ours, and gets a name that the
 * parser leaves to extensions.
 */
export function renameSwitches(source: string): string {
  const open: string[] = [];
  return source.replace(PIECES, (piece: string, ...groups: [string, string, string, string, number, string]) => {
    const [, start, word, rest, offset, whole] = groups;
    if (word === undefined) return piece;
    if (word === 'switch') open.push(CASE_FOLLOWS.test(whole.slice(offset + piece.length)) ? 'switch' : SWITCH);
    const name = word === 'switch' ? open.at(-1) : open.pop();
    if (name !== SWITCH) return piece;
    return `${start}${word === 'switch' ? SWITCH : `end${SWITCH}`}${rest}`;
  });
}

/**
 * Gives templates `{% flag %}`, `{% switch %}` and `{% sample %}`, each with `{% else %}`, and the functions behind them.
 * Where a template does not see the request (a macro imported without context) a flag is what it is for nobody.
 */
export function addFlagTags(templates: Environment, flags: Flags): void {
  templates.addGlobal('flagIsActive', (name: string) => flags.flagIsActiveFor(undefined, name));
  templates.addGlobal('switchIsActive', (name: string) => flags.switchIsActive(name));
  templates.addGlobal('sampleIsActive', (name: string) => flags.sampleIsActive(name));
  templates.addExtension('FlagTag', new QuestionTag('flag', 'flagIsActive'));
  templates.addExtension('SwitchTag', new QuestionTag(SWITCH, 'switchIsActive', renameSwitches));
  templates.addExtension('SampleTag', new QuestionTag('sample', 'sampleIsActive'));
}

/** Lets the templates of each request ask for the person behind it. */
export function flagLocals(flags: Flags): RequestHandler {
  return (req, res, next) => {
    res.locals.flagIsActive = (name: string) => flags.flagIsActive(req, name);
    next();
  };
}
