import type { Request, Response } from 'express';
import { z } from 'zod';
import {
  accountNames,
  getAllIntegrationStatuses,
  getIntegrationStatus,
  type IntegrationCard,
  type IntegrationContext,
  isIntegrationEnabled,
} from '../integrations';
import { forbidden, unprocessable } from '../lib/http-error';
import type { Viewer } from '../lib/viewer';
import { canManage, type Organization, renameOrganization, suggestSlug } from '../orgs';
import type { Services } from '../services';
import { parseForm, summarize } from '../web/forms';
import { actorOf, queryText, viewerOf } from '../web/request';
import { type Answer, respond } from '../web/respond';
import { Routes, signedIn } from '../web/routes';
import { describeConnection, describeReadiness, describeSteps, describeSync } from './describe';
import { findGitHubView } from './describe-github';
import { createFirstOrganization, passedBy, passSteps, type Standing, standingOf, startSync } from './onboarding';
import { listSyncItems } from './queries';
import {
  type EnabledIntegrations,
  enabledStep,
  nextOnboardingStep,
  type OnboardingStep,
  previousOnboardingStep,
  resumeOnboarding,
  stepPath,
} from './steps';
import { integrationKey, isConfigured, syncSteps } from './sync';

const NameForm = z.strictObject({
  name: z
    .string({ error: 'Enter a name for the organization.' })
    .transform((text) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .pipe(
      z
        .string()
        .min(1, { error: 'Enter a name for the organization.' })
        .max(100, { error: 'Use at most 100 characters.' })
        .regex(/[\p{L}\p{N}]|^$/u, { error: 'Use at least one letter or digit.' }),
    ),
});
const NoFields = z.strictObject({});

/**
 * Where somebody who opens the product is led first: to onboarding when they have no organization, or when they run one
 * whose onboarding was left half-way. Nothing for everybody else, who have a home already.
 */
export async function onboardingHome({ db, flags }: Services, viewer: Viewer): Promise<string | undefined> {
  const standing = await standingOf(db, viewer);
  if (standing.membership === undefined) return stepPath('organization');
  if (standing.progress === undefined || !canManage(standing.membership.role)) return undefined;
  const enabled = enabledIn({ flagIsActive: (name) => flags.flagIsActiveFor(viewer, name) });
  const step = resumeOnboarding(passedBy(standing), enabled);
  return step === 'complete' ? undefined : stepPath(step);
}

const enabledIn = (context: IntegrationContext): EnabledIntegrations => ({
  jira: isIntegrationEnabled('jira', context),
  slack: isIntegrationEnabled('slack', context),
});

/** The way from a new account to a working organization. Reads change nothing; every step forward is a form or a link. */
export function onboardingRoutes(services: Services): Routes {
  const { db, config, flags, integrationStatuses: statuses } = services;
  const routes = new Routes('/onboarding');
  const steps = syncSteps(config);

  const contextOf = (req: Request): IntegrationContext => ({ flagIsActive: (name) => flags.flagIsActive(req, name) });
  const enabledFor = (req: Request): EnabledIntegrations => enabledIn(contextOf(req));

  const goTo = (res: Response, step: OnboardingStep): void => res.redirect(303, stepPath(step));

  /** The page of a step, with the progress list as it is now. */
  function show(req: Request, res: Response, step: OnboardingStep, standing: Standing, answer: Answer): void {
    const enabled = enabledFor(req);
    const { steps: passed } = passedBy(standing);
    const previous = previousOnboardingStep(step, enabled);
    respond(req, res, {
      ...answer,
      data: {
        step,
        progress: describeSteps(step, enabled, passed),
        back: previous === undefined ? null : stepPath(previous),
        nextPath: stepPath(nextOnboardingStep(step, enabled)),
        organization: standing.membership?.organization ?? null,
        mayRename: canManage(standing.membership?.role),
        ...answer.data,
      },
    });
  }

  /** The person's organization; a person without one is sent to create it, and a step that is off to the next one. */
  async function enter(
    req: Request,
    res: Response,
    step: OnboardingStep,
  ): Promise<{ standing: Standing; organization: Organization } | undefined> {
    const standing = await standingOf(db, viewerOf(req));
    const there = standing.membership === undefined ? 'organization' : enabledStep(step, enabledFor(req));
    if (standing.membership === undefined || there !== step) {
      goTo(res, there);
      return undefined;
    }
    return { standing, organization: standing.membership.organization };
  }

  /** How a person's own connection stands; nothing where there is none to be had, or while its flag is off. */
  async function connectionOf(
    viewer: Viewer,
    { slug, name, enabled }: IntegrationCard,
    step: OnboardingStep,
    accounts: ReadonlyMap<string, string>,
  ) {
    if (!enabled || !statuses.providers.includes(slug)) return undefined;
    const status = await statuses.assess(viewer, slug);
    const account = accounts.get(slug) ?? null;
    const configured = isConfigured(slug, config);
    return { status, account, ...describeConnection(status, { name, account, configured, next: stepPath(step) }) };
  }

  routes.get('/', signedIn, async (req, res) => {
    const standing = await standingOf(db, viewerOf(req));
    goTo(res, resumeOnboarding(passedBy(standing), enabledFor(req)));
  });

  routes.get('/organization/', signedIn, async (req, res) => {
    const standing = await standingOf(db, viewerOf(req));
    const { organization } = standing.membership ?? {};
    const name = queryText(req, 'name').slice(0, 200) || (organization?.name ?? '');
    show(req, res, 'organization', standing, {
      page: 'views/onboarding/organization.njk',
      partial: 'partials/onboarding/address.njk',
      data: { values: { name }, errors: {}, slug: organization?.slug ?? (name && (await suggestSlug(db, name))) },
    });
  });

  routes.post('/organization/', signedIn, async (req, res) => {
    const form = parseForm(NameForm, req.body);
    const standing = await standingOf(db, viewerOf(req));
    if (!form.ok) {
      const { values, errors } = form;
      const slug = standing.membership?.organization.slug ?? '';
      const page = 'views/onboarding/organization.njk';
      const data = { values, errors, summary: summarize(errors), slug };
      return show(req, res, 'organization', standing, { page, data, status: 422 });
    }
    const { name } = form.value;
    if (standing.membership === undefined) {
      const { organization, created } = await createFirstOrganization(services, actorOf(req), viewerOf(req), name);
      const text = created ? `${organization.name} is created.` : `You belong to ${organization.name} already.`;
      return respond(req, res, { redirect: stepPath('sync_progress'), toast: { kind: 'success', text } });
    }
    const { organization, role } = standing.membership;
    if (organization.name === name) return goTo(res, 'sync_progress');
    if (!canManage(role)) throw forbidden('Only owners and admins rename an organization. Nothing was changed.');
    await renameOrganization(services, actorOf(req), organization.id, name);
    const text = `${organization.name} is called ${name} now.`;
    respond(req, res, { redirect: stepPath('sync_progress'), toast: { kind: 'success', text } });
  });

  // Its short address.
  routes.get('/sync/', signedIn, (_req, res) => goTo(res, 'sync_progress'));

  routes.get('/sync_progress/', signedIn, async (req, res) => {
    const entered = await enter(req, res, 'sync_progress');
    if (entered === undefined) return;
    const items = await listSyncItems(db, entered.organization.id);
    const viewer = viewerOf(req);
    const view = await findGitHubView(services, viewer);
    const github = getIntegrationStatus('github', contextOf(req));
    const statuses = [...(github ? [github] : []), ...getAllIntegrationStatuses(contextOf(req))];
    show(req, res, 'sync_progress', entered.standing, {
      page: 'views/onboarding/sync_progress.njk',
      partial: 'partials/onboarding/sync.njk',
      also: [
        { target: '#onboarding-steps', partial: 'partials/onboarding/steps.njk' },
        { target: '#onboarding-count', partial: 'partials/onboarding/count.njk' },
      ],
      data: { sync: describeSync(entered.standing, { steps, items, statuses, github: view, viewer }) },
    });
  });

  routes.post('/sync_progress/', signedIn, async (req, res) => {
    const entered = await enterToWrite(req, res, 'sync_progress');
    if (entered === undefined) return;
    await startSync(services, actorOf(req), viewerOf(req), entered.organization);
    goTo(res, 'sync_progress');
  });

  /** As `enter`, for forms: they carry nothing but their token. */
  function enterToWrite(req: Request, res: Response, step: OnboardingStep): ReturnType<typeof enter> {
    const form = parseForm(NoFields, req.body);
    if (!form.ok) throw unprocessable('This form carries nothing but its token. Nothing was changed.');
    return enter(req, res, step);
  }

  /** Leaves a step behind and goes to the next; with the last of them, onboarding is finished. */
  async function leave(req: Request, res: Response, step: 'sync_progress' | 'jira' | 'slack'): Promise<void> {
    const entered = await enterToWrite(req, res, step);
    if (entered === undefined) return;
    const next = nextOnboardingStep(step, enabledFor(req));
    const steps = next === 'complete' ? ([step, 'complete'] as const) : [step];
    await passSteps(services, actorOf(req), entered.organization, steps);
    goTo(res, next);
  }

  // Where sign-in brings somebody whose session had ended when they sent the form below.
  routes.get('/sync_progress/skip/', signedIn, (_req, res) => goTo(res, 'sync_progress'));

  routes.post('/sync_progress/skip/', signedIn, (req, res) => leave(req, res, 'sync_progress'));

  for (const slug of ['jira', 'slack'] as const) {
    routes.get(`/${slug}/`, signedIn, async (req, res) => {
      const entered = await enter(req, res, slug);
      if (entered === undefined) return;
      const integration = getIntegrationStatus(slug, contextOf(req));
      const connection =
        integration && (await connectionOf(viewerOf(req), integration, slug, await accountNames(db, viewerOf(req).id)));
      show(req, res, slug, entered.standing, {
        page: 'views/onboarding/integration.njk',
        data: { integration, ...connection },
      });
    });
    routes.post(`/${slug}/`, signedIn, (req, res) => leave(req, res, slug));
  }

  routes.get('/complete/', signedIn, async (req, res) => {
    const entered = await enter(req, res, 'complete');
    if (entered === undefined) return;
    const { standing, organization } = entered;
    const found = new Map((await listSyncItems(db, organization.id)).map(({ key, facts }) => [key, facts]));
    const context = contextOf(req);
    const accounts = await accountNames(db, viewerOf(req).id);
    const integrations = await Promise.all(
      getAllIntegrationStatuses(context).map(async (card) => {
        const configured = isConfigured(card.slug, config);
        const facts = { ...Object(found.get(integrationKey(card.slug))), configured };
        const connection = await connectionOf(viewerOf(req), card, 'complete', accounts);
        return { ...card, configured, text: describeReadiness(card, facts), ...connection };
      }),
    );
    show(req, res, 'complete', standing, {
      page: 'views/onboarding/complete.njk',
      data: {
        synced: standing.progress?.syncedAt != null,
        github: await findGitHubView(services, viewerOf(req)),
        finished: standing.progress?.completedAt != null,
        on: integrations.filter(({ enabled }) => enabled),
        off: integrations.filter(({ enabled }) => !enabled),
      },
    });
  });

  routes.post('/complete/', signedIn, async (req, res) => {
    const entered = await enterToWrite(req, res, 'complete');
    if (entered === undefined) return;
    const { organization } = entered;
    await passSteps(services, actorOf(req), organization, ['complete']);
    const text = `${organization.name} is ready.`;
    respond(req, res, { redirect: '/integrations/', toast: { kind: 'success', text } });
  });

  return routes;
}
