import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp, Visitor } from '../../test/support/test-app';
import { loadConfig } from '../config';
import { inTransaction } from '../db';
import { endAllSessions } from './accounts';
import { ABSOLUTE_MS, hashSessionId, IDLE_MS } from './session-store';

const ALICE = 'alice@example.com';
const COOKIE = /(?:__Host-)?flagstaff=([^;]+)/;

/** The session cookie that an answer sets, as a browser sends it back. */
const cookieOf = (headers: Record<string, unknown>): string => {
  const all = (headers['set-cookie'] ?? []) as string[];
  return all.find((cookie) => COOKIE.test(cookie))?.split(';')[0] ?? '';
};

describe('sessions', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  /** Signs in on a new device and gives its cookie, which then can be replayed. */
  async function newDevice(email = ALICE): Promise<{ visitor: Visitor; cookie: string }> {
    const visitor = app.visitor();
    return { visitor, cookie: cookieOf((await visitor.signIn(email)).headers) };
  }

  const replay = (cookie: string) => new Visitor(app.app).get('/account/').set('Cookie', cookie);
  const rows = async () => Number((await app.db('auth_session').count('* as n').first())?.n);

  it('are not stored for visitors, however many pages they read', async () => {
    const visitor = app.visitor();
    for (let turn = 0; turn < 250; turn++) {
      await Promise.all([
        visitor.get('/login').expect(200),
        app.visitor().get('/signup').expect(200),
        app.visitor().get('/no-such-page').expect(404),
        app.visitor().get('/'),
      ]);
    }
    await visitor.signIn(ALICE, 'wrong');
    expect(await rows()).toBe(0);
  }, 60_000);

  it('get a new id at sign-in, whatever id was planted before', async () => {
    const visitor = app.visitor();
    const planted = cookieOf((await visitor.get('/login')).headers);
    const after = cookieOf((await visitor.signIn(ALICE)).headers);
    expect(after).not.toBe('');
    expect(after).not.toBe(planted);
    await replay(planted)
      .expect(303)
      .expect('Location', /^\/login/);
    await replay(after).expect(200);
  });

  it('are kept under the hash of their id', async () => {
    const { cookie } = await newDevice();
    const sid =
      decodeURIComponent(cookie.split('=')[1] ?? '')
        .slice(2)
        .split('.')[0] ?? '';
    const stored = (await app.db('auth_session').first()) as { sid_hash: string };
    expect(stored.sid_hash).toBe(hashSessionId(sid));
    expect(JSON.stringify(stored)).not.toContain(sid);
  });

  it('are over at sign-out, also for who kept the cookie, and the browser is told to forget', async () => {
    const { visitor, cookie } = await newDevice();
    const response = await visitor.post('/logout');
    expect(response.headers['clear-site-data']).toBe('"cache", "storage"');
    await replay(cookie).expect(303);
    expect(await rows()).toBe(0);
  });

  it('of all other devices end with "sign out everywhere else"', async () => {
    const devices = [await newDevice(), await newDevice(), await newDevice()];
    const [first, second, third] = devices;
    await first?.visitor.post('/account/sessions/end-others');
    await replay(first?.cookie ?? '').expect(200);
    await replay(second?.cookie ?? '').expect(303);
    await replay(third?.cookie ?? '').expect(303);
  });

  it('end one by one from the list, and only the own ones', async () => {
    const [here, there] = [await newDevice(), await newDevice()];
    const stranger = await newDevice('charlie@example.com');
    const idOf = (cookie: string) =>
      hashSessionId(
        decodeURIComponent(cookie.split('=')[1] ?? '')
          .slice(2)
          .split('.')[0] ?? '',
      ).slice(0, 16);
    await stranger.visitor.post('/account/sessions/end', { session: idOf(there.cookie) });
    await replay(there.cookie).expect(200);
    const list = await here.visitor.get('/account/sessions/').expect(200);
    expect(list.text).toContain(idOf(there.cookie));
    await here.visitor.post('/account/sessions/end', { session: idOf(there.cookie) });
    await replay(there.cookie).expect(303);
    await replay(here.cookie).expect(200);
  });

  it('all end when the account is switched off, and do not come back with it', async () => {
    const devices = [await newDevice(), await newDevice(), await newDevice()];
    await inTransaction(app.db, (trx) => endAllSessions(trx, app.ids.alice));
    for (const { cookie } of devices) await replay(cookie).expect(303);
  });

  it('are not brought back by a request that was under way when they ended', async () => {
    const { visitor, cookie } = await newDevice('bob@example.com');
    const sid =
      decodeURIComponent(cookie.split('=')[1] ?? '')
        .slice(2)
        .split('.')[0] ?? '';
    // The request reads its session, then the session ends elsewhere, then the request writes what it changed.
    const ended = new Promise<void>((resolve) => {
      app.db.on('query-response', (_rows: unknown, query: { sql: string }) => {
        if (!/from .auth_session. as/.test(query.sql)) return;
        app.db.removeAllListeners('query-response');
        void app
          .db('auth_session')
          .where({ sid_hash: hashSessionId(sid) })
          .delete()
          .then(() => resolve());
      });
    });
    await visitor.get('/integrations/');
    await ended;
    expect(await rows()).toBe(0);
    await replay(cookie).expect(303);
  });

  it('from before a change of password are refused even if their row were still there', async () => {
    const { cookie } = await newDevice();
    await app.db('auth_user').where({ email: ALICE }).increment('session_epoch', 1);
    await replay(cookie).expect(303);
  });

  it('end after eight hours without use and seven days in all', async () => {
    const { cookie } = await newDevice();
    app.clock.advance(IDLE_MS - 60_000);
    await replay(cookie).expect(200);
    app.clock.advance(IDLE_MS + 60_000);
    await replay(cookie).expect(303);

    const busy = await newDevice();
    const step = IDLE_MS / 2;
    for (let used = 0; used + step < ABSOLUTE_MS; used += step) {
      await replay(busy.cookie).expect(200);
      app.clock.advance(step);
    }
    app.clock.advance(step + 60_000);
    await replay(busy.cookie).expect(303);
  });

  it('serve pages that no cache keeps', async () => {
    const alice = await app.as('alice');
    for (const url of ['/account/', '/account/security/', '/account/sessions/', '/account/preferences/']) {
      await alice.get(url).expect(200).expect('Cache-Control', 'no-store');
    }
  });

  it('survive a change of the signing secret that keeps the old one second', async () => {
    const { cookie } = await newDevice();
    const [old = ''] = app.services.config.sessionSecrets;
    const rotated = await testApp({ environment: { SESSION_SECRET: `a-newer-session-secret-0123456789-xyz,${old}` } });
    try {
      await app
        .db('auth_session')
        .first()
        .then((row) => rotated.db('auth_session').insert(row));
      await new Visitor(rotated.app).get('/account/').set('Cookie', cookie).expect(200);
    } finally {
      await rotated.close();
    }
  });
});

describe('the session cookie', () => {
  const cookiesAt = async (environment: Record<string, string>, forwarded: Record<string, string> = {}) => {
    const app = await testApp({ environment });
    try {
      const visitor = app.visitor();
      const page = await visitor.get('/login').set(forwarded);
      const sent = ((page.headers['set-cookie'] ?? []) as unknown as string[]).map(
        (cookie) => cookie.split(';')[0] ?? '',
      );
      const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const signedIn = await visitor.agent
        .post('/login')
        .set({ ...forwarded, Cookie: sent.join('; ') })
        .type('form')
        .send({ email: ALICE, password: PASSWORD, _csrf: token });
      expect(signedIn.status).toBe(303);
      return [page, signedIn].flatMap(({ headers }) => (headers['set-cookie'] ?? []) as unknown as string[]);
    } finally {
      await app.close();
    }
  };

  it('is bound to host, path and HTTPS where the address is https', async () => {
    const cookies = await cookiesAt(
      { BASE_URL: 'https://flags.example', TRUST_PROXY: '1' },
      { Host: 'flags.example', 'X-Forwarded-Proto': 'https' },
    );
    expect(cookies.length).toBeGreaterThanOrEqual(3);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-flagstaff(-device)?=/);
      expect(cookie).toMatch(/; Path=\//);
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; Secure/);
      expect(cookie).toMatch(/; SameSite=Lax/);
      expect(cookie).not.toMatch(/Domain=/i);
    }
  });

  it('has a plain name only where the address is http', async () => {
    const cookies = await cookiesAt({ BASE_URL: 'http://localhost:3000' });
    expect(cookies.length).toBeGreaterThanOrEqual(3);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^flagstaff(-device)?=/);
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; SameSite=Lax/);
      expect(cookie).not.toMatch(/Secure|Domain=/i);
    }
  });

  it('is signed by secrets that are long and random, or nothing starts', () => {
    for (const SESSION_SECRET of ['secret', 'x'.repeat(64), 'short-one-0123456789']) {
      expect(() => loadConfig({ NODE_ENV: 'production', SESSION_SECRET })).toThrow(
        /SESSION_SECRET: expected random text/,
      );
    }
  });
});
