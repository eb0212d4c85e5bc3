import type { Request, RequestHandler } from 'express';
import { notFound } from '../lib/http-error';
import { type Form, noteInCode } from '../usage';
import { flagIsActive, switchIsActive } from './ask';

export interface GuardOptions {
  /** A path of ours to send people to instead of a 404. */
  redirectTo?: string;
}

/** `!name` asks for the opposite. */
function guard(
  form: Form,
  name: string,
  isActive: (req: Request, name: string) => boolean,
  { redirectTo }: GuardOptions,
): RequestHandler {
  const wanted = !name.startsWith('!');
  const bare = wanted ? name : name.slice(1);
  noteInCode(form, bare);
  return (req, res, next) => {
    if (isActive(req, bare) === wanted) return next();
    if (redirectTo === undefined) return next(notFound());
    res.redirect(302, redirectTo);
  };
}

/** Lets a request through while a flag is on for it; else 404, or a redirect. `!name` lets through while it is off. */
export const requireFlag = (name: string, options: GuardOptions = {}): RequestHandler =>
  guard('flag', name, (req, bare) => flagIsActive(req, bare), options);

/** Lets a request through while a switch is on; else 404, or a redirect. `!name` lets through while it is off. */
export const requireSwitch = (name: string, options: GuardOptions = {}): RequestHandler =>
  guard('switch', name, switchIsActive, options);
