import { type TestApp, testApp } from '../../test/support/test-app';

const USERS = '/admin/auth/user/';

describe('accounts in the admin', () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await testApp();
  });
  afterEach(() => t?.close());

  /** Gives Vera's group a permission. */
  const allow = async (...permissions: string[]) => {
    const { id } = (await t.db('auth_group').where({ name: 'Viewers' }).first('id')) as { id: number };
    await t.db('auth_group_permissions').insert(permissions.map((permission) => ({ group_id: id, permission })));
  };

  const fields = (who: string, values: Record<string, string | string[]> = {}) => ({
    email: `${who}@example.com`,
    name: who,
    is_active: 'on',
    language: 'en',
    time_zone: 'UTC',
    theme: 'system',
    ...values,
  });

  it('ends all sessions of a person', async () => {
    const alice = await t.as('alice');
    await alice.get('/integrations/').expect(200);
    const sam = await t.as('sam');
    const done = await sam.post(`${USERS}action/`, { _action: 'sign_out_everywhere', _ids: String(t.ids.alice) });
    expect(done.status).toBe(303);
    expect((await alice.get('/integrations/')).headers.location).toContain('/login');
    expect(await t.db('audit_entry').where({ action: 'logout', object_id: String(t.ids.alice) })).toHaveLength(1);
  });

  it('signs a person out who is deactivated', async () => {
    const alice = await t.as('alice');
    const sam = await t.as('sam');
    const response = await sam.post(`${USERS}${t.ids.alice}/change/`, { ...fields('alice'), is_active: '' });
    expect(response.status).toBe(303);
    expect((await alice.get('/integrations/')).headers.location).toContain('/login');
  });

  it('keeps the last superuser', async () => {
    const sam = await t.as('sam');
    const demoted = await sam.post(`${USERS}${t.ids.sam}/change/`, fields('sam', { is_staff: 'on' }));
    expect(demoted.status).toBe(409);
    expect((await sam.get(`${USERS}${t.ids.sam}/delete/`)).text).toContain('This is your own account.');
    expect(await t.db('auth_user').where({ id: t.ids.sam }).first()).toMatchObject({ email: 'sam@example.com' });
    await sam.get('/admin/').expect(200);
  });

  it('lets nobody but a superuser make one, let somebody in, or give more than they hold', async () => {
    await allow('auth.change_user', 'auth.change_group');
    const vera = await t.as('vera');
    const refused = async (values: Record<string, string | string[]>) =>
      (await vera.post(`${USERS}${t.ids.alice}/change/`, fields('alice', values))).status;
    const { id: editors } = (await t.db('auth_group').where({ name: 'Flag editors' }).first('id')) as { id: number };
    const { id: viewers } = (await t.db('auth_group').where({ name: 'Viewers' }).first('id')) as { id: number };
    expect(await refused({ is_superuser: 'on' })).toBe(422);
    expect(await refused({ is_staff: 'on' })).toBe(422);
    expect(await refused({ groups: [String(editors)] })).toBe(422);
    expect(await refused({ groups: [String(viewers)] })).toBe(303);
    expect((await vera.post(`${USERS}${t.ids.sam}/change/`, fields('sam'))).status).toBe(422);
    const group = `/admin/auth/group/${viewers}/change/`;
    const permissions = (await t
      .db('auth_group_permissions')
      .where({ group_id: viewers })
      .pluck('permission')) as string[];
    const wider = await vera.post(group, { name: 'Viewers', permissions: [...permissions, 'auth.delete_user'] });
    expect(wider.status).toBe(422);
    expect(wider.text).toContain('You can only give what you hold yourself');
    expect((await vera.post(group, { name: 'Viewers', permissions: permissions.slice(1) })).status).toBe(303);
  });
});
