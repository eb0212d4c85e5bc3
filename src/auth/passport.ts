import type { Request, RequestHandler, Response } from 'express';
import { type AuthenticateCallback, Passport } from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import type { Database } from '../db';
import type { Viewer } from '../lib/viewer';
import { findViewer } from './queries';
import { authenticate } from './sign-in';

/** An own instance for each app; passport's shared one would mix the apps of one process. */
export type AppPassport = InstanceType<typeof Passport>;

/** passport with our accounts: the session keeps the id, each request loads the person anew. */
export function createPassport(db: Database): { passport: AppPassport; handlers: RequestHandler[] } {
  const passport = new Passport();
  passport.serializeUser<number>((user, done) => done(null, (user as Viewer).id));
  passport.deserializeUser<number>((id, done) => {
    findViewer(db, id).then(
      (viewer) => done(null, viewer ?? false),
      (error: unknown) => done(error),
    );
  });
  passport.use(
    new LocalStrategy({ usernameField: 'email', passwordField: 'password' }, (email, password, done) => {
      authenticate(db, email, password)
        .then((account) => account && findViewer(db, account.id))
        .then(
          (viewer) => done(null, viewer ?? false),
          (error: unknown) => done(error),
        );
    }),
  );
  return { passport, handlers: [passport.session() as RequestHandler] };
}

/** Asks one of passport's strategies who this is; undefined when it refuses. */
export function askStrategy(
  passport: AppPassport,
  strategy: string,
  req: Request,
  res: Response,
): Promise<Viewer | undefined> {
  return new Promise((resolve, reject) => {
    const answer: AuthenticateCallback = (error, user) => {
      if (error) reject(error as Error);
      else resolve(user ? (user as Viewer) : undefined);
    };
    (passport.authenticate(strategy, answer) as RequestHandler)(req, res, reject);
  });
}
