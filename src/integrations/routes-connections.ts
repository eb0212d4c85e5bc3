import type { Request, Response } from 'express';
import { notFound } from '../lib/http-error';
import type { Services } from '../services';
import { actorOf, queryText, requestIdOf, viewerOf } from '../web/request';
import { respond, type Toast } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import type { Connected } from './connect';
import type { ProviderProblem } from './problems';
import { findProvider, type Provider } from './providers';

/** The card of an integration. */
export const cardAddress = (slug: string): string => `/integrations/#integration-${slug}`;

function getProvider(req: Request): Provider {
  const provider = findProvider(String(req.params.slug));
  if (provider === undefined) throw notFound('There is no integration by that name that can be connected.');
  return provider;
}

/** Sends somebody to a provider; they come back to the card, or to the page of ours that asked for it. */
export async function leaveForProvider({ connections }: Services, provider: Provider, req: Request, res: Response) {
  const visitor = { user: viewerOf(req), sessionId: req.sessionID };
  const next = safeNext(queryText(req, 'next'), cardAddress(provider.slug));
  const url = await connections.begin(provider, visitor, next);
  res.redirect(303, url.href);
}

/** What to do after each kind of problem; only what may pass by itself is worth another try as it is. */
const ADVICE: Record<ProviderProblem['kind'], (name: string) => string> = {
  refused: (name) => `Connect again, and allow everything that ${name} asks you for.`,
  unavailable: () => 'Try again in a moment.',
  malformed: () => 'Should that happen again, an administrator finds the reason in the log.',
  misconfigured: () => 'An administrator has to look at it.',
};

/** What comes of a visit, in words. */
function messageOf({ name, slug }: Provider, result: Exclude<Connected, { outcome: 'stale' }>): Toast {
  if (result.outcome === 'connected') {
    return { kind: 'success', text: `${name} is connected as ${result.account.name}.` };
  }
  if (result.outcome === 'declined') {
    return { kind: 'info', text: `You chose not to connect ${name}. Nothing was changed.` };
  }
  const { kind, message } = result.problem;
  const text = `${name} was not connected. ${message} Nothing was changed. ${ADVICE[kind](name)}`;
  return { kind: 'error', text, about: slug };
}

/** Coming back from a provider, and ending a connection. Leaving for one begins at the page behind Connect. */
export function connectionRoutes(services: Services): Routes {
  const { connections, integrationStatuses: statuses, log } = services;
  const routes = new Routes('/integrations');

  /** Says that a visit is over; kindly to whom it concerns no more, as when an address is loaded twice. */
  async function endedVisit({ user }: Request, { slug, name }: Provider): Promise<{ title: string; text: string }> {
    const status = user && (await statuses.assess(user, slug));
    if (status?.connected && !status.blockingProblem) {
      return {
        title: `${name} is connected`,
        text: 'This address counts once, so coming back to it changed nothing. There is nothing more to do.',
      };
    }
    return {
      title: `This visit to ${name} does not count`,
      text: 'It was begun in another session, took more than ten minutes, or was finished before. Nothing was changed. Begin again from the integrations page.',
    };
  }

  // For anyone: who was signed out meanwhile reads that, and no code goes through the sign-in page's address.
  routes.get('/:slug/callback/', anyone, async (req, res) => {
    const provider = getProvider(req);
    const user = req.user;
    const answer = { state: queryText(req, 'state'), code: queryText(req, 'code'), error: queryText(req, 'error') };
    const result: Connected =
      user === undefined || answer.state === ''
        ? { outcome: 'stale' }
        : await connections.finish(provider, { user, sessionId: req.sessionID }, answer, actorOf(req));
    if (result.outcome === 'stale') {
      return respond(req, res, {
        page: 'views/auth/problem.njk',
        status: 400,
        data: {
          ...(await endedVisit(req, provider)),
          action: { text: 'Back to integrations', href: cardAddress(provider.slug) },
        },
      });
    }
    if (result.outcome === 'failed') {
      const { kind, message: reason } = result.problem;
      log.warn({ provider: provider.slug, kind, reason, requestId: requestIdOf(req) }, 'a provider was not connected');
    }
    respond(req, res, { redirect: result.next, toast: messageOf(provider, result) });
  });

  routes.post('/:slug/disconnect/', signedIn, async (req, res) => {
    const provider = getProvider(req);
    const removed = await connections.disconnect(provider, viewerOf(req), actorOf(req));
    const { name, revocation } = provider;
    const rest = revocation.how === 'none' ? ` To end its access there as well, see ${revocation.where}.` : '';
    const text = removed ? `${name} is disconnected.${rest}` : `${name} was not connected. Nothing was changed.`;
    respond(req, res, {
      redirect: cardAddress(provider.slug),
      toast: { kind: removed ? 'success' : 'info', text },
    });
  });
  return routes;
}
