import { z } from 'zod';
import type { Services } from '../services';
import { parseForm } from '../web/forms';
import { respond } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import type { AppPassport } from './passport';
import { findViewer } from './queries';
import { authenticate } from './sign-in';

const WRONG_PAIR = 'Enter the correct e-mail address and password.';
const SignIn = z.strictObject({
  email: z.string().max(254),
  password: z.string().max(1024),
  next: z.string().optional(),
});

/** Sign-in and sign-out. */
export function authRoutes({ db }: Services, _passport: AppPassport): Routes {
  const routes = new Routes();

  routes.get('/login', anyone, (req, res) => {
    respond(req, res, {
      page: 'views/auth/login.njk',
      data: { next: safeNext(req.query.next), values: {}, errors: {} },
    });
  });

  routes.post('/login', anyone, async (req, res) => {
    const form = parseForm(SignIn, req.body);
    const next = safeNext(form.values.next);
    const account = form.ok ? await authenticate(db, form.value.email, form.value.password) : undefined;
    const viewer = account && (await findViewer(db, account.id));
    if (viewer === undefined) {
      const data = { next, values: { email: form.values.email ?? '' }, errors: { '': [WRONG_PAIR] } };
      return respond(req, res, { page: 'views/auth/login.njk', data, status: 422 });
    }
    await new Promise<void>((resolve, reject) => req.logIn(viewer, (error) => (error ? reject(error) : resolve())));
    req.session.client = { address: req.ip ?? '', userAgent: String(req.get('user-agent') ?? '') };
    res.redirect(303, next);
  });

  routes.post('/logout', signedIn, async (req, res) => {
    await new Promise<void>((resolve, reject) => req.logout((error) => (error ? reject(error) : resolve())));
    res.set('Clear-Site-Data', '"cache", "storage"').redirect(303, '/login');
  });
  return routes;
}
