import type { RequestHandler } from 'express';
import { Passport } from 'passport';
import type { Database } from '../db';
import type { Viewer } from '../lib/viewer';
import { findViewer } from './queries';

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
  return { passport, handlers: [passport.session() as RequestHandler] };
}
