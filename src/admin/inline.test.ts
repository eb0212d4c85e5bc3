import { type TestApp, testApp, type Visitor } from '../../test/support/test-app';

const ORGS = '/admin/orgs/organization/';

describe('rows edited on the form of what they belong to', () => {
  let t: TestApp;
  let sam: Visitor;
  let acme: number;

  beforeEach(async () => {
    t = await testApp();
    sam = await t.as('sam');
    acme = ((await t.db('orgs_organization').where({ slug: 'acme' }).first('id')) as { id: number }).id;
  });
  afterEach(() => t?.close());

  const members = () =>
    t.db('orgs_membership').where({ organization_id: acme }).orderBy('id').select('id', 'user_id', 'role');

  /** The organization's form with these member rows. */
  async function fields(rows: Record<string, string>[]): Promise<Record<string, string>> {
    const { text } = await sam.get(`${ORGS}${acme}/change/`);
    const form: Record<string, string> = {
      name: 'Acme',
      slug: 'acme',
      time_zone: 'UTC',
      version: /name="version" value="([^"]+)"/.exec(text)?.[1] ?? '',
      'membership-TOTAL_FORMS': String(rows.length),
      'membership-INITIAL_FORMS': '1',
    };
    for (const [index, row] of rows.entries()) {
      for (const [name, value] of Object.entries(row)) form[`membership-${index}-${name}`] = value;
    }
    return form;
  }

  it('are added, changed and deleted with one Save, each with an audit entry', async () => {
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const added = await fields([first, { id: '', user_id: String(t.ids.bob), role: 'member' }]);
    expect((await sam.post(`${ORGS}${acme}/change/`, added)).status).toBe(303);
    expect(await members()).toMatchObject([{ user_id: t.ids.alice }, { user_id: t.ids.bob, role: 'member' }]);
    const [, second] = (await members()) as { id: number }[];
    const bob = { id: String(second?.id), user_id: String(t.ids.bob), role: 'owner' };
    await sam.post(`${ORGS}${acme}/change/`, await fields([first, bob]));
    await sam.post(`${ORGS}${acme}/change/`, await fields([{ ...first, DELETE: 'on' }, bob]));
    expect(await members()).toMatchObject([{ user_id: t.ids.bob, role: 'owner' }]);
    const actions = await t.db('audit_entry').where({ object_type: 'orgs.membership' }).orderBy('seq').pluck('action');
    expect(actions).toEqual(['add', 'change', 'delete']);
  });

  it('keep what was typed when one of them is wrong, and save none of it', async () => {
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const form = await fields([first, { id: '', user_id: '', user_id__text: 'nobody', role: 'emperor' }]);
    const response = await sam.post(`${ORGS}${acme}/change/`, { ...form, name: 'Acme Two' });
    expect(response.status).toBe(422);
    expect(response.text).toContain('Choose one of the list.');
    expect(response.text).toContain('value="Acme Two"');
    expect(await t.db('orgs_organization').where({ id: acme }).first('name')).toEqual({ name: 'Acme' });
    expect(await members()).toHaveLength(1);
  });

  it('refuse the same person twice with a sentence', async () => {
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const response = await sam.post(`${ORGS}${acme}/change/`, await fields([first, { ...first, id: '' }]));
    expect(response.status).toBe(422);
    expect(response.text).toContain('One of these values is taken already');
  });

  it('never touch rows of another object', async () => {
    const other = (await t.db('orgs_membership').whereNot({ organization_id: acme }).first('id', 'role')) as {
      id: number;
    };
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const foreign = { id: String(other.id), user_id: String(t.ids.bob), role: 'member', DELETE: 'on' };
    await sam.post(`${ORGS}${acme}/change/`, await fields([first, foreign]));
    expect(await t.db('orgs_membership').where({ id: other.id }).first()).toMatchObject({ user_id: t.ids.charlie });
  });

  it('leave an organization its last owner', async () => {
    const [owner] = (await members()) as { id: number }[];
    const demoted = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'member' };
    expect((await sam.post(`${ORGS}${acme}/change/`, await fields([demoted]))).status).toBe(409);
    expect(await members()).toMatchObject([{ role: 'owner' }]);
  });

  it('come back with one row more when Add is pressed without JavaScript', async () => {
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const response = await sam.post(`${ORGS}${acme}/change/`, {
      ...(await fields([first])),
      name: 'Typed',
      _addrow: 'membership',
    });
    expect(response.text).toContain('name="membership-1-role"');
    expect(response.text).toContain('value="Typed"');
  });

  it('make a stale save show, too', async () => {
    const [owner] = (await members()) as { id: number }[];
    const first = { id: String(owner?.id), user_id: String(t.ids.alice), role: 'owner' };
    const opened = await fields([first]);
    await sam.post(
      `${ORGS}${acme}/change/`,
      await fields([first, { id: '', user_id: String(t.ids.bob), role: 'member' }]),
    );
    expect((await sam.post(`${ORGS}${acme}/change/`, { ...opened, name: 'Acme 3' })).status).toBe(409);
  });
});
