import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';
import { createProducer } from './producers';

let t: TestApp;
let sam: Visitor;
let vera: Visitor;
let id: number;

const LIST = '/admin/producers/producer/';
const system = { type: 'system', id: null, label: 'test', address: '', userAgent: '', requestId: '' } as const;

const addProducer = (name: string, contactEmail = '') =>
  createProducer(t, system, { name, slug: name.toLowerCase().replaceAll(' ', '-'), contactEmail });

/** Gives the group of a person further permissions; Bob then switches flags, and may not change producers. */
async function allow(group: string, ...permissions: string[]): Promise<void> {
  const [groupId] = await t.db('auth_group').where({ name: group }).pluck('id');
  await t.db('auth_group_permissions').insert(permissions.map((permission) => ({ group_id: groupId, permission })));
}

beforeEach(async () => {
  t = await testApp();
  [sam, vera] = await Promise.all([t.as('sam'), t.as('vera')]);
  id = await addProducer('Tucson Improv', 'hello@tucson.example');
});
afterEach(() => t?.close());

const flagsOf = async (producer = id) => {
  const row = await t.db('producers_featureflags').where({ producer_id: producer }).first();
  return ['knowledge_base_enabled', 'ai_agents_enabled', 'additional_services_enabled'].map((name) =>
    Boolean(row?.[name]),
  );
};

const entriesOfFlags = () => t.db('audit_entry').where({ object_type: 'producers.featureflags' }).orderBy('seq');

/** The fields of the producer's form as a browser would send them back. */
async function formOf(who: Visitor, producer = id): Promise<Record<string, string>> {
  const { text } = await who.get(`${LIST}${producer}/change/`).expect(200);
  const fields: Record<string, string> = {};
  const form = text.slice(text.indexOf('id="object-form"'), text.indexOf('</form>', text.indexOf('id="object-form"')));
  for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
    const name = attribute('name');
    if (name === undefined || name === '_csrf' || /\sdisabled/.test(tag)) continue;
    if (attribute('type') === 'checkbox' && !/\schecked/.test(tag)) continue;
    fields[name] = attribute('value') ?? '';
  }
  return fields;
}

const AI = 'featureflags-0-ai_agents_enabled';

describe('a switch of the producer’s page', () => {
  it('saves by itself, says who and when, and offers Undo', async () => {
    const answer = await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', ai_agents_enabled: 'on' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/id="ff-ai_agents_enabled-status"[^>]*>[^<]*<i[^>]*><\/i> Saved/);
    expect(answer.text).toContain('Changed by Sam Super');
    expect(answer.text).toContain('Sam Super turned on AI Agents');
    expect(answer.text).toContain('AI Agents is on for Tucson Improv.');
    expect(await flagsOf()).toEqual([false, true, false]);
    expect(await entriesOfFlags()).toMatchObject([
      {
        action: 'change',
        object_label: 'Tucson Improv',
        message: 'Turned on AI Agents.',
        actor_label: 'sam@example.com',
      },
    ]);
    const request = /name="request" value="([^"]+)"/.exec(answer.text)?.[1] ?? '';
    const undone = await sam.htmxPost(`${LIST}${id}/flags/undo/`, { request, field: 'ai_agents_enabled' });
    expect(undone.text).toContain('AI Agents is off again for Tucson Improv.');
    expect(undone.text).toContain(`hx-target="#toast-${request}" hx-swap="delete"`);
    expect(await flagsOf()).toEqual([false, false, false]);
  });

  it('reads the named field alone: the rest of the form is not saved along', async () => {
    const form = await formOf(sam);
    await sam.htmxPost(`${LIST}${id}/flags/`, {
      ...form,
      name: 'Half typed',
      'featureflags-0-knowledge_base_enabled': 'on',
      [AI]: 'on',
      field: 'ai_agents_enabled',
    });
    expect(await flagsOf()).toEqual([false, true, false]);
    expect(await t.db('producers_producer').where({ id }).first('name')).toEqual({ name: 'Tucson Improv' });
  });

  it('does nothing when it is so already, and is off when the field is absent', async () => {
    const set = (fields: Record<string, string>) =>
      sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', ...fields });
    await set({ [AI]: 'on' });
    const again = await set({ [AI]: 'on' });
    expect(again.text).toContain('AI Agents is already on');
    expect(await entriesOfFlags()).toHaveLength(1);
    await set({});
    expect(await flagsOf()).toEqual([false, false, false]);
  });

  it('makes the row that is missing', async () => {
    await t.db('producers_featureflags').where({ producer_id: id }).delete();
    await sam.get(`${LIST}${id}/change/`).expect(200);
    await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' });
    expect(await flagsOf()).toEqual([false, true, false]);
  });

  it.each(['is_superuser', 'producer_id', 'featureflags-0-producer_id', 'created_at', '__proto__x'])(
    'refuses a field that the form does not have: %s',
    async (name) => {
      const answer = await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on', [name]: '1' });
      expect(answer.status).toBe(422);
      expect(await flagsOf()).toEqual([false, false, false]);
    },
  );

  it('refuses a feature that does not exist and a state that is none', async () => {
    for (const field of ['producer_id', '', 'constructor', 'name'])
      expect((await sam.htmxPost(`${LIST}${id}/flags/`, { field })).status).toBe(400);
    const odd = await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', ai_agents_enabled: 'maybe' });
    expect(odd.status).toBe(422);
    expect((await sam.htmxPost(`${LIST}999999/flags/`, { field: 'ai_agents_enabled' })).status).toBe(404);
  });

  it('leaves the form of the page fresh: a later Save keeps both', async () => {
    const form = await formOf(sam);
    await sam.htmxPost(`${LIST}${id}/flags/`, { ...form, field: 'ai_agents_enabled', [AI]: 'on' });
    const saved = await sam.post(`${LIST}${id}/change/`, {
      ...form,
      [AI]: 'on',
      [`${AI}__was`]: 'on',
      name: 'Tucson Improv Club',
      _save: '1',
    });
    expect(saved.status).toBe(303);
    expect(await t.db('producers_producer').where({ id }).first('name')).toEqual({ name: 'Tucson Improv Club' });
    expect(await flagsOf()).toEqual([false, true, false]);
  });
});

describe('Save without JavaScript', () => {
  it('takes the switches along, and leaves those alone that were not touched', async () => {
    const [mine, theirs] = [await formOf(sam), await formOf(sam)];
    expect((await sam.post(`${LIST}${id}/change/`, { ...mine, [AI]: 'on' })).status).toBe(303);
    const kb = 'featureflags-0-knowledge_base_enabled';
    expect((await sam.post(`${LIST}${id}/change/`, { ...theirs, [kb]: 'on' })).status).toBe(303);
    expect(await flagsOf()).toEqual([true, true, false]);
  });

  it('answers 409 with both versions when the same switch was changed meanwhile, and keeps what was typed', async () => {
    const form = await formOf(sam);
    await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' });
    await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'knowledge_base_enabled', knowledge_base_enabled: 'on' });
    const stale = await sam.post(`${LIST}${id}/change/`, { ...form, [AI]: 'on', name: 'New name' });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain(`name="take__${AI}"`);
    expect(stale.text).toContain('New name');
    const hidden = Object.fromEntries(
      [
        ...stale.text
          .slice(stale.text.indexOf('id="merge"'))
          .matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g),
      ]
        .map(([, name, value]) => [name, value])
        .filter(([name]) => name !== '_csrf'),
    );
    const merged = await sam.post(`${LIST}${id}/change/`, { ...hidden, [`take__${AI}`]: 'theirs', take__name: 'mine' });
    expect(merged.status).toBe(303);
    expect(await flagsOf()).toEqual([true, true, false]);
    expect(await t.db('producers_producer').where({ id }).first('name')).toEqual({ name: 'New name' });
  });

  it('fifty saves of a switch without JavaScript at once: one is kept, the others hear of it', async () => {
    const again = await formOf(sam);
    const flags = await Promise.all(
      Array.from({ length: 50 }, () => sam.post(`${LIST}${id}/change/`, { ...again, [AI]: 'on' })),
    );
    expect(flags.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(flags.filter(({ status }) => status === 409)).toHaveLength(49);
    expect(await entriesOfFlags()).toHaveLength(1);
  });
});

describe('adding', () => {
  it('makes the row of flags, all off, and offers no switches yet', async () => {
    const form = await sam.get(`${LIST}add/`).expect(200);
    expect(form.text).not.toContain('featureflags-0');
    const fields = { name: 'New One', slug: 'new-one', contact_email: '', is_active: 'on', _continue: '1' };
    const sneaked = await sam.post(`${LIST}add/`, { ...fields, [AI]: 'on' });
    expect(sneaked.status).toBe(422);
    const added = await sam.post(`${LIST}add/`, fields);
    const producer = Number(/producer\/(\d+)\//.exec(added.headers.location ?? '')?.[1]);
    expect(await flagsOf(producer)).toEqual([false, false, false]);
    expect(await t.db('producers_featureflags').where({ producer_id: producer })).toHaveLength(1);
  });
});

describe('permissions', () => {
  it('who may only look sees the switches and cannot change them, through no door', async () => {
    const page = await vera.get(`${LIST}${id}/change/`).expect(200);
    expect(page.text).toContain('role="switch"');
    expect(page.text).toMatch(/role="switch"[^>]* disabled/);
    expect(page.text).not.toContain('hx-post="/admin/producers/producer/');
    expect((await vera.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' })).status).toBe(403);
    expect((await vera.post(`${LIST}${id}/flags/undo/`, { request: 'x', field: 'y' })).status).toBe(403);
    const list = await vera.get(LIST).expect(200);
    expect(list.text).not.toContain('Enable AI Agents');
    const run = await vera.post(`${LIST}action/`, { _action: 'enable_ai_agents', _ids: String(id) });
    expect(run.status).toBe(404);
    const row = await t.db('producers_featureflags').where({ producer_id: id }).first('id');
    const url = `/admin/producers/featureflags/${row.id}/`;
    for (const post of [
      vera.post(`${url}change/`, { ai_agents_enabled: 'on' }),
      vera.htmxPost(`${url}set/`, { field: 'ai_agents_enabled', to: 'on' }),
      vera.post('/admin/producers/featureflags/undo/', { request: '00000000-0000-4000-8000-000000000000' }),
    ])
      expect((await post).status).toBe(403);
    expect(await flagsOf()).toEqual([false, false, false]);
  });

  it('who may change producers but not flags saves the form without them', async () => {
    await allow(
      'Viewers',
      'producers.change_producer',
      'producers.view_producerfinancial',
      'producers.view_userproducer',
    );
    const form = await formOf(vera);
    expect(Object.keys(form).filter((name) => name.startsWith('featureflags-'))).toEqual([]);
    const saved = await vera.post(`${LIST}${id}/change/`, {
      ...form,
      name: 'Renamed',
      'featureflags-TOTAL_FORMS': '1',
      'featureflags-0-id': '1',
      [AI]: 'on',
    });
    expect(saved.status).toBe(303);
    expect(await flagsOf()).toEqual([false, false, false]);
    expect(await t.db('producers_producer').where({ id }).first('name')).toEqual({ name: 'Renamed' });
    expect((await vera.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' })).status).toBe(403);
  });

  it('who may change flags but not producers has the switches and the actions', async () => {
    await allow('Viewers', 'producers.change_featureflags');
    const page = await vera.get(`${LIST}${id}/change/`).expect(200);
    expect(page.text).toContain(`hx-post="${LIST}${id}/flags/"`);
    await vera.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' });
    expect(await flagsOf()).toEqual([false, true, false]);
    const run = await vera.post(`${LIST}action/`, { _action: 'disable_all_features', _ids: String(id) });
    expect(run.status).toBe(303);
    expect(await flagsOf()).toEqual([false, false, false]);
    const { text } = await vera.get(run.headers.location ?? '').expect(200);
    expect(text).toContain('Disabled all features for 1 producer.');
    const request = /name="request" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const undo = await vera.post('/admin/producers/featureflags/undo/', { request, _list: 'producers.producer' });
    expect(undo.headers.location).toBe(LIST);
    expect(await flagsOf()).toEqual([false, true, false]);
  });
});

describe('who is told', () => {
  it('the contact of a producer that asked for it, when a feature is switched on', async () => {
    await t.db('producers_producer').where({ id }).update({ tell_contact: true });
    const letters = () => t.db('mail_message').orderBy('id').select('recipient', 'subject');
    await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled', [AI]: 'on' });
    expect(await letters()).toEqual([
      { recipient: 'hello@tucson.example', subject: 'AI Agents is on for Tucson Improv' },
    ]);
    await sam.htmxPost(`${LIST}${id}/flags/`, { field: 'ai_agents_enabled' });
    expect(await letters()).toHaveLength(1);
    const quiet = await addProducer('Quiet', 'quiet@example.com');
    await sam.post(`${LIST}action/`, { _action: 'enable_knowledge_base', _ids: `${id}.${quiet}` });
    expect((await letters()).slice(1)).toEqual([
      { recipient: 'hello@tucson.example', subject: 'Knowledge Base is on for Tucson Improv' },
    ]);
  });
});

describe('the master switch', () => {
  it('turned off is said on every page of the producers', async () => {
    const pages = [LIST, `${LIST}${id}/change/`, '/admin/producers/featureflags/'];
    const said = () =>
      Promise.all(pages.map(async (page) => (await sam.get(page).expect(200)).text.includes('gating-banner')));
    expect(await said()).toEqual([false, false, false]);
    t.services.flags.override('switch', 'producer_flags_enabled', false);
    expect(await said()).toEqual([true, true, true]);
  });
});
