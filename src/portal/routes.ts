import type { Services } from '../services';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { memberOf, ofProducer } from './member';

/** The shell of the producer portal and its first page; the other parts are features of their own. */
export function portalRoutes(services: Services): Routes {
  const { streams } = services;
  const member = ofProducer(services);
  return new Routes('/dashboard')
    .get('/', signedIn, (_req, res) => res.redirect(303, '/dashboard/overview'))
    .get('/overview', signedIn, member, (req, res) => {
      const { producer } = memberOf(req);
      respond(req, res, { page: 'views/portal/overview.njk', data: { producer } });
    })
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
