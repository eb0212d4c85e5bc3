import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { createApp } from '../app';
import { verifyChain } from '../audit';
import { inTransaction } from '../db';
import { createServices, type Services } from '../services';
import { createProducer } from './producers';

// Two processes on one database, each with parts and connections of its own: what one of them holds in memory is no help.

let t: TestApp;
let other: Services;
let otherApp: Express;
let sam: Visitor;
/** A superuser, too, at the other process. */
let bob: Visitor;
let id: number;

const LIST = '/admin/producers/producer/';
const ME = '/api/v1/producers/me/';
const system = { type: 'system', id: null, label: 'test', address: '', userAgent: '', requestId: '' } as const;
const COLUMNS = ['knowledge_base_enabled', 'ai_agents_enabled', 'additional_services_enabled'];

beforeAll(async () => {
  t = await testApp();
  other = createServices(t.services.config, { clock: t.clock });
  await other.start();
  otherApp = createApp(other);
  await t.db('auth_user').where({ id: t.ids.bob }).update({ is_superuser: true });
  sam = await t.as('sam');
  bob = t.visitorOf(otherApp);
  await bob.signIn('bob@example.com');
});
beforeEach(async () => {
  id = await createProducer(t, system, { name: 'Tucson Improv', slug: 'tucson' });
});
afterEach(() => t.db('producers_producer').where({ slug: 'tucson' }).delete());
afterAll(async () => {
  await other?.stop();
  await t?.close();
});

const flagsOf = async (producer = id) => {
  const row = await t.db('producers_featureflags').where({ producer_id: producer }).first();
  return COLUMNS.map((name) => Boolean(row?.[name]));
};

const entriesOf = (type: string, label = 'Tucson Improv') =>
  t.db('audit_entry').where({ object_type: type, object_label: label, action: 'change' });

it('fifty saves of one version at two processes: one is kept and recorded, the others get both versions', async () => {
  const { text } = await sam.get(`${LIST}${id}/change/`).expect(200);
  const version = /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const inlines = [...text.matchAll(/name="(\w+-(?:TOTAL_FORMS|INITIAL_FORMS|0-id|0-version))" value="([^"]*)"/g)];
  const form = { slug: 'tucson', contact_email: '', is_active: 'on', version };
  const rows = Object.fromEntries(inlines.map(([, name = '', value = '']) => [name, value]));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      (index % 2 === 0 ? sam : bob).post(`${LIST}${id}/change/`, { ...rows, ...form, name: `Improv number ${index}` }),
    ),
  );
  const { name } = (await t.db('producers_producer').where({ id }).first('name')) as { name: string };
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses[Number(name.replace('Improv number ', ''))]).toBe(303);
  expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  for (const [index, answer] of answers.entries()) {
    if (answer.status !== 409) continue;
    expect(answer.text).toContain(`Improv number ${index}`);
    expect(answer.text).toContain(name);
  }
  expect(await entriesOf('producers.producer', name)).toHaveLength(1);
  expect(await t.db('audit_entry').where({ object_type: 'producers.producer', object_id: String(id) })).toHaveLength(2);
  expect(await verifyChain(t.db)).toEqual([]);
});

it('two people switch different features of one producer at two processes: both hold', async () => {
  for (const to of ['on', '', 'on']) {
    const answers = await Promise.all(
      COLUMNS.map((field, index) =>
        (index % 2 === 0 ? sam : bob).htmxPost(`${LIST}${id}/flags/`, { field, [field]: to }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await flagsOf()).toEqual(COLUMNS.map(() => to === 'on'));
  }
  expect(await entriesOf('producers.featureflags')).toHaveLength(9);
  expect(await verifyChain(t.db)).toEqual([]);
});

it('an action on many here and switches of one there: no change is lost', async () => {
  const ids = [id];
  for (let index = 0; index < 12; index++) {
    ids.push(await createProducer(t, system, { name: `Many ${index}`, slug: `many-${index}` }));
  }
  const few = ids.slice(0, 6);
  const answers = await Promise.all([
    sam.post(`${LIST}action/`, { _action: 'enable_ai_agents', _ids: ids.join('.') }),
    ...few.map((each) =>
      bob.htmxPost(`${LIST}${each}/flags/`, { field: 'knowledge_base_enabled', knowledge_base_enabled: 'on' }),
    ),
    bob.post(`${LIST}action/`, { _action: 'enable_additional_services', _ids: ids.join('.') }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([303, ...few.map(() => 200), 303]);
  const all = await Promise.all(ids.map((each) => flagsOf(each)));
  expect(all).toEqual(ids.map((_, index) => [index < few.length, true, true]));
  expect(await verifyChain(t.db)).toEqual([]);
});

describe('a program that polls', () => {
  const servers: Server[] = [];
  beforeAll(async () => {
    for (const app of [t.app, otherApp]) {
      const server = createServer(app).listen(0, '127.0.0.1');
      await once(server, 'listening');
      servers.push(server);
    }
  });
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  type Ask = () => Promise<{ status: number; text: string }>;

  /** One at each process, both answered from memory by now: their requests are the same to the last header. */
  async function polling(): Promise<{ here: Ask; there: Ask }> {
    t.clock.advance(60_000); // what was kept before is over
    const { access } = await t.tokens('alice');
    const [here, there] = servers.map((server) => async () => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${ME}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${access}` } });
      return { status: answer.status, text: await answer.text() };
    }) as [Ask, Ask];
    for (const ask of [here, there]) for (let times = 0; times < 3; times++) expect((await ask()).status).toBe(200);
    return { here, there };
  }
  const essence = ({ status, text }: { status: number; text: string }) => [
    status,
    (JSON.parse(text) as { error?: { code: string } }).error?.code ?? text,
  ];

  it('is answered without asking the database, and asks for itself again after a second', async () => {
    // What the process writes by itself, as it may at any moment, counts as a change: then it is tried once more.
    const fewest = async (after: number): Promise<number> => {
      let queries = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < 5 && queries > 0; attempt++) {
        const { here } = await polling();
        t.clock.advance(after);
        queries = Math.min(queries, await t.countQueries(here, /./, 'anybody'));
      }
      return queries;
    };
    expect(await fewest(0)).toBe(0);
    expect(await fewest(999)).toBe(0);
    if (testDialect === 'sqlite') return; // where people and producers are kept, too, as long as nothing is written
    expect(await fewest(1_000)).toBe(2);
    expect(await fewest(-3_600_000)).toBe(2); // set back
  });

  afterEach(async () => {
    await t.db('auth_user').where({ id: t.ids.alice }).update({ is_active: true });
    await t.db('producers_producer').update({ is_active: true });
  });

  const ofAlice = () => ({ user_id: t.ids.alice });
  it.each<[string, () => PromiseLike<unknown>, number]>([
    ['the account is off', () => t.db('auth_user').where({ id: t.ids.alice }).update({ is_active: false }), 401],
    ['the access is revoked', () => t.db('auth_refreshtoken').where(ofAlice()).delete(), 401],
    ['the producer is off', () => t.db('producers_producer').update({ is_active: false }), 404],
    [
      'a feature is on',
      () => inTransaction(t.db, (trx) => trx('producers_featureflags').update({ ai_agents_enabled: true })),
      200,
    ],
    ['the role is another', () => t.db('producers_userproducer').where(ofAlice()).update({ role: 'viewer' }), 200],
    ['the place is gone', () => t.db('producers_userproducer').where(ofAlice()).delete(), 404],
  ])('hears at once where it was written, and within a second elsewhere, that %s', async (_what, change, status) => {
    const { here, there } = await polling();
    const before = essence(await there());
    await change();
    const now = essence(await here());
    expect(now).not.toEqual(before);
    expect(now[0]).toBe(status);
    t.clock.advance(1_000);
    expect(essence(await there())).toEqual(now);
  });
});
