import type { RequestHandler } from 'express';
import type { Services } from '../services';
import { isHtmx } from '../web/request';
import { Routes, signedIn } from '../web/routes';
import { ofProducer } from './member';

/** The way into the producer portal, and the stream of its open pages; its parts are features of their own. */
export function portalRoutes(services: Services): Routes {
  const { streams } = services;
  return new Routes('/dashboard')
    .get('/', signedIn, (_req, res) => res.redirect(303, '/dashboard/overview'))
    .get(
      '/stream',
      signedIn,
      (req, _res, next) => {
        streams.begin(req);
        next();
      },
      ofProducer(services, { remember: false }),
      (req, res) => {
        // Somebody who opens the address itself would wait for ever.
        if (req.method !== 'GET' || !/text\/event-stream/.test(req.get('accept') ?? '')) {
          res.redirect(303, '/dashboard/overview');
        } else streams.open(req, res);
      },
    );
}

/** Shows whoever has a portal that an address below /dashboard/ does not exist in the portal's own frame. Goes last. */
export function portalNotFound(services: Services): RequestHandler {
  const frame = ofProducer(services, { remember: false });
  return (req, res, next) => {
    const isPage = req.method === 'GET' && req.user !== undefined && !isHtmx(req);
    // What it throws has to come back, so that it is answered.
    return isPage && req.path.startsWith('/dashboard/') ? frame(req, res, next) : next();
  };
}
