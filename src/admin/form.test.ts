import fc from 'fast-check';
import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

let t: TestApp;
let sam: Visitor;
let vera: Visitor;
let bob: Visitor;

const LIST = '/admin/teams/flag/';

beforeEach(async () => {
  t = await testApp();
  [sam, vera, bob] = await Promise.all([t.as('sam'), t.as('vera'), t.as('bob')]);
});
afterEach(() => t?.close());

const FLAG = {
  name: 'checkout',
  note: 'The new checkout',
  everyone: 'unknown',
  percent: '25',
  superusers: 'on',
  languages: '',
};

/** Adds the flag and returns its id. */
async function add(fields: Record<string, string | string[]> = {}): Promise<number> {
  const response = await bob.post(`${LIST}add/`, { ...FLAG, ...fields, _continue: '1' });
  expect(response.status).toBe(303);
  return Number(/flag\/(\d+)\/change/.exec(response.headers.location ?? '')?.[1]);
}

const version = async (who: Visitor, id: number): Promise<string> =>
  /name="version" value="([^"]+)"/.exec((await who.get(`${LIST}${id}/change/`)).text)?.[1] ?? '';

const entries = (id: number) =>
  t
    .db('audit_entry')
    .where({ object_type: 'teams.flag', object_id: String(id) })
    .orderBy('seq');

describe('adding', () => {
  it('keeps the object, records who added it, and leads where the button says', async () => {
    const id = await add();
    expect(await t.db('teams_flag').where({ id }).first()).toMatchObject({
      name: 'checkout',
      note: 'The new checkout',
    });
    expect(await entries(id)).toMatchObject([
      { action: 'add', actor_label: 'bob@example.com', object_label: 'checkout' },
    ]);
    const another = await bob.post(`${LIST}add/`, { ...FLAG, name: 'other', _addanother: '1' });
    expect(another.headers.location).toBe(`${LIST}add/`);
    const saved = await bob.post(`${LIST}add/`, { ...FLAG, name: 'third', _save: '1' });
    expect(saved.headers.location).toBe(LIST);
  });

  it('shows what is wrong beside the fields and loses nothing that was typed', async () => {
    const response = await bob.post(`${LIST}add/`, {
      ...FLAG,
      name: 'has spaces',
      note: 'Typed with care',
      percent: '100',
    });
    expect(response.status).toBe(422);
    expect(response.text).toContain('<title>Error: ');
    expect(response.text).toContain('Use letters, digits, underscores, dots, colons and hyphens.');
    expect(response.text).toContain('Enter a number from 0 to 99.9.');
    expect(response.text).toContain('value="has spaces"');
    expect(response.text).toContain('Typed with care');
  });

  it('refuses a name that is taken', async () => {
    await add();
    const response = await bob.post(`${LIST}add/`, FLAG);
    expect(response.status).toBe(422);
    expect(response.text).toContain('There is already a flag with this name.');
  });

  it.each(['id', 'created_at', 'modified_at', 'is_superuser', 'organization_id', 'version2'])(
    'refuses the field %s, which the form does not offer',
    async (name) => {
      const response = await bob.post(`${LIST}add/`, { ...FLAG, [name]: '1' });
      expect(response.status).toBe(422);
      expect(await t.db('teams_flag').where({ name: 'checkout' })).toEqual([]);
    },
  );
});

describe('changing', () => {
  it('writes what differs, says so in words and in the history', async () => {
    const id = await add();
    const saved = await bob.post(`${LIST}${id}/change/`, {
      ...FLAG,
      percent: '50',
      staff: 'on',
      version: await version(bob, id),
      _save: '1',
    });
    expect(saved.status).toBe(303);
    const [, entry] = (await entries(id)) as { before: string; after: string; message: string }[];
    expect(JSON.parse(entry?.before ?? '')).toEqual({ percent: 25, staff: false });
    expect(JSON.parse(entry?.after ?? '')).toEqual({ percent: 50, staff: true });
    expect(entry?.message).toBe('Changed Staff from No to Yes; Percent from 25 to 50.');
    expect((await vera.get(`${LIST}${id}/history/`)).text).toContain('Staff from No to Yes');
  });

  it('writes nothing when nothing differs', async () => {
    const id = await add();
    await bob.post(`${LIST}${id}/change/`, { ...FLAG, version: await version(bob, id), _save: '1' });
    expect(await entries(id)).toHaveLength(1);
  });

  it('links people and groups, also a person typed without JavaScript', async () => {
    const id = await add();
    const fields = { ...FLAG, users__add__text: 'alice@example.com', version: await version(bob, id), _save: '1' };
    expect((await bob.post(`${LIST}${id}/change/`, fields)).status).toBe(303);
    expect(await t.db('teams_flag_users').where({ flag_id: id })).toEqual([{ flag_id: id, user_id: t.ids.alice }]);
    const unknown = await bob.post(`${LIST}${id}/change/`, {
      ...fields,
      users__add__text: 'nobody@example.com',
      version: await version(bob, id),
    });
    expect(unknown.status).toBe(422);
    expect(unknown.text).toContain('There is no user called “nobody@example.com”.');
    const gone = await bob.post(`${LIST}${id}/change/`, { ...FLAG, users: ['99999'], version: await version(bob, id) });
    expect(gone.text).toContain('This user no longer exists.');
  });

  it('answers a stale save with both versions, and saves the choice', async () => {
    const id = await add();
    const opened = await version(bob, id);
    await sam.post(`${LIST}${id}/change/`, { ...FLAG, percent: '75', note: 'Theirs', version: opened, _save: '1' });
    const stale = await bob.post(`${LIST}${id}/change/`, {
      ...FLAG,
      percent: '10',
      note: 'Mine',
      version: opened,
      _save: '1',
    });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('Theirs');
    expect(stale.text).toContain('Mine');
    const fresh = /name="version" value="([^"]+)"/.exec(stale.text)?.[1] ?? '';
    const merged = {
      ...FLAG,
      percent: '10',
      note: 'Mine',
      take__note: 'mine',
      take__percent: 'theirs',
      _merge: '1',
      version: fresh,
      _save: '1',
    };
    expect((await bob.post(`${LIST}${id}/change/`, merged)).status).toBe(303);
    expect(await t.db('teams_flag').where({ id }).first()).toMatchObject({ note: 'Mine', percent: 75 });
  });

  it('lets one of two saves of the same version win', async () => {
    const id = await add();
    const opened = await version(bob, id);
    const [one, two] = await Promise.all([
      bob.post(`${LIST}${id}/change/`, { ...FLAG, percent: '30', version: opened }),
      sam.post(`${LIST}${id}/change/`, { ...FLAG, percent: '40', version: opened }),
    ]);
    expect([one?.status, two?.status].sort()).toEqual([303, 409]);
    expect(await entries(id)).toHaveLength(2);
  });

  it('saves a copy under another name', async () => {
    const id = await add({ users__add__text: 'alice@example.com' });
    const response = await bob.post(`${LIST}${id}/change/`, {
      ...FLAG,
      name: 'copy',
      users: [String(t.ids.alice)],
      version: await version(bob, id),
      _saveasnew: '1',
    });
    expect(response.status).toBe(303);
    const copy = (await t.db('teams_flag').where({ name: 'copy' }).first('id')) as { id: number };
    expect(await t.db('teams_flag_users').where({ flag_id: copy.id })).toHaveLength(1);
    expect(await t.db('teams_flag').where({ id }).first()).toMatchObject({ name: 'checkout' });
  });

  it('sets one field from the list, harmlessly when repeated, and can be undone', async () => {
    const id = await add();
    const first = await bob.htmxPost(`${LIST}${id}/set/`, { field: 'everyone', to: 'yes' });
    expect(first.status).toBe(200);
    expect(first.text).toContain(`id="row-${id}"`);
    expect(first.text).toContain('hx-target="#ff-toasts"');
    const [, filters = ''] = /<hx-partial hx-target="#filters"[^>]*>([\s\S]*?)<\/hx-partial>/.exec(first.text) ?? [];
    expect(filters).toMatch(/id="filter-everyone-2"[\s\S]*?<span>Yes<\/span><span class="ff-filter-count">1<\/span>/);
    await bob.htmxPost(`${LIST}${id}/set/`, { field: 'everyone', to: 'yes' });
    expect(await entries(id)).toHaveLength(2);
    const request = /name="request" value="([^"]+)"/.exec(first.text)?.[1] ?? '';
    expect((await sam.post(`${LIST}undo/`, { request })).status).toBe(409); // somebody else's change
    expect((await bob.post(`${LIST}undo/`, { request })).status).toBe(303);
    expect(await t.db('teams_flag').where({ id }).first('everyone')).toEqual({ everyone: null });
  });
});

describe('actions on many', () => {
  it('ask first, change only what differs, write an entry each, and can be undone', async () => {
    await add({ name: 'one', everyone: 'yes' });
    await add({ name: 'two' });
    await add({ name: 'three' });
    const ids = (
      (await t.db('teams_flag').whereIn('name', ['one', 'two', 'three']).select('id')) as { id: number }[]
    ).map(({ id }) => String(id));
    const asked = await bob.post(LIST, { action: 'enable_for_everyone', _selected_action: ids });
    expect(asked.status).toBe(303);
    const page = await bob.get(asked.headers.location ?? '').expect(200);
    expect(page.text).toContain('Enable 3 flags for everyone?');
    expect(page.text).toContain('2 flags will really change; 1 already is so.');
    expect(await t.db('teams_flag').where({ everyone: true })).toHaveLength(1);
    const done = await bob.post(`${LIST}action/`, {
      _action: 'enable_for_everyone',
      _ids: ids.join('.'),
      _across: '',
      _changelist_filters: '',
    });
    expect(done.status).toBe(303);
    expect(await t.db('teams_flag').where({ everyone: true })).toHaveLength(3);
    const shown = await bob.get(LIST);
    expect(shown.text).toContain('2 flags on for everyone.');
    const request = /name="request" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';
    await bob.post(`${LIST}undo/`, { request });
    expect(await t.db('teams_flag').where({ everyone: true })).toHaveLength(1);
  });

  it('take everything that the filters leave, in a constant number of statements', async () => {
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    const rows = Array.from({ length: 250 }, (_, index) => ({
      name: `${index < 5 ? 'few' : 'bulk'}_${index}`,
      ...stamps,
    }));
    await t.db.batchInsert('teams_flag', rows, 50);
    const asked = await bob.post(`${LIST}?q=bulk_`, { action: 'disable_for_everyone', select_across: '1' });
    expect((await bob.get(asked.headers.location ?? '')).text).toContain('245 flags will really change');
    const run = (q: string) =>
      t.countQueries(
        () =>
          bob.post(`${LIST}action/`, {
            _action: 'disable_for_everyone',
            _ids: '',
            _across: '1',
            _changelist_filters: `?q=${q}`,
          }),
        /^(insert|update|delete)/,
      );
    const few = await run('few_');
    expect(await t.db('teams_flag').where({ everyone: false })).toHaveLength(5);
    const many = await run('bulk_');
    expect(await t.db('teams_flag').where({ everyone: false })).toHaveLength(250);
    expect(many).toBe(few);
  });

  it('delete after asking', async () => {
    const id = await add();
    const page = await bob.get(`${LIST}${id}/delete/`).expect(200);
    expect(page.text).toContain('Nothing else is deleted with it.');
    expect((await bob.post(`${LIST}${id}/delete/`)).status).toBe(303);
    expect(await t.db('teams_flag').where({ id })).toEqual([]);
    expect(await entries(id)).toMatchObject([{ action: 'add' }, { action: 'delete' }]);
    expect((await bob.get(`${LIST}${id}/history/`)).text).toContain('(deleted)');
  });

  it('say what else a deletion takes with it, and take it', async () => {
    const { id } = await t.db('orgs_organization').where({ slug: 'elsewhere' }).first('id');
    const url = `/admin/orgs/organization/${id}/delete/`;
    const { text } = await sam.get(url).expect(200);
    const goes = /Deleted with it([\s\S]*?)<form/.exec(text)?.[1] ?? '';
    expect(goes).toContain('charlie@example.com');
    expect(goes).not.toContain('alice@example.com');
    expect((await sam.post(url)).status).toBe(303);
    expect(await t.db('orgs_membership').where({ organization_id: id })).toEqual([]);
    expect(await t.db('orgs_membership')).toHaveLength(1);
  });

  it('ask for a selection', async () => {
    const response = await bob.post(LIST, { action: 'enable_for_everyone' });
    expect(response.headers.location).toBe(LIST);
    expect((await bob.get(LIST)).text).toContain('Select at least one flag. Nothing was changed.');
  });
});

describe('edits in the list', () => {
  it('save the rows that fit and keep what was typed in those that do not', async () => {
    const stamps = { created_at: '2026-03-04T10:00:00.000Z', modified_at: '2026-03-04T10:00:00.000Z' };
    await t.db('teams_sample').insert([
      { name: 'a', percent: 1, ...stamps },
      { name: 'b', percent: 2, ...stamps },
    ]);
    const { text } = await bob.get('/admin/teams/sample/');
    const versions = [...text.matchAll(/name="(edit-\d+-version)" value="([^"]+)"/g)].map(([, name, value]) => [
      name ?? '',
      value ?? '',
    ]);
    const ids = versions.map(([name]) => /\d+/.exec(name ?? '')?.[0] ?? '');
    const response = await bob.post('/admin/teams/sample/', {
      _save_list: '1',
      ...Object.fromEntries(versions),
      [`edit-${ids[0]}-percent`]: '12.5',
      [`edit-${ids[1]}-percent`]: 'lots',
    });
    expect(response.status).toBe(422);
    expect(response.text).toContain('<title>Error: Samples');
    expect(response.text).toMatch(/value="lots"[^>]* autofocus/);
    expect(response.text).toContain('Enter a number, like 12.5.');
    expect(await t.db('teams_sample').orderBy('id').select('percent')).toEqual([{ percent: 12.5 }, { percent: 2 }]);
  });
});

describe('people who may only look', () => {
  it('see values without controls and cannot change anything', async () => {
    const id = await add();
    const form = await vera.get(`${LIST}${id}/change/`).expect(200);
    expect(form.text).not.toContain('name="_save"');
    expect(form.text).not.toContain('name="percent"');
    for (const [url, fields] of [
      [`${LIST}${id}/change/`, { ...FLAG, percent: '1' }],
      [`${LIST}${id}/set/`, { field: 'everyone', to: 'yes' }],
      [`${LIST}${id}/delete/`, {}],
      [`${LIST}add/`, { ...FLAG, name: 'vera' }],
    ] as const) {
      expect([url, (await vera.post(url, { ...fields })).status]).toEqual([url, 403]);
    }
    expect((await vera.post(LIST, { action: 'enable_for_everyone', _selected_action: String(id) })).status).toBe(303);
    expect((await vera.get(`${LIST}action/?_action=enable_for_everyone&_ids=${id}`)).status).toBe(404);
    expect((await vera.post(`${LIST}action/`, { _action: 'delete_selected', _ids: String(id) })).status).toBe(404);
    expect(await entries(id)).toHaveLength(1);
  });

  it('do not learn that models they may not see exist', async () => {
    expect((await bob.get('/admin/auth/user/')).status).toBe(404);
    expect((await (await t.as('alice')).get(LIST)).status).toBe(404);
    expect((await t.visitor().get(LIST)).headers.location).toContain('login');
  });
});

describe('any form', () => {
  it('is answered with 303, 4xx or its mistakes, never with a fault', async () => {
    const id = await add();
    const name = fc.oneof(
      fc.constantFrom(
        'name',
        'percent',
        'everyone',
        'users',
        'groups',
        'languages',
        'note',
        'version',
        'users__add',
        '__proto__',
      ),
      fc.string({ maxLength: 10 }),
    );
    const text = fc.oneof(
      fc.constantFrom('', '-1', '1e309', '99.99', '\u0000', '2147483648', 'x'.repeat(300), '0x10', '🙂'),
      fc.string({ maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, fc.oneof(text, fc.array(text, { maxLength: 3 })), { maxKeys: 5 }),
        async (fields) => {
          const response = await bob.post(`${LIST}${id}/change/`, { ...FLAG, ...fields });
          expect([303, 409, 422]).toContain(response.status);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(['0', '-1', '1.5', 'abc', '99999999999', '2147483647', '%00', '1/'])(
    'answers 404 for the id %s',
    async (id) => {
      expect((await sam.get(`${LIST}${id}/change/`)).status).toBe(404);
    },
  );
});
