import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express, { type Request } from 'express';

/** Who is signed in at the stand-in, and what it says of them. */
export interface GitHubPerson {
  id: number;
  login: string;
  name?: string | null;
  emails: { email: string; primary: boolean; verified: boolean }[];
}

/** How the stand-in may misbehave. */
export type Fault = 'none' | 'refuse' | 'token-500' | 'bad-json' | 'emails-html' | 'no-emails' | 'huge' | 'redirect';

export interface GitHubServer {
  readonly url: string;
  person: GitHubPerson;
  fault: Fault;
  /** How many codes were exchanged for tokens. */
  readonly exchanges: number;
  close(): Promise<void>;
}

/** GitHub's four addresses on loopback: it checks client, redirect address, code, PKCE and token like the real one. */
export async function startGitHub(client: { id: string; secret: string; callback: string }): Promise<GitHubServer> {
  const app = express();
  const codes = new Map<string, { challenge: string; redirect: string }>();
  const tokens = new Set<string>();
  const state = {
    person: { id: 1, login: 'octo', emails: [] } as GitHubPerson,
    fault: 'none' as Fault,
    exchanges: 0,
  };

  app.get('/login/oauth/authorize', (req, res) => {
    const { client_id, redirect_uri, state: given, code_challenge, code_challenge_method, scope } = req.query;
    if (client_id !== client.id || redirect_uri !== client.callback || code_challenge_method !== 'S256') {
      return void res.status(400).send('bad request');
    }
    if (scope !== 'user:email') return void res.status(400).send('more than needed');
    const back = new URL(client.callback);
    back.searchParams.set('state', String(given));
    if (state.fault === 'refuse') back.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(10).toString('hex');
      codes.set(code, { challenge: String(code_challenge), redirect: String(redirect_uri) });
      back.searchParams.set('code', code);
    }
    res.redirect(302, back.href);
  });

  app.post('/login/oauth/access_token', express.urlencoded({ extended: false }), (req, res) => {
    state.exchanges += 1;
    if (state.fault === 'token-500') return void res.status(500).send('down');
    const { client_id, client_secret, code, code_verifier } = req.body as Record<string, string>;
    const known = codes.get(code ?? '');
    codes.delete(code ?? '');
    const challenge = createHash('sha256')
      .update(code_verifier ?? '')
      .digest('base64url');
    if (client_id !== client.id || client_secret !== client.secret || known?.challenge !== challenge) {
      return void res.json({ error: 'bad_verification_code' });
    }
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.add(token);
    res.json({ access_token: token, token_type: 'bearer', scope: 'user:email' });
  });

  const allowed = (req: Request): boolean => tokens.has((req.get('authorization') ?? '').replace(/^Bearer /, ''));
  app.get('/api/v3/user', (req, res) => {
    if (!allowed(req)) return void res.status(401).json({ message: 'Bad credentials' });
    if (state.fault === 'bad-json') return void res.type('json').send('{"id": 1, "login":');
    if (state.fault === 'redirect') return void res.redirect(302, 'http://127.0.0.1:9/');
    if (state.fault === 'huge') return void res.json({ ...state.person, bio: 'x'.repeat(2_000_000) });
    const { id, login, name } = state.person;
    res.json({ id, login, name: name ?? null });
  });
  app.get('/api/v3/user/emails', (req, res) => {
    if (!allowed(req)) return void res.status(401).json({ message: 'Bad credentials' });
    if (state.fault === 'emails-html') return void res.type('html').send('<html>maintenance</html>');
    res.json(state.fault === 'no-emails' ? [] : state.person.emails);
  });

  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return Object.defineProperties(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    },
    {
      person: { get: () => state.person, set: (person: GitHubPerson) => void (state.person = person) },
      fault: { get: () => state.fault, set: (fault: Fault) => void (state.fault = fault) },
      exchanges: { get: () => state.exchanges },
    },
  ) as GitHubServer;
}
