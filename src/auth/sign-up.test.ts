import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { readOutbox } from '../mail';
import { findAccountByEmail } from './queries';

const STRONG = 'tulip kayak verdigris';

/** The mail that has gone out to somebody, the newest first. */
async function mailTo(app: TestApp, to: string) {
  await app.services.mail.deliverDue();
  return (await readOutbox(app.services.config.dataDir)).filter((letter) => letter.to === to);
}

const tokenIn = (text: string | undefined): string => /\/([\w-]{43})\b/.exec(text ?? '')?.[1] ?? 'no-token';

describe('sign-up', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp({ environment: { BASE_URL: 'http://localhost:3000' } });
  });
  afterEach(() => app.close());

  const ask = (email: string) => app.visitor().post('/signup', { email });
  async function linkFor(email: string): Promise<string> {
    await ask(email);
    return `/verify/${tokenIn((await mailTo(app, email))[0]?.text)}`;
  }

  it('leads from an address over its mail to an account that is signed in', async () => {
    const asked = await ask('  New@Example.com ');
    expect(asked.status).toBe(303);
    expect(asked.headers.location).toBe('/signup/sent?email=New%40Example.com');
    const sent = await app
      .visitor()
      .get(asked.headers.location ?? '')
      .expect(200);
    expect(sent.text).toContain('New@Example.com');
    expect(await findAccountByEmail(app.db, 'new@example.com')).toBeUndefined();

    const [letter] = await mailTo(app, 'new@example.com');
    expect(letter?.text).toContain('http://localhost:3000/verify/');
    const visitor = app.visitor();
    const link = `/verify/${tokenIn(letter?.text)}`;
    await visitor.get(link).expect(200, /new@example\.com/);
    await visitor.get(link).expect(200);
    expect(await findAccountByEmail(app.db, 'new@example.com')).toBeUndefined();

    const done = await visitor.post(link, { name: ' Nia  New ', password: STRONG });
    expect(done.status).toBe(303);
    expect(done.headers.location).toBe('/');
    await visitor.get('/account/').expect(200, /Nia {2}New/);
    const account = await findAccountByEmail(app.db, 'new@example.com');
    expect(account).toMatchObject({ name: 'Nia  New', isStaff: false, isSuperuser: false, isActive: true });
    expect(account?.emailVerifiedAt).not.toBeNull();
    const actions = (await listEntries(app.db, { limit: 2 })).map(({ action, actorId }) => [action, actorId]);
    expect(actions).toEqual([
      ['login', account?.id],
      ['add', account?.id],
    ]);
    expect((await app.visitor().signIn('new@example.com', STRONG)).status).toBe(303);
  });

  it('answers the same for an address that has an account, and tells its owner by mail', async () => {
    const known = await ask('alice@example.com');
    const unknown = await ask('nobody@example.com');
    expect(known.status).toBe(unknown.status);
    expect(known.headers.location?.replace('alice', 'nobody')).toBe(unknown.headers.location);
    expect(Object.keys(known.headers).sort()).toEqual(Object.keys(unknown.headers).sort());
    const [letter] = await mailTo(app, 'alice@example.com');
    expect(letter?.subject).toBe('You already have an account');
    expect(letter?.text).not.toContain('/verify/');
  });

  it('keeps what was typed when a password is refused, and the link still works', async () => {
    const visitor = app.visitor();
    const link = await linkFor('new@example.com');
    const refused = await visitor.post(link, { name: 'Nia New', password: 'P4ssw0rd-2024' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('value="Nia New"');
    expect(refused.text).toContain('common password');
    expect(refused.text).not.toContain('P4ssw0rd-2024');
    const context = await visitor.post(link, { name: 'Nia Hollerith', password: 'hollerith hollows' });
    expect(context.text).toContain('“hollerith”');
    expect((await visitor.post(link, { name: 'Nia New', password: STRONG })).status).toBe(303);
  });

  it('gives each link once, for an hour, and only the latest', async () => {
    const first = await linkFor('new@example.com');
    const second = await linkFor('new@example.com');
    expect(second).not.toBe(first);
    await app.visitor().get(first).expect(410);
    await app.visitor().get(second).expect(200);
    app.clock.advance(61 * 60_000);
    const late = await app.visitor().get(second).expect(410);
    expect((await app.visitor().post(second, { name: 'N', password: STRONG })).status).toBe(410);
    const third = await linkFor('new@example.com');
    expect((await app.visitor().post(third, { name: 'N', password: STRONG })).status).toBe(303);
    const used = await app.visitor().get(third).expect(410);
    const heart = (text: string) => /<h1>.*?<\/p>/s.exec(text)?.[0];
    expect(heart(used.text)).toBe(heart(late.text));
    expect((await app.visitor().post(third, { name: 'N', password: STRONG })).status).toBe(410);
  });

  it('makes one account of a link that is used twice at the same moment', async () => {
    const link = await linkFor('new@example.com');
    const visitors = Array.from({ length: 5 }, () => app.visitor());
    await Promise.all(visitors.map((visitor) => visitor.csrfToken()));
    const results = await Promise.all(visitors.map((visitor) => visitor.post(link, { name: 'N', password: STRONG })));
    expect(results.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(results.filter(({ status }) => status >= 500)).toHaveLength(0);
    expect(await app.db('auth_user').where({ email: 'new@example.com' })).toHaveLength(1);
  });

  it('stops sending after some messages, and says until when', async () => {
    const visitor = app.visitor();
    const results = [];
    for (let turn = 0; turn < 5; turn++) results.push(await visitor.post('/signup', { email: 'new@example.com' }));
    expect(results.map(({ status }) => status)).toEqual([303, 303, 303, 429, 429]);
    expect(results[4]?.headers['retry-after']).toBe('1');
    expect(results[4]?.text).toContain('value="new@example.com"');
    expect(await mailTo(app, 'new@example.com')).toHaveLength(3);
  });

  it('never sends more than eight messages in fifteen minutes, wherever they are asked for', async () => {
    const many = await testApp({ environment: { TRUST_PROXY: '1' } });
    try {
      for (let turn = 0; turn < 20; turn++) {
        const visitor = many.visitor();
        visitor.agent.set('X-Forwarded-For', `203.0.113.${turn}`);
        expect((await visitor.post('/signup', { email: 'new@example.com' })).status).toBe(303);
      }
      expect(await mailTo(many, 'new@example.com')).toHaveLength(8);
    } finally {
      await many.close();
    }
  });

  it.each([
    '',
    'no address',
    'a@b',
    'a@b.example\r\nBcc: c@d.example',
    'a@b.example, c@d.example',
    `${'x'.repeat(250)}@b.example`,
  ])('refuses %j as an address', async (email) => {
    const response = await ask(email);
    expect(response.status).toBe(422);
    expect(await app.db('mail_message')).toHaveLength(0);
  });

  it('builds links from the configured address, whatever a request says of the host', async () => {
    const visitor = app.visitor();
    const token = await visitor.csrfToken();
    for (const headers of [
      { 'X-Forwarded-Host': 'evil.example' },
      { 'X-Original-Host': 'evil.example' },
      { Forwarded: 'host=evil.example' },
    ]) {
      await visitor.agent
        .post('/password/reset')
        .set(headers)
        .type('form')
        .send({ email: 'alice@example.com', _csrf: token });
    }
    await visitor.agent
      .post('/password/reset')
      .set('Host', 'evil.example')
      .type('form')
      .send({ email: 'alice@example.com', _csrf: token })
      .expect(421);
    const letters = await mailTo(app, 'alice@example.com');
    expect(letters).toHaveLength(3);
    for (const { text } of letters) {
      expect(text).toContain('http://localhost:3000/password/reset/');
      expect(text).not.toContain('evil');
    }
  });

  it('says so when no mail can be sent', async () => {
    const production = await testApp({ environment: { NODE_ENV: 'production', BASE_URL: 'http://localhost:3000' } });
    try {
      const page = await production.visitor().get('/signup').set('Host', 'localhost').expect(200);
      expect(page.text).toContain('No mail can be sent from here');
      expect(page.text).not.toContain('name="email"');
    } finally {
      await production.close();
    }
  });
});

describe('password reset', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.close());

  async function linkFor(email: string): Promise<string> {
    await app.visitor().post('/password/reset', { email });
    return `/password/reset/${tokenIn((await mailTo(app, email))[0]?.text)}`;
  }

  it('sets the password, ends every session, tells the person, and does not sign in', async () => {
    const devices = [await app.as('alice'), app.visitor(), app.visitor()];
    for (const device of devices.slice(1)) await device.signIn('alice@example.com');
    const visitor = app.visitor();
    const link = await linkFor('alice@example.com');
    await visitor.get(link).expect(200);
    expect((await app.visitor().signIn('alice@example.com')).status).toBe(303);
    const done = await visitor.post(link, { password: STRONG });
    expect(done.headers.location).toBe('/login?notice=password-changed');
    await visitor.get('/login?notice=password-changed').expect(200, /Your password is changed/);
    await visitor.get('/account/').expect(303);
    for (const device of devices) await device.get('/account/').expect(303);
    expect((await app.visitor().signIn('alice@example.com', PASSWORD)).status).toBe(422);
    expect((await app.visitor().signIn('alice@example.com', STRONG)).status).toBe(303);
    const [letter] = await mailTo(app, 'alice@example.com');
    expect(letter?.subject).toBe('Your password was changed');
    expect(letter?.text).not.toContain(STRONG);
    const entry = (await listEntries(app.db, { limit: 5 })).find(({ action }) => action === 'password_change');
    expect(entry).toMatchObject({ actorId: app.ids.alice, objectId: String(app.ids.alice) });
  });

  it('works once, for an hour, only with the latest link, only for its purpose and address', async () => {
    const dead = async (link: string) => {
      await app.visitor().get(link).expect(410);
      const response = await app.visitor().post(link, { password: STRONG, name: 'x' });
      expect(response.status).toBe(410);
      expect(response.text).toContain('This link does not work any more');
    };
    const first = await linkFor('alice@example.com');
    const second = await linkFor('alice@example.com');
    await dead(first);
    await dead(second.replace('/password/reset/', '/verify/'));
    await dead(second.replace('/password/reset/', '/account/email/'));
    await dead(`${second.slice(0, -1)}${second.endsWith('A') ? 'B' : 'A'}`);
    for (const odd of ['x', '%00', 'a'.repeat(5000), '__proto__', encodeURIComponent("' or 1=1")])
      await dead(`/password/reset/${odd}`);
    app.clock.advance(61 * 60_000);
    await dead(second);
    const third = await linkFor('alice@example.com');
    await app.db('auth_user').where({ email: 'alice@example.com' }).update({ email: 'alice@new.example' });
    await dead(third);
    await app.db('auth_user').where({ email: 'alice@new.example' }).update({ email: 'alice@example.com' });
    await app.db('auth_user').where({ email: 'alice@example.com' }).update({ is_active: false });
    await dead(third);
    await app.db('auth_user').where({ email: 'alice@example.com' }).update({ is_active: true });
    const results = await Promise.all(
      Array.from({ length: 4 }, () => app.visitor()).map((visitor) => visitor.post(third, { password: STRONG })),
    );
    expect(results.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410]);
    await dead(third);
  });

  it('keeps 256 random bits only as a hash', async () => {
    const link = await linkFor('alice@example.com');
    const token = link.split('/').at(-1) ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    for (const table of ['auth_token', 'mail_message', 'audit_entry', 'auth_session', 'auth_throttle']) {
      expect(JSON.stringify(await app.db(table))).not.toContain(token);
    }
  });

  it('answers the same for an address without an account', async () => {
    await app.db('auth_user').where({ email: 'charlie@example.com' }).update({ is_active: false });
    const answers = [];
    for (const email of ['alice@example.com', 'nobody@example.com', 'charlie@example.com']) {
      const { status, headers } = await app.visitor().post('/password/reset', { email });
      answers.push({ status, location: headers.location?.replace(/email=.*/, ''), names: Object.keys(headers).sort() });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect((await mailTo(app, 'nobody@example.com'))[0]?.subject).toBe('No account with this address');
    expect((await mailTo(app, 'charlie@example.com'))[0]?.subject).toBe('No account with this address');
  });

  it('does as much work for an address without an account', async () => {
    await app.services.mail.stop(); // what is sent later in the background is no part of the answer
    const count = (url: string, email: string) => app.countQueries(() => app.visitor().post(url, { email }));
    await count('/password/reset', 'warm-up@example.com');
    for (const url of ['/password/reset', '/signup']) {
      expect(await count(url, 'nobody@example.com')).toBe(await count(url, 'alice@example.com'));
    }
  });
});
