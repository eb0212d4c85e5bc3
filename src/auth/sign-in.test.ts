import { hash } from '@node-rs/argon2';
import fc from 'fast-check';
import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { checkPassword } from './passwords';
import { findAccountByEmail } from './queries';

const ALICE = 'alice@example.com';

describe('sign-in', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  const latestEntry = async () => (await listEntries(app.db, { limit: 1 }))[0];
  const hashOf = async (email: string) => (await findAccountByEmail(app.db, email))?.passwordHash ?? '';
  const setHash = (email: string, password_hash: string) =>
    app.db('auth_user').where({ email }).update({ password_hash });

  it('lets people in and leads them to where they work', async () => {
    await (await app.as('alice')).get('/').expect(303).expect('Location', '/integrations/');
    await (await app.as('bob')).get('/').expect(303).expect('Location', '/admin/');
    await app.visitor().get('/').expect(303).expect('Location', '/login');
  });

  it('leads staff back to the face that they used last', async () => {
    const bob = await app.as('bob');
    await bob.get('/integrations/');
    await bob.get('/').expect('Location', /^\/(integrations|onboarding)\//);
    await bob.get('/admin/');
    await bob.get('/').expect('Location', '/admin/');
  });

  it('refuses a wrong pair with one message and keeps the address', async () => {
    const response = await app.visitor().signIn(ALICE, 'not the password');
    expect(response.status).toBe(422);
    expect(response.text).toContain('Enter the correct e-mail address and password.');
    expect(response.text).toContain(`value="${ALICE}"`);
    expect(response.text).not.toContain('not the password');
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('takes the address in any case and with space around it', async () => {
    expect((await app.visitor().signIn('  Alice@Example.COM ')).status).toBe(303);
  });

  it('refuses people who are no staff at the door of the admin, as if the pair were wrong', async () => {
    const visitor = app.visitor();
    const response = await visitor.post('/admin/login/', { email: ALICE, password: PASSWORD });
    expect(response.status).toBe(422);
    expect(response.text).toContain('Enter the correct username and password for a staff account.');
    await visitor.get('/').expect('Location', '/login');
    expect(await latestEntry()).toMatchObject({ action: 'login_failed', objectLabel: ALICE });
  });

  it('lets staff in at the door of the admin and out again', async () => {
    const visitor = app.visitor();
    const entered = await visitor.post('/admin/login/', { email: 'bob@example.com', password: PASSWORD });
    expect(entered.headers.location).toBe('/admin/');
    const token = /name="csrf-token" content="([^"]+)"/.exec((await visitor.get('/account/')).text)?.[1] ?? '';
    const left = await visitor.agent.post('/admin/logout/').type('form').send({ _csrf: token }).expect(303);
    expect(left.headers.location).toBe('/admin/login/?notice=signed-out');
    await visitor.get('/').expect('Location', '/login');
  });

  it('refuses who is switched off, at the door and in sessions that live', async () => {
    const alice = await app.as('alice');
    await app.db('auth_user').where({ email: ALICE }).update({ is_active: false });
    await alice.get('/account/').expect(303).expect('Location', '/login?next=%2Faccount%2F');
    const refused = await app.visitor().signIn(ALICE);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter the correct e-mail address and password.');
  });

  describe('passwords', () => {
    it('are kept as argon2id with at least 19 MiB and two passes', async () => {
      const [, kind, , parameters = ''] = (await hashOf(ALICE)).split('$');
      const values = Object.fromEntries(parameters.split(',').map((part) => part.split('=')));
      expect(kind).toBe('argon2id');
      expect(Number(values.m)).toBeGreaterThanOrEqual(19_456);
      expect(Number(values.t)).toBeGreaterThanOrEqual(2);
    });

    it('are hashed anew at sign-in when their hash is weaker, and stay the same password', async () => {
      await setHash(ALICE, await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 }));
      expect((await app.visitor().signIn(ALICE)).status).toBe(303);
      expect(await hashOf(ALICE)).toContain('m=19456,t=2,p=1');
      expect(await checkPassword(await hashOf(ALICE), PASSWORD)).toBe(true);
    });

    it('match exactly: nothing is trimmed, cut or lowered', async () => {
      const password = `${'tulip kayak verdigris '.repeat(6).slice(0, 126)}🦊 `;
      await setHash(ALICE, await hash(password));
      for (const wrong of [
        password.trim(),
        password.slice(0, -2),
        `${password}x`,
        password.toUpperCase(),
        ` ${password}`,
      ]) {
        app.clock.advance(20 * 60_000);
        expect((await app.visitor().signIn(ALICE, wrong)).status).toBe(422);
      }
      app.clock.advance(20 * 60_000);
      expect((await app.visitor().signIn(ALICE, password)).status).toBe(303);
    });
  });

  it('audits who came, who failed and who left, without what was typed for a password', async () => {
    const visitor = app.visitor();
    await visitor.signIn(ALICE, 'canary-wrong-password');
    expect(await latestEntry()).toMatchObject({ action: 'login_failed', actorType: 'system', objectLabel: ALICE });
    await visitor.signIn(ALICE);
    expect(await latestEntry()).toMatchObject({
      action: 'login',
      actorId: app.ids.alice,
      objectId: String(app.ids.alice),
    });
    expect((await latestEntry())?.requestId).not.toBe('');
    await visitor.post('/logout');
    expect(await latestEntry()).toMatchObject({ action: 'logout', actorId: app.ids.alice });
    await app.visitor().signIn('canary-typed-in-the-wrong-field', 'x');
    const all = JSON.stringify(await listEntries(app.db, { limit: 50 }));
    expect(all).not.toContain('canary');
  });

  it('needs a token in the form, and signing out is not a link', async () => {
    const visitor = app.visitor();
    await visitor.agent.post('/login').type('form').send({ email: ALICE, password: PASSWORD }).expect(403);
    const token = await visitor.csrfToken();
    const pair = { email: ALICE, password: PASSWORD };
    await visitor.agent.post(`/login?_csrf=${token}`).set('csrf-token', token).type('form').send(pair).expect(403);
    const foreign = await app.visitor().csrfToken();
    await visitor.agent
      .post('/login')
      .type('form')
      .send({ ...pair, _csrf: foreign })
      .expect(403);
    const alice = await app.as('alice');
    await alice.get('/logout').expect(404);
    await alice.get('/account/').expect(200);
    await alice.agent.post('/logout').type('form').send({}).expect(403);
    await alice.agent
      .post('/logout')
      .set('Sec-Fetch-Site', 'cross-site')
      .type('form')
      .send({ _csrf: await alice.csrfToken() })
      .expect(403);
    await alice.get('/account/').expect(200);
  });

  it('answers any kind of field with a 4xx page, never lets in, never breaks', async () => {
    const visitor = app.visitor();
    const token = await visitor.csrfToken();
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('', '0', 'null', 'true', '{}', '[]', "' or 1=1 --", '\u0000', '%00', 'x'.repeat(3000), ALICE),
    );
    const value = fc.oneof(text, fc.array(text, { maxLength: 3 }));
    const fields = fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          'email',
          'password',
          'next',
          'email[]',
          'email[$ne]',
          'password[0]',
          '__proto__',
          'constructor',
        ),
        fc.string({ maxLength: 12 }),
      ),
      value,
      { maxKeys: 6 },
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.constantFrom('/login', '/admin/login/'), async (form, url) => {
        app.clock.advance(60 * 60_000); // no throttle: every one is looked at
        const body = new URLSearchParams({ _csrf: token });
        for (const [name, content] of Object.entries(form)) {
          if (name !== '_csrf') for (const one of [content].flat()) body.append(name, one);
        }
        const response = await visitor.agent.post(url).type('form').send(body.toString());
        expect([400, 422]).toContain(response.status);
      }),
      { numRuns: 200 },
    );
    for (const body of ['{"email":{"$ne":null},"password":1}', '[]', 'null']) {
      await visitor.agent.post('/login').set('X-CSRF-Token', token).type('json').send(body).expect(415);
    }
    await visitor.get('/').expect('Location', '/login');
  }, 60_000);

  it('goes on only to a path of ours, however it is spelled', async () => {
    const foreign = [
      ...[
        'https://evil.example/',
        'http:evil.example',
        '//evil.example',
        '///evil.example',
        '/\\evil.example',
        '\\\\evil.example',
      ],
      ...[
        '/\t/evil.example',
        '/\n/evil.example',
        '\t//evil.example',
        ' //evil.example',
        '/ /evil.example',
        'javascript:alert(1)',
      ],
      ...[
        'data:text/html,x',
        '/..//evil.example',
        '/.//evil.example',
        '/%09/evil.example\t',
        'evil.example',
        '@evil.example',
      ],
      ...[
        '/\u0000/evil.example',
        '/\u2028/evil.example',
        '/％2Fevil.example',
        '\u3000//evil.example',
        'HTTPS:evil.example',
      ],
      ...['//evil.example@localhost', 'http://localhost@evil.example', '/a/..//evil.example', '?next=//evil', '#x', ''],
      ...[
        '/\\/evil.example',
        '/\\\\evil.example',
        '////evil.example/%2e%2e',
        '/\r\nSet-Cookie: x=1',
        `/${'a'.repeat(3000)}`,
      ],
    ];
    expect(foreign.length).toBeGreaterThanOrEqual(30);
    for (const next of foreign) {
      const visitor = app.visitor();
      const response = await visitor.post('/login', { email: ALICE, password: PASSWORD, next });
      const location = String(response.headers.location ?? '');
      if (response.status === 303) expect(new URL(location, 'http://ours.example').origin).toBe('http://ours.example');
      else expect(response.status).toBe(422);
      expect(location).not.toMatch(/^(\/\/|\/\\|.*evil\.example.*:)/);
      const shown = await app
        .visitor()
        .get(`/login?next=${encodeURIComponent(next)}`)
        .expect(200);
      const hidden = /name="next" value="([^"]*)"/.exec(shown.text)?.[1] ?? '';
      expect(new URL(hidden, 'http://ours.example').origin).toBe('http://ours.example');
    }
    const own = await app
      .visitor()
      .post('/login', { email: ALICE, password: PASSWORD, next: '/account/?a=1&b=%2F#end' });
    expect(own.headers.location).toBe('/account/?a=1&b=%2F#end');
  }, 60_000);
});
