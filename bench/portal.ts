import { randomBytes } from 'node:crypto';
import { type Database, inTransaction } from '../src/db';
import { NAVIGATION, navigationFor, partOf, stateOf } from '../src/portal/navigation';
import { bumpProducers, type FlagRow, hasFeature, visibleFeatures } from '../src/producers';
import { createServices } from '../src/services';
import { listen } from '../src/web/listen';
import { openStream } from '../test/support/event-stream';
import { PASSWORD } from '../test/support/people';
import type { TestApp, Visitor } from '../test/support/test-app';
import { testConfig } from '../test/support/test-app';
import { benchApp, type Dialect, median, report, times } from './support';

const PAGES = 1_000;
const PRODUCERS = 100;

const cookiesOf = (headers: Record<string, unknown>): string =>
  (headers['set-cookie'] as string[]).map((line) => line.split(';', 1)[0]).join('; ');

/** What gating adds to a page: telling whether it is on, the features, the navigation, its state and the guard. */
export async function portalGating(): Promise<void> {
  console.log('\nNavigation gating on a portal page');
  const t = await benchApp('sqlite');
  const alice = await t.as('alice');
  const page = () => alice.get('/dashboard/shows').expect(200);
  const whole = median(await times(60, page, 20));
  const rounds = 20_000;
  const none: FlagRow = {
    knowledge_base_enabled: 0,
    ai_agents_enabled: 0,
    additional_services_enabled: 0,
  };
  let shown = 0;
  const [gated] = await times(1, async () => {
    for (let round = 0; round < rounds; round++) {
      const features = visibleFeatures(t.services.flags, none);
      shown += navigationFor(features).length + stateOf(features).length;
      const feature = partOf('/dashboard/shows')?.featureFlag;
      if (feature !== undefined && hasFeature(features, feature)) shown += 1;
    }
  });
  const [plain] = await times(1, async () => {
    for (let round = 0; round < rounds; round++) shown += NAVIGATION.map((item) => item).length;
  });
  const cost = ((gated ?? 0) - (plain ?? 0)) / rounds;
  if (shown === 0) throw new Error('nothing was shown');
  report(
    'gating of one page',
    `${(cost * 1_000).toFixed(2)} µs`,
    `${((cost / whole) * 100).toFixed(3)} % of the page (${whole.toFixed(1)} ms)`,
    'under 1 %',
  );
  await t.close();
}

/** A hundred producers, each with one person who is signed in; gives their cookies. */
async function addCrowd(t: TestApp): Promise<{ producers: number[]; cookies: string[] }> {
  const { db, clock } = t;
  const now = clock.now().toISOString();
  const stamps = { created_at: now, modified_at: now };
  const { password_hash } = await db('auth_user').whereNotNull('password_hash').first('password_hash');
  const producers: number[] = [];
  const cookies: string[] = [];
  for (let index = 0; index < PRODUCERS; index++) {
    const name = `Crowd ${index}`;
    const email = `crowd${index}@example.com`;
    const [user] = await db('auth_user')
      .insert({ email, name, password_hash, email_verified_at: now, ...stamps })
      .returning('id');
    const [producer] = await db('producers_producer')
      .insert({ name, slug: `crowd-${index}`, ...stamps })
      .returning('id');
    await db('producers_featureflags').insert({ producer_id: producer.id, ...stamps });
    await db('producers_userproducer').insert({
      user_id: user.id,
      producer_id: producer.id,
      role: 'owner',
      can_publish_shows: true,
      created_at: now,
    });
    const visitor = t.visitor();
    const { status, headers } = await visitor.signIn(email, PASSWORD);
    if (status !== 303) throw new Error(`the crowd could not sign in: ${status}`);
    producers.push(producer.id);
    cookies.push(cookiesOf(headers));
  }
  return { producers, cookies };
}

async function write(db: Database, producerId: number, values: Record<string, boolean>): Promise<void> {
  await inTransaction(db, async (trx) => {
    await trx('producers_featureflags').where({ producer_id: producerId }).update(values);
    await bumpProducers(trx, [producerId]);
  });
}

/** From the click of staff to the open page of the producer, with a thousand pages open. */
export async function portalStreams(dialect: Dialect): Promise<void> {
  console.log(`\nLive navigation with ${PAGES} portal pages open, ${dialect}`);
  const t = await benchApp(dialect);
  const server = await listen(t.app, '127.0.0.1', 0);
  const origin = `http://127.0.0.1:${server.port}`;
  const { producers, cookies } = await addCrowd(t);
  const connecting = performance.now();
  const streams = await Promise.all(
    Array.from({ length: PAGES }, (_, page) => {
      const cookie = cookies[page % PRODUCERS] ?? '';
      // Pages of a thousand people do not come from one address.
      const from = `127.0.0.${2 + (page % 4)}`;
      return openStream(`${origin}/dashboard/stream?at=shows&seen=none`, { cookie }, from);
    }),
  );
  const refused = streams.filter(({ status }) => status !== 200).length;
  if (refused > 0) throw new Error(`${refused} pages were refused`);
  await Promise.all(streams.map((stream) => stream.heard('id: none')));
  const connected = performance.now() - connecting;

  const sam = await t.as('sam');
  const flip = (values: Record<string, string>) => clickAs(sam, producers[0] ?? 0, values);
  const own = streams.filter((_, page) => page % PRODUCERS === 0);
  const clicks: number[] = [];
  const far: number[] = [];
  const there = createServices(testConfig(t.services.config.database), { clock: t.clock });
  for (let round = 0; round < 6; round++) {
    const on = round % 2 === 0;
    const word = on ? 'AI Assistant is available now' : 'AI Assistant is no longer available';
    const before = own.map((stream) => stream.text().split(word).length);
    const arrived = () => own.every((stream, page) => stream.text().split(word).length > (before[page] ?? 0));
    const started = performance.now();
    await flip({ ai_agents_enabled: on ? 'on' : '' });
    while (!arrived()) await new Promise((resolve) => setImmediate(resolve));
    clicks.push(performance.now() - started);
  }
  for (let round = 0; round < 6; round++) {
    const on = round % 2 === 0;
    const word = on ? 'Knowledge Base is available now' : 'Knowledge Base is no longer available';
    const before = own.map((stream) => stream.text().split(word).length);
    const arrived = () => own.every((stream, page) => stream.text().split(word).length > (before[page] ?? 0));
    await new Promise((resolve) => setTimeout(resolve, (randomBytes(1)[0] ?? 0) * 2)); // polls have no fixed phase
    const started = performance.now();
    await write(there.db, producers[0] ?? 0, { knowledge_base_enabled: on });
    while (!arrived()) await new Promise((resolve) => setTimeout(resolve, 1));
    far.push(performance.now() - started);
  }
  const master = performance.now();
  t.services.flags.override('switch', 'producer_flags_enabled', false);
  await Promise.all(streams.map((stream) => stream.heard('/dashboard/services')));
  const all = performance.now() - master;

  const slowest = (list: readonly number[]) => `slowest of ${list.length}: ${Math.max(...list).toFixed(0)} ms`;
  report(
    'all pages connect at once',
    `${connected.toFixed(0)} ms`,
    `${(connected / PAGES).toFixed(1)} ms for a page`,
    '',
  );
  report('from the click to the open pages', `${median(clicks).toFixed(0)} ms`, slowest(clicks), 'under 1,000 ms');
  report('the same, written by a second process', `${median(far).toFixed(0)} ms`, slowest(far), 'under 1,000 ms');
  report('the master switch reaches all of them', `${all.toFixed(0)} ms`, '', 'under 1,000 ms');

  for (const stream of streams) stream.close();
  await there.db.destroy();
  await server.close(1_000);
  await t.close();
}

/** Switches a feature as the admin's page of the producer does. */
async function clickAs(sam: Visitor, producer: number, values: Record<string, string>): Promise<void> {
  const [field = ''] = Object.keys(values);
  const fields = values[field] === 'on' ? { field, [field]: 'on' } : { field };
  const { status, text } = await sam.htmxPost(`/admin/producers/producer/${producer}/flags/`, fields);
  if (status !== 200) throw new Error(`the click was answered by ${status}: ${text.slice(0, 300)}`);
}
