import type { Request, Response } from 'express';
import { z } from 'zod';
import { HttpError, notFound } from '../lib/http-error';
import type { Services } from '../services';
import { type FormErrors, summarize } from '../web/forms';
import { actorOf } from '../web/request';
import { respond } from '../web/respond';
import { anyone, Routes } from '../web/routes';
import { getAccount } from './accounts';
import { emailField, nameField, parseAuthForm, passwordField } from './forms';
import { startSession } from './session';
import { createFirstSuperuser, isSetupToken, noteWrongToken, setupIsOpen } from './setup';
import { admit } from './sign-in';
import { addressBlock, gateKey, takeTurn } from './throttle';
import { inWords } from './waiting';

const Token = z.strictObject({ token: z.string().max(200) });
const Superuser = z.strictObject({
  token: z.string().max(200),
  name: nameField,
  email: emailField,
  password: passwordField,
});

/**
 * Making the first superuser in the browser: first the one-time token, then the account. There is nothing here once
 * somebody may do everything.
 */
export function setupRoutes(services: Services): Routes {
  const routes = new Routes();
  const { config } = services;

  const askForToken = (req: Request, res: Response, status: number, errors: FormErrors = {}) =>
    respond(req, res, {
      page: 'views/auth/setup-token.njk',
      status,
      data: { errors, summary: summarize(errors), fromEnvironment: config.setupToken !== undefined },
    });

  const askForAccount = (req: Request, res: Response, status: number, data: Record<string, unknown>) =>
    respond(req, res, {
      page: 'views/auth/setup.njk',
      status,
      data: { values: {}, errors: {}, summary: [], minLength: config.passwordMinLength, ...data },
    });

  /** Whether the token in the form is the right one; answers the request itself when it is not. */
  async function holdsToken(req: Request, res: Response, token: string): Promise<boolean> {
    const turn = await takeTurn(services, [{ key: gateKey('setup', addressBlock(req.ip ?? '')), most: 10, free: 3 }]);
    if (!turn.allowed) {
      res.set('Retry-After', String(turn.seconds));
      askForToken(req, res, 429, { token: [`Too many tries. Try again in ${inWords(turn.seconds)}.`] });
      return false;
    }
    if (!isSetupToken(config, token)) {
      await noteWrongToken(services, actorOf(req));
      askForToken(req, res, 403, { token: ['This is not the token that was printed at start.'] });
      return false;
    }
    await turn.giveBack();
    return true;
  }

  async function mustBeOpen(): Promise<void> {
    if (!(await setupIsOpen(services))) throw notFound();
  }

  routes.get('/setup', anyone, async (req, res) => {
    await mustBeOpen();
    askForToken(req, res, 403);
  });

  routes.post('/setup', anyone, async (req, res) => {
    await mustBeOpen();
    const form = parseAuthForm(Token, req.body);
    if (!(await holdsToken(req, res, form.ok ? form.value.token : ''))) return;
    askForAccount(req, res, 200, { token: form.values.token });
  });

  routes.post('/setup/superuser', anyone, async (req, res) => {
    await mustBeOpen();
    const form = parseAuthForm(Superuser, req.body);
    const { token = '', name = '', email = '' } = form.values;
    if (!(await holdsToken(req, res, token))) return;
    const refuse = (errors: FormErrors) =>
      askForAccount(req, res, 422, { token, values: { name, email }, errors, summary: summarize(errors) });
    if (!form.ok) return refuse(form.errors);
    try {
      const id = await createFirstSuperuser(services, form.value, actorOf(req));
      const account = await getAccount(services.db, id);
      const signedIn = await admit(services, account, actorOf(req), 'Signed in after setting up.');
      if (signedIn === undefined) throw notFound();
      await startSession(config, req, res, signedIn);
      res.redirect(303, '/admin/');
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (error.code === 'password_refused') return refuse({ password: [error.message] });
      if (error.code === 'email_taken') return refuse({ email: [error.message] });
      throw error;
    }
  });
  return routes;
}
