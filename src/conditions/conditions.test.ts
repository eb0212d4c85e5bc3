import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import pino from 'pino';
import { manage } from '../../test/support/manage';
import { scratchDirectory } from '../../test/support/run-state';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listEntries } from '../audit';
import { createServices } from '../services';
import { errorHandler } from '../web/errors';
import { render } from '../web/respond';
import { anyone, Routes } from '../web/routes';
import {
  conditionLocals,
  flagCheck,
  flaggedRoute,
  flagRequired,
  isDisabled,
  isEnabled,
  pickByFlag,
  withFlags,
} from '.';

const SETTINGS = `
flags:
  from.settings.on: true
  from.settings.never: [{boolean: false, required: true}]
  from.settings.path: [{path matches: ^/here, required: true}]
  from.settings.mistaken: [{moon phase: full}, {percent: many}]
`;

const PLACES: RequestHandler = (req, res) => {
  const asked = String(req.query.flag);
  const picked = pickByFlag(req, asked, { on: 'new', off: 'old' });
  res.json({ on: isEnabled(req, asked), off: isDisabled(req, asked), picked, page: render(req, res, 'tags.njk') });
};

let app: TestApp;
let own: Express;

beforeAll(async () => {
  const file = path.join(mkdtempSync(path.join(scratchDirectory(), 'flags-')), 'flags.yaml');
  writeFileSync(file, SETTINGS);
  app = await testApp({
    environment: { FEATURE_FLAGS_FILE: file, FLAG_FROM__VARIABLE__ON: 'yes', FLAG_FROM__SETTINGS__NEVER: 'true' },
  });
  const say =
    (text: string): RequestHandler =>
    (_req, res) =>
      void res.send(text);
  const routes = new Routes()
    .get('/places', anyone, PLACES)
    .get('/required', anyone, flagRequired('shop.door.open'), say('here'))
    .get('/required-or', anyone, flagRequired('shop.door.open', { fallback: say('instead') }), say('here'))
    .get('/check', anyone, flagCheck('shop.door.open', false, { fallback: say('instead') }), say('here'))
    .get('/here', anyone, flagRequired('from.settings.path'), say('here'))
    .get('/there', anyone, flagRequired('from.settings.path'), say('here'))
    .mount(flaggedRoute('/flagged', 'shop.door.open', say('here'), say('instead'), { policy: anyone }))
    .mount(flaggedRoute('/for-people', 'shop.door.open', say('here')));
  own = express();
  own.set('flags', app.services.flags);
  own.set('conditionFlags', app.services.conditionFlags);
  own.use(conditionLocals(app.services.conditionFlags), routes.router, errorHandler(app.services.log));
  own.set('templates', {
    render: (name: string, locals: object) =>
      name === 'tags.njk'
        ? app.services.templates.renderString(TAGS, locals)
        : app.services.templates.render(name, locals),
  });
});
afterAll(() => app.close());

const TAGS =
  '{% flag_enabled "shop.door.open" %}open{% else %}shut{% endflag_enabled %} {% flag_disabled "shop.door.open" %}shut{% else %}open{% endflag_disabled %}';

const flags = () => app.services.conditionFlags;
const answer = async (url: string): Promise<string> => {
  const response = await app.visitorOf(own).get(url).set('Accept', 'application/json');
  return response.status === 200 ? response.text : String(response.status);
};
const messages = async (name: string) =>
  (await listEntries(app.db, { limit: 50, objectType: 'flags.flag', objectId: name })).map(
    ({ action, message }) => `${action}: ${message}`,
  );

describe('the manager', () => {
  it('makes a flag as its default says, turns it on and off, and deletes it, each with its audit entry', async () => {
    const name = 'shop.window.light';
    expect(flags().flagState(name)).toBeUndefined();
    expect([flags().isEnabled(name), flags().isDisabled(name)]).toEqual([false, true]);
    await flags().createFlag({ name, description: 'The light at night.', default: true });
    expect(flags().isEnabled(name)).toBe(true);
    expect(await flags().disable(name)).toEqual({ changed: true, state: 'Off for everyone.', standing: 'off' });
    expect(flags().flagState(name)).toBe(false);
    expect((await flags().disable(name)).changed).toBe(false);
    await flags().addCondition(name, { condition: 'user', value: 'alice@example.com' });
    expect(flags().isEnabled(name, { viewer: { id: 1, email: 'alice@example.com', isStaff: false, groups: [] } })).toBe(
      true,
    );
    expect(await flags().enable(name)).toMatchObject({ changed: true, standing: 'on' });
    await flags().deleteFlag(name);
    expect(flags().flagState(name)).toBeUndefined();
    expect((await messages(name)).reverse()).toEqual([
      'add: Added the flag, on for everyone.',
      'change: Turned off.',
      'change: Added the condition user: alice@example.com.',
      'change: Turned on.',
      'delete: Deleted the flag with boolean: true, user: alice@example.com.',
    ]);
  });

  it('refuses names, conditions and values that mean nothing, and keeps what there is', async () => {
    await flags().createFlag({ name: 'shop.door.open' });
    const add = (condition: string, value: string, name = 'shop.door.open') =>
      flags().addCondition(name, { condition, value });
    await expect(flags().createFlag({ name: 'two words' })).rejects.toMatchObject({ status: 422 });
    await expect(flags().createFlag({ name: 'shop.door.open' })).rejects.toMatchObject({ status: 409 });
    await expect(flags().createFlag({ name: 'from.settings.on' })).rejects.toMatchObject({ status: 409 });
    await expect(add('moon phase', 'full')).rejects.toMatchObject({ status: 422 });
    await expect(add('percent', 'many')).rejects.toMatchObject({ status: 422 });
    await expect(add('user', 'nobody@example.com')).rejects.toMatchObject({ status: 422 });
    await expect(add('group', 'No such group')).rejects.toMatchObject({ status: 422 });
    await expect(add('boolean', 'false')).rejects.toMatchObject({ status: 409 });
    await expect(add('boolean', 'true', 'nobody.knows.this')).rejects.toMatchObject({ status: 404 });
    await expect(flags().enable('nobody.knows.this')).rejects.toMatchObject({ status: 404 });
    await expect(flags().deleteFlag('from.settings.on')).rejects.toMatchObject({ status: 404 });
    expect(flags().find('shop.door.open')?.conditions).toHaveLength(1);
    expect(flags().find('nobody.knows.this')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes %s for a name like any other',
    async (name) => {
      expect(flags().flagState(name)).toBeUndefined();
      await flags().createFlag({ name, default: true });
      expect(flags().flagState(name)).toBe(true);
      await flags().deleteFlag(name);
      expect(flags().flagState(name)).toBeUndefined();
    },
  );

  it('puts the sources together: what is required there cannot be overridden here', async () => {
    expect(flags().find('from.settings.never')?.origins).toEqual(['settings', 'environment']);
    await flags().addCondition('from.settings.never', { condition: 'boolean', value: 'true' });
    expect(flags().isEnabled('from.settings.never')).toBe(false);
    expect(flags().find('from.settings.never')?.origins).toEqual(['settings', 'environment', 'database']);
    expect([flags().isEnabled('from.settings.on'), flags().isEnabled('from.variable.on')]).toEqual([true, true]);
    expect(flags().isEnabled('from.settings.mistaken')).toBe(false);
    expect(
      flags()
        .explain('from.settings.mistaken')
        .conditions.map(({ note }) => note),
    ).toEqual([
      expect.stringContaining('There is no condition “moon phase”'),
      expect.stringContaining('Write a percentage'),
    ]);
    expect(flags().explain('nobody.knows.this')).toMatchObject({ state: undefined, conditions: [] });
  });

  it('asks no database', async () => {
    const count = await app.countQueries(async () => {
      for (const { name } of flags().list()) flags().isEnabled(name, { path: '/', viewer: null });
    });
    expect(count).toBe(0);
  });
});

describe('in a request', () => {
  it('guards, tags and picks ask for who makes it', async () => {
    const all = () =>
      Promise.all(
        ['/required', '/required-or', '/check', '/flagged', '/for-people', '/places?flag=shop.door.open'].map(answer),
      );
    await flags().disable('shop.door.open');
    expect(await all()).toEqual([
      '404',
      'instead',
      'here',
      'instead',
      '401',
      JSON.stringify({ on: false, off: true, picked: 'old', page: 'shut shut' }),
    ]);
    await flags().enable('shop.door.open');
    expect(await all()).toEqual([
      'here',
      'here',
      'instead',
      'here',
      '401',
      JSON.stringify({ on: true, off: false, picked: 'new', page: 'open open' }),
    ]);
    expect([await answer('/here?a=1'), await answer('/there')]).toEqual(['here', '404']);
  });

  it('a visitor gets an id with the first share, and keeps it', async () => {
    await flags().createFlag({ name: 'shop.draw.lots' });
    const cookies = (response: { headers: Record<string, string> }) => String(response.headers['set-cookie'] ?? '');
    const visitor = app.visitorOf(own);
    const before = await visitor.get('/places?flag=shop.draw.lots');
    expect(cookies(before)).toBe('');
    await flags().addCondition('shop.draw.lots', { condition: 'percent', value: '50' });
    const first = await visitor.get('/places?flag=shop.draw.lots');
    expect(cookies(first)).toMatch(/^ff_visitor=[0-9a-f-]{36};.*HttpOnly; SameSite=Lax/);
    for (let i = 0; i < 5; i++) {
      const again = await visitor.get('/places?flag=shop.draw.lots');
      expect(again.body).toEqual(first.body);
      expect(cookies(again)).toBe('');
    }
    const stranger = await app.visitorOf(own).get('/places?flag=shop.draw.lots').set('Cookie', 'ff_visitor=chosen');
    expect(cookies(stranger)).toMatch(/^ff_visitor=/);
  });
});

describe('withFlags', () => {
  it('counts inside, for requests too, and nowhere beside or afterwards', async () => {
    const name = 'nobody.knows.this';
    const seen: (boolean | undefined)[] = [];
    await Promise.all([
      withFlags({ [name]: true }, async () => {
        await new Promise(setImmediate);
        expect(flags().isEnabled(name)).toBe(true);
        await withFlags({ [name]: false, other: true }, async () => {
          await new Promise(setImmediate);
          expect([flags().isEnabled(name), flags().isEnabled('other')]).toEqual([false, true]);
        });
        expect(flags().flagState('other')).toBeUndefined();
        expect(JSON.parse(await answer(`/places?flag=${name}`))).toMatchObject({ on: true, picked: 'new' });
      }),
      (async () => {
        for (let i = 0; i < 5; i++) {
          await new Promise(setImmediate);
          seen.push(flags().flagState(name));
        }
      })(),
    ]);
    expect(new Set(seen)).toEqual(new Set([undefined]));
    await expect(withFlags({ [name]: true }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(flags().flagState(name)).toBeUndefined();
  });
});

describe('commands', () => {
  const run = (words: string) => manage(words, { services: app.services });

  it('turn flags on and off, make them when asked to, and list them in words', async () => {
    expect(await run('enable-flag shop.dor.open')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Did you mean “shop.door.open”? Add --create'),
    });
    expect((await run('enable-flag shop.till.count --create')).out).toBe('shop.till.count: On for everyone. (New.)\n');
    expect((await run('enable-flag shop.till.count')).out).toBe('shop.till.count: On for everyone. (As before.)\n');
    expect((await run('disable-flag shop.till.count')).out).toBe('shop.till.count: Off for everyone.\n');
    expect(await run('enable-flag from.settings.never')).toMatchObject({
      code: 0,
      out: expect.stringContaining('a required condition never holds'),
      err: expect.stringContaining('Other conditions of this flag still count'),
    });
    const { out } = await run('flags --list');
    expect(out).toMatch(/^shop\.till\.count +database +Off for everyone\.$/m);
    expect(out).toMatch(/^from\.variable\.on +variable +On for everyone\.$/m);
    expect((await messages('shop.till.count'))[0]).toBe('change: Turned off.');
    for (const words of ['enable-flag', 'disable-flag', 'flags'])
      expect(await run(`${words} --help`)).toMatchObject({ code: 0, out: expect.stringContaining('Usage: manage') });
  });

  it('check tells unknown conditions, values that cannot be, and unusual names', async () => {
    await flags().createFlag({ name: 'old_name' });
    await app.db('flags_flagstate').insert({
      name: 'old_name',
      condition: 'user',
      value: 'gone@example.com',
      required: true,
      created_at: new Date(0).toISOString(),
      modified_at: new Date(0).toISOString(),
    });
    const { out } = await run('check');
    const lines = out.split('\n').filter((line) => line.startsWith('flags.'));
    expect(lines).toEqual([
      expect.stringMatching(/^flags\.E001 error: from\.settings\.mistaken, in .*flags\.yaml: moon phase “full”/),
      expect.stringMatching(/^flags\.E002 error: from\.settings\.mistaken, in .*flags\.yaml: percent “many”/),
      expect.stringMatching(
        /^flags\.E002 error: old_name, in the database: user “gone@example.com”\. There is no such account/,
      ),
      expect.stringMatching(/^flags\.W001 warning: The flag old_name has an unusual name/),
    ]);
  });

  it('starting says the same in the log, and starts all the same', async () => {
    const said: string[] = [];
    const log = pino(
      { level: 'error' },
      { write: (line: string) => said.push((JSON.parse(line) as { msg: string }).msg) },
    );
    const services = createServices(app.services.config, { log });
    await services.start();
    expect(services.conditionFlags.isEnabled('from.settings.on')).toBe(true);
    await services.stop();
    expect(said.filter((line) => /^flags\.E00[12] from\.settings\.mistaken/.test(line))).toHaveLength(2);
  });
});
