import type { Request, Response } from 'express';
import type { Config } from '../config';
import { rememberDevice } from './known-device';
import type { SignedIn } from './sign-in';

declare module 'express-session' {
  interface SessionData {
    /** The account's epoch at sign-in; see `Account.sessionEpoch`. */
    epoch?: number;
    /** The face of the product that the person used last. */
    face?: 'admin' | 'app';
  }
}

/** Begins a session under a new id, whatever the browser brought along, and remembers where from. */
export async function startSession(config: Config, req: Request, res: Response, { viewer, epoch }: SignedIn) {
  await new Promise<void>((resolve, reject) => req.logIn(viewer, (error) => (error ? reject(error) : resolve())));
  req.session.epoch = epoch;
  req.session.client = { address: req.ip ?? '', userAgent: String(req.get('user-agent') ?? '') };
  rememberDevice(config, req, res, viewer.email);
}

/** Ends the session: its row goes, and the browser is told to forget what it kept. */
export async function endSession(req: Request, res: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => req.logout((error) => (error ? reject(error) : resolve())));
  res.set('Clear-Site-Data', '"cache", "storage"');
}
