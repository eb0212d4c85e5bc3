import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { readOutbox } from '../mail';
import { isTimeZone, languageChoices, timeZoneChoices } from './choices';
import { describeDevice, isHandheld } from './device';
import { findAccount } from './queries';

const STRONG = 'tulip kayak verdigris';

describe('the account pages', () => {
  let app: TestApp;
  let alice: Visitor;
  beforeEach(async () => {
    app = await testApp({ environment: { BASE_URL: 'http://localhost:3000' } });
    alice = await app.as('alice');
  });
  afterEach(() => app.close());

  const account = () => findAccount(app.db, app.ids.alice);
  const latest = async () => (await listEntries(app.db, { limit: 1 }))[0];
  const mailTo = async (to: string) => {
    await app.services.mail.deliverDue();
    return (await readOutbox(app.services.config.dataDir)).filter((letter) => letter.to === to);
  };

  it('are for people who are signed in', async () => {
    for (const url of ['/account/', '/account/security/', '/account/sessions/', '/account/preferences/']) {
      await app
        .visitor()
        .get(url)
        .expect(303)
        .expect('Location', `/login?next=${encodeURIComponent(url)}`);
      await alice.get(url).expect(200);
    }
    await alice.get('/account').expect(301).expect('Location', '/account/');
    await alice.get('/account/profile').expect(301).expect('Location', '/account/');
  });

  describe('profile', () => {
    it('is saved, said so, and audited with before and after', async () => {
      const saved = await alice.post('/account/', {
        name: 'Alice Åberg',
        language: 'sv',
        timeZone: 'Europe/Stockholm',
      });
      expect(saved.headers.location).toBe('/account/');
      await alice.get('/account/').expect(200, /Your profile is saved\./);
      expect((await alice.get('/account/')).text).not.toContain('Your profile is saved.');
      expect(await account()).toMatchObject({ name: 'Alice Åberg', language: 'sv', timeZone: 'Europe/Stockholm' });
      const entry = await latest();
      expect(entry).toMatchObject({ action: 'change', actorId: app.ids.alice });
      expect(JSON.parse(entry?.before ?? '')).toEqual({ name: 'Alice Owner', language: 'en', timeZone: 'UTC' });
      expect(JSON.parse(entry?.after ?? '')).toMatchObject({ name: 'Alice Åberg', timeZone: 'Europe/Stockholm' });
    });

    it('refuses what is not on the lists and keeps what was typed', async () => {
      const refused = await alice.post('/account/', { name: ' ', language: 'tlh', timeZone: 'Mars/Base' });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('Correct the 3 errors below');
      expect(refused.text).toContain('Enter your name.');
      const kept = await alice.post('/account/', { name: 'A'.repeat(151), language: 'sv', timeZone: 'UTC' });
      expect(kept.text).toContain('A'.repeat(151));
      expect(kept.text).toMatch(/<option value="sv" selected>/);
    });

    it('takes no other column', async () => {
      for (const field of [
        'id',
        'is_staff',
        'is_superuser',
        'isSuperuser',
        'email',
        'password_hash',
        'session_epoch',
      ]) {
        const response = await alice.post('/account/', { name: 'A', language: 'en', timeZone: 'UTC', [field]: '1' });
        expect(response.status).toBe(422);
      }
      expect(await account()).toMatchObject({ name: 'Alice Owner', isSuperuser: false, isStaff: false });
    });
  });

  describe('theme', () => {
    it('is kept and leads back to where it was chosen', async () => {
      const chosen = await alice.post('/account/theme', { theme: 'dark', next: '/account/security/?x=1' });
      expect(chosen.headers.location).toBe('/account/security/?x=1');
      await alice.get('/account/').expect(200, /data-theme="ff-dark"/);
      expect(await latest()).toMatchObject({ action: 'change', message: 'Changed the theme.' });
    });

    it('falls back to the page that it came from, and never to another site', async () => {
      const token = await alice.csrfToken();
      const choose = (referer: string, next?: string) =>
        alice.agent
          .post('/account/theme')
          .set('Referer', referer)
          .type('form')
          .send({ theme: 'light', _csrf: token, ...(next === undefined ? {} : { next }) });
      expect((await choose('http://localhost:3000/integrations/?a=b')).headers.location).toBe('/integrations/?a=b');
      expect((await choose('http://evil.example//evil.example/')).headers.location).toBe('/account/preferences/');
      expect((await choose('no address', 'https://evil.example/')).headers.location).toBe('/account/preferences/');
    });

    it('is one of three', async () => {
      expect((await alice.post('/account/theme', { theme: 'ff-dark"><script>' })).status).toBe(400);
      expect((await alice.post('/account/theme', {})).status).toBe(400);
    });
  });

  describe('password', () => {
    it('is changed with the present one; this session goes on under a new id, all others end', async () => {
      const other = app.visitor();
      await other.signIn('alice@example.com');
      const old = alice.agent.jar
        .getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false })
        .toValueString();
      const changed = await alice.post('/account/password', { current_password: PASSWORD, new_password: STRONG });
      expect(changed.headers.location).toBe('/account/security/');
      await alice.get('/account/security/').expect(200, /Your password is changed\./);
      await other.get('/account/').expect(303);
      await app.visitor().get('/account/').set('Cookie', old).expect(303);
      expect((await app.visitor().signIn('alice@example.com', STRONG)).status).toBe(303);
      const letters = await mailTo('alice@example.com');
      expect(letters.map(({ subject }) => subject)).toEqual(['Your password was changed']);
      expect(letters[0]?.text).not.toMatch(/tulip|correct horse/);
    });

    it('stays without the present one', async () => {
      const before = (await account())?.passwordHash;
      const refused = await alice.post('/account/password', { current_password: 'wrong', new_password: STRONG });
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('This is not your present password. Nothing was changed.');
      expect(await latest()).toMatchObject({ action: 'confirmation_failed', actorId: app.ids.alice });
      expect((await alice.post('/account/password', { new_password: STRONG })).status).toBe(422);
      for (let turn = 0; turn < 2; turn++) {
        await alice.post('/account/password', { current_password: `wrong ${turn}`, new_password: STRONG });
      }
      const wait = await alice.post('/account/password', { current_password: PASSWORD, new_password: STRONG });
      expect(wait.status).toBe(429);
      expect(wait.headers['retry-after']).toBe('1');
      expect((await account())?.passwordHash).toBe(before);
      expect(await mailTo('alice@example.com')).toHaveLength(0);
    });

    it.each([
      ['too short', 'at least 12'],
      ['alice owner 123', '“alice”'],
      ['qwertyuiop12', 'keyboard'],
      ['x'.repeat(200), 'at most 128'],
      ['', 'Enter a new password.'],
    ])('cannot become %j', async (password, reason) => {
      const refused = await alice.post('/account/password', { current_password: PASSWORD, new_password: password });
      expect(refused.status).toBe(422);
      expect(refused.text).toContain(reason);
    });
  });

  describe('e-mail address', () => {
    const ask = (email: string, current = PASSWORD) =>
      alice.post('/account/email', { email, current_password: current });
    const linkIn = (text = '') => /\/account\/email\/[\w-]{43}/.exec(text)?.[0] ?? '/account/email/none';

    it('changes when the link at the new one is used, and the old one is told', async () => {
      await ask('Alice@New.example');
      expect((await account())?.email).toBe('alice@example.com');
      const link = linkIn((await mailTo('alice@new.example'))[0]?.text);
      const elsewhere = app.visitor();
      await elsewhere.get(link).expect(200, /Use the new address/);
      await elsewhere.get(link).expect(200);
      expect((await account())?.email).toBe('alice@example.com');
      const done = await elsewhere.post(link);
      expect(done.headers.location).toBe('/login?notice=email-changed');
      expect((await account())?.email).toBe('alice@new.example');
      expect((await mailTo('alice@example.com')).map(({ subject }) => subject)).toEqual([
        'Your e-mail address was changed',
      ]);
      expect((await elsewhere.post(link)).status).toBe(410);
      expect((await app.visitor().signIn('alice@new.example')).status).toBe(303);
      expect(
        (await listEntries(app.db, { limit: 5 })).find(({ message }) => message === 'Changed the e-mail address.'),
      ).toMatchObject({ actorId: app.ids.alice });
    });

    it('stays without the present password', async () => {
      expect((await ask('alice@new.example', 'wrong')).status).toBe(403);
      expect(await mailTo('alice@new.example')).toHaveLength(0);
    });

    it('cannot be somebody else’s, which only that address learns', async () => {
      const taken = await ask('charlie@example.com');
      const free = await ask('free@example.com');
      expect(taken.status).toBe(free.status);
      const [letter] = await mailTo('charlie@example.com');
      expect(letter?.subject).toBe('This address belongs to another account');
      expect(letter?.text).not.toContain('/account/email/');
    });

    it('cannot be taken twice', async () => {
      await ask('new@example.com');
      const link = linkIn((await mailTo('new@example.com'))[0]?.text);
      await app.db('auth_user').where({ email: 'charlie@example.com' }).update({ email: 'new@example.com' });
      expect((await alice.post(link)).status).toBe(410);
      expect((await account())?.email).toBe('alice@example.com');
    });

    it('voids links to the old one', async () => {
      await app.visitor().post('/password/reset', { email: 'alice@example.com' });
      const reset = /\/password\/reset\/[\w-]{43}/.exec((await mailTo('alice@example.com'))[0]?.text ?? '')?.[0] ?? '';
      await ask('new@example.com');
      await alice.post(linkIn((await mailTo('new@example.com'))[0]?.text));
      await app.visitor().get(reset).expect(410);
    });
  });

  describe('sessions', () => {
    it('are listed with device, address and last use, the present one first', async () => {
      const phone = app.visitor();
      phone.agent.set(
        'User-Agent',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1',
      );
      await phone.signIn('alice@example.com');
      app.clock.advance(5 * 60_000);
      await phone.get('/account/');
      const page = await alice.get('/account/sessions/').expect(200);
      expect(page.text).toContain('Safari on iPhone');
      expect(page.text).toMatch(/127\.0\.0\.1/);
      expect(page.text).toContain('5 minutes ago');
      expect(page.text.match(/This one/g)).toHaveLength(1);
      expect(page.text.indexOf('This one')).toBeLessThan(page.text.indexOf('iPhone'));
    });

    it('say what happened when one is ended, and audit it', async () => {
      const other = app.visitor();
      await other.signIn('alice@example.com');
      const id = /name="session" value="([0-9a-f]{16})"/.exec((await alice.get('/account/sessions/')).text)?.[1] ?? '';
      await alice.post('/account/sessions/end', { session: id });
      await alice.get('/account/sessions/').expect(200, /The session is ended\./);
      expect(await latest()).toMatchObject({ action: 'session_end', actorId: app.ids.alice });
      await other.get('/account/').expect(303);
      await alice.post('/account/sessions/end', { session: id });
      await alice.get('/account/sessions/').expect(200, /had ended already/);
      for (const bad of ['', '%', 'x'.repeat(16), '0'.repeat(64)]) {
        expect((await alice.post('/account/sessions/end', { session: bad })).status).toBe(400);
      }
    });
  });
});

describe('what a device calls itself', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Linux', false],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0',
      'Edge on Windows',
      false,
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15',
      'Safari on macOS',
      false,
    ],
    ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36', 'Chrome on Android', true],
    ['curl/8.5.0', 'curl', false],
    ['', 'Unknown device', false],
  ])('%s', (userAgent, name, handheld) => {
    expect(describeDevice(userAgent)).toBe(name);
    expect(isHandheld(userAgent)).toBe(handheld);
  });
});

describe('what may be chosen', () => {
  it('are zones and languages that the formatters know', () => {
    const zones = timeZoneChoices.flatMap(({ options }) => options.map(({ value }) => value));
    expect(zones).toEqual(expect.arrayContaining(['UTC', 'Europe/Kyiv', 'Asia/Kolkata', 'America/Phoenix']));
    for (const timeZone of zones) expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
    expect(new Set(zones).size).toBe(zones.length);
    expect(isTimeZone('Asia/Calcutta')).toBe(true);
    expect(['', 'Mars/Base', '../etc', 'UTC/', '+01:00'].some(isTimeZone)).toBe(false);
    expect(languageChoices.map(({ text }) => text)).toEqual(expect.arrayContaining(['English', 'German']));
  });
});
