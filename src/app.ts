import compression from 'compression';
import express, { type Express } from 'express';
import { adminRoutes } from './admin';
import { adminSite } from './admin-site';
import { type AppPassport, authRoutes, createPassport, sessions } from './auth';
import { requestLog } from './log';
import { outboxRoutes } from './mail';
import type { Services } from './services';
import { csrfTokens } from './web/csrf';
import { errorHandler, notFoundHandler } from './web/errors';
import { healthRoutes } from './web/health';
import { type Face, locals } from './web/locals';
import { Routes } from './web/routes';
import { refuseOddMethods, requireKnownHost, securityHeaders } from './web/security';

const FACES: Face[] = [
  { label: 'Integrations', url: '/integrations/', for: () => true },
  { label: 'Staff admin', url: '/admin/', for: (viewer) => viewer.isStaff },
  { label: 'Account', url: '/account/', for: () => true },
];

/** All routes of the product, and with them the table of who may use which. */
export function createRoutes(services: Services, passport: AppPassport): Routes {
  return new Routes()
    .mount(authRoutes(services, passport))
    .mount(outboxRoutes(services))
    .mount(adminRoutes({ site: adminSite, db: services.db, clock: services.clock }));
}

/** The application: middleware in order, then the routes, then the two ends. Nothing listens yet. */
export function createApp(services: Services): Express {
  const { config, db, clock, log } = services;
  const https = config.baseUrl.startsWith('https://');
  const { passport, handlers } = createPassport(services);
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.set('templates', services.templates);
  app.use(requestLog(log), securityHeaders({ https }), refuseOddMethods);
  app.use(healthRoutes(services).router); // before the host check: a load balancer asks by address
  app.use(requireKnownHost(config.allowedHosts));
  app.use(
    compression({
      filter: (req, res) => res.getHeader('Content-Type') !== 'text/event-stream' && compression.filter(req, res),
    }),
  );
  app.use(services.assets.handler);
  app.use(sessions(config, db, clock, log), ...handlers);
  app.use(csrfTokens(config.sessionSecrets[0] ?? ''));
  app.use(locals({ asset: services.assets.url, clock, env: config.env, faces: FACES }));
  const routes = createRoutes(services, passport);
  app.set('routes', routes.table);
  app.use(routes.router);
  app.use(notFoundHandler, errorHandler(log));
  return app;
}
