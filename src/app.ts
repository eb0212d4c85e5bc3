import compression from 'compression';
import express, { type Express, type Response } from 'express';
import { type AdminSite, adminErrors, adminRoutes } from './admin';
import { createAdminSite } from './admin-site';
import { apiLimits, apiRoutes } from './api';
import { assistantRoutes } from './assistant';
import {
  type AppPassport,
  auditRefusals,
  authRoutes,
  bearerTokens,
  createPassport,
  forBrowsers,
  sessions,
} from './auth';
import { boxOfficeRoutes } from './boxoffice';
import { conditionLocals } from './conditions';
import { conditionAdminRoutes } from './conditions/admin-routes';
import { ownWritesMark, writesMark } from './db';
import { helpRoutes, helpTopicFor } from './help';
import { integrationLocals, integrationRoutes } from './integrations';
import { knowledgeRoutes } from './knowledge';
import type { Viewer } from './lib/viewer';
import { requestLog } from './log';
import { outboxRoutes } from './mail';
import { metricsRoutes } from './metrics';
import { offerRoutes } from './offers';
import { onboardingHome, onboardingRoutes } from './onboarding';
import { organizationOf } from './orgs';
import { portalNotFound, portalRoutes } from './portal';
import { producerAdminRoutes } from './producers/admin-routes';
import type { Services } from './services';
import { supportAdminRoutes, supportRoutes } from './support';
import { flagLocals, teamsRoutes } from './teams';
import { flagAdminRoutes } from './teams/admin-routes';
import { usageAdminRoutes } from './usage/admin-routes';
import { csrfTokens } from './web/csrf';
import { errorHandler, notFoundHandler } from './web/errors';
import { healthRoutes } from './web/health';
import { type Face, locals } from './web/locals';
import { repeatedReads } from './web/repeats';
import { isOfApi } from './web/request';
import { Routes } from './web/routes';
import { refuseOddMethods, requireKnownHost, securityHeaders } from './web/security';
import { wellKnownRoutes } from './web/well-known';

const FACES: Face[] = [
  { label: 'Integrations', url: '/integrations/', for: () => true },
  { label: 'Producer portal', url: '/dashboard/', for: (viewer) => viewer.isProducer },
  { label: 'Staff admin', url: '/admin/', for: (viewer) => viewer.isStaff },
];

/** Compression would hold events back until there are enough of them. */
const isEventStream = (res: Response): boolean =>
  String(res.getHeader('Content-Type') ?? '').startsWith('text/event-stream');

/** All routes of the product, and with them the table of who may use which. */
export function createRoutes(services: Services, passport: AppPassport, site: AdminSite): Routes {
  const admin = { site, db: services.db, clock: services.clock };
  const homeOf = async (viewer: Viewer) => {
    const belongsElsewhere = !viewer.isProducer || (await organizationOf(services.db, viewer)) !== undefined;
    if (!belongsElsewhere) return '/dashboard/overview';
    return (await onboardingHome(services, viewer)) ?? '/integrations/';
  };
  return new Routes()
    .mount(authRoutes(services, passport, homeOf))
    .mount(onboardingRoutes(services))
    .mount(outboxRoutes(services))
    .mount(teamsRoutes(services))
    .mount(integrationRoutes(services))
    .mount(portalRoutes(services))
    .mount(boxOfficeRoutes(services))
    .mount(apiRoutes(services))
    .mount(knowledgeRoutes(services))
    .mount(assistantRoutes(services))
    .mount(offerRoutes(services))
    .mount(supportRoutes(services))
    .mount(helpRoutes())
    .mount(wellKnownRoutes(services))
    .mount(flagAdminRoutes(admin))
    .mount(usageAdminRoutes({ ...admin, ...services }))
    .mount(conditionAdminRoutes({ ...admin, ...services, flags: services.conditionFlags }))
    .mount(supportAdminRoutes(admin, services))
    .mount(producerAdminRoutes(admin, services.featureUse))
    .mount(adminRoutes(admin));
}

/** The application: middleware in order, then the routes, then the two ends. Nothing listens yet. */
export function createApp(services: Services): Express {
  const { config, db, clock, log, flags, conditionFlags, integrationStatuses } = services;
  const https = config.baseUrl.startsWith('https://');
  const { passport, handlers } = createPassport(services);
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.trustProxy);
  app.set('templates', services.templates);
  app.set('flags', flags);
  app.set('conditionFlags', conditionFlags);
  const repeats = repeatedReads({
    clock,
    state: (req) => {
      // PostgreSQL does not tell what other processes wrote. Programs, which poll, may hear of it a second later.
      const writes = writesMark(db) ?? (isOfApi(req) ? ownWritesMark(db) : undefined);
      const known = [flags, conditionFlags, integrationStatuses].map((each) => each.generation());
      return writes && `${writes} ${known.join(' ')}`;
    },
  });
  app.use(services.metrics.middleware, requestLog(log), repeats, securityHeaders({ https }), refuseOddMethods);
  const health = healthRoutes(services).mount(metricsRoutes(services));
  app.use(health.router); // before the host check: load balancers and Prometheus ask by address
  app.use(requireKnownHost(config.allowedHosts));
  app.use(
    compression({
      filter: (req, res) => !isEventStream(res) && compression.filter(req, res),
    }),
  );
  app.use(services.assets.handler);
  const ofBrowsers = [...sessions(config, db, clock, log), ...handlers, csrfTokens(config.sessionSecrets[0] ?? '')];
  app.use(bearerTokens(services), ...ofBrowsers.map((handler) => forBrowsers(config, handler)));
  app.use(apiLimits(config));
  app.use(
    locals({ asset: services.assets.url, clock, env: config.env, faces: FACES, helpTopic: helpTopicFor }),
    flagLocals(flags),
    conditionLocals(conditionFlags),
    integrationLocals({ service: integrationStatuses, flags, log: log.child({ part: 'integrations' }) }),
  );
  const site = createAdminSite(services);
  const routes = createRoutes(services, passport, site);
  app.set('routes', [...health.table, ...routes.table]);
  app.use(adminErrors(site), routes.router, portalNotFound(services));
  app.use(notFoundHandler, auditRefusals(services), errorHandler(log));
  return app;
}
