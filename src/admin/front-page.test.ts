import { type TestApp, testApp } from '../../test/support/test-app';

describe('recent actions on the front page', () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await testApp();
    const bob = await t.as('bob');
    await bob.post('/admin/teams/switch/add/', { name: 'made_by_bob', note: '' });
  });
  afterEach(() => t?.close());

  /** What the card says to somebody. */
  const recent = async (person: 'bob' | 'vera', query = ''): Promise<string> => {
    const { text } = await (await t.as(person)).get(`/admin/${query}`).expect(200);
    return /id="recent"([\s\S]*?)<\/section>/.exec(text)?.[1] ?? '';
  };

  it('are the own ones, each with a way to what it was done to', async () => {
    const { id } = await t.db('teams_switch').where({ name: 'made_by_bob' }).first('id');
    expect(await recent('bob')).toContain(`href="/admin/teams/switch/${id}/change/"`);
    const others = await recent('vera');
    expect(others).toContain('Recent actions');
    expect(others).not.toContain('made_by_bob');
  });

  it('are those of everyone when asked for, with who did it', async () => {
    const all = await recent('vera', '?actions=everyone');
    expect(all).toContain('made_by_bob');
    expect(all).toContain('bob@example.com');
  });
});
