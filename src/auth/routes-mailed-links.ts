import type { Request, Response } from 'express';
import { z } from 'zod';
import { HttpError } from '../lib/http-error';
import type { Services } from '../services';
import { type FormErrors, summarize } from '../web/forms';
import { actorOf, isLocal, queryText } from '../web/request';
import { respond } from '../web/respond';
import { anyone, Routes } from '../web/routes';
import { emailField, nameField, parseAuthForm, passwordField } from './forms';
import { gitHubIsConfigured } from './github';
import { startSession } from './session';
import { type Asked, askForReset, askToSignUp, finishReset, finishSignUp, readReset, readSignUp } from './sign-up';
import { LINK_MINUTES } from './tokens';
import { inWords } from './waiting';

const Ask = z.strictObject({ email: emailField });
const FinishSignUp = z.strictObject({ name: nameField, password: passwordField });
const FinishReset = z.strictObject({ password: passwordField });

/** A page that asks for an address and sends a message to it: the beginning of a sign-up and of a password reset. */
interface Asking {
  path: string;
  page: string;
  sentPage: string;
  ask(email: string, address: string): Promise<Asked>;
}

function addAsking(routes: Routes, services: Services, { path, page, sentPage, ask }: Asking): void {
  const { config, mail } = services;
  const show = (req: Request, res: Response, status: number, email: string, errors: FormErrors) =>
    respond(req, res, {
      page,
      status,
      data: {
        values: { email },
        errors,
        summary: summarize(errors),
        canSend: mail.canSend,
        gitHub: gitHubIsConfigured(config),
      },
    });

  routes.get(path, anyone, (req, res) => show(req, res, 200, queryText(req, 'email').slice(0, 254), {}));

  routes.post(path, anyone, async (req, res) => {
    const form = parseAuthForm(Ask, req.body);
    const typed = form.values.email ?? '';
    if (!form.ok) return show(req, res, 422, typed, form.errors);
    if (!mail.canSend) return show(req, res, 503, typed, {});
    const asked = await ask(form.value.email, req.ip ?? '');
    if (asked.outcome === 'wait') {
      res.set('Retry-After', String(asked.seconds));
      const wait = `Too many messages were asked for. Try again in ${inWords(asked.seconds)}.`;
      return show(req, res, 429, typed, { '': [wait] });
    }
    res.redirect(303, `${path}/sent?email=${encodeURIComponent(form.value.email)}`);
  });

  routes.get(`${path}/sent`, anyone, (req, res) => {
    const email = emailField.safeParse(queryText(req, 'email'));
    const outbox = config.env !== 'production' && config.smtpUrl === undefined && isLocal(req);
    respond(req, res, {
      page: sentPage,
      data: { email: email.success ? email.data : '', minutes: LINK_MINUTES, outbox, again: path },
    });
  });
}

/** The same page whatever is wrong with a link. */
function showDeadLink(req: Request, res: Response, again: { text: string; href: string }): void {
  respond(req, res, { page: 'views/auth/dead-link.njk', status: 410, data: { again, minutes: LINK_MINUTES } });
}

/** A refused password as the form's own error; anything else goes on. */
export function refusedPassword(error: unknown, field = 'password'): FormErrors {
  if (error instanceof HttpError && error.code === 'password_refused') return { [field]: [error.message] };
  throw error;
}

function addSignUp(routes: Routes, services: Services): void {
  const { config } = services;
  addAsking(routes, services, {
    path: '/signup',
    page: 'views/auth/sign-up.njk',
    sentPage: 'views/auth/sign-up-sent.njk',
    ask: (email, address) => askToSignUp(services, email, address),
  });
  const again = { text: 'Start again', href: '/signup' };

  const show = (req: Request, res: Response, status: number, email: string, name: string, errors: FormErrors) =>
    respond(req, res, {
      page: 'views/auth/verify.njk',
      status,
      data: {
        action: req.path,
        email,
        values: { name },
        errors,
        summary: summarize(errors),
        minLength: config.passwordMinLength,
      },
    });

  routes.get('/verify/:token', anyone, async (req, res) => {
    const email = await readSignUp(services, req.params.token);
    if (email === undefined) return showDeadLink(req, res, again);
    show(req, res, 200, email, '', {});
  });

  routes.post('/verify/:token', anyone, async (req, res) => {
    const { token } = req.params;
    const email = await readSignUp(services, token);
    if (email === undefined) return showDeadLink(req, res, again);
    const form = parseAuthForm(FinishSignUp, req.body);
    if (!form.ok) return show(req, res, 422, email, form.values.name ?? '', form.errors);
    try {
      const signedIn = await finishSignUp(services, token, form.value, actorOf(req));
      if (signedIn === undefined) return showDeadLink(req, res, again);
      await startSession(config, req, res, signedIn);
      res.redirect(303, '/');
    } catch (error) {
      show(req, res, 422, email, form.value.name, refusedPassword(error));
    }
  });
}

function addReset(routes: Routes, services: Services): void {
  addAsking(routes, services, {
    path: '/password/reset',
    page: 'views/auth/reset.njk',
    sentPage: 'views/auth/reset-sent.njk',
    ask: (email, address) => askForReset(services, email, address),
  });
  const again = { text: 'Ask for a new link', href: '/password/reset' };

  const show = (req: Request, res: Response, status: number, email: string, errors: FormErrors) =>
    respond(req, res, {
      page: 'views/auth/choose-password.njk',
      status,
      data: {
        action: req.path,
        email,
        errors,
        summary: summarize(errors),
        minLength: services.config.passwordMinLength,
      },
    });

  routes.get('/password/reset/:token', anyone, async (req, res) => {
    const account = await readReset(services, req.params.token);
    if (account === undefined) return showDeadLink(req, res, again);
    show(req, res, 200, account.email, {});
  });

  routes.post('/password/reset/:token', anyone, async (req, res) => {
    const { token } = req.params;
    const account = await readReset(services, token);
    if (account === undefined) return showDeadLink(req, res, again);
    const form = parseAuthForm(FinishReset, req.body);
    if (!form.ok) return show(req, res, 422, account.email, form.errors);
    try {
      const done = await finishReset(services, token, form.value.password, actorOf(req));
      if (!done) return showDeadLink(req, res, again);
      res.redirect(303, '/login?notice=password-changed');
    } catch (error) {
      show(req, res, 422, account.email, refusedPassword(error));
    }
  });
}

/** Sign-up and password reset. Both begin with a message; opening its link shows a form, and only sending that acts. */
export function mailedLinkRoutes(services: Services): Routes {
  const routes = new Routes();
  addSignUp(routes, services);
  addReset(routes, services);
  return routes;
}
