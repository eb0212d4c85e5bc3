import { createHmac, generateKeyPairSync, hkdfSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp, Visitor } from '../../test/support/test-app';
import { createApp } from '../app';

const ME = '/api/v1/producers/me/';
const TOKEN = '/api/v1/token/';
const REFRESH = '/api/v1/token/refresh/';
const MINUTE = 60_000;

let t: TestApp;
beforeEach(async () => {
  t = await testApp({ environment: { API_RATE_PER_ADDRESS: '10000' } });
});
afterEach(() => t?.close());

const me = (access: string) => t.visitor().bring(access).get(ME);
const refresh = (token: unknown) => t.visitor().postJson(REFRESH, { refresh: token });
const grants = async (): Promise<number> => (await t.db('auth_refreshtoken').select('id')).length;
const newest = async () => t.db('audit_entry').orderBy('seq', 'desc').first();

/** A claim of a token, read without asking whether the token is right. */
const partOf = (token: string, part: number) =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

describe('a pair of tokens', () => {
  it('is given for e-mail and password, and says how long it lasts', async () => {
    const { body, headers } = await t
      .visitor()
      .postJson(TOKEN, { email: ' Alice@Example.com ', password: PASSWORD })
      .expect(200);
    expect(body).toEqual({
      access: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh: expect.stringMatching(/^fsr_[\w-]{65}_[0-9a-f]{8}$/),
      token_type: 'Bearer',
      expires_in: 300,
    });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']).toBeUndefined();
    expect(partOf(body.access, 0)).toEqual({
      alg: 'HS256',
      typ: 'at+jwt',
      kid: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    const claims = partOf(body.access, 1);
    expect(claims).toMatchObject({ iss: t.services.config.baseUrl, aud: 'flagstaff-api', sub: String(t.ids.alice) });
    expect(claims.exp - claims.iat).toBe(300);
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub']);
    expect((await me(body.access).expect(200)).body.slug).toBe('arizona-comedy');
    expect(await newest()).toMatchObject({
      action: 'login',
      actor_label: 'alice@example.com',
      message: 'Signed in with a password, as a program.',
    });
  });

  it('is refused the same to who mistypes, who does not exist and who is switched off', async () => {
    await t.db('auth_user').where({ id: t.ids.charlie }).update({ is_active: false });
    const answers = [];
    for (const [email, password] of [
      ['alice@example.com', 'not the password'],
      ['nobody@example.com', PASSWORD],
      ['charlie@example.com', PASSWORD],
      ['al\u0000ic\u0000@example.com', PASSWORD], // which PostgreSQL takes for no text at all
    ]) {
      const { status, body, headers } = await t.visitor().postJson(TOKEN, { email, password });
      const { date: _, etag: _etag, 'x-request-id': _id, ...rest } = headers;
      answers.push({ status, error: { ...body.error, request_id: '' }, rest });
    }
    expect(answers[0]).toMatchObject({ status: 401, error: { code: 'wrong_credentials' } });
    expect(answers[0]?.rest['www-authenticate']).toBe('Bearer realm="Flagstaff"');
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[3]).toEqual(answers[0]);
    expect((await t.visitor().post('/login', { email: '\u0000', password: PASSWORD })).status).toBe(422);
    expect(await grants()).toBe(0);
  });

  it('is guessed at no more often than the form of sign-in allows: both count together', async () => {
    const wrong = { email: 'alice@example.com', password: 'wrong' };
    expect((await t.visitor().signIn(wrong.email, wrong.password)).status).toBe(422);
    for (let guess = 0; guess < 2; guess++) await t.visitor().postJson(TOKEN, wrong).expect(401);
    const { body, headers } = await t
      .visitor()
      .postJson(TOKEN, { ...wrong, password: PASSWORD })
      .expect(429);
    expect(body.error.code).toBe('too_many_requests');
    expect(headers['retry-after']).toBe('1');
    expect((await t.visitor().signIn(wrong.email, PASSWORD)).status).toBe(429);
    t.clock.advance(1_001);
    await t
      .visitor()
      .postJson(TOKEN, { ...wrong, password: PASSWORD })
      .expect(200);
  });

  it.each<[string, unknown, number]>([
    [
      'a field that is not there',
      { email: 'alice@example.com', password: PASSWORD, feature_flags: { ai_agents_enabled: true } },
      422,
    ],
    ['a number for a text', { email: 'alice@example.com', password: 1 }, 422],
    ['a list for a text', { email: ['alice@example.com'], password: PASSWORD }, 422],
    ['a field less', { email: 'alice@example.com' }, 422],
    ['a list', [], 422],
    ['nothing', {}, 422],
    ['a name that every object has', '{"email":"alice@example.com","password":"x","__proto__":{"is_staff":true}}', 422],
    ['half a body', '{"email":', 400],
    ['a text', '"email"', 400],
    ['too much', { email: 'a'.repeat(70_000), password: 'x' }, 413],
  ])('is not given for %s', async (_what, body, status) => {
    const answer = await t.visitor().postJson(TOKEN, body).expect(status);
    expect(answer.body.error).toEqual({
      code: expect.stringMatching(/^\w+$/),
      message: expect.stringMatching(/^[^{}<>]{10,300}$/),
      request_id: answer.headers['x-request-id'],
    });
    expect(answer.body.error.message).not.toContain(PASSWORD);
    expect(({} as Record<string, unknown>).is_staff).toBeUndefined();
    expect(await grants()).toBe(0);
  });

  it('names the fields that it does not know', async () => {
    const { body } = await refresh('x').expect(401);
    expect(body.error.code).toBe('invalid_refresh_token');
    const unknown = await t.visitor().postJson(REFRESH, { refresh: 'x', feature_flags: {}, role: 'owner' }).expect(422);
    expect(unknown.body.error.message).toBe('There is no field “feature_flags”, “role” here. Nothing was changed.');
  });

  it('comes for JSON alone', async () => {
    const form = t.visitor().agent.post(TOKEN).type('form').send({ email: 'alice@example.com', password: PASSWORD });
    expect((await form.expect(415)).body.error.code).toBe('unsupported_media_type');
    await t.visitor().agent.post(TOKEN).type('text/plain').send('{"email":"a","password":"b"}').expect(415);
  });
});

describe('an access token', () => {
  it('counts for five minutes', async () => {
    const { access } = await t.tokens('alice');
    t.clock.advance(5 * MINUTE - 1_000);
    await me(access).expect(200);
    t.clock.advance(2_000);
    const { body, headers } = await me(access).expect(401);
    expect(body.error.code).toBe('not_signed_in');
    expect(headers['www-authenticate']).toBe('Bearer realm="Flagstaff", error="invalid_token"');
    expect(headers.location).toBeUndefined();
  });

  it('is worth nothing outside the API', async () => {
    const { access } = await t.tokens('sam');
    const sam = t.visitor().bring(access);
    for (const url of ['/account/', '/admin/', '/dashboard/overview', '/integrations/']) {
      const { status, headers } = await sam.get(url);
      expect([url, status, String(headers.location)]).toEqual([url, 303, expect.stringMatching(/^\/login\?next=/)]);
    }
  });

  it('leaves no session behind, and no cookie', async () => {
    const alice = await t.program('alice');
    for (let times = 0; times < 3; times++) {
      expect((await alice.get(ME).expect(200)).headers['set-cookie']).toBeUndefined();
      expect((await t.visitor().get(ME).expect(401)).headers['set-cookie']).toBeUndefined();
    }
    expect(await t.db('auth_session')).toHaveLength(0);
  });

  it('that is wrong is nobody, even with the cookie of a session beside it', async () => {
    const alice = await t.as('alice');
    await alice.get(ME).expect(200);
    await alice.get(ME).set('Authorization', 'Bearer wrong').expect(401);
    await alice.get(ME).set('Authorization', 'Basic YTpi').expect(200); // a proxy's in front of us
  });

  it('is refused unless it is ours to the last claim', async () => {
    const { access } = await t.tokens('alice');
    const [head = '', claims = '', signature = ''] = access.split('.');
    const { kid } = partOf(access, 0);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = partOf(access, 1);
    const [secret = ''] = t.services.config.sessionSecrets;
    const hmac = (text: string, key: string | Buffer) => createHmac('sha256', key).update(text).digest('base64url');
    const signed = (header: object, body: object, key: string | Buffer = secret) => {
      const text = `${encode(header)}.${encode(body)}`;
      return `${text}.${hmac(text, key)}`;
    };
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const rs256 = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid }).sign(privateKey);
    const hs512 = `${encode({ alg: 'HS512', typ: 'at+jwt', kid })}.${claims}`;
    const bad: Record<string, string> = {
      'no algorithm': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.`,
      'no algorithm, in capitals': `${encode({ alg: 'NONE', typ: 'at+jwt', kid })}.${claims}.`,
      'no algorithm, with a signature': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.${signature}`,
      'no signature': `${head}.${claims}.`,
      'another algorithm': `${hs512}.${createHmac('sha512', secret).update(hs512).digest('base64url')}`,
      'an algorithm of another kind': rs256,
      'a public key as a secret': signed({ alg: 'HS256', typ: 'at+jwt', kid }, payload, pem.toString()),
      'the secret itself as the key': signed({ alg: 'HS256', typ: 'at+jwt', kid }, payload),
      'another key': signed({ alg: 'HS256', typ: 'at+jwt', kid: '00000000' }, payload),
      'a key of its own': signed({ alg: 'HS256', typ: 'at+jwt', jwk: { kty: 'oct', k: 'AAAA' } }, payload, 'AAAA'),
      'an empty key': signed({ alg: 'HS256', typ: 'at+jwt', kid: '' }, payload, ''),
      'a key by a path': signed({ alg: 'HS256', typ: 'at+jwt', kid: '../../dev/null' }, payload, ''),
      'a changed claim': `${head}.${encode({ ...payload, sub: String(t.ids.sam) })}.${signature}`,
      'a changed signature': `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'a part more': `${access}.x`,
      'a part less': `${head}.${claims}`,
      'too long a text': 'a'.repeat(5_000),
    };
    for (const [name, token] of Object.entries(bad)) {
      expect([name, (await me(token)).status]).toEqual([name, 401]);
    }
    await me(access).expect(200);
  });

  it('is refused when it is meant for something else, or elsewhere', async () => {
    const { access } = await t.tokens('alice');
    const { kid } = partOf(access, 0);
    const good = partOf(access, 1);
    const { config } = t.services;
    const key = hkdfSync('sha256', config.sessionSecrets[0] ?? '', '', 'flagstaff access token v1', 32);
    const make = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid, ...header }).sign(new Uint8Array(key));
    await me(await make(good)).expect(200); // so that the others fail for their own reason
    const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([each]) => each !== name));
    for (const claims of [
      { ...good, iss: 'https://elsewhere.example' },
      { ...good, aud: 'another-api' },
      { ...good, sub: '0' },
      { ...good, sub: `${t.ids.alice} or 1=1` },
      { ...good, sub: t.ids.alice },
      { ...good, sub: String(t.ids.charlie) },
      { ...good, sid: '999999' },
      { ...good, nbf: good.exp },
      { ...good, exp: good.iat - 1 },
      ...['iss', 'aud', 'sub', 'sid', 'iat', 'exp'].map(without),
    ]) {
      expect([claims, (await me(await make(claims))).status]).toEqual([claims, 401]);
    }
    for (const header of [{ typ: 'JWT' }, { typ: undefined }, { crit: ['x'], x: 1 }]) {
      const token = await make(good, header).catch(() => 'cannot even be made');
      expect([header, (await me(token)).status]).toEqual([header, 401]);
    }
    const { refresh: spare } = await t.tokens('alice');
    await me(spare).expect(401);
  });

  it('goes on counting while the secrets rotate, and ends with the secret it was signed with', async () => {
    const { access } = await t.tokens('alice');
    const [old = ''] = t.services.config.sessionSecrets;
    const fresh = 'another-session-secret-9876543210-zyxwvutsrq';
    const under = (sessionSecrets: string[]) =>
      new Visitor(createApp({ ...t.services, config: { ...t.services.config, sessionSecrets } }));
    await under([fresh, old]).bring(access).get(ME).expect(200);
    await under([fresh]).bring(access).get(ME).expect(401);
    const given = { email: 'alice@example.com', password: PASSWORD };
    const { body } = await under([fresh, old]).postJson(TOKEN, given).expect(200);
    await me(body.access).expect(401);
    await under([fresh]).bring(body.access).get(ME).expect(200);
  });
});
