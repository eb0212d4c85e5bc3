import express, { type Express } from 'express';
import request from 'supertest';
import { type TestApp, testApp } from '../../test/support/test-app';
import { overrideFlag } from '../../test/support/waffle';
import { shareUnit } from '../engine';
import { localActor } from '../lib/viewer';
import { createFlag, type FlagSettings, flagIsActive, updateFlag } from '.';

const ACTOR = localActor('system', 'test');

const fail = (why: string): never => {
  throw new Error(why);
};

let app: TestApp;
const setFlag = async (name: string, settings: Partial<FlagSettings>) => {
  const off = { superusers: false, ...settings };
  await updateFlag(app.services, ACTOR, name, () => off).catch(() => createFlag(app.services, ACTOR, name, off));
};

/** The Set-Cookie lines of an answer that concern flags. */
const flagCookies = (response: request.Response): string[] =>
  ([response.headers['set-cookie'] ?? []].flat() as string[]).filter((line) => line.startsWith('dwf'));

const status = async (
  options: { path?: string; headers?: Record<string, string>; on?: Express } = {},
): Promise<{ active: boolean | undefined; cookies: string[]; response: request.Response }> => {
  const { path = '/waffle_status', headers = {}, on = app.app } = options;
  const response = await request(on).get(path).set(headers);
  return { active: response.body.flags?.shop?.is_active, cookies: flagCookies(response), response };
};

/** An application of its own around the same services, with settings of its own. */
async function appWith(environment: Record<string, string>, work: (other: TestApp) => Promise<void>): Promise<void> {
  const other = await testApp({ environment });
  try {
    await work(other);
  } finally {
    await other.close();
  }
}

beforeAll(async () => {
  app = await testApp();
});
afterAll(() => app.close());

describe('a visitor and a percentage', () => {
  it('is drawn once: the cookie lasts for WAFFLE_MAX_AGE and decides from then on', async () => {
    await setFlag('shop', { percent: 50 });
    const { active, cookies, response } = await status();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(
      new RegExp(
        `^dwf_shop=${active ? 'True' : 'False'}; Max-Age=2592000; Path=/; Expires=[^;]+; HttpOnly; SameSite=Lax$`,
      ),
    );
    expect(response.headers.vary).toContain('Cookie');
    for (const value of ['True', 'False']) {
      const again = await status({ headers: { Cookie: `a=b; dwf_shop=${value}` } });
      expect(again.active).toBe(value === 'True');
      expect(again.cookies[0]).toContain(`dwf_shop=${value}; Max-Age=`);
    }
  });

  it('is drawn into about the share that was asked for', async () => {
    await setFlag('shop', { percent: 50 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => status()));
    const on = answers.filter(({ active }) => active).length;
    expect(on).toBeGreaterThan(10);
    expect(on).toBeLessThan(50);
  });

  it('is drawn again in the next session when it was out during a rollout', async () => {
    await setFlag('shop', { percent: 0.1, rollout: true });
    const { cookies } = await status({ headers: { Cookie: 'dwf_shop=False' } });
    expect(cookies).toEqual(['dwf_shop=False; Path=/; HttpOnly; SameSite=Lax']);
    const inside = await status({ headers: { Cookie: 'dwf_shop=True' } });
    expect(inside.cookies[0]).toContain('Max-Age=2592000');
  });

  it('gets no cookie at 0 percent, without a percentage, and when the flag is decided before', async () => {
    for (const settings of [{ percent: 0 }, { percent: null }, { percent: 50, everyone: true }]) {
      await setFlag('shop', settings);
      expect((await status()).cookies).toEqual([]);
    }
  });

  it('is in or out by account once signed in, without a cookie', async () => {
    await setFlag('shop', { everyone: null, percent: 50 });
    const alice = await app.as('alice');
    const response = await alice.get('/waffle_status').set('Cookie', 'dwf_shop=True');
    expect(response.body.flags.shop.is_active).toBe(shareUnit('shop', app.ids.alice) < 50_000);
    expect(flagCookies(response)).toEqual([]);
  });

  it('has cookies that only travel over HTTPS where the site does', () =>
    appWith({ BASE_URL: 'https://flags.example.com', WAFFLE_MAX_AGE: '60' }, async ({ app: secure, services }) => {
      await createFlag(services, ACTOR, 'shop', { superusers: false, percent: 50 });
      const { cookies } = await status({ on: secure, headers: { Host: 'flags.example.com' } });
      expect(cookies[0]).toMatch(/^dwf_shop=(True|False); Max-Age=60; .*; Secure; SameSite=Lax$/);
    }));

  it('stores no session', async () => {
    await setFlag('shop', { everyone: null, percent: 50, testing: true });
    const before = await app.db('auth_session').count({ n: '*' }).first();
    for (let i = 0; i < 20; i++) await status({ path: '/waffle_status?dwft_shop=1' });
    expect(await app.db('auth_session').count({ n: '*' }).first()).toEqual(before);
  });
});

describe('testers', () => {
  beforeAll(() => setFlag('shop', { everyone: null, percent: null, rollout: false, testing: true }));

  it.each([
    ['1', true],
    ['0', false],
    ['yes', false],
  ])('choose with ?dwft_shop=%s for this browser session', async (value, active) => {
    const answer = await status({ path: `/waffle_status?dwft_shop=${value}` });
    expect(answer.active).toBe(active);
    expect(answer.cookies).toEqual([`dwft_shop=${active ? 'True' : 'False'}; Path=/; HttpOnly; SameSite=Lax`]);
  });

  it('choose with a header', async () => {
    const answer = await status({ headers: { 'DWFT-Shop': '1' } });
    expect(answer.active).toBe(true);
    expect(answer.cookies).toEqual(['dwft_shop=True; Path=/; HttpOnly; SameSite=Lax']);
  });

  it('keep what they chose', async () => {
    const answer = await status({ headers: { Cookie: 'dwft_shop=True' } });
    expect(answer).toMatchObject({ active: true, cookies: [] });
    expect((await status({ headers: { Cookie: 'dwft_shop=False' } })).active).toBe(false);
  });

  it('are not fooled by repeated or odd parameters', async () => {
    expect((await status({ path: '/waffle_status?dwft_shop=1&dwft_shop=0' })).active).toBe(false);
    expect((await status({ path: '/waffle_status?dwft_shop[]=1' })).active).toBe(false);
    expect((await status({ path: '/waffle_status?__proto__=1&dwft_shop=1' })).active).toBe(true);
  });
});

describe('languages', () => {
  beforeAll(() => setFlag('shop', { everyone: null, percent: null, testing: false, languages: ['de', 'en-GB'] }));

  it.each([
    ['de', true],
    ['de-AT, en;q=0.5', true],
    ['en-gb', true],
    ['en', false],
    ['en, de;q=0.9', false],
    ['fr;q=0.5, de;q=0.9', true],
    ['de;q=0', false],
    ['*', false],
    ['', false],
    [';;q=,,=', false],
  ])('Accept-Language: %s', async (header, active) => {
    expect((await status({ headers: { 'Accept-Language': header } })).active).toBe(active);
  });

  it('come from the account when the browser names none', async () => {
    await app.db('auth_user').where({ id: app.ids.alice }).update({ language: 'de' });
    const alice = await app.as('alice');
    const ask = async (header: string) =>
      (await alice.get('/waffle_status').set('Accept-Language', header)).body.flags.shop.is_active;
    expect([await ask(''), await ask('fr')]).toEqual([true, false]);
    await app.db('auth_user').where({ id: app.ids.alice }).update({ language: 'en' });
  });
});

describe('WAFFLE_OVERRIDE', () => {
  it('lets the address decide, whatever the flag says', () =>
    appWith({ WAFFLE_OVERRIDE: '1' }, async ({ app: open, services }) => {
      await createFlag(services, ACTOR, 'shop', { everyone: false });
      const answer = await status({ on: open, path: '/waffle_status?shop=1' });
      expect(answer).toMatchObject({ active: true, cookies: [] });
      expect((await status({ on: open, path: '/waffle_status?shop=2' })).active).toBe(false);
    }));

  it('is off unless it is asked for', async () => {
    await setFlag('shop', { everyone: false });
    expect((await status({ path: '/waffle_status?shop=1' })).active).toBe(false);
  });
});

describe('within one request', () => {
  /** An application whose handler asks as it likes. */
  function asking(handler: (req: express.Request) => unknown): Express {
    const own = express();
    own.set('flags', app.services.flags);
    own.use((req, res) => {
      if (!req.path.startsWith('/machine')) Object.assign(req, { session: {} });
      res.json(handler(req) ?? null);
    });
    return own;
  }

  it('all calls agree, and one cookie is set', async () => {
    await setFlag('shop', { everyone: null, languages: [], percent: 50 });
    const own = asking((req) =>
      Array.from({ length: 20 }, (_, i) => flagIsActive(req, 'shop', { readOnly: i % 2 === 1 })),
    );
    for (let i = 0; i < 10; i++) {
      const response = await request(own).get('/');
      expect(new Set(response.body).size).toBe(1);
      expect(flagCookies(response)).toHaveLength(1);
    }
  });

  it('a change in between shows in the next request only', async () => {
    await setFlag('shop', { everyone: true });
    const own = express();
    own.set('flags', app.services.flags);
    own.use(async (req, res) => {
      const before = flagIsActive(req, 'shop');
      await setFlag('shop', { everyone: false });
      res.json([before, flagIsActive(req, 'shop')]);
    });
    expect((await request(own).get('/')).body).toEqual([true, true]);
    expect((await request(own).get('/')).body).toEqual([false, false]);
  });

  it('reading only draws nobody and sets nothing; who asks properly later is drawn', async () => {
    await setFlag('shop', { everyone: null, percent: 99.9, testing: true });
    const reader = asking((req) => flagIsActive(req, 'shop', { readOnly: true }));
    const read = await request(reader).get('/');
    expect([read.body, flagCookies(read)]).toEqual([false, []]);
    const tested = await request(reader).get('/?dwft_shop=1');
    expect([tested.body, flagCookies(tested)]).toEqual([true, []]);
    const both = asking((req) => [flagIsActive(req, 'shop', { readOnly: true }), flagIsActive(req, 'shop')]);
    expect(flagCookies(await request(both).get('/'))).toHaveLength(1);
    expect(flagCookies(await request(both).get('/?dwft_shop=1'))).toHaveLength(1);
  });

  it('a request that knows no users gets what is for everyone, and nothing else', async () => {
    await setFlag('shop', { everyone: null, percent: 99.9, testing: false, authenticated: true });
    const own = asking((req) => flagIsActive(req, 'shop'));
    const machine = await request(own).get('/machine');
    expect([machine.body, flagCookies(machine)]).toEqual([false, []]);
    await setFlag('shop', { everyone: true });
    expect((await request(own).get('/machine')).body).toBe(true);
  });

  it('an answer that has left already is not disturbed by a draw', async () => {
    await setFlag('shop', { everyone: null, percent: 50, authenticated: false });
    const own = express();
    own.set('flags', app.services.flags);
    own.use((req, res) => {
      Object.assign(req, { session: {} });
      res.write('early ');
      res.end(String(typeof flagIsActive(req, 'shop')));
    });
    expect((await request(own).get('/')).text).toBe('early boolean');
  });

  it('a fault counts as off and the page goes on', async () => {
    await setFlag('shop', { everyone: null, percent: 50 });
    const own = asking((req) => {
      const broken = { configurable: true, get: () => fail('the request cannot be read') };
      Object.defineProperty(req, 'headers', broken);
      const active = flagIsActive(req, 'shop');
      Reflect.deleteProperty(req, 'headers');
      return active;
    });
    const response = await request(own).get('/');
    expect([response.status, response.body]).toEqual([200, false]);
  });

  it('a test can put a flag where it wants it', async () => {
    await setFlag('shop', { everyone: false });
    const own = asking((req) => [flagIsActive(req, 'shop'), flagIsActive(req, 'unheard')]);
    const inside = await overrideFlag(app.services, 'shop', true, () =>
      overrideFlag(app.services, 'unheard', true, () => request(own).get('/')),
    );
    expect(inside.body).toEqual([true, true]);
    expect((await request(own).get('/')).body).toEqual([false, false]);
  });
});
