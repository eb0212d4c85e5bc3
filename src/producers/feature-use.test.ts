import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

let t: TestApp;
let alice: Visitor;
let sam: Visitor;
let id: number;

beforeEach(async () => {
  t = await testApp();
  [alice, sam] = await Promise.all([t.as('alice'), t.as('sam')]);
  id = (await t.db('producers_producer').where({ slug: 'arizona-comedy' }).first('id')).id;
  await t.db('producers_featureflags').where({ producer_id: id }).update({ knowledge_base_enabled: true });
});
afterEach(() => t?.close());

const rows = async () => {
  await t.services.featureUse.flush();
  return t.db('producers_featureuse').orderBy(['day', 'feature']).select('producer_id', 'feature', 'day', 'opened');
};

const today = () => t.clock.now().toISOString().slice(0, 10);

it('counts what is opened, by producer, feature and day, and adds it up', async () => {
  for (let round = 0; round < 3; round++) {
    await alice.get(`/dashboard/knowledge-base?round=${round}`).expect(200);
    if (round === 1) await rows();
  }
  const first = today();
  expect(await rows()).toEqual([{ producer_id: id, feature: 'knowledge_base_enabled', day: first, opened: 3 }]);
  t.clock.advance(24 * 60 * 60 * 1000);
  t.services.featureUse.count(id, 'aiAgentsEnabled');
  expect(await rows()).toHaveLength(2);
});

it('does not count what is gated off, what everybody has, and pieces of a page', async () => {
  await alice.get('/dashboard/ai-assistant').expect(404);
  await alice.get('/dashboard/overview').expect(200);
  await alice.htmxGet('/dashboard/knowledge-base?q=x');
  expect(await rows()).toEqual([]);
});

it('drops what was counted for a producer that is gone, and keeps the rest', async () => {
  t.services.featureUse.count(999_999, 'aiAgentsEnabled');
  t.services.featureUse.count(id, 'aiAgentsEnabled');
  expect(await rows()).toMatchObject([{ producer_id: id, opened: 1 }]);
});

it('keeps what cannot be written, and writes it later', async () => {
  await t.db.schema.renameTable('producers_featureuse', 'elsewhere');
  t.services.featureUse.count(id, 'aiAgentsEnabled');
  await t.services.featureUse.flush();
  await t.db.schema.renameTable('elsewhere', 'producers_featureuse');
  t.services.featureUse.count(id, 'aiAgentsEnabled');
  expect(await rows()).toMatchObject([{ opened: 2 }]);
});

it('writes what is left when the process stops', async () => {
  t.services.featureUse.count(id, 'aiAgentsEnabled');
  await t.services.featureUse.stop();
  expect(await t.db('producers_featureuse')).toHaveLength(1);
});

it('takes one statement to write thousands', async () => {
  for (let index = 0; index < 3_000; index++) t.services.featureUse.count(index, 'aiAgentsEnabled');
  const all = await t.countQueries(() => t.services.featureUse.flush(), /producers_featureuse/);
  expect(all).toBe(1);
});

describe('the page of use', () => {
  beforeEach(async () => {
    for (let index = 0; index < 7; index++) t.services.featureUse.count(id, 'knowledgeBaseEnabled');
  });

  it('shows it by day and by producer, and exports it', async () => {
    const page = await sam.get('/admin/producers/usage/?days=7').expect(200);
    expect(page.text).toContain('Arizona Comedy');
    expect(page.text).toMatch(/Knowledge Base[^<]*<\/p><p class="ff-stat-value">7</);
    const { text, headers } = await sam.get('/admin/producers/usage/export/?days=7').expect(200);
    expect(headers['content-type']).toContain('text/csv');
    expect(text).toContain(`${today()},arizona-comedy,Arizona Comedy,knowledge_base_enabled,7`);
    expect(await t.db('audit_entry').orderBy('seq', 'desc').first()).toMatchObject({
      action: 'export',
      message: 'Exported 1 line of feature use as CSV.',
    });
    const one = await sam.get('/admin/producers/usage/?producer=phoenix-jazz').expect(200);
    expect(one.text).toContain('Nothing was opened yet');
    await sam.get('/admin/producers/usage/?producer=nobody').expect(404);
  });

  it('is for whoever may look at producers', async () => {
    await (await t.as('vera')).get('/admin/producers/usage/').expect(200);
    await (await t.as('bob')).get('/admin/producers/usage/').expect(404);
    await alice.get('/admin/producers/usage/').expect(404);
    const home = await sam.get('/admin/').expect(200);
    expect(home.text).toContain('href="/admin/producers/usage/"');
  });
});
