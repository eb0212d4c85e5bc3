import { type TestApp, testApp } from '../../test/support/test-app';

const JOBS = '/admin/jobs/job/';

describe('jobs in the admin', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await testApp();
  });
  beforeEach(async () => {
    await t.db('jobs_job').delete();
  });
  afterAll(() => t?.close());

  /** A job of a kind that no worker here knows, so that it stays as it is. */
  const add = async (state: string, key: string | null = null): Promise<number> => {
    const now = t.clock.now().toISOString();
    const finished_at = ['done', 'failed'].includes(state) ? now : null;
    const error = state === 'failed' ? 'The disk was full.' : null;
    const values = { kind: 'test.elsewhere', payload: '{}', state, key, attempts: 5, error, finished_at, run_at: now };
    const [row] = (await t
      .db('jobs_job')
      .insert({ ...values, created_at: now, modified_at: now })
      .returning('id')) as { id: number }[];
    return row?.id ?? 0;
  };
  const stateOf = async (id: number) => (await t.db('jobs_job').where({ id }).first('state')).state as string;
  const retry = { _action: 'retry_selected' };

  it('gives failed jobs new tries after a page that says how many have failed, and records it', async () => {
    const [failed, done] = [await add('failed'), await add('done')];
    const sam = await t.as('sam');
    const ids = `${failed}.${done}`;
    const list = await sam.get(JOBS).expect(200);
    expect(list.text).toContain('Retry selected jobs');
    expect(list.text).toContain(`id="select-${failed}"`);
    const asked = await sam.post(JOBS, { action: 'retry_selected', _selected_action: [String(failed), String(done)] });
    const page = (await sam.get(String(asked.headers.location)).expect(200)).text;
    expect(page).toContain('Retry 2 jobs?');
    expect(page).toContain('1 job will really change; 1 already is so.');
    expect((await sam.post(`${JOBS}action/`, { ...retry, _ids: ids })).headers.location).toBe(JOBS);
    expect((await sam.get(JOBS)).text).toContain('1 job will be tried again.');
    expect([await stateOf(failed), await stateOf(done)]).toEqual(['queued', 'done']);
    const entries = await t.db('audit_entry').where({ object_type: 'jobs.job' });
    expect(entries).toMatchObject([{ object_id: String(failed), actor_id: t.ids.sam, action: 'change' }]);
    await sam.post(`${JOBS}action/`, { ...retry, _ids: ids });
    expect((await sam.get(JOBS)).text).toContain('Nothing to retry: none of them failed.');
  });

  it('leaves a job whose work is under way as another one, and retries the rest', async () => {
    const [twin, other] = [await add('failed', 'ada'), await add('failed')];
    await add('queued', 'ada');
    const sam = await t.as('sam');
    await sam.post(`${JOBS}action/`, { ...retry, _ids: `${twin}.${other}` });
    expect((await sam.get(JOBS)).text).toContain('1 job will be tried again. 1 job left: the same work is under way');
    expect([await stateOf(twin), await stateOf(other)]).toEqual(['failed', 'queued']);
  });

  it('is for whoever holds the permission, which a group can be given', async () => {
    const failed = await add('failed');
    const { id } = (await t.db('auth_group').where({ name: 'Viewers' }).first('id')) as { id: number };
    expect((await (await t.as('sam')).get(`/admin/auth/group/${id}/change/`)).text).toContain(
      'value="jobs.change_job"',
    );
    await t.db('auth_group_permissions').insert({ group_id: id, permission: 'jobs.view_job' });
    const vera = await t.as('vera');
    expect((await vera.get(JOBS).expect(200)).text).not.toMatch(/Retry|name="_selected_action"/);
    expect((await vera.post(`${JOBS}action/`, { ...retry, _ids: String(failed) })).status).toBe(404);
    expect(await stateOf(failed)).toBe('failed');
    await t.db('auth_group_permissions').insert({ group_id: id, permission: 'jobs.change_job' });
    await vera.post(`${JOBS}action/`, { ...retry, _ids: String(failed) });
    expect(await stateOf(failed)).toBe('queued');
  });
});
