import express, { type Express } from 'express';
import request from 'supertest';
import { type TestApp, testApp } from '../../test/support/test-app';
import { overrideFlag, overrideSample, overrideSwitch } from '../../test/support/waffle';
import { errorHandler } from '../web/errors';
import { anyone, Routes } from '../web/routes';
import { requireFlag, requireSwitch, sampleIsActive, switchIsActive } from '.';

let app: TestApp;
let own: Express;

beforeAll(async () => {
  app = await testApp();
  const here: express.RequestHandler = (_req, res) => void res.send('here');
  const routes = new Routes()
    .get('/flag', anyone, requireFlag('shop'), here)
    .get('/not-flag', anyone, requireFlag('!shop'), here)
    .get('/flag-or-leave', anyone, requireFlag('shop', { redirectTo: '/elsewhere' }), here)
    .get('/switch', anyone, requireSwitch('shop'), here)
    .get('/not-switch', anyone, requireSwitch('!shop'), here)
    .get('/switch-or-leave', anyone, requireSwitch('!shop', { redirectTo: '/elsewhere' }), here);
  own = express();
  own.set('flags', app.services.flags);
  own.set('templates', app.services.templates);
  own.use(routes.router, errorHandler(app.services.log));
});
afterAll(() => app.close());

const answer = async (path: string): Promise<string> => {
  const response = await request(own).get(path).set('Accept', 'application/json');
  return response.headers.location ?? (response.status === 200 ? response.text : String(response.status));
};

describe('a guarded route', () => {
  it.each([
    ['/flag', true, 'here'],
    ['/flag', false, '404'],
    ['/not-flag', true, '404'],
    ['/not-flag', false, 'here'],
    ['/flag-or-leave', true, 'here'],
    ['/flag-or-leave', false, '/elsewhere'],
  ])('%s, while the flag is %s, answers %s', (path, value, expected) =>
    overrideFlag(app.services, 'shop', value, async () => expect(await answer(path)).toBe(expected)),
  );

  it.each([
    ['/switch', true, 'here'],
    ['/switch', false, '404'],
    ['/not-switch', true, '404'],
    ['/not-switch', false, 'here'],
    ['/switch-or-leave', true, '/elsewhere'],
    ['/switch-or-leave', false, 'here'],
  ])('%s, while the switch is %s, answers %s', (path, value, expected) =>
    overrideSwitch(app.services, 'shop', value, async () => expect(await answer(path)).toBe(expected)),
  );

  it('is closed while nothing of the name exists', async () => {
    expect(await answer('/flag')).toBe('404');
    expect(await answer('/switch')).toBe('404');
  });
});

describe('outside of requests', () => {
  it('switches and samples are asked of the services', async () => {
    await overrideSwitch(app.services, 'shop', true, () => expect(switchIsActive(app.services, 'shop')).toBe(true));
    await overrideSample(app.services, 'shop', true, () => expect(sampleIsActive(app.services, 'shop')).toBe(true));
    expect([switchIsActive(app.services, 'shop'), sampleIsActive(app.services, 'shop')]).toEqual([false, false]);
  });

  it('what a test overrides comes back, in whatever order it ends', async () => {
    const { flags } = app.services;
    const [first, second] = [flags.override('switch', 'a', true), flags.override('switch', 'a', false)];
    expect(flags.switchIsActive('a')).toBe(false);
    first();
    expect(flags.switchIsActive('a')).toBe(false);
    flags.override('switch', 'a', true)();
    second();
    expect(flags.switchIsActive('a')).toBe(false);
    await expect(overrideFlag(app.services, 'a', true, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(flags.flagIsActiveFor(undefined, 'a')).toBe(false);
  });
});
