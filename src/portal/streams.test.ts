import { type EventStream, listening, openStream } from '../../test/support/event-stream';
import { type TestApp, testApp, testConfig } from '../../test/support/test-app';
import { until } from '../../test/support/until';
import { type Database, inTransaction } from '../db';
import { bumpProducers } from '../producers';
import { createServices } from '../services';
import { listen } from '../web/listen';
import { STREAM_LIMITS } from './streams';

let t: TestApp;
let server: Awaited<ReturnType<typeof listening>>;
const opened: EventStream[] = [];

/** The cookie that a person's browser would send. */
async function cookieOf(person: 'alice' | 'charlie'): Promise<string> {
  const visitor = t.visitor();
  const response = await visitor.signIn(`${person}@example.com`);
  return (response.headers['set-cookie'] as unknown as string[]).map((line) => line.split(';', 1)[0]).join('; ');
}

/** Opens the stream of a page that shows this navigation. */
async function open(cookie: string, { seen = 'none', at = 'shows', origin = server.origin, headers = {} } = {}) {
  const stream = await openStream(`${origin}/dashboard/stream?at=${at}&seen=${seen}`, { cookie, ...headers });
  opened.push(stream);
  return stream;
}

async function setFlags(db: Database, slug: string, values: Record<string, boolean>): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { id } = await trx('producers_producer').where({ slug }).first('id');
    await trx('producers_featureflags').where({ producer_id: id }).update(values);
    await bumpProducers(trx, [id]);
  });
}

const setSwitch = async (to: 'on' | 'off') => {
  const { id } = await t.db('teams_switch').where({ name: 'producer_flags_enabled' }).first('id');
  const sam = await t.as('sam');
  const answer = await sam.htmxPost(`/admin/teams/switch/${id}/set/`, { field: 'active', to });
  expect(answer.status).toBe(200);
};

const knowledge = 'href="/dashboard/knowledge-base"';

beforeEach(async () => {
  t = await testApp();
  server = await listening(t.app);
});

afterEach(async () => {
  for (const stream of opened.splice(0)) stream.close();
  await server.close();
  await t.close();
});

describe('the stream of an open page', () => {
  it('brings the navigation within a second of a change, and nothing to other producers', async () => {
    const mine = await open(await cookieOf('alice'), { headers: { 'accept-encoding': 'gzip' } });
    const other = await open(await cookieOf('charlie'));
    expect(mine.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/event-stream/),
      'cache-control': 'no-store',
    });
    expect(mine.headers['content-encoding']).toBeUndefined();
    await setFlags(t.db, 'arizona-comedy', { knowledge_base_enabled: true });
    expect(await mine.heard(knowledge)).toBeLessThan(1_000);
    expect(mine.text()).toContain('hx-target="#producer-nav" hx-swap="outerMorph"');
    expect(mine.text()).toContain('Knowledge Base is available now.');
    expect(mine.text()).toMatch(/href="\/dashboard\/shows"[^>]*aria-current="page"/);
    await setFlags(t.db, 'arizona-comedy', { knowledge_base_enabled: false });
    await mine.heard('Knowledge Base is no longer available.');
    expect(other.text()).toBe('id: none\n\n');
  });

  it('follows the master switch', async () => {
    const stream = await open(await cookieOf('alice'));
    await setSwitch('off');
    expect(await stream.heard('href="/dashboard/services"')).toBeLessThan(1_000);
    await setSwitch('on');
    await stream.heard('Additional Services is no longer available.');
  });

  it('follows what another process writes', async () => {
    const stream = await open(await cookieOf('alice'));
    const there = createServices(testConfig(t.services.config.database), { clock: t.clock });
    await setFlags(there.db, 'arizona-comedy', { ai_agents_enabled: true });
    const waited = await stream.heard('href="/dashboard/ai-assistant"');
    await there.db.destroy();
    expect(waited).toBeLessThan(1_000);
  });

  it('says on connecting what changed since the page was rendered, and since it was connected last', async () => {
    await setFlags(t.db, 'arizona-comedy', { knowledge_base_enabled: true });
    const cookie = await cookieOf('alice');
    await (await open(cookie)).heard(knowledge);
    const known = await open(cookie, { seen: 'knowledge-base' });
    await known.heard('id: knowledge-base');
    expect(known.text()).not.toContain(knowledge);
    // The page was rendered without, heard of the change, and was away while it was taken back.
    await setFlags(t.db, 'arizona-comedy', { knowledge_base_enabled: false });
    const back = await open(cookie, { headers: { 'last-event-id': 'knowledge-base' } });
    await back.heard('Knowledge Base is no longer available.');
  });

  it('loses nothing that changes while it connects', async () => {
    const cookie = await cookieOf('alice');
    for (let round = 0; round < 6; round++) {
      const on = round % 2 === 0;
      const [stream] = await Promise.all([
        open(cookie, { seen: on ? 'none' : 'services' }),
        setFlags(t.db, 'arizona-comedy', { additional_services_enabled: on }),
      ]);
      await stream.heard(on ? 'id: services' : 'id: none', 2_000);
      const last = () =>
        stream
          .text()
          .trim()
          .split('\n')
          .findLast((line) => line.startsWith('id: '));
      await until('the last word to be right', () => last() === (on ? 'id: services' : 'id: none'), 2_000);
      stream.close();
    }
  });

  it('costs one statement for a change, however many pages are open', async () => {
    const [alice, charlie] = [await cookieOf('alice'), await cookieOf('charlie')];
    for (let page = 0; page < 10; page++) await open(page % 2 === 0 ? alice : charlie);
    await until('all to be open', () => t.services.streams.size === 10);
    const change = async () => {
      await setFlags(t.db, 'arizona-comedy', { knowledge_base_enabled: true });
      await Promise.all(opened.filter((_, page) => page % 2 === 0).map((stream) => stream.heard(knowledge)));
    };
    const count = await t.countQueries(change, /select .*producers_featureflags/, 'anybody');
    expect(count).toBe(1);
  });
});

describe('a stream ends within five seconds', () => {
  const endings: [string, (cookie: string) => Promise<unknown>][] = [
    [
      'the place in the producer is taken away',
      () => t.db('producers_userproducer').where({ user_id: t.ids.alice }).delete(),
    ],
    ['the producer is switched off', () => t.db('producers_producer').update({ is_active: false })],
    ['the account is switched off', () => t.db('auth_user').where({ id: t.ids.alice }).update({ is_active: false })],
    ['the session is ended', () => t.db('auth_session').where({ user_id: t.ids.alice }).delete()],
    ['all sessions are ended by a new password', () => t.db('auth_user').update({ session_epoch: 7 })],
  ];
  it.each(endings)('when %s', async (_what, end) => {
    const cookie = await cookieOf('alice');
    const stream = await open(cookie);
    await end(cookie);
    expect(await until('the stream to end', stream.ended, 6_000)).toBeLessThan(5_000);
    expect(stream.text()).toContain('event: ff-bye');
    const again = await open(cookie);
    expect([401, 303, 404]).toContain(again.status);
  });

  it('and does not keep its session alive', async () => {
    const cookie = await cookieOf('alice');
    const row = () => t.db('auth_session').where({ user_id: t.ids.alice }).first();
    const before = await row();
    t.clock.advance(3_600_000);
    const stream = await open(cookie);
    stream.close();
    await until('the stream to be gone', () => t.services.streams.size === 0);
    expect(await row()).toEqual(before);
  });
});

describe('limits of streams', () => {
  it('refuse more than one sign-in may have, by 429, until one is closed', async () => {
    const cookie = await cookieOf('alice');
    for (let page = 0; page < STREAM_LIMITS.perSession; page++) expect((await open(cookie)).status).toBe(200);
    const refused = await open(cookie, { headers: { 'hx-request': 'true' } });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    await refused.heard('Close some');
    opened[0]?.close();
    await until('one to be gone', () => t.services.streams.size < STREAM_LIMITS.perSession);
    expect((await open(cookie)).status).toBe(200);
    expect((await open(await cookieOf('charlie'))).status).toBe(200);
  });
});

describe('limits of addresses', () => {
  it('refuse more than one address may have, whoever asks', async () => {
    t.services.streams.limits = { ...STREAM_LIMITS, perAddress: 3 };
    const [alice, charlie] = [await cookieOf('alice'), await cookieOf('charlie')];
    for (const cookie of [alice, charlie, alice]) expect((await open(cookie)).status).toBe(200);
    for (const cookie of [alice, charlie]) expect((await open(cookie)).status).toBe(429);
  });
});

describe('the address of the stream', () => {
  it('leads whoever opens it as a page to the portal', async () => {
    const response = await (await t.as('alice')).get('/dashboard/stream').expect(303);
    expect(response.headers.location).toBe('/dashboard/overview');
  });

  it('is not there for somebody without a producer', async () => {
    await (await t.as('bob')).get('/dashboard/stream').set('accept', 'text/event-stream').expect(404);
  });
});

describe('an orderly stop', () => {
  it('ends streams and waits for nothing', async () => {
    const own = await listen(t.app, '127.0.0.1', 0);
    const stream = await open(await cookieOf('alice'), { origin: `http://127.0.0.1:${own.port}` });
    await stream.heard('id: none');
    const started = performance.now();
    expect(await own.close(5_000)).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
    await until('the stream to end', stream.ended);
    expect(stream.text()).not.toContain('ff-bye');
  });
});
