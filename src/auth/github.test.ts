import { type Fault, type GitHubServer, startGitHub } from '../../test/support/github';
import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { findAccountByEmail } from './queries';

const CLIENT = {
  id: 'client-1',
  secret: 'client-secret-canary',
  callback: 'http://localhost:3000/login/github/callback',
};
const mine = (email: string, verified = true) => [
  { email: 'other@example.com', primary: false, verified: true },
  { email, primary: true, verified },
];

describe('GitHub', () => {
  let github: GitHubServer;
  let app: TestApp;
  beforeEach(async () => {
    github = await startGitHub(CLIENT);
    app = await testApp({
      environment: {
        BASE_URL: 'http://localhost:3000',
        GITHUB_CLIENT_ID: CLIENT.id,
        GITHUB_CLIENT_SECRET: CLIENT.secret,
        GITHUB_BASE_URL: github.url,
      },
    });
    github.person = { id: 4711, login: 'octo', name: 'Octo Cat', emails: mine('octo@example.com') };
  });
  afterEach(async () => {
    await app.close();
    await github.close();
  });

  /** Follows the browser to GitHub and gives the address that it comes back to. */
  async function leave(visitor: Visitor, start = '/login/github'): Promise<string> {
    const left = await visitor.get(start).expect(302);
    expect(left.headers.location).toMatch(`${github.url}/login/oauth/authorize?`);
    const answer = await fetch(left.headers.location ?? '', { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    return back.pathname + back.search;
  }

  const visit = async (visitor: Visitor, start?: string) => visitor.get(await leave(visitor, start));

  it('is offered by a link, where it is configured', async () => {
    await app
      .visitor()
      .get('/login?next=/account/')
      .expect(200, /href="\/login\/github\?next=%2Faccount%2F"/);
    await app
      .visitor()
      .get('/signup')
      .expect(200, /href="\/login\/github"/);
    const without = await testApp();
    try {
      expect((await without.visitor().get('/login').expect(200)).text).not.toContain('GitHub');
      await without.visitor().get('/login/github').expect(404);
      await without.visitor().get('/login/github/callback?code=1&state=2').expect(404);
    } finally {
      await without.close();
    }
  });

  it('makes an account for a verified address and signs in the same person from then on', async () => {
    const visitor = app.visitor();
    const first = await visit(visitor, '/login/github?next=/account/');
    expect(first.headers.location).toBe('/account/');
    await visitor.get('/account/').expect(200, /Octo Cat/);
    const account = await findAccountByEmail(app.db, 'octo@example.com');
    expect(account).toMatchObject({ passwordHash: null, isStaff: false });
    expect(account?.emailVerifiedAt).not.toBeNull();

    github.person = { id: 4711, login: 'renamed', emails: mine('moved@example.com') };
    const again = app.visitor();
    expect((await visit(again)).headers.location).toBe('/');
    await again.get('/account/security/').expect(200, /octo@example\.com/);
    expect(await app.db('auth_user').where({ email: 'moved@example.com' })).toHaveLength(0);
    expect((await listEntries(app.db, { limit: 1 }))[0]).toMatchObject({ action: 'login', actorId: account?.id });
  });

  it('never enters an account because the address is the same', async () => {
    github.person = { id: 666, login: 'mallory', emails: mine('alice@example.com') };
    const visitor = app.visitor();
    const refused = await visit(visitor);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('You already have an account here');
    await visitor.get('/account/').expect(303);
    expect(await app.db('auth_identity')).toHaveLength(0);
  });

  it.each([
    ['is not verified', mine('alice@example.com', false)],
    ['is missing', []],
  ])('makes nothing of an address that %s', async (_how, emails) => {
    github.person = { id: 667, login: 'mallory', emails };
    const refused = await visit(app.visitor());
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('GitHub has no verified address for you');
    expect(await app.db('auth_identity')).toHaveLength(0);
  });

  it('is connected by who is signed in, then signs in, then is disconnected with the password', async () => {
    const alice = await app.as('alice');
    github.person = { id: 4712, login: 'alice-at-github', emails: mine('elsewhere@example.com') };
    expect((await visit(alice, '/account/github/connect')).headers.location).toBe('/account/security/');
    await alice.get('/account/security/').expect(200, /alice-at-github/);
    const other = app.visitor();
    await visit(other);
    await other.get('/account/security/').expect(200, /alice@example\.com/);

    const wrong = await alice.post('/account/github/disconnect', { current_password: 'wrong' });
    expect(wrong.status).toBe(403);
    await alice.post('/account/github/disconnect', { current_password: PASSWORD });
    expect(await app.db('auth_identity')).toHaveLength(0);
    const actions = (await listEntries(app.db, { limit: 20 })).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['connect', 'disconnect', 'confirmation_failed']));
  });

  it('belongs to one person only', async () => {
    const [alice, charlie] = [await app.as('alice'), await app.as('charlie')];
    await visit(alice, '/account/github/connect');
    const refused = await visit(charlie, '/account/github/connect');
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('connected to somebody else');
    expect(await app.db('auth_identity').where({ user_id: app.ids.charlie })).toHaveLength(0);
  });

  it('stays the way in for who has no password, until there is one', async () => {
    const visitor = app.visitor();
    await visit(visitor);
    const page = await visitor.get('/account/security/').expect(200);
    expect(page.text).toContain('You have no password');
    expect(page.text).not.toContain('/account/github/disconnect');
    expect((await visitor.post('/account/github/disconnect', { current_password: 'x' })).status).toBe(403);
    expect(
      (await visitor.post('/account/password', { current_password: 'x', new_password: 'tulip kayak moss' })).status,
    ).toBe(403);
    expect((await app.visitor().signIn('octo@example.com', '')).status).toBe(422);
  });

  it('does not let in who is switched off here', async () => {
    await visit(app.visitor());
    await app.db('auth_user').where({ email: 'octo@example.com' }).update({ is_active: false });
    const refused = await visit(app.visitor());
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('You cannot sign in');
  });

  describe('an answer counts only', () => {
    const expectRefused = async (visitor: Visitor, url: string) => {
      const exchanges = github.exchanges;
      const response = await visitor.get(url);
      expect(response.status).toBe(400);
      expect(response.text).toContain('This visit to GitHub does not count');
      expect(github.exchanges).toBe(exchanges);
      await visitor.get('/account/').expect(303);
    };

    it('in the session that asked', async () => {
      const back = await leave(app.visitor());
      await expectRefused(app.visitor(), back);
      const other = app.visitor();
      await leave(other);
      await expectRefused(other, back);
    });

    it('once', async () => {
      const visitor = app.visitor();
      const back = await leave(visitor);
      expect((await visitor.get(back)).status).toBe(303);
      await visitor.get('/account/').expect(200);
      await expectRefused(app.visitor(), back);
    });

    it('with the state that was given', async () => {
      const visitor = app.visitor();
      const back = await leave(visitor);
      await expectRefused(visitor, back.replace(/state=[^&]+/, 'state=guessed'));
      await expectRefused(visitor, back);
      const missing = app.visitor();
      await expectRefused(missing, (await leave(missing)).replace(/[?&]state=[^&]+/, '?x=1'));
    });

    it('within ten minutes', async () => {
      const visitor = app.visitor();
      const back = await leave(visitor);
      app.clock.advance(10 * 60_000 + 1);
      await expectRefused(visitor, back);
    });

    it('for the person who asked', async () => {
      const alice = await app.as('alice');
      const back = await leave(alice, '/account/github/connect');
      await app.db('auth_session').where({ user_id: app.ids.alice }).delete();
      const response = await alice.get(back);
      expect(response.status).toBe(400);
      expect(await app.db('auth_identity')).toHaveLength(0);
    });

    it('when the person said yes', async () => {
      github.fault = 'refuse';
      const visitor = app.visitor();
      await expectRefused(visitor, await leave(visitor));
    });
  });

  it.each(['token-500', 'bad-json', 'emails-html', 'huge', 'redirect'] satisfies Fault[])(
    'is blamed, and nothing changes, when it answers with %s',
    async (fault) => {
      github.fault = fault;
      const visitor = app.visitor();
      const response = await visit(visitor);
      expect(response.status).toBe(502);
      expect(response.text).toContain('GitHub did not answer as it should');
      expect(response.text).not.toMatch(/down|maintenance|xxx/);
      expect(await app.db('auth_user').where({ email: 'octo@example.com' })).toHaveLength(0);
      github.fault = 'none';
      expect((await visit(visitor)).status).toBe(303);
    },
  );

  it('is blamed when it is gone', async () => {
    const visitor = app.visitor();
    const back = await leave(visitor);
    await github.close();
    expect((await visitor.get(back)).status).toBe(502);
    github = await startGitHub(CLIENT);
  });

  it('shows names as text, whatever they are', async () => {
    github.person = {
      id: 1,
      login: 'x',
      name: '<script>alert(1)</script>\r\n"quoted"',
      emails: mine('octo@example.com'),
    };
    const visitor = app.visitor();
    await visit(visitor);
    const page = await visitor.get('/account/').expect(200);
    expect(page.text).not.toContain('<script>alert');
    expect(page.text).toContain('&lt;script&gt;');
  });

  it('begins no session row that outlives a visit, and keeps no token of GitHub’s', async () => {
    await leave(app.visitor());
    expect(await app.db('auth_session')).toHaveLength(1);
    app.clock.advance(31 * 60_000);
    const [row] = (await app.db('auth_session')) as { expires_at: string }[];
    expect(new Date(row?.expires_at ?? 0).getTime()).toBeLessThan(app.clock.now().getTime());
    await visit(app.visitor());
    for (const table of ['auth_session', 'auth_identity', 'auth_user', 'audit_entry']) {
      const content = JSON.stringify(await app.db(table));
      expect(content).not.toContain('gho_');
      expect(content).not.toContain(CLIENT.secret);
    }
  });
});
