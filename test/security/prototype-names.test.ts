import { runInNewContext } from 'node:vm';
import type { RouteEntry } from '../../src/web/routes';
import { actorOf, acts, listUrl } from './support/acts';
import { readUrl } from './support/reads';
import { createWorld, SharedWorld, type World } from './support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

const getsOf = (of: World): string[] =>
  (of.app.get('routes') as RouteEntry[]).filter(({ method }) => method === 'GET').map(({ path }) => path);

const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'constructor[prototype][x]',
  '__proto__[x]',
];

describe('names that every object has', () => {
  const shared = new SharedWorld();
  afterAll(() => shared.giveUp());

  const pristine = () => [...Object.getOwnPropertyNames(Object.prototype)].sort();
  let before: string[];
  beforeAll(() => {
    before = pristine();
  });
  afterEach(() => {
    expect(pristine()).toEqual(before);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('are harmless in addresses', async () => {
    const sam = await world.as('sam');
    const wrong: string[] = [];
    for (const path of getsOf(world).filter((each) => !/github/.test(each))) {
      const url = readUrl(world, path);
      const odd = PROTOTYPE_NAMES.map((name) => `${encodeURIComponent(name)}=1`).join('&');
      const { status } = await sam.get(`${url}${url.includes('?') ? '&' : '?'}${odd}`);
      if (status >= 500) wrong.push(`${path}: ${status}`);
      for (const name of PROTOTYPE_NAMES.slice(0, 5)) {
        const absent = path.includes(':') ? path.replace(/:\w+/, name) : `${url.split('?')[0]}?${valuesAs(name)}`;
        const answer = await sam.get(absent);
        if (answer.status >= 500 || /native code/.test(answer.text)) wrong.push(`${absent}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  /** A name as the value of every parameter that means something somewhere. */
  function valuesAs(name: string): string {
    const known = [
      'q',
      'o',
      'p',
      'notice',
      'next',
      'field',
      'integration',
      'person',
      'email',
      'name',
      '_action',
      '_ids',
      'format',
      'actions',
      'filter',
    ];
    return known.map((key) => `${key}=${name}`).join('&');
  }

  it('are harmless in forms, as names and as values', async () => {
    const wrong: string[] = [];
    for (const act of acts) {
      const own = await shared.get(act.world);
      own.clock.advance(60 * 60_000); // no throttle
      const visitor = await actorOf(own, act);
      await act.prepare?.(own);
      const fields = (await act.fields?.(own, visitor)) ?? {};
      const asValues = PROTOTYPE_NAMES.slice(0, 4).map((name) =>
        Object.fromEntries(Object.keys(fields).map((key) => [key, name])),
      );
      const asNames = Object.fromEntries(PROTOTYPE_NAMES.slice(1).map((name) => [name, '1']));
      for (const form of [...asValues, asNames]) {
        const { status } = await visitor.post(act.url(own), form);
        if (status >= 500) wrong.push(`${act.route} ${JSON.stringify(form)}: ${status}`);
      }
      const token = await visitor.csrfToken();
      const { status } = await visitor.agent
        .post(act.url(own))
        .type('form')
        .send(`__proto__=1&__proto__=2&_csrf=${encodeURIComponent(token)}`);
      if (status >= 500) wrong.push(`${act.route} __proto__: ${status}`);
      if (/logout|sessions|delete|action/.test(act.route)) await own.reset();
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are names of flags like any other', async () => {
    const { db, clock, services } = world;
    const now = clock.now().toISOString();
    const sam = await world.as('sam');
    for (const name of PROTOTYPE_NAMES.slice(0, 6)) {
      expect(services.flags.flagIsActiveFor(undefined, name)).toBe(false);
      const added = await sam.post(`${listUrl('teams.flag')}add/`, {
        name,
        everyone: 'yes',
        languages: '',
        percent: '',
        _save: '1',
      });
      expect([name, added.status]).toEqual([name, 303]);
    }
    expect(await db('teams_flag').whereIn('name', PROTOTYPE_NAMES).count({ n: '*' })).toEqual([{ n: 6 }]);
    const status = (await world.visitor().get('/waffle_status').set('Cookie', 'dwf___proto__=True; __proto__=1')).text;
    for (const name of PROTOTYPE_NAMES.slice(0, 6)) expect(status).toContain(`"${name}":{"is_active":true`);
    const { text } = await world.visitor().get('/wafflejs?__proto__=1&dwft___proto__=1').expect(200);
    const ask = (name: string): unknown => runInNewContext(`${text}; waffle.flag_is_active(${JSON.stringify(name)})`);
    expect([ask('__proto__'), ask('isPrototypeOf')]).toEqual([true, false]);
    await db('teams_flag').whereIn('name', PROTOTYPE_NAMES).update({ modified_at: now });
  });
});
