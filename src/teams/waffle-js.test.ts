import vm from 'node:vm';
import fc from 'fast-check';
import { type TestApp, testApp } from '../../test/support/test-app';
import { localActor } from '../lib/viewer';
import { createFlag, createSample, createSwitch } from '.';
import { type WaffleStatus, waffleScript } from './waffle-js';

interface Waffle {
  FLAGS: Record<string, boolean>;
  SWITCHES: Record<string, boolean>;
  SAMPLES: Record<string, boolean>;
  flag_is_active(name: string): boolean;
  switch_is_active(name: string): boolean;
  sample_is_active(name: string): boolean;
}

/** Runs the script as a browser would and gives what it left behind. */
function run(script: string): { waffle: Waffle; window: Record<string, unknown> } {
  const window: Record<string, unknown> = {};
  vm.runInNewContext(script, { window });
  return { waffle: window.waffle as Waffle, window };
}

const ACTOR = localActor('system', 'test');
const OFF = { flag: false, switch: false, sample: false };

describe('GET /wafflejs and /waffle_status', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
    const { services } = app;
    await app.db('teams_switch').delete(); // those that come with the product
    await createFlag(services, ACTOR, 'for_all', { everyone: true });
    await createFlag(services, ACTOR, 'for_staff', { staff: true, superusers: false });
    await createSwitch(services, ACTOR, 'lights', { active: true });
    await createSwitch(services, ACTOR, 'sirens', { active: false });
    await createSample(services, ACTOR, 'always', { percent: 100 });
    await createSample(services, ACTOR, 'never', { percent: 0 });
  });
  afterAll(() => app.close());

  it('tell a visitor and a member of staff how everything stands for them', async () => {
    const expected = { for_all: true, for_staff: false };
    for (const [visitor, forStaff] of [
      [app.visitor(), false],
      [await app.as('bob'), true],
    ] as const) {
      const { body } = await visitor
        .get('/waffle_status')
        .expect(200)
        .expect('Content-Type', /^application\/json/);
      const is = (kind: string) =>
        Object.fromEntries(
          Object.entries(body[kind] as Record<string, { is_active: boolean }>).map(([name, { is_active }]) => [
            name,
            is_active,
          ]),
        );
      expect(is('flags')).toMatchObject({ ...expected, for_staff: forStaff, integration_jira_enabled: false });
      expect(is('switches')).toEqual({ lights: true, sirens: false });
      expect(is('samples')).toEqual({ always: true, never: false });
      expect(body.flags.for_all.last_modified).toBe(app.clock.now().toISOString());

      const { text } = await visitor
        .get('/wafflejs')
        .expect(200)
        .expect('Content-Type', /^text\/javascript/);
      const { waffle } = run(text);
      expect(waffle.FLAGS).toMatchObject({ ...expected, for_staff: forStaff });
      expect([waffle.flag_is_active('for_all'), waffle.flag_is_active('for_staff')]).toEqual([true, forStaff]);
      expect([waffle.switch_is_active('lights'), waffle.switch_is_active('sirens')]).toEqual([true, false]);
      expect([waffle.sample_is_active('always'), waffle.sample_is_active('never')]).toEqual([true, false]);
      expect([waffle.flag_is_active('unheard'), waffle.flag_is_active('toString')]).toEqual([false, false]);
    }
  });

  it('are never cached and ask the database nothing', async () => {
    for (const url of ['/wafflejs', '/waffle_status']) {
      const visitor = app.visitor();
      await visitor.get(url).expect('Cache-Control', 'no-store').expect('X-Content-Type-Options', 'nosniff');
      expect(await app.countQueries(() => visitor.get(url))).toBe(0);
    }
  });
});

describe('the script', () => {
  const scriptFor = (flags: Record<string, boolean>, defaults = OFF): string => {
    const all: WaffleStatus['flags'] = Object.create(null);
    for (const [name, is_active] of Object.entries(flags)) {
      Object.defineProperty(all, name, { value: { is_active, last_modified: '' }, enumerable: true });
    }
    return waffleScript({ flags: all, switches: {}, samples: {} }, defaults);
  };

  it('answers unknown names with the defaults of the settings', () => {
    const { waffle } = run(scriptFor({}, { flag: true, switch: false, sample: true }));
    expect([waffle.flag_is_active('x'), waffle.switch_is_active('x'), waffle.sample_is_active('x')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it.each([
    '</script><script>window.hacked = 1</script>',
    `'); window.hacked = 1; ('`,
    `\\'); window.hacked = 1; ('`,
    '\u2028window.hacked = 1',
    '__proto__',
    'constructor',
    '"}',
    '<!--',
  ])('keeps a name like %j a name', (name) => {
    const script = scriptFor(Object.fromEntries([[name, true]]));
    const { waffle, window } = run(script);
    expect(waffle.flag_is_active(name)).toBe(true);
    expect(window).not.toHaveProperty('hacked');
    expect(script).not.toMatch(/<\/script|<!--|[\u2028\u2029]/);
  });

  it('does so for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (name, active) => {
        const { waffle } = run(scriptFor(Object.fromEntries([[name, active]])));
        return waffle.flag_is_active(name) === active && waffle.flag_is_active(`${name}!`) === false;
      }),
    );
  });
});
