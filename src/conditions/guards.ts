import type { RequestHandler } from 'express';
import { notFound } from '../lib/http-error';
import { noteInCode } from '../usage';
import { type Policy, Routes, signedIn } from '../web/routes';
import { isEnabled } from './ask';

export interface GuardOptions {
  /** What answers instead; without it the address does not exist (404). */
  readonly fallback?: RequestHandler;
}

/** Lets a request through while a flag is in the wanted state for it; else `fallback` answers, or nobody (404). */
export function flagCheck(name: string, state: boolean, { fallback }: GuardOptions = {}): RequestHandler {
  noteInCode('condition', name);
  return (req, res, next) => {
    if (isEnabled(req, name) === state) return next();
    if (fallback === undefined) throw notFound();
    return fallback(req, res, next);
  };
}

/** Lets a request through while a flag is on for it; else `fallback` answers, or nobody (404). */
export const flagRequired = (name: string, options: GuardOptions = {}): RequestHandler =>
  flagCheck(name, true, options);

/**
 * A page of its own address that is there while a flag is on for whoever asks; else `fallback` answers, or nobody. Only
 * who is signed in gets there, unless `policy` says otherwise. Mount it like the routes of any feature.
 */
export const flaggedRoute = (
  path: string,
  name: string,
  handler: RequestHandler,
  fallback?: RequestHandler,
  { policy = signedIn }: { readonly policy?: Policy } = {},
): Routes => new Routes().get(path, policy, flagRequired(name, fallback === undefined ? {} : { fallback }), handler);
