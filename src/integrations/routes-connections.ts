import type { Request, Response } from 'express';
import { notFound } from '../lib/http-error';
import type { Services } from '../services';
import { actorOf, queryText, requestIdOf, viewerOf } from '../web/request';
import { respond, type Toast } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import type { Connected } from './connect';
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

/** What comes of a visit, in words. */
function messageOf({ name }: Provider, result: Exclude<Connected, { outcome: 'stale' }>): Toast {
  if (result.outcome === 'connected') {
    return { kind: 'success', text: `${name} is connected as ${result.account.name}.` };
  }
  if (result.outcome === 'declined') {
    return { kind: 'info', text: `You did not let Flagstaff into ${name}. Nothing was changed.` };
  }
  const more =
    result.problem.kind === 'misconfigured' ? 'An administrator has to look at it.' : 'Try again in a moment.';
  return { kind: 'error', text: `${name} was not connected. ${result.problem.message} Nothing was changed. ${more}` };
}

/** Coming back from a provider, and ending a connection. Leaving for one begins at the page behind Connect. */
export function connectionRoutes(services: Services): Routes {
  const { connections, log } = services;
  const routes = new Routes('/integrations');

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
          title: `This visit to ${provider.name} does not count`,
          text: 'It was begun in another session, took more than ten minutes, or was finished before. Nothing was changed. Begin again from the integrations page.',
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
