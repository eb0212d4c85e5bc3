import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { verifyChain } from '../audit';
import { createProducer } from './producers';

let t: TestApp;
let sam: Visitor;
let ids: number[];

const LIST = '/admin/producers/producer/';
const system = { type: 'system', id: null, label: 'test', address: '', userAgent: '', requestId: '' } as const;

/** Twelve producers, of which every third has AI agents. */
beforeEach(async () => {
  t = await testApp();
  sam = await t.as('sam');
  ids = [];
  for (let index = 0; index < 12; index++)
    ids.push(await createProducer(t, system, { name: `Stage ${index}`, slug: `stage-${index}` }));
  await t
    .db('producers_featureflags')
    .whereIn(
      'producer_id',
      ids.filter((_, index) => index % 3 === 0),
    )
    .update({ ai_agents_enabled: true });
});
afterEach(() => t?.close());

const state = async (): Promise<Record<number, string>> => {
  const rows = await t.db('producers_featureflags').orderBy('producer_id');
  return Object.fromEntries(
    rows.map((row) => [
      row.producer_id,
      [row.knowledge_base_enabled, row.ai_agents_enabled, row.additional_services_enabled].map(Number).join(''),
    ]),
  );
};

const entries = () => t.db('audit_entry').where({ object_type: 'producers.featureflags' }).orderBy('seq');

/** Runs an action, and gives what the list says then and the request to take it back. */
async function act(fields: Record<string, string>): Promise<{ text: string; request: string }> {
  const answer = await sam.post(`${LIST}action/`, fields);
  expect(answer.status).toBe(303);
  const { text } = await sam.get(answer.headers.location ?? '').expect(200);
  return { text, request: /name="request" value="([^"]+)"/.exec(text)?.[1] ?? '' };
}

const undo = (request: string) =>
  sam.post('/admin/producers/featureflags/undo/', { request, _list: 'producers.producer' });

it('offers one action for each feature each way, and one that disables all, by these labels', async () => {
  const { text } = await sam.get(LIST).expect(200);
  const labels = [...text.matchAll(/<option value="[^"]+">([^<]+ for selected producers)<\/option>/g)];
  expect(labels.map(([, label]) => label)).toEqual([
    'Enable Knowledge Base for selected producers',
    'Enable AI Agents for selected producers',
    'Enable Additional Services for selected producers',
    'Disable Knowledge Base for selected producers',
    'Disable AI Agents for selected producers',
    'Disable Additional Services for selected producers',
    'Disable all features for selected producers',
  ]);
});

it('asks first, with the producers by name and how many would really change', async () => {
  const { text } = await sam
    .get(`${LIST}action/?_action=enable_ai_agents&_ids=${ids.slice(0, 4).join('.')}`)
    .expect(200);
  expect(text).toContain('Enable AI Agents for 4 producers?');
  expect(text).toContain('2 producers will really change; 2 already are so.');
  for (const index of [0, 1, 2, 3]) expect(text).toContain(`>Stage ${index}</a>`);
  expect(text).not.toContain('>Stage 4</a>');
  expect(text).not.toContain('This cannot be undone');
  expect(await entries()).toEqual([]);
});

it('changes those that differ, with an entry for each, and Undo restores the former state of each', async () => {
  const before = await state();
  const { text, request } = await act({ _action: 'enable_ai_agents', _ids: ids.join('.') });
  expect(text).toContain('Enabled AI Agents for 8 producers.');
  expect(await entries()).toHaveLength(8);
  expect((await entries())[0]).toMatchObject({ object_label: 'Stage 1', message: 'Turned on AI Agents.' });
  expect(Object.values(await state()).filter((flags) => flags === '010')).toHaveLength(12);
  const undone = await undo(request);
  expect(undone.headers.location).toBe(LIST);
  expect((await sam.get(LIST)).text).toContain('8 producers restored.');
  expect(await state()).toEqual(before);
  expect(await verifyChain(t.db)).toEqual([]);
});

it('leaves alone on Undo what somebody changed since', async () => {
  await act({ _action: 'enable_knowledge_base', _ids: ids.join('.') });
  const { request } = await act({ _action: 'disable_all_features', _ids: ids.join('.') });
  const later = await t.db('producers_featureflags').where({ producer_id: ids[0] }).first();
  await sam.htmxPost(`${LIST}${ids[0]}/flags/`, { field: 'knowledge_base_enabled', knowledge_base_enabled: 'on' });
  await undo(request);
  expect((await sam.get(LIST)).text).toContain(
    '11 producers restored. 1 producer changed since then and stayed as it is.',
  );
  const now = await state();
  expect(now[ids[0] ?? 0]).toBe('100');
  expect(now[ids[3] ?? 0]).toBe('110');
  expect(later.id).toBeGreaterThan(0);
});

it('is not taken back by somebody else, nor twice, nor after half an hour', async () => {
  const { request } = await act({ _action: 'enable_ai_agents', _ids: ids.join('.') });
  const group = await t.db('auth_group').where({ name: 'Viewers' }).first('id');
  await t.db('auth_group_permissions').insert({ group_id: group.id, permission: 'producers.change_featureflags' });
  const vera = await t.as('vera');
  expect((await vera.post('/admin/producers/featureflags/undo/', { request })).status).toBe(409);
  await undo(request);
  const once = await state();
  await undo(request);
  expect(await state()).toEqual(once);
  t.clock.advance(31 * 60_000);
  expect((await undo(request)).status).toBe(409);
});

it('reaches all that a filter keeps, and only those', async () => {
  const query = '?ai_agents_enabled__exact=1&q=stage';
  const page = await sam.get(LIST + query).expect(200);
  expect(page.text).toContain('4 producers');
  await act({ _action: 'enable_knowledge_base', _across: '1', _ids: '', _changelist_filters: query });
  const now = await state();
  expect(ids.filter((id) => now[id]?.startsWith('1'))).toEqual(ids.filter((_, index) => index % 3 === 0));
});

it('makes the rows that are missing', async () => {
  await t.db('producers_featureflags').where({ producer_id: ids[1] }).delete();
  await act({ _action: 'enable_ai_agents', _ids: ids.slice(0, 3).join('.') });
  expect((await state())[ids[1] ?? 0]).toBe('010');
});

it('takes what is there of a mixed selection, and refuses one of nothing', async () => {
  const { text } = await act({ _action: 'enable_ai_agents', _ids: `${ids[1]}.999999.abc.0.-1` });
  expect(text).toContain('Enabled AI Agents for 1 producer.');
  expect(await entries()).toHaveLength(1);
  expect((await sam.post(`${LIST}action/`, { _action: 'enable_ai_agents', _ids: '999999' })).status).toBe(422);
  expect((await sam.post(`${LIST}action/`, { _action: 'enable_everything', _ids: '1' })).status).toBe(404);
  const many = Array.from({ length: 1_001 }, (_, index) => index + 1).join('.');
  expect((await sam.post(`${LIST}action/`, { _action: 'enable_ai_agents', _ids: many })).status).toBe(422);
});

it('takes as many statements for hundreds as for two, and so does Undo', async () => {
  const rows = Array.from({ length: 400 }, (_, index) => ({
    name: `Many ${index}`,
    slug: `many-${index}`,
    created_at: t.clock.now().toISOString(),
    modified_at: t.clock.now().toISOString(),
  }));
  const added = (await t.db('producers_producer').insert(rows).returning('id')) as { id: number }[];
  const count = async (some: number[]): Promise<number[]> => {
    let request = '';
    const acted = await t.countQueries(async () => {
      const answer = await sam.post(`${LIST}action/`, { _action: 'enable_ai_agents', _ids: some.join('.') });
      request = String(answer.headers['x-request-id']);
    }, /producers_|audit_|snapshots_/);
    const undone = await t.countQueries(() => undo(request), /producers_|audit_|snapshots_/);
    return [acted, undone];
  };
  await count(added.slice(0, 2).map(({ id }) => id)); // what is read once is read
  const few = await count(added.slice(2, 4).map(({ id }) => id));
  expect(await count(added.slice(4).map(({ id }) => id))).toEqual(few);
  expect(Math.max(...few)).toBeLessThan(25);
});

it('shows the list in as many statements however many producers and features it has', async () => {
  const count = (query: string) => t.countQueries(() => sam.get(LIST + query).expect(200), /producers_/);
  expect(await count('')).toBeLessThanOrEqual(3);
  expect(await count('?q=stage&ai_agents_enabled__exact=1')).toBeLessThanOrEqual(3);
});

it('counts beside the list what each choice would leave, for every combination of filters and search', async () => {
  const [first = 0, second = 0, third = 0] = ids;
  await t.db('producers_featureflags').whereIn('producer_id', ids.slice(4)).update({ knowledge_base_enabled: true });
  await t.db('producers_featureflags').where({ producer_id: second }).delete(); // no row counts as off
  await t.db('producers_producer').where({ id: first }).update({ name: 'GRAND Hall', contact_email: 'Box@a.example' });
  await t.db('producers_producer').where({ id: third }).update({ created_at: '2020-01-01T00:00:00.000Z' });
  const rows = (await t
    .db('producers_producer as p')
    .leftJoin('producers_featureflags as f', 'f.producer_id', 'p.id')
    .select('p.*', 'f.knowledge_base_enabled', 'f.ai_agents_enabled')) as Record<string, unknown>[];
  const textOf = (row: Record<string, unknown>) => [row.name, row.slug, row.contact_email].join('\n').toLowerCase();
  const TITLES = { knowledge_base_enabled: 'By knowledge base', ai_agents_enabled: 'By AI agents' };
  const columns = Object.keys(TITLES) as (keyof typeof TITLES)[];
  const wanted = [undefined, true, false].flatMap((kb) => [undefined, true, false].map((ai) => [kb, ai]));
  for (const words of [[], ['STAGE-1'], ['box@', 'grand'], ['"hall stage"']]) {
    const found = rows.filter((row) => words.every((word) => textOf(row).includes(word.toLowerCase())));
    for (const values of words.length < 2 ? wanted : [[undefined, false]]) {
      const keeps = (but?: string) =>
        found.filter((row) =>
          columns.every((key, at) => key === but || values[at] === undefined || Boolean(row[key]) === values[at]),
        );
      const query = new URLSearchParams(words.length === 0 ? [] : [['q', words.join(' ')]]);
      for (const [at, value] of values.entries())
        if (value !== undefined) query.set(`${columns[at]}__exact`, value ? '1' : '0');
      const { text } = await sam.get(`${LIST}?${query}`).expect(200);
      const counted = (title: string) =>
        [...(text.split(title)[1]?.split('</ul>', 1)[0] ?? '').matchAll(/ff-filter-count">(\d+)</g)].map(([, n]) =>
          Number(n),
        );
      const names = [...text.matchAll(/<th scope="row"><a[^>]*>([^<]+)<\/a>/g)].map(([, name]) => name).sort();
      expect({ query: `${query}`, names }).toEqual({
        query: `${query}`,
        names: keeps()
          .map(({ name }) => name)
          .sort(),
      });
      for (const key of columns) {
        const yes = keeps(key).filter((row) => Boolean(row[key])).length;
        const expected = [yes, keeps(key).length - yes];
        expect({ query: `${query}`, key, counts: counted(TITLES[key]) }).toEqual({
          query: `${query}`,
          key,
          counts: expected,
        });
      }
      expect(counted('By created')[0]).toBe(keeps().filter((row) => row.id !== third).length);
    }
  }
});

it('tells htmx how far a large action has come, and where it leads', async () => {
  const rows = Array.from({ length: 2_100 }, (_, index) => ({
    name: `Many ${index}`,
    slug: `many-${index}`,
    created_at: t.clock.now().toISOString(),
    modified_at: t.clock.now().toISOString(),
  }));
  for (let from = 0; from < rows.length; from += 300)
    await t.db('producers_producer').insert(rows.slice(from, from + 300));
  const answer = await sam.htmxPost(`${LIST}action/`, { _action: 'enable_ai_agents', _across: '1' });
  expect(answer.headers['content-type']).toContain('text/event-stream');
  expect(answer.text).toMatch(/data: .*<progress[^>]* value="\d+"/);
  expect(answer.text.trim().endsWith(`event: ff-go\ndata: ${LIST}`)).toBe(true);
  expect((await sam.get(LIST)).text).toContain('Enabled AI Agents for 2,110 producers.');
  expect(await verifyChain(t.db)).toEqual([]);
});
