import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

let t: TestApp;
let sam: Visitor;

beforeEach(async () => {
  t = await testApp();
  sam = await t.as('sam');
});
afterEach(() => t?.close());

const members = async (slug: string): Promise<string[]> => {
  const rows = await t
    .db('orgs_membership as m')
    .join('orgs_organization as o', 'o.id', 'm.organization_id')
    .join('auth_user as u', 'u.id', 'm.user_id')
    .where('o.slug', slug)
    .orderBy('m.id')
    .select('u.email', 'm.role');
  return rows.map(({ email, role }) => `${email} ${role}`);
};

/** The form of the organization with its one member, as a page without JavaScript sends it. */
async function acmeForm(): Promise<{ url: string; fields: Record<string, string> }> {
  const { id } = await t.db('orgs_organization').where({ slug: 'acme' }).first('id');
  const url = `/admin/orgs/organization/${id}/change/`;
  const { text } = await sam.get(url);
  const [, member = ''] = /name="membership-0-id" value="(\d+)"/.exec(text) ?? [];
  return {
    url,
    fields: {
      version: /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '',
      name: 'Acme',
      slug: 'acme',
      time_zone: 'UTC',
      'membership-TOTAL_FORMS': '2',
      'membership-INITIAL_FORMS': '1',
      'membership-MIN_NUM_FORMS': '0',
      'membership-MAX_NUM_FORMS': '100',
      'membership-0-id': member,
      'membership-0-user_id': String(t.ids.alice),
      'membership-0-user_id__text': 'alice@example.com',
      'membership-0-role': 'owner',
      'membership-1-id': '',
      'membership-1-user_id': '',
      'membership-1-user_id__text': '',
      'membership-1-role': 'member',
    },
  };
}

describe('a choice that is written out', () => {
  it('is found by its title, where one must be chosen', async () => {
    const typed = { organization_id: '', organization_id__text: 'acme', user_id: '', role: 'admin' };
    const added = await sam.post('/admin/orgs/membership/add/', { ...typed, user_id__text: ' Bob@example.com ' });
    expect(added.status).toBe(303);
    expect(await members('acme')).toEqual(['alice@example.com owner', 'bob@example.com admin']);
    const unknown = await sam.post('/admin/orgs/membership/add/', { ...typed, user_id__text: 'nobody' });
    expect(unknown.status).toBe(422);
    expect(unknown.text).toContain('There is no user called “nobody”.');
    expect(unknown.text).toContain('value="nobody"');
    const empty = await sam.post('/admin/orgs/membership/add/', { ...typed, user_id__text: '' });
    expect(empty.text).toContain('Choose one.');
  });

  it('adds a row to an inline, and is not lost when nobody goes by that name', async () => {
    const { url, fields } = await acmeForm();
    const wrong = await sam.post(url, { ...fields, 'membership-1-user_id__text': 'nobody' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('There is no user called “nobody”.');
    expect(wrong.text).toContain('value="nobody"');
    const right = await sam.post(url, { ...fields, 'membership-1-user_id__text': 'charlie@example.com' });
    expect(right.status).toBe(303);
    expect(await members('acme')).toEqual(['alice@example.com owner', 'charlie@example.com member']);
  });

  it('wins over a picked one whose title it is not', async () => {
    const { url, fields } = await acmeForm();
    const changed = await sam.post(url, { ...fields, 'membership-0-user_id__text': 'sam@example.com' });
    expect(changed.status).toBe(303);
    expect(await members('acme')).toEqual(['sam@example.com owner']);
  });

  it('may be several where many are linked, all or none of them', async () => {
    const { id } = await t.db('teams_flag').where({ name: 'integration_jira_enabled' }).first('id');
    const url = `/admin/teams/flag/${id}/change/`;
    const { text } = await sam.get(url);
    const fields = {
      version: /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '',
      name: 'integration_jira_enabled',
      everyone: 'unknown',
    };
    const linked = () => t.db('teams_flag_users').where({ flag_id: id }).orderBy('user_id').pluck('user_id');
    const half = await sam.post(url, { ...fields, users__add__text: 'alice@example.com, nobody' });
    expect(half.status).toBe(422);
    expect(half.text).toContain('There is no user called “nobody”.');
    expect(await linked()).toEqual([]);
    const both = await sam.post(url, { ...fields, users__add__text: 'charlie@example.com, alice@example.com,' });
    expect(both.status).toBe(303);
    expect(await linked()).toEqual([t.ids.alice, t.ids.charlie].sort((a, b) => a - b));
  });
});

describe('looking up while a box is typed in', () => {
  it('answers whatever the box is called', async () => {
    const list = '/admin/teams/flag/autocomplete/?field=users';
    for (const name of ['users__add__text', 'person__text', 'q']) {
      const { text } = await sam.htmxGet(`${list}&${name}=alice`);
      expect(text).toContain('alice@example.com');
      expect(text).not.toContain('bob@example.com');
    }
  });
});

describe('the tester of a flag', () => {
  it('takes an address that was written out, and keeps one that it does not know', async () => {
    const { id } = await t.db('teams_flag').where({ name: 'integration_jira_enabled' }).first('id');
    const page = `/admin/teams/flag/${id}/change/`;
    expect((await sam.get(`${page}?person=&person__text=alice@example.com`)).text).toMatch(/alice@example\.com –/);
    const unknown = (await sam.get(`${page}?person=&person__text=nobody@example.com`)).text;
    expect(unknown).toContain('There is no such person.');
    expect(unknown).toContain('value="nobody@example.com"');
  });
});

describe('what a row is called', () => {
  it('tells it apart from others of its kind, wherever it is named', async () => {
    const { url } = await acmeForm();
    expect((await sam.get(url)).text).toContain('Delete<span class="ff-sr"> owner, alice@example.com</span>');
    const list = (await sam.get('/admin/orgs/membership/')).text;
    expect(list).toContain('aria-label="Select owner, alice@example.com, Acme"');
    const { id } = await t.db('orgs_membership').where({ user_id: t.ids.alice }).first('id');
    expect((await sam.get(`/admin/orgs/membership/${id}/change/`)).text).toContain(
      '<h1>Owner, Acme, alice@example.com</h1>',
    );
    const page = (await sam.get(url.replace('change', 'delete'))).text;
    expect(page).toContain('>Owner, alice@example.com</a>'); // without the organization: all of them are its own
    const search = (await sam.get('/admin/search/?q=alice')).text;
    expect(search).toContain('Owner, Acme, alice@example.com');
  });

  it('is looked up for all rows of an inline at once', async () => {
    const { url } = await acmeForm();
    await sam.get(url);
    const few = await t.countQueries(() => sam.get(url).then());
    const { id } = await t.db('orgs_organization').where({ slug: 'acme' }).first('id');
    const created_at = t.clock.now().toISOString();
    const more = [t.ids.bob, t.ids.charlie, t.ids.vera].map((user) => ({
      organization_id: id,
      user_id: user,
      role: 'member',
      created_at,
    }));
    await t.db('orgs_membership').insert(more);
    await sam.get(url);
    expect(await t.countQueries(() => sam.get(url).then())).toBe(few);
  });
});

describe('a stale save', () => {
  it('takes theirs also where a choice is made by typing', async () => {
    const { id } = await t.db('orgs_membership').where({ user_id: t.ids.alice }).first('id');
    const url = `/admin/orgs/membership/${id}/change/`;
    const opened = (await sam.get(url)).text;
    const version = /name="version" value="([^"]+)"/.exec(opened)?.[1] ?? '';
    const organization = /name="organization_id" value="(\d+)"/.exec(opened)?.[1] ?? '';
    await t.db('orgs_membership').where({ id }).update({ user_id: t.ids.bob, role: 'admin' });
    const mine = {
      version,
      organization_id: organization,
      organization_id__text: 'Acme',
      user_id: String(t.ids.charlie),
      user_id__text: 'charlie@example.com',
      role: 'member',
    };
    const asked = await sam.post(url, mine);
    expect(asked.status).toBe(409);
    const fresh = /name="version" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    const merged = { ...mine, version: fresh, _merge: '1', take__user_id: 'theirs', take__role: 'mine' };
    expect((await sam.post(url, merged)).status).toBe(303);
    expect(await members('acme')).toEqual(['bob@example.com member']);
  });
});
