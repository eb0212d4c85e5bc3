import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Viewer } from '../lib/viewer';
import type { Services } from '../services';
import { summarize } from '../web/forms';
import { actorOf, queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import { parseAuthForm } from './forms';
import { gitHubIsConfigured } from './github';
import { type AppPassport, askForPassword } from './passport';
import { endSession, startSession } from './session';
import { setupIsOpen } from './setup';
import { noteSignOut } from './sign-in';
import { inWords } from './waiting';

const SignIn = z.strictObject({
  email: z.string().max(254),
  password: z.string().max(1024),
  next: z.string().max(2000).optional(),
});

/** A door into the product: the same form at two addresses, each with its own words and its own idea of who may enter. */
interface Door {
  path: string;
  page: string;
  refusal: string;
  home: string;
  strategy: 'local' | 'local-staff';
  admits(viewer: Viewer): boolean;
}

const FRONT_DOOR: Door = {
  path: '/login',
  page: 'views/auth/login.njk',
  refusal: 'Enter the correct e-mail address and password.',
  home: '/',
  strategy: 'local',
  admits: () => true,
};

const STAFF_DOOR: Door = {
  path: '/admin/login/',
  page: 'views/auth/admin-login.njk',
  refusal: 'Enter the correct username and password for a staff account.',
  home: '/admin/',
  strategy: 'local-staff',
  admits: (viewer) => viewer.isStaff,
};

/** What the sign-in page says after something else led there; the address only names it. */
const NOTICES = new Map([
  ['password-changed', 'Your password is changed and all sessions ended. Sign in with the new one.'],
  ['email-changed', 'Your e-mail address is changed. Sign in with the new one.'],
  ['signed-out', 'You are signed out.'],
]);

function addDoor(routes: Routes, door: Door, services: Services, passport: AppPassport): void {
  const { config } = services;

  async function show(req: Request, res: Response, status: number, more: Record<string, unknown>): Promise<void> {
    respond(req, res, {
      page: door.page,
      status,
      data: {
        action: door.path,
        values: {},
        summary: [],
        gitHub: gitHubIsConfigured(config),
        setupIsOpen: await setupIsOpen(services),
        ...more,
      },
    });
  }

  routes.get(door.path, anyone, async (req, res) => {
    const next = safeNext(req.query.next, door.home);
    if (req.user !== undefined && door.admits(req.user)) return res.redirect(303, next);
    const notice = NOTICES.get(queryText(req, 'notice'));
    await show(req, res, 200, { next, notice, values: { email: '' } });
  });

  routes.post(door.path, anyone, async (req, res) => {
    const form = parseAuthForm(SignIn, req.body);
    const next = safeNext(form.values.next, door.home);
    const values = { email: form.values.email ?? '' };
    const result = form.ok ? await askForPassword(passport, door.strategy, req, res) : ({ outcome: 'wrong' } as const);
    if (result.outcome === 'in') {
      await startSession(config, req, res, result.signedIn);
      return res.redirect(303, next);
    }
    if (result.outcome === 'wait') {
      const text = `Try again in ${inWords(result.seconds)}. Your address is kept below.`;
      res.set('Retry-After', String(result.seconds));
      return show(req, res, 429, { next, values, summary: [{ text }], wait: result.seconds });
    }
    await show(req, res, 422, { next, values, summary: summarize({ '': [door.refusal] }) });
  });
}

/** Sign-in at its two doors, sign-out, and the home that leads on to where the person was last. */
export function signInRoutes(
  services: Services,
  passport: AppPassport,
  homeOf: (viewer: Viewer) => Promise<string>,
): Routes {
  const routes = new Routes();
  addDoor(routes, FRONT_DOOR, services, passport);
  addDoor(routes, STAFF_DOOR, services, passport);

  const leave = (to: string) => async (req: Request, res: Response) => {
    await noteSignOut(services, actorOf(req), viewerOf(req));
    await endSession(req, res);
    res.redirect(303, to);
  };
  routes.post('/logout', signedIn, leave('/login?notice=signed-out'));
  routes.post('/admin/logout/', signedIn, leave('/admin/login/?notice=signed-out'));
  routes.get('/admin/password_change/', signedIn, (_req, res) => res.redirect(303, '/account/security/'));

  routes.get('/', anyone, async (req, res) => {
    if (req.user === undefined) return res.redirect(303, '/login');
    const staff = req.user.isStaff && (req.session.face ?? 'admin') === 'admin';
    res.redirect(303, staff ? '/admin/' : await homeOf(req.user));
  });
  return routes;
}
