import type { Request, Response } from 'express';
import { z } from 'zod';
import { HttpError, tooMany } from '../lib/http-error';
import type { Services } from '../services';
import { readJson } from '../web/json';
import { actorOf } from '../web/request';
import { anyone, Routes } from '../web/routes';
import { knownDevice } from './known-device';
import { type BegunGrant, beginGrant, refreshTokens, revokeToken, type TokenPair, toPair } from './refresh-tokens';
import { signInByPassword } from './sign-in';
import { inWords } from './waiting';

const SignIn = z.strictObject({ email: z.string().max(254), password: z.string().min(1).max(1024) });
const Refresh = z.strictObject({ refresh: z.string().min(1).max(1024) });

const answer = (res: Response, { access, refresh, expiresIn }: TokenPair): void => {
  res.set('Cache-Control', 'no-store').json({ access, refresh, token_type: 'Bearer', expires_in: expiresIn });
};

const clientOf = (req: Request) => ({
  address: req.ip ?? '',
  userAgent: String(req.get('user-agent') ?? ''),
});

/** Access for programs: an access token for some minutes and a refresh token to get the next with. */
export function tokenRoutes(services: Services): Routes {
  const { clock, config } = services;

  async function signIn(req: Request, res: Response): Promise<void> {
    const { email, password } = readJson(SignIn, req.body);
    const guess = { email, password, address: req.ip ?? '', device: knownDevice(config, req, email) };
    let begun: BegunGrant | undefined;
    const result = await signInByPassword(services, guess, actorOf(req), {
      message: 'Signed in with a password, as a program.',
      within: async (trx, account) => {
        begun = await beginGrant(trx, clock, account, clientOf(req));
      },
    });
    if (result.outcome === 'wait') throw tooMany(result.seconds, `Try again in ${inWords(result.seconds)}.`);
    if (result.outcome === 'wrong' || begun === undefined) {
      throw new HttpError(401, 'wrong_credentials', 'Enter the correct e-mail address and password.');
    }
    answer(res, await toPair(services, begun));
  }

  async function refresh(req: Request, res: Response): Promise<void> {
    answer(res, await refreshTokens(services, readJson(Refresh, req.body).refresh, actorOf(req)));
  }

  async function revoke(req: Request, res: Response): Promise<void> {
    await revokeToken(services, readJson(Refresh, req.body).refresh, actorOf(req));
    res.set('Cache-Control', 'no-store').status(204).end();
  }

  return new Routes('/api/v1/token')
    .api('/', anyone, { post: [signIn] })
    .api('/refresh/', anyone, { post: [refresh] })
    .api('/revoke/', anyone, { post: [revoke] });
}
