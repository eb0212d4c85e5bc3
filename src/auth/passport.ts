import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type AuthenticateCallback, Passport } from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import type { Viewer } from '../lib/viewer';
import type { Services } from '../services';
import { actorOf, isHtmx } from '../web/request';
import { knownDevice } from './known-device';
import { type SignInResult, signInByPassword } from './sign-in';

/** An own instance for each app; passport's shared one would mix the apps of one process. */
export type AppPassport = InstanceType<typeof Passport>;

type Parts = Pick<Services, 'config' | 'db' | 'clock'>;

/** E-mail and password. What comes of it travels as passport's info, because a refusal may carry a time to wait. */
function localStrategy(parts: Parts, staffOnly: boolean): LocalStrategy {
  const fields = { usernameField: 'email', passwordField: 'password', passReqToCallback: true } as const;
  return new LocalStrategy(fields, (req, email, password, done) => {
    const guess = { email, password, address: req.ip ?? '', device: knownDevice(parts.config, req, email) };
    signInByPassword(parts, guess, actorOf(req), { staffOnly }).then(
      (result) => done(null, result.outcome === 'in' ? result.signedIn.viewer : false, result as never),
      (error: unknown) => done(error),
    );
  });
}

/** passport with our accounts: the session keeps the id, and the person is read anew with it for each request. */
export function createPassport(parts: Parts): { passport: AppPassport; handlers: RequestHandler[] } {
  const passport = new Passport();
  passport.serializeUser<number>((user, done) => done(null, (user as Viewer).id));
  passport.deserializeUser<number, Request>((req, id, done) => {
    // The person was read with the session. Without an epoch it was never finished.
    const { epoch, row } = req.session;
    const person = row?.person();
    done(null, person !== undefined && person.viewer.id === id && person.epoch === epoch ? person.viewer : false);
  });
  passport.use('local', localStrategy(parts, false));
  passport.use('local-staff', localStrategy(parts, true));
  return { passport, handlers: [passport.session() as RequestHandler, rememberFace] };
}

/** Remembers which face a person used last; written only when it changes. */
function rememberFace(req: Request, _res: Response, next: NextFunction): void {
  const { user, session } = req;
  if (user?.isStaff && req.method === 'GET' && !isHtmx(req)) {
    const face = req.path.startsWith('/admin/')
      ? 'admin'
      : /^\/(integrations|onboarding)\//.test(req.path)
        ? 'app'
        : undefined;
    if (face !== undefined && (session.face ?? 'admin') !== face) session.face = face;
  }
  next();
}

/** Asks passport's strategy for e-mail and password. */
export function askForPassword(
  passport: AppPassport,
  strategy: 'local' | 'local-staff',
  req: Request,
  res: Response,
): Promise<SignInResult> {
  return new Promise((resolve, reject) => {
    const answer: AuthenticateCallback = (error, _user, info) => {
      if (error) reject(error as Error);
      // passport-local itself refuses missing fields, with an info of its own.
      else resolve(isResult(info) ? info : { outcome: 'wrong' });
    };
    (passport.authenticate(strategy, answer) as RequestHandler)(req, res, reject);
  });
}

const isResult = (info: unknown): info is SignInResult =>
  typeof info === 'object' && info !== null && 'outcome' in info;
