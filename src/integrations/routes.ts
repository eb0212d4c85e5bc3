import type { Request, Response } from 'express';
import { whileUnchanged } from '../db';
import { notFound } from '../lib/http-error';
import type { Services } from '../services';
import { declareFlags } from '../teams';
import { lookUpLazily } from '../web/lazy';
import { countRate } from '../web/rate-limit';
import { repeatable } from '../web/repeats';
import { actorOf, queryText, requestIdOf, viewerOf, wantsPartial } from '../web/request';
import { respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { enabledStatuses, pageCards } from './cards';
import { allIntegrations, findIntegration, type Integration } from './catalogue';
import { requiredVariables } from './connection';
import { expressInterest } from './interest';
import { findProvider, registrationOf } from './providers';
import { listInterests } from './queries';
import { accountNames } from './queries-connections';
import { cardAddress, connectionRoutes, leaveForProvider } from './routes-connections';
import { getIntegrationStatus, type IntegrationCard, type IntegrationContext, isIntegrationEnabled } from './status';

/** How often in a minute one person may have one provider asked. */
const MOST_CHECKS = 6;

const unknownIntegration = () => notFound('There is no integration by that name. Nothing was recorded.');

/** The integrations page, the "I'm Interested" form of its cards, and the page behind Connect. */
export function integrationRoutes(services: Services): Routes {
  const { db, config, flags, log, integrationStatuses: statuses } = services;
  const routes = new Routes('/integrations');
  declareFlags(
    allIntegrations.flatMap(({ flag }) => flag ?? []),
    'the integrations page',
  );
  const countCheck = countRate(MOST_CHECKS);
  const contextOf = (req: Request): IntegrationContext => ({ flagIsActive: (name) => flags.flagIsActive(req, name) });

  function getIntegration(req: Request, slug: string): { integration: Integration; status: IntegrationCard } {
    const integration = findIntegration(slug);
    const status = getIntegrationStatus(slug, contextOf(req));
    if (integration === undefined || status === undefined) throw unknownIntegration();
    return { integration, status };
  }

  routes.get('/', signedIn, repeatable, async (req, res) => {
    const viewer = viewerOf(req);
    const context = contextOf(req);
    const interested = await whileUnchanged(db, `interests ${viewer.id}`, () => listInterests(db, viewer.id));
    const found = await enabledStatuses(statuses, viewer, (slug) => isIntegrationEnabled(slug, context));
    const cards = pageCards(context, { interested, statuses: found, accounts: await accountNames(db, viewer.id) });
    respond(req, res, { page: 'views/integrations/index.njk', data: { cards } });
  });

  // Where sign-in brings somebody whose session had ended when they clicked: a POST cannot be repeated for them.
  routes.get('/interest/', signedIn, (req, res) => {
    const { status } = getIntegration(req, queryText(req, 'integration'));
    res.redirect(303, cardAddress(status.slug));
  });

  routes.post('/interest/', signedIn, async (req, res) => {
    const { status } = getIntegration(req, queryText(req, 'integration'));
    if (status.enabled) return respondAvailable(req, res, status);
    await expressInterest(services, actorOf(req), viewerOf(req), status);
    respond(req, res, {
      partial: 'partials/integrations/interest_confirmed.njk',
      data: { slug: status.slug, fresh: true },
      toast: { kind: 'success', text: `Your interest in ${status.name} is recorded.` },
      redirect: cardAddress(status.slug),
    });
  });

  // As above, for the two forms of a card.
  for (const act of ['check', 'disconnect']) {
    routes.get(`/:slug/${act}/`, signedIn, (req, res) => {
      const { status } = getIntegration(req, String(req.params.slug));
      res.redirect(303, cardAddress(status.slug));
    });
  }

  /**
   * Asks the provider and says when it gave no answer; too often in a minute, what is known is all there is. Of what was
   * switched off meanwhile nothing is asked.
   */
  async function check(req: Request, { slug, name, enabled }: IntegrationCard) {
    const viewer = viewerOf(req);
    if (!enabled || !statuses.providers.includes(slug)) return {};
    if ((await countCheck(`${viewer.id} ${slug}`)) > 0) {
      const status = await statuses.assess(viewer, slug);
      const note = 'Checked a moment ago. Try again in a minute.';
      return { status, note, toast: { kind: 'info', text: note } as const };
    }
    const { status, answered } = await statuses.check(viewer, slug);
    const kind = status.blockingProblem ? 'warning' : 'success';
    if (answered) return { status, toast: { kind, text: status.reason } as const };
    log.warn({ provider: slug, requestId: requestIdOf(req) }, 'a provider could not be checked');
    const silence = `${name} gave no answer that can be used. Nothing was changed.`;
    return { status, silence, toast: { kind: 'warning', text: silence } as const };
  }

  routes.post('/:slug/check/', signedIn, async (req, res) => {
    const { status: integration } = getIntegration(req, String(req.params.slug));
    const { slug } = integration;
    const { toast, ...checked } = await check(req, integration);
    const account = (await accountNames(db, viewerOf(req).id)).get(slug);
    const interested = !integration.enabled && (await listInterests(db, viewerOf(req).id)).has(slug);
    await lookUpLazily(res); // for the line under the top bar
    respond(req, res, {
      partial: 'partials/integrations/integration_card.njk',
      data: { integration, ...checked, account, interested, fresh: 'check' },
      also: [
        { target: '#ff-cta', partial: 'partials/integrations/banner.njk', swap: 'delete' },
        { target: '#main', partial: 'partials/integrations/banner.njk', swap: 'beforebegin' },
      ],
      toast,
      redirect: cardAddress(slug),
    });
  });

  // A link, since it leaves for the provider. Where the registration is missing, it stays with a page that says so.
  routes.get('/:slug/connect/', signedIn, async (req, res) => {
    const { integration, status } = getIntegration(req, String(req.params.slug));
    if (!status.enabled) return res.redirect(303, cardAddress(status.slug));
    const provider = findProvider(status.slug);
    if (provider !== undefined && registrationOf(provider, config) !== undefined) {
      return leaveForProvider(services, provider, req, res);
    }
    const variables = requiredVariables(integration, config);
    respond(req, res, {
      page: 'views/integrations/connect.njk',
      data: { integration: status, variables, missing: variables.filter(({ isSet }) => !isSet).length },
    });
  });

  return routes.mount(connectionRoutes(services));
}

/** The flag was switched on after the page was opened: the whole card is replaced by the one with Connect. */
function respondAvailable(req: Request, res: Response, integration: IntegrationCard): void {
  if (wantsPartial(req)) {
    res.set({ 'HX-Retarget': `#integration-${integration.slug}`, 'HX-Reswap': 'outerHTML' });
  }
  respond(req, res, {
    partial: 'partials/integrations/integration_card.njk',
    data: { integration, interested: false, fresh: true },
    toast: { kind: 'info', text: `${integration.name} is available now.` },
    redirect: cardAddress(integration.slug),
  });
}
