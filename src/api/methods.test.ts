import { type TestApp, testApp } from '../../test/support/test-app';

const ME = '/api/v1/producers/me/';
const ALL = '/api/v1/producers/';

let t: TestApp;
beforeAll(async () => {
  t = await testApp({ environment: { API_RATE_PER_ADDRESS: '10000' } });
});
afterAll(() => t?.close());

describe('what can be changed through the API', () => {
  it('is nothing: every method but GET is refused the same way to everybody, and says which there are', async () => {
    const own = (await t.db('producers_producer').where({ slug: 'arizona-comedy' }).first('id')).id;
    const body = { name: 'Mine', feature_flags: { ai_agents_enabled: true }, ai_agents_enabled: true };
    const state = async () => JSON.stringify([await t.db('producers_producer'), await t.db('producers_featureflags')]);
    const before = await state();
    const session = await t.as('alice');
    const visitors = [
      t.visitor(),
      session,
      await t.program('alice'),
      await t.program('sam'),
      t.visitor().bring('wrong'),
    ];
    const token = await session.csrfToken();
    const urls = [ME, ALL, `${ALL}${own}/`, `${ALL}${own}`, `${ALL}999999/`, `${ME}?producer=phoenix-jazz`];
    for (const visitor of visitors) {
      for (const url of urls) {
        for (const method of ['post', 'put', 'patch', 'delete'] as const) {
          const answer = await visitor.agent[method](url).set('X-CSRF-Token', token).type('json').send(body);
          expect([url, method, answer.status, answer.headers.allow]).toEqual([url, method, 405, 'GET, HEAD, OPTIONS']);
          expect(answer.body.error.code).toBe('method_not_allowed');
        }
        const form = await visitor.agent.post(url).type('form').send({ _method: 'PUT', ai_agents_enabled: 'on' });
        expect(form.status).toBe(405);
        const disguised = await visitor.get(url).set('X-HTTP-Method-Override', 'PATCH').send(body);
        expect(disguised.status).toBeLessThan(405);
      }
    }
    expect(await state()).toBe(before);
  });

  it('is said without asking who wants to know: OPTIONS, and HEAD like GET without a body', async () => {
    const options = await t.visitor().agent.options(ME).expect(204);
    expect([options.headers.allow, options.text]).toEqual(['GET, HEAD, OPTIONS', '']);
    expect((await t.visitor().agent.options('/api/v1/token/').expect(204)).headers.allow).toBe('POST, OPTIONS');
    expect((await t.visitor().get('/api/v1/token/').expect(405)).headers.allow).toBe('POST, OPTIONS');
    expect(options.headers['access-control-allow-origin']).toBeUndefined();
    const alice = await t.program('alice');
    const head = await alice.agent.head(ME).expect(200);
    expect([head.text, head.headers.etag]).toEqual([undefined, (await alice.get(ME)).headers.etag]);
    await t.visitor().agent.head(ME).expect(401);
  });

  it('needs the token of the session when somebody asks with a cookie', async () => {
    const alice = await t.as('alice');
    const send = () => alice.postJson('/api/v1/token/revoke/', { refresh: 'x' });
    expect((await send().expect(403)).body.error.code).toBe('csrf_failed');
    await send()
      .set('X-CSRF-Token', await alice.csrfToken())
      .expect(204);
    await send()
      .set('X-CSRF-Token', await alice.csrfToken())
      .set('Sec-Fetch-Site', 'cross-site')
      .expect(403);
    await (await t.program('alice')).postJson('/api/v1/token/revoke/', { refresh: 'x' }).expect(204);
  });
});

describe('an unknown address of the API', () => {
  it('is JSON, whoever asks', async () => {
    for (const visitor of [t.visitor(), await t.as('alice')]) {
      for (const url of ['/api/', '/api/v1/', '/api/v1/nothing', '/api/v2/producers/me/']) {
        const { body } = await visitor.htmxGet(url).expect(404);
        expect(body.error).toMatchObject({ code: 'not_found' });
      }
    }
  });
});
