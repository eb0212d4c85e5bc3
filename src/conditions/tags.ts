import type { RequestHandler } from 'express';
import type { Environment } from 'nunjucks';
import { QuestionTag } from '../web/question-tag';
import type { FeatureFlagsManager } from './manager';

/**
 * Gives templates `{% flag_enabled "name" %}` and `{% flag_disabled "name" %}`, each with `{% else %}`, and the functions
 * behind them. Where a template does not see the request (a macro imported without context) a flag is what it is for nobody.
 */
export function addConditionTags(templates: Environment, flags: FeatureFlagsManager): void {
  templates.addGlobal('flagEnabled', (name: string) => flags.isEnabled(name));
  templates.addGlobal('flagDisabled', (name: string) => flags.isDisabled(name));
  templates.addExtension('FlagEnabledTag', new QuestionTag('flag_enabled', 'flagEnabled'));
  templates.addExtension('FlagDisabledTag', new QuestionTag('flag_disabled', 'flagDisabled'));
}

/** Lets the templates of each request ask for whoever makes it. */
export function conditionLocals(flags: FeatureFlagsManager): RequestHandler {
  return (req, res, next) => {
    res.locals.flagEnabled = (name: string) => flags.isEnabled(name, req);
    res.locals.flagDisabled = (name: string) => flags.isDisabled(name, req);
    next();
  };
}
