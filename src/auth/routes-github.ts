import type { Request, Response } from 'express';
import type { Services } from '../services';
import { actorOf, queryText, viewerOf } from '../web/request';
import { respond } from '../web/respond';
import { anyone, Routes, signedIn } from '../web/routes';
import { safeNext } from '../web/safe-next';
import { gitHubIsConfigured, leaveForGitHub, readGitHubAnswer } from './github';
import { connectGitHub, type GitHubSignIn, signInByGitHub } from './identities';
import type { AppPassport } from './passport';
import { startSession } from './session';

declare module 'express-session' {
  interface SessionData {
    /** A visit to GitHub that has not come back yet. */
    gitHub?: { startedAt: number; next: string; connectTo?: number };
  }
}

const LONGEST_VISIT_MS = 10 * 60_000;

interface Problem {
  status: number;
  title: string;
  text: string;
  action: { text: string; href: string };
}

const START_AGAIN = { text: 'Back to sign-in', href: '/login' };
const SECURITY = { text: 'Back to security', href: '/account/security/' };

const stale = (action: Problem['action']): Problem => ({
  status: 400,
  title: 'This visit to GitHub does not count',
  text: 'It was begun in another session, took more than ten minutes, or was cancelled. Nothing was changed. Begin again from here.',
  action,
});

const unreachable = (action: Problem['action']): Problem => ({
  status: 502,
  title: 'GitHub did not answer as it should',
  text: 'Nothing was changed. Try again in a moment; if it happens again, an administrator finds the reason in the log.',
  action,
});

const connectedElsewhere: Problem = {
  status: 409,
  title: 'This GitHub account is connected to somebody else',
  text: 'One GitHub account signs in one person. Disconnect it there first, or use another one. Nothing was changed.',
  action: SECURITY,
};

function refusal(result: Exclude<GitHubSignIn, { outcome: 'in' }>): Problem {
  if (result.outcome === 'inactive') {
    const text = 'Your account here is switched off. An administrator can switch it on again.';
    return { status: 403, title: 'You cannot sign in', text, action: START_AGAIN };
  }
  if (result.outcome === 'no-email') {
    return {
      status: 422,
      title: 'GitHub has no verified address for you',
      text: 'An account here needs an e-mail address that is yours. Verify your primary address at GitHub and come back, or sign up with an address here.',
      action: { text: 'Sign up with an address', href: '/signup' },
    };
  }
  return {
    status: 409,
    title: 'You already have an account here',
    text: `There is an account with ${result.email}, but it is not connected to this GitHub account. Sign in to it first, then connect GitHub under Account, Security.`,
    action: { text: 'Sign in', href: '/login?next=/account/security/' },
  };
}

/** Signing in with GitHub, and connecting it to an account. Both leave this site, so they begin with links. */
export function gitHubRoutes(services: Services, passport: AppPassport): Routes {
  const routes = new Routes();
  const { config, clock, log } = services;
  if (!gitHubIsConfigured(config)) return routes;
  const leave = leaveForGitHub(passport);

  const show = (req: Request, res: Response, { status, ...data }: Problem) =>
    respond(req, res, { page: 'views/auth/problem.njk', status, data });

  routes.get('/login/github', anyone, (req, res, next) => {
    const to = safeNext(queryText(req, 'next'));
    if (req.user !== undefined) return res.redirect(303, to);
    req.session.gitHub = { startedAt: clock.now().getTime(), next: to };
    leave(req, res, next);
  });

  routes.get('/account/github/connect', signedIn, (req, res, next) => {
    const startedAt = clock.now().getTime();
    req.session.gitHub = { startedAt, next: '/account/security/', connectTo: viewerOf(req).id };
    leave(req, res, next);
  });

  routes.get('/login/github/callback', anyone, async (req, res) => {
    const visit = req.session.gitHub;
    delete req.session.gitHub;
    const action = visit?.connectTo === undefined ? START_AGAIN : SECURITY;
    const age = clock.now().getTime() - (visit?.startedAt ?? 0);
    if (visit === undefined || age < 0 || age > LONGEST_VISIT_MS || visit.connectTo !== req.user?.id) {
      return show(req, res, stale(action));
    }
    const answer = await readGitHubAnswer(passport, req, res);
    if (answer.outcome === 'refused') return show(req, res, stale(action));
    if (answer.outcome === 'failed') {
      const reason = answer.cause instanceof Error ? answer.cause.message : 'unknown';
      log.warn({ reason, requestId: req.id }, 'GitHub did not answer as it should');
      return show(req, res, unreachable(action));
    }
    if (req.user !== undefined) {
      const connected = await connectGitHub(services, req.user, answer.account, actorOf(req));
      if (!connected) return show(req, res, connectedElsewhere);
      const text = `GitHub is connected: ${answer.account.login} signs you in from now on.`;
      return respond(req, res, { redirect: visit.next, toast: { kind: 'success', text } });
    }
    const result = await signInByGitHub(services, answer.account, actorOf(req));
    if (result.outcome !== 'in') return show(req, res, refusal(result));
    await startSession(config, req, res, result.signedIn);
    res.redirect(303, visit.next);
  });
  return routes;
}
