import type { RequestHandler } from 'express';
import type { Clock } from '../lib/clock';
import type { Viewer } from '../lib/viewer';
import { requestIdOf } from './request';

/** A part of the product that a person may enter, as the account menu lists it. */
export interface Face {
  label: string;
  url: string;
  /** Whether this person may enter it. */
  for(viewer: Viewer): boolean;
}

interface LocalsOptions {
  asset(name: string): string;
  clock: Clock;
  env: string;
  faces: readonly Face[];
  helpTopic(path: string): string | undefined;
}

/** What every template sees. */
export function locals({ asset, clock, env, faces, helpTopic }: LocalsOptions): RequestHandler {
  return (req, res, next) => {
    const viewer = req.user ?? null;
    Object.assign(res.locals, {
      viewer,
      asset,
      env,
      now: clock.now(),
      requestId: requestIdOf(req),
      path: req.path,
      helpTopic: helpTopic(req.path),
      url: req.originalUrl,
      theme: viewer?.theme ?? 'system',
      faces:
        viewer === null
          ? []
          : faces
              .filter((face) => face.for(viewer))
              .map(({ label, url }) => ({ label, url, current: url !== '/' && req.path.startsWith(url) })),
    });
    if (viewer !== null) res.set('Cache-Control', 'no-store');
    next();
  };
}
