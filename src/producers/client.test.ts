import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { type TestApp, testApp } from '../../test/support/test-app';
import { listen } from '../web/listen';
import { createProducerClient, type FeatureFlagKey, featuresOf, type ProducerApiError } from './client';
import { producerFeatures } from './features';

const CLIENT = path.join(__dirname, 'client.ts');

describe('the client', () => {
  let t: TestApp;
  let baseUrl: string;
  let close: () => Promise<unknown>;
  beforeAll(async () => {
    t = await testApp();
    const listening = await listen(t.app, '127.0.0.1', 0);
    baseUrl = `http://127.0.0.1:${listening.port}`;
    close = () => listening.close(1_000);
  });
  afterAll(async () => {
    await close?.();
    await t?.close();
  });

  const setFlag = (column: string, value: boolean) =>
    t
      .db('producers_featureflags')
      .whereIn('producer_id', t.db('producers_producer').where({ slug: 'arizona-comedy' }).select('id'))
      .update({ [column]: value });

  it('says what the producer of a token has, and follows every change', async () => {
    const { access } = await t.tokens('alice');
    const client = createProducerClient({ baseUrl, token: access });
    const before = await client.me();
    expect(before).toMatchObject({
      name: 'Arizona Comedy',
      slug: 'arizona-comedy',
      contactEmail: 'hello@arizona-comedy.example',
      role: 'owner',
      canPublishShows: true,
    });
    for (const [key, { column }] of producerFeatures) {
      expect(before.hasFeature(key)).toBe(false);
      await setFlag(column, true);
      const now = await client.me();
      expect([key, now.hasFeature(key), now.flags[key]]).toEqual([key, true, true]);
      await setFlag(column, false);
    }
  });

  it('is not sent again what did not change', async () => {
    const { access } = await t.tokens('alice');
    const statuses: number[] = [];
    const watched: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      statuses.push(response.status);
      return response;
    };
    const client = createProducerClient({ baseUrl, token: async () => access, fetch: watched });
    const first = await client.me();
    expect(await client.me()).toBe(first);
    await setFlag('ai_agents_enabled', true);
    expect((await client.me()).flags.aiAgentsEnabled).toBe(true);
    await setFlag('ai_agents_enabled', false);
    expect(statuses).toEqual([200, 304, 200]);
  });

  it('throws what the API says', async () => {
    const refused = async (token: string, producer?: string): Promise<ProducerApiError> =>
      createProducerClient({ baseUrl, token })
        .me(producer === undefined ? {} : { producer })
        .catch((error: unknown) => error as ProducerApiError) as Promise<ProducerApiError>;
    expect(await refused('wrong')).toMatchObject({ status: 401, code: 'not_signed_in' });
    const { access } = await t.tokens('alice');
    const absent = await refused(access, 'phoenix-jazz');
    expect(absent).toMatchObject({ name: 'ProducerApiError', status: 404, code: 'producer_not_found' });
    expect(absent.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes whatever it is given for off that does not clearly say on', () => {
    for (const answer of [
      undefined,
      null,
      'x',
      [],
      {},
      { feature_flags: null },
      { feature_flags: { ai_agents_enabled: 1 } },
    ]) {
      const { flags } = featuresOf(answer);
      expect(Object.values(flags)).toEqual([false, false, false]);
    }
    const some = featuresOf({ feature_flags: { ai_agents_enabled: true, made_up: true } });
    expect([some.hasFeature('aiAgentsEnabled'), some.hasFeature('knowledgeBaseEnabled')]).toEqual([true, false]);
    expect(some.hasFeature('madeUp' as FeatureFlagKey)).toBe(false);
  });

  it('runs in a browser: it brings along nothing of the server', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [CLIENT],
      bundle: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'flagstaff',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    expect(Object.keys(metafile.inputs).map((name) => path.basename(name))).toEqual(['features.ts', 'client.ts']);
    const code = outputFiles[0]?.text ?? '';
    expect(code.length).toBeLessThan(10_000);
    const { access } = await t.tokens('alice');
    const result: unknown = await runInNewContext(
      `${code}; flagstaff.createProducerClient({ baseUrl, token }).me().then(({ slug, hasFeature }) => [slug, hasFeature('aiAgentsEnabled')])`,
      { fetch, URL, baseUrl, token: access },
    );
    expect(JSON.stringify(result)).toBe('["arizona-comedy",false]');
  });
});
