import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';

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
  url: string;
  person: GitHubPerson;
  fault: Fault;
  /** How many codes were exchanged for tokens. */
  exchanges: number;
  close(): Promise<void>;
}

interface Client {
  id: string;
  secret: string;
  callback: string;
}

/** GitHub's four addresses on loopback: it checks client, redirect address, code, PKCE and token like the real one. */
export async function startGitHub(client: Client): Promise<GitHubServer> {
  const app = express();
  const codes = new Map<string, string>();
  const tokens = new Set<string>();
  const github: GitHubServer = {
    url: '',
    person: { id: 1, login: 'octo', emails: [] },
    fault: 'none',
    exchanges: 0,
    close: async () => undefined,
  };

  app.get('/login/oauth/authorize', (req, res) => {
    const { client_id, redirect_uri, state, code_challenge, code_challenge_method, scope } = req.query;
    const asked = [client_id, redirect_uri, code_challenge_method, scope];
    if (asked.join(' ') !== [client.id, client.callback, 'S256', 'user:email'].join(' ')) {
      res.status(400).send('not what was registered');
      return;
    }
    const back = new URL(client.callback);
    back.searchParams.set('state', String(state));
    if (github.fault === 'refuse') back.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(10).toString('hex');
      codes.set(code, String(code_challenge));
      back.searchParams.set('code', code);
    }
    res.redirect(302, back.href);
  });

  app.post('/login/oauth/access_token', express.urlencoded({ extended: false }), (req, res) => {
    github.exchanges += 1;
    const { client_id, client_secret, code = '', code_verifier = '' } = req.body as Record<string, string>;
    const challenge = createHash('sha256').update(code_verifier).digest('base64url');
    const good = client_id === client.id && client_secret === client.secret && codes.get(code) === challenge;
    codes.delete(code);
    if (github.fault === 'token-500') res.status(500).send('down');
    else if (!good) res.json({ error: 'bad_verification_code' });
    else {
      const token = `gho_${randomBytes(18).toString('hex')}`;
      tokens.add(token);
      res.json({ access_token: token, token_type: 'bearer', scope: 'user:email' });
    }
  });

  app.use('/api/v3', (req, res, next) => {
    if (tokens.has((req.get('authorization') ?? '').replace(/^Bearer /, ''))) next();
    else res.status(401).json({ message: 'Bad credentials' });
  });
  app.get('/api/v3/user', (_req, res) => {
    const { id, login, name = null } = github.person;
    if (github.fault === 'bad-json') res.type('json').send('{"id": 1, "login":');
    else if (github.fault === 'redirect') res.redirect(302, 'http://127.0.0.1:9/');
    else if (github.fault === 'huge') res.json({ id, login, name, bio: 'x'.repeat(2_000_000) });
    else res.json({ id, login, name });
  });
  app.get('/api/v3/user/emails', (_req, res) => {
    if (github.fault === 'emails-html') res.type('html').send('<html>maintenance</html>');
    else res.json(github.fault === 'no-emails' ? [] : github.person.emails);
  });

  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  github.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  github.close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return github;
}
