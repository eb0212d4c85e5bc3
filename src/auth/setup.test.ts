import { existsSync } from 'node:fs';
import path from 'node:path';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { setupInvitation, setupIsOpen, setupToken } from './setup';

const STRONG = 'tulip kayak verdigris';
const FIRST = { name: 'Sue First', email: 'sue@example.com', password: STRONG };

describe('first set-up', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
    await app.db('auth_user').update({ is_superuser: false });
  });
  afterEach(() => app.close());

  const create = (visitor: Visitor, token: string, fields: Record<string, string> = FIRST) =>
    visitor.post('/setup/superuser', { token, ...fields });

  it('is refused without the token, and says where to find it', async () => {
    const page = await app.visitor().get('/setup').expect(403);
    expect(page.text).toContain('one-time token');
    expect(page.text).not.toContain('name="password"');
    expect((await app.visitor().post('/setup', { token: 'guess' })).status).toBe(403);
    expect((await create(app.visitor(), 'guess')).status).toBe(403);
    expect(await setupIsOpen(app.services)).toBe(true);
  });

  it('is announced at start with the token, which the same installation keeps', async () => {
    const token = setupToken(app.services.config);
    expect(token.length).toBeGreaterThanOrEqual(24);
    expect(setupToken(app.services.config)).toBe(token);
    expect(await setupInvitation(app.services)).toContain(token);
    await app
      .visitor()
      .get('/login')
      .expect(200, /There is no administrator yet/);
  });

  it('takes the token from the environment without printing it', async () => {
    const given = await testApp({ environment: { SETUP_TOKEN: 'given-by-the-operator' } });
    try {
      await given.db('auth_user').update({ is_superuser: false });
      expect(await setupInvitation(given.services)).toContain('the value of SETUP_TOKEN');
      expect((await given.visitor().post('/setup', { token: 'given-by-the-operator' })).status).toBe(200);
    } finally {
      await given.close();
    }
  });

  it('makes the first superuser, signed in, and is gone afterwards', async () => {
    const visitor = app.visitor();
    const token = setupToken(app.services.config);
    const form = await visitor.post('/setup', { token });
    expect(form.status).toBe(200);
    expect(form.text).toContain('name="password"');
    const done = await create(visitor, token);
    expect(done.status).toBe(303);
    expect(done.headers.location).toBe('/admin/');
    await visitor.get('/').expect('Location', '/admin/');
    const [account] = await app.db('auth_user').where({ email: FIRST.email });
    expect(Boolean(account.is_superuser && account.is_staff && account.is_active)).toBe(true);
    const entry = (await listEntries(app.db, { limit: 2 }))[1];
    expect(entry).toMatchObject({ action: 'add', actorId: account.id, message: 'Set up the first superuser.' });
    expect(existsSync(path.join(app.services.config.dataDir, 'setup-token'))).toBe(false);

    await app.visitor().get('/setup').expect(404);
    expect((await app.visitor().post('/setup', { token })).status).toBe(404);
    expect((await create(app.visitor(), token, { ...FIRST, email: 'second@example.com' })).status).toBe(404);
    expect(await setupInvitation(app.services)).toBeUndefined();
    expect((await app.visitor().get('/login')).text).not.toContain('There is no administrator yet');
  });

  it('keeps what was typed when something is wrong with it', async () => {
    const token = setupToken(app.services.config);
    const visitor = app.visitor();
    const weak = await create(visitor, token, { ...FIRST, password: 'flagstaff-admin' });
    expect(weak.status).toBe(422);
    expect(weak.text).toContain('value="Sue First"');
    expect(weak.text).toContain('“flagstaff”');
    const taken = await create(visitor, token, { ...FIRST, email: 'alice@example.com' });
    expect(taken.status).toBe(422);
    expect(taken.text).toContain('exists already');
    expect((await create(visitor, token, { ...FIRST, name: '' })).text).toContain('Enter your name.');
  });

  it('makes one superuser of several who try at the same moment', async () => {
    const token = setupToken(app.services.config);
    const visitors = Array.from({ length: 4 }, () => app.visitor());
    await Promise.all(visitors.map((visitor) => visitor.csrfToken()));
    const results = await Promise.all(
      visitors.map((visitor, turn) => create(visitor, token, { ...FIRST, email: `sue${turn}@example.com` })),
    );
    expect(results.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(results.every(({ status }) => status < 500)).toBe(true);
    expect(await app.db('auth_user').where({ is_superuser: true })).toHaveLength(1);
  });

  it('looks at few guesses of the token', async () => {
    const visitor = app.visitor();
    const results = [];
    for (let turn = 0; turn < 5; turn++)
      results.push((await visitor.post('/setup', { token: `guess-${turn}` })).status);
    expect(results).toEqual([403, 403, 403, 429, 429]);
  });
});

describe('where a superuser is', () => {
  it('there is nothing to set up', async () => {
    const app = await testApp();
    try {
      await app.visitor().get('/setup').expect(404);
      expect((await app.visitor().post('/setup', { token: setupToken(app.services.config) })).status).toBe(404);
    } finally {
      await app.close();
    }
  });
});
