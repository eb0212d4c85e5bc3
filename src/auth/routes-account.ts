import type { Request, Response } from 'express';
import { z } from 'zod';
import { badRequest } from '../lib/http-error';
import type { Services } from '../services';
import { type FormErrors, summarize } from '../web/forms';
import { actorOf, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import { getAccount } from './accounts';
import { isLanguage, isTimeZone, languageChoices, timeZoneChoices } from './choices';
import { describeDevice, describeProgram, isHandheld } from './device';
import { emailField, nameField, parseAuthForm, passwordField } from './forms';
import { gitHubIsConfigured } from './github';
import { disconnectGitHub } from './identities';
import { knownDevice } from './known-device';
import {
  askForEmailChange,
  changePassword,
  chooseTheme,
  confirmPassword,
  endedInWords,
  endOneSession,
  endOtherSessions,
  endProgram,
  finishEmailChange,
  readEmailChange,
  updateProfile,
} from './profile';
import { listIdentitiesOf } from './queries-identities';
import { listGrantsOf } from './queries-refresh-tokens';
import { listSessionsOf } from './queries-sessions';
import { refusedPassword } from './routes-mailed-links';
import { startSession } from './session';
import { hashSessionId } from './session-store';
import { LINK_MINUTES } from './tokens';
import { inWords } from './waiting';

const ProfileForm = z.strictObject({
  name: nameField,
  language: z.string().refine(isLanguage, { error: 'Choose a language from the list.' }),
  timeZone: z.string().refine(isTimeZone, { error: 'Choose a time zone from the list.' }),
});
const ThemeForm = z.strictObject({ theme: z.enum(['system', 'light', 'dark']), next: z.string().optional() });
const currentPassword = passwordField;
const PasswordForm = z.strictObject({
  current_password: currentPassword,
  new_password: z.string().min(1, { error: 'Enter a new password.' }).max(1024, { error: 'This is too long.' }),
});
const EmailForm = z.strictObject({ email: emailField, current_password: currentPassword });
const DisconnectForm = z.strictObject({ current_password: currentPassword });
const EndForm = z.strictObject({ session: z.string().regex(/^[0-9a-f]{16}$/) });
const EndProgramForm = z.strictObject({ program: z.string().regex(/^[1-9]\d{0,8}$/) });

/** The forms of the security page; an error belongs to one of them. */
type SecurityForm = 'password' | 'email' | 'github';

interface Refused {
  form: SecurityForm;
  status: number;
  errors: FormErrors;
  values?: Record<string, string | undefined>;
}

/** The page that a form came from, as a path of ours. */
function cameFrom(req: Request, fallback: string): string {
  try {
    const { pathname, search } = new URL(req.get('referer') ?? '');
    return safeNext(pathname + search, fallback);
  } catch {
    return fallback;
  }
}

function addProfile(routes: Routes, services: Services): void {
  const show = (req: Request, res: Response, status: number, values: Record<string, unknown>, errors: FormErrors) =>
    respond(req, res, {
      page: 'views/account/profile.njk',
      status,
      data: { section: 'profile', values, errors, summary: summarize(errors), languageChoices, timeZoneChoices },
    });

  routes.get('/account/', signedIn, (req, res) => {
    const { name, language, timeZone } = viewerOf(req);
    show(req, res, 200, { name, language, timeZone }, {});
  });
  routes.get('/account/profile', signedIn, (_req, res) => res.redirect(301, '/account/'));

  routes.post('/account/', signedIn, async (req, res) => {
    const form = parseAuthForm(ProfileForm, req.body);
    if (!form.ok) return show(req, res, 422, form.values, form.errors);
    await updateProfile(services, viewerOf(req), form.value, actorOf(req));
    respond(req, res, { redirect: '/account/', toast: { kind: 'success', text: 'Your profile is saved.' } });
  });
}

function addPreferences(routes: Routes, services: Services): void {
  routes.get('/account/preferences/', signedIn, (req, res) => {
    respond(req, res, { page: 'views/account/preferences.njk', data: { section: 'preferences' } });
  });

  routes.post('/account/theme', signedIn, async (req, res) => {
    const form = parseAuthForm(ThemeForm, req.body);
    if (!form.ok) throw badRequest('Choose the system, the light or the dark theme.');
    await chooseTheme(services, viewerOf(req), form.value.theme, actorOf(req));
    res.redirect(303, safeNext(form.value.next, cameFrom(req, '/account/preferences/')));
  });
}

function addSessions(routes: Routes, services: Services): void {
  const { db, clock } = services;

  routes.get('/account/sessions/', signedIn, async (req, res) => {
    const current = hashSessionId(req.sessionID);
    const records = await listSessionsOf(db, viewerOf(req).id, clock.now());
    const list = records.map((record) => ({
      id: record.sidHash.slice(0, 16),
      isCurrent: record.sidHash === current,
      device: describeDevice(record.userAgent),
      isHandheld: isHandheld(record.userAgent),
      address: record.address,
      startedAt: record.createdAt,
      lastSeenAt: record.lastSeenAt,
    }));
    list.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent));
    const programs = (await listGrantsOf(db, viewerOf(req).id, clock.now())).map((grant) => ({
      ...grant,
      device: describeProgram(grant.userAgent),
    }));
    respond(req, res, { page: 'views/account/sessions.njk', data: { section: 'sessions', list, programs } });
  });

  routes.post('/account/sessions/end', signedIn, async (req, res) => {
    const form = parseAuthForm(EndForm, req.body);
    if (!form.ok) throw badRequest('Choose a session from the list. Nothing was changed.');
    const ended = await endOneSession(services, viewerOf(req), form.value.session, actorOf(req));
    const text = ended ? 'The session is ended.' : 'That session had ended already.';
    respond(req, res, { redirect: '/account/sessions/', toast: { kind: ended ? 'success' : 'info', text } });
  });

  routes.post('/account/sessions/end-others', signedIn, async (req, res) => {
    const ended = await endOtherSessions(services, viewerOf(req), hashSessionId(req.sessionID), actorOf(req));
    const words = endedInWords(ended);
    const none = words === '';
    const text = none ? 'You were not signed in anywhere else.' : `You are signed out everywhere else: ended ${words}.`;
    respond(req, res, { redirect: '/account/sessions/', toast: { kind: none ? 'info' : 'success', text } });
  });

  routes.post('/account/sessions/end-program', signedIn, async (req, res) => {
    const form = parseAuthForm(EndProgramForm, req.body);
    if (!form.ok) throw badRequest('Choose a program from the list. Nothing was changed.');
    const ended = await endProgram(services, viewerOf(req), Number(form.value.program), actorOf(req));
    const text = ended ? 'The access of the program is ended.' : 'That access had ended already.';
    respond(req, res, { redirect: '/account/sessions/', toast: { kind: ended ? 'success' : 'info', text } });
  });
}

function addSecurity(routes: Routes, services: Services): void {
  const { config, db, mail } = services;

  async function show(req: Request, res: Response, refused?: Refused): Promise<void> {
    const viewer = viewerOf(req);
    const [account, identities] = [await getAccount(db, viewer.id), await listIdentitiesOf(db, viewer.id)];
    const errors = refused?.errors ?? {};
    const values = refused?.values ?? {};
    // Each form asks for the present password, so the field's id carries the form's name.
    const summary = summarize(errors).map(({ text, href }) => ({
      text,
      href: href === '#id_current_password' && refused ? `#id_${refused.form}_current_password` : href,
    }));
    const own = (form: SecurityForm) =>
      refused?.form === form ? { errors, values, summary } : { errors: {}, values: {}, summary: [] };
    respond(req, res, {
      page: 'views/account/security.njk',
      status: refused?.status ?? 200,
      data: {
        section: 'security',
        hasPassword: account.passwordHash !== null,
        gitHub: gitHubIsConfigured(config),
        connected: identities.find(({ provider }) => provider === 'github'),
        canSend: mail.canSend,
        minLength: config.passwordMinLength,
        forms: { password: own('password'), email: own('email'), github: own('github') },
        refused: refused !== undefined,
      },
    });
  }

  /** Whether the present password was given; answers the request itself when not. */
  async function confirmed(req: Request, res: Response, password: string, refused: Omit<Refused, 'status' | 'errors'>) {
    const viewer = viewerOf(req);
    const from = { address: req.ip ?? '', device: knownDevice(config, req, viewer.email) };
    const problem = await confirmPassword(services, viewer, password, from, actorOf(req));
    if (problem === undefined) return true;
    const refuse = (status: number, text: string) =>
      show(req, res, { ...refused, status, errors: { current_password: [text] } });
    if (problem.outcome === 'wait') {
      res.set('Retry-After', String(problem.seconds));
      await refuse(429, `Too many tries. Try again in ${inWords(problem.seconds)}. Nothing was changed.`);
    } else if (problem.outcome === 'no-password') {
      await refuse(403, 'You have no password yet. Set one first; nothing was changed.');
    } else await refuse(403, 'This is not your present password. Nothing was changed.');
    return false;
  }

  routes.get('/account/security/', signedIn, (req, res) => show(req, res));

  routes.post('/account/password', signedIn, async (req, res) => {
    const form = parseAuthForm(PasswordForm, req.body);
    const own = { form: 'password' } as const;
    if (!form.ok) return show(req, res, { ...own, status: 422, errors: form.errors });
    if (!(await confirmed(req, res, form.value.current_password, own))) return;
    try {
      const signedInAgain = await changePassword(services, viewerOf(req), form.value.new_password, actorOf(req));
      if (signedInAgain === undefined) return res.redirect(303, '/login');
      await startSession(config, req, res, signedInAgain);
    } catch (error) {
      return show(req, res, { ...own, status: 422, errors: refusedPassword(error, 'new_password') });
    }
    const text = 'Your password is changed. All other sessions are ended.';
    respond(req, res, { redirect: '/account/security/', toast: { kind: 'success', text } });
  });

  routes.post('/account/email', signedIn, async (req, res) => {
    const form = parseAuthForm(EmailForm, req.body);
    const own = { form: 'email', values: { email: form.values.email } } as const;
    if (!form.ok) return show(req, res, { ...own, status: 422, errors: form.errors });
    if (!(await confirmed(req, res, form.value.current_password, own))) return;
    await askForEmailChange(services, viewerOf(req), form.value.email, actorOf(req));
    const text = `Open the link that was sent to ${form.value.email}. Until then your address stays as it is.`;
    respond(req, res, { redirect: '/account/security/', toast: { kind: 'info', text } });
  });

  routes.post('/account/github/disconnect', signedIn, async (req, res) => {
    const form = parseAuthForm(DisconnectForm, req.body);
    const own = { form: 'github' } as const;
    if (!form.ok) return show(req, res, { ...own, status: 422, errors: form.errors });
    if (!(await confirmed(req, res, form.value.current_password, own))) return;
    const done = await disconnectGitHub(services, viewerOf(req), actorOf(req));
    const text = done ? 'GitHub is disconnected.' : 'GitHub was not connected.';
    respond(req, res, { redirect: '/account/security/', toast: { kind: done ? 'success' : 'info', text } });
  });
}

function addEmailLink(routes: Routes, services: Services): void {
  const dead = (req: Request, res: Response) =>
    respond(req, res, {
      page: 'views/auth/dead-link.njk',
      status: 410,
      data: { again: { text: 'Go to security', href: '/account/security/' }, minutes: LINK_MINUTES },
    });

  routes.get('/account/email/:token', anyone, async (req, res) => {
    const change = await readEmailChange(services, req.params.token);
    if (change === undefined) return dead(req, res);
    const data = { action: req.path, from: change.account.email, to: change.email };
    respond(req, res, { page: 'views/auth/confirm-email.njk', data });
  });

  routes.post('/account/email/:token', anyone, async (req, res) => {
    if (!(await finishEmailChange(services, req.params.token, actorOf(req)))) return dead(req, res);
    if (req.user === undefined) return res.redirect(303, '/login?notice=email-changed');
    respond(req, res, {
      redirect: '/account/security/',
      toast: { kind: 'success', text: 'Your e-mail address is changed.' },
    });
  });
}

/** The pages where people look after their own account; each section is a form of its own. */
export function accountRoutes(services: Services): Routes {
  const routes = new Routes();
  addProfile(routes, services);
  addSecurity(routes, services);
  addSessions(routes, services);
  addPreferences(routes, services);
  addEmailLink(routes, services);
  return routes;
}
