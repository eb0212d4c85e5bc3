import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Viewer } from '../lib/viewer';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { respond } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import { type AppPassport, askStrategy } from './passport';

const SignIn = z.strictObject({
  email: z.string().max(254),
  password: z.string().max(1024),
  next: z.string().optional(),
});

/** A door into the product: the same form at two addresses, each with its own words and its own idea of who may enter. */
interface Door {
  path: string;
  page: string;
  refusal: string;
  home: string;
  admits(viewer: Viewer): boolean;
}

const FRONT_DOOR: Door = {
  path: '/login',
  page: 'views/auth/login.njk',
  refusal: 'Enter the correct e-mail address and password.',
  home: '/',
  admits: () => true,
};

const STAFF_DOOR: Door = {
  path: '/admin/login/',
  page: 'views/auth/admin-login.njk',
  refusal: 'Enter the correct username and password for a staff account.',
  home: '/admin/',
  admits: (viewer) => viewer.isStaff,
};

/** Signs the person in under a new session id and remembers where from. */
async function startSession(req: Request, viewer: Viewer): Promise<void> {
  await new Promise<void>((resolve, reject) => req.logIn(viewer, (error) => (error ? reject(error) : resolve())));
  req.session.client = { address: req.ip ?? '', userAgent: String(req.get('user-agent') ?? '') };
}

/** Ends the session: its row goes, and the browser is told to forget what it kept. */
async function endSession(req: Request, res: Response, to: string): Promise<void> {
  await new Promise<void>((resolve, reject) => req.logout((error) => (error ? reject(error) : resolve())));
  res.set('Clear-Site-Data', '"cache", "storage"').redirect(303, to);
}

function addDoor(routes: Routes, door: Door, passport: AppPassport): void {
  routes.get(door.path, anyone, (req, res) => {
    const next = safeNext(req.query.next, door.home);
    if (req.user !== undefined && door.admits(req.user)) return res.redirect(303, next);
    respond(req, res, { page: door.page, data: { next, values: {}, errors: {} } });
  });

  routes.post(door.path, anyone, async (req, res) => {
    const form = parseForm(SignIn, req.body);
    const next = safeNext(form.values.next, door.home);
    const viewer = form.ok ? await askStrategy(passport, 'local', req, res) : undefined;
    if (viewer === undefined || !door.admits(viewer)) {
      const errors = { '': [door.refusal] };
      const data = { next, values: { email: form.values.email ?? '' }, errors, summary: summarize(errors) };
      return respond(req, res, { page: door.page, data, status: 422 });
    }
    await startSession(req, viewer);
    res.redirect(303, next);
  });
}

/** Sign-in and sign-out, and the home that leads on. */
export function authRoutes(_services: Services, passport: AppPassport): Routes {
  const routes = new Routes();
  addDoor(routes, FRONT_DOOR, passport);
  addDoor(routes, STAFF_DOOR, passport);
  routes.post('/logout', signedIn, (req, res) => endSession(req, res, '/login'));
  routes.post('/admin/logout/', signedIn, (req, res) => endSession(req, res, '/admin/login/'));
  routes.get('/', anyone, (req, res) => {
    if (req.user === undefined) return res.redirect(303, '/login');
    res.redirect(303, req.user.isStaff ? '/admin/' : '/integrations/');
  });
  return routes;
}
