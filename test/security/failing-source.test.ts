import type { Request } from 'express';
import { setFeatures } from '../support/features';
import { raisingSource } from '../support/snapshots/raising-source';
import { type TestApp, testApp } from '../support/test-app';

// Everything that asks for flags, while where they come from fails whatever it is asked.

const request = (): Request => ({ headers: {}, url: '/', query: {} }) as unknown as Request;

describe('while flags can be read from nowhere', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await testApp({ source: raisingSource('the store is gone'), environment: { WAFFLE_SWITCH_DEFAULT: '1' } });
    await setFeatures(t.db, 'arizona-comedy', ['knowledgeBaseEnabled']);
  });
  afterAll(() => t?.close());

  it('every answer is the default: off, unless the configuration says otherwise', () => {
    const { flags, conditionFlags } = t.services;
    expect([flags.flagIsActive(request(), 'any'), flags.flagIsActiveFor(undefined, 'any')]).toEqual([false, false]);
    expect([flags.switchIsActive('any'), flags.sampleIsActive('any')]).toEqual([true, false]);
    expect(conditionFlags.isEnabled('any', request())).toBe(false);
  });

  it('pages are shown all the same: to visitors, users, producers and staff', async () => {
    const visitor = t.visitor();
    for (const path of ['/login', '/waffle_status', '/wafflejs', '/healthz']) await visitor.get(path).expect(200);
    const alice = await t.as('alice');
    for (const path of ['/integrations/', '/dashboard/overview', '/dashboard/support'])
      await alice.get(path).expect(200);
    // What gates access stays closed while its flag cannot be read, and open where a producer's own row says so.
    await alice.get('/dashboard/knowledge-base').expect(200);
    await alice.get('/dashboard/ai-assistant').expect(404);
    const sam = await t.as('sam');
    for (const path of ['/admin/', '/admin/teams/flag/', '/admin/producers/producer/']) await sam.get(path).expect(200);
  });

  it('changes are saved, and the process says that it has nothing to answer from', async () => {
    const sam = await t.as('sam');
    const saved = await sam.post('/admin/teams/switch/add/', { name: 'written_meanwhile', active: 'on', note: '' });
    expect(saved.status).toBe(303);
    expect(await t.db('teams_switch').where({ name: 'written_meanwhile' })).toHaveLength(1);
    const { body, headers } = await t.visitor().get('/readyz').expect(503);
    expect([body, headers['retry-after']]).toEqual([{ status: 'degraded', snapshots: 'missing' }, '5']);
    expect(t.services.snapshots.state()).toMatchObject({ ready: false, stale: true });
    expect(t.services.snapshots.state().scopes[0]).toMatchObject({ reason: 'the store is gone', revision: undefined });
  });
});
