import { type TestApp, testApp } from '../../test/support/test-app';

describe('sign-in', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it('lets people in and shows them who they are', async () => {
    const alice = await app.as('alice');
    await alice.get('/').expect(303).expect('Location', '/integrations/');
    const bob = await app.as('bob');
    await bob.get('/').expect(303).expect('Location', '/admin/');
  });

  it('sends a visitor to the sign-in page', async () => {
    await app.visitor().get('/').expect(303).expect('Location', '/login');
  });

  it('refuses a wrong pair with one message and keeps the address', async () => {
    const response = await app.visitor().signIn('alice@example.com', 'not the password');
    expect(response.status).toBe(422);
    expect(response.text).toContain('Enter the correct e-mail address and password.');
    expect(response.text).toContain('value="alice@example.com"');
  });

  it('refuses people who are not staff at the door of the admin, in the words of a wrong pair', async () => {
    const visitor = app.visitor();
    const response = await visitor.post('/admin/login/', {
      email: 'alice@example.com',
      password: 'correct horse battery',
    });
    expect(response.status).toBe(422);
    expect(response.text).toContain('Enter the correct username and password for a staff account.');
    await visitor.get('/').expect('Location', '/login');
  });

  it('lets staff in at the door of the admin and out again', async () => {
    const visitor = app.visitor();
    const entered = await visitor.post('/admin/login/', {
      email: 'bob@example.com',
      password: 'correct horse battery',
    });
    expect(entered.headers.location).toBe('/admin/');
    await visitor.get('/').expect('Location', '/admin/');
  });
});
