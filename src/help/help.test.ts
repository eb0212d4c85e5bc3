import { type TestApp, testApp } from '../../test/support/test-app';
import { topics } from './topics';

describe('help', () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await testApp();
  });
  afterAll(() => t?.close());

  it('shows staff every topic, and everybody else those that concern them', async () => {
    const staff = await t.as('bob');
    for (const { slug, title } of topics) expect((await staff.get(`/help/${slug}/`).expect(200)).text).toContain(title);
    for (const { slug, staff: forStaff } of topics)
      await t
        .visitor()
        .get(`/help/${slug}/`)
        .expect(forStaff ? 404 : 200);
  });

  it('is one click away from the screen it explains', async () => {
    expect((await (await t.as('bob')).get('/admin/teams/flag/')).text).toContain('href="/help/flags/"');
    expect((await (await t.as('sam')).get('/admin/offers/request/')).text).toContain('href="/help/portal-content/"');
    expect((await (await t.as('alice')).get('/dashboard/support')).text).toContain('href="/help/portal-parts/"');
    expect((await t.visitor().get('/login')).text).toContain('href="/help/account/"');
  });
});
