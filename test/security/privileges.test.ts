import { formFields } from './support/html';
import { createWorld, type World } from './support/world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world?.close());

/** Gives Bob these permissions, beside those of his group. */
async function grant(...permissions: string[]): Promise<void> {
  const { db, clock, ids } = world;
  const now = clock.now().toISOString();
  const [group] = (await db('auth_group')
    .insert({ name: 'Granted', created_at: now, modified_at: now })
    .returning('id')) as { id: number }[];
  await db('auth_group_permissions').insert(permissions.map((permission) => ({ group_id: group?.id, permission })));
  await db('auth_user_groups').insert({ user_id: ids.bob, group_id: group?.id });
}

const count = async (table: string): Promise<number> => Number((await world.db(table).count({ n: '*' }).first())?.n);

describe('who may change an object', () => {
  const url = () => `/admin/orgs/organization/${world.objects['orgs.organization']}/change/`;

  it('sees and changes rows of another model within its form only with permissions of their own', async () => {
    await grant('orgs.view_organization', 'orgs.change_organization');
    const bob = await world.as('bob');
    const { text } = await bob.get(url()).expect(200);
    expect(text).not.toContain('Members');
    expect(text).not.toContain('charlie@example.com');
    const before = await count('orgs_membership');
    const forged = {
      'membership-TOTAL_FORMS': '1',
      'membership-0-id': '',
      'membership-0-user_id': String(world.ids.bob),
      'membership-0-role': 'owner',
    };
    const saved = await bob.post(url(), { ...formFields(text, url()), ...forged, _save: '1' });
    expect(saved.status).toBe(303);
    expect(await count('orgs_membership')).toBe(before);
  });

  it('adds and removes such rows only where the permission says so', async () => {
    await grant('orgs.view_organization', 'orgs.change_organization', 'orgs.view_membership', 'orgs.change_membership');
    const bob = await world.as('bob');
    const { text } = await bob.get(url()).expect(200);
    expect(text).toContain('Members');
    expect(text).not.toContain('Add another membership');
    expect(text).not.toContain('membership-0-DELETE');
    const fields = formFields(text, url());
    const added = {
      'membership-TOTAL_FORMS': '3',
      'membership-2-user_id': String(world.ids.bob),
      'membership-2-role': 'owner',
    };
    const before = await count('orgs_membership');
    expect((await bob.post(url(), { ...fields, ...added })).status).toBe(403);
    expect((await bob.post(url(), { ...fields, 'membership-1-DELETE': 'on' })).status).toBe(403);
    expect(await count('orgs_membership')).toBe(before);
    expect((await bob.post(url(), { ...fields, 'membership-1-role': 'admin' })).status).toBe(303);
    const row = await world.db('orgs_membership').where({ id: world.objects['orgs.membership'] }).first('role');
    expect(row.role).toBe('admin');
  });

  it('cannot take an account over by choosing its address', async () => {
    await grant('auth.view_user', 'auth.change_user');
    const bob = await world.as('bob');
    const change = async (id: number, email: string) => {
      const address = `/admin/auth/user/${id}/change/`;
      return bob.post(address, { ...formFields((await bob.get(address).expect(200)).text, address), email });
    };
    const refused = await change(world.ids.vera, 'bob+vera@example.com');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This person may do more than you');
    expect((await change(world.ids.sam, 'bob+sam@example.com')).status).toBe(422);
    expect((await change(world.ids.target, 'bob+target@example.com')).status).toBe(303);
    expect((await world.db('auth_user').where({ id: world.ids.vera }).first('email')).email).toBe('vera@example.com');
  });

  it('cannot undo what they may not do any more', async () => {
    const [sam, id] = [await world.as('sam'), world.ids.target];
    await world.db('auth_user').where({ id }).update({ is_superuser: true });
    const url = `/admin/auth/user/${id}/set/`;
    const demoted = await sam.post(url, { field: 'is_superuser', to: 'off' });
    expect(demoted.status).toBe(303);
    await grant('auth.view_user', 'auth.change_user');
    await world.db('auth_user').where({ id: world.ids.bob }).update({ is_superuser: true });
    await world.db('auth_user').where({ id: world.ids.sam }).update({ is_superuser: false });
    await world.db('auth_user_groups').update({ user_id: world.ids.sam }).where({ user_id: world.ids.bob });
    await sam.post('/admin/auth/user/undo/', { request: String(demoted.headers['x-request-id']) });
    expect(Boolean((await world.db('auth_user').where({ id }).first('is_superuser')).is_superuser)).toBe(false);
  });
});

describe('who may delete an object', () => {
  it('takes nothing along that they may not delete', async () => {
    await grant('orgs.view_organization', 'orgs.delete_organization');
    const bob = await world.as('bob');
    const list = '/admin/orgs/organization/';
    const id = world.objects['orgs.organization'];
    const asked = await bob.get(`${list}${id}/delete/`).expect(200);
    expect(asked.text).toContain('have permission to delete memberships');
    expect((await bob.post(`${list}${id}/delete/`)).status).toBe(403);
    expect((await bob.post(`${list}action/`, { _action: 'delete_selected', _ids: String(id) })).status).toBe(403);
    expect(await world.db('orgs_organization').where({ id }).first('id')).toBeDefined();
    await world.db('orgs_membership').where({ organization_id: id }).delete();
    expect((await bob.post(`${list}${id}/delete/`)).status).toBe(303);
  });
});

describe('who may only look at flags', () => {
  it('does not learn from them who there is', async () => {
    await world.db('auth_group_permissions').where('permission', 'like', 'auth.%').delete();
    const vera = await world.as('vera');
    const flag = `/admin/teams/flag/${world.objects['teams.flag']}`;
    await vera.get('/admin/teams/flag/autocomplete/?field=users&q=charlie').expect(404);
    const { text } = await vera.get(`${flag}/test/?person=${world.ids.charlie}`).expect(200);
    expect(text).toContain('You may not look at people here.');
    expect(text).not.toContain('charlie@');
    const bob = await world.as('bob');
    const found = await bob.get('/admin/teams/flag/autocomplete/?field=users&q=charlie').expect(200);
    expect(found.text).toContain('charlie@example.com');
  });
});

describe('what belongs to somebody else', () => {
  it('is like what does not exist: sessions, and requests to undo', async () => {
    const [alice, bob, sam] = [await world.as('alice'), await world.as('bob'), await world.as('sam')];
    await world.as('charlie');
    const said = async (session: string) => {
      const { status, headers } = await alice.post('/account/sessions/end', { session });
      return [status, headers.location, (await alice.get('/account/sessions/')).text.includes('had ended already')];
    };
    const foreign = await said(await world.sessionOf('charlie'));
    expect(foreign).toEqual([303, '/account/sessions/', true]);
    expect(foreign).toEqual(await said('0123456789abcdef'));
    expect(await world.db('auth_session').where({ user_id: world.ids.charlie })).toHaveLength(1);

    const set = await sam.post(`/admin/teams/flag/${world.objects['teams.flag']}/set/`, {
      field: 'everyone',
      to: 'yes',
    });
    const undo = async (request: string) => {
      const { status, text } = await bob.post('/admin/teams/flag/undo/', { request });
      return [status, text.includes('too long ago')];
    };
    expect(await undo(String(set.headers['x-request-id']))).toEqual(await undo('00000000-0000-4000-8000-000000000000'));
    const row = await world.db('teams_flag').where({ id: world.objects['teams.flag'] }).first('everyone');
    expect(Boolean(row.everyone)).toBe(true);
  });
});

describe('the mail of a development server', () => {
  it('is read at that server alone', async () => {
    await world.close();
    world = await createWorld({ environment: { TRUST_PROXY: '1' } });
    for (const url of ['/dev/outbox/', `/dev/outbox/${world.letter}`]) {
      await world.visitor().get(url).expect(200);
      await world.visitor().get(url).set('X-Forwarded-For', '203.0.113.9').expect(404);
      await world.visitor().get(url).set('X-Forwarded-For', '127.0.0.1, 203.0.113.9').expect(404);
    }
    const sent = await world.visitor().get('/signup/sent?email=a@example.com').set('X-Forwarded-For', '203.0.113.9');
    expect(sent.text).not.toContain('/dev/outbox/');
  });
});
