import { EventEmitter, once } from 'node:events';
import { type TestApp, testApp } from './test-app';

let t: TestApp;

beforeAll(async () => {
  t = await testApp();
});

afterAll(() => t.close());

describe('counting statements', () => {
  it('sees those of a request and of its transaction', async () => {
    const visitor = t.visitor();
    await visitor.csrfToken();
    const sent = () => visitor.post('/login', { email: 'nobody@example.com', password: 'wrong' });
    expect(await t.countQueries(sent, /auth_user/)).toBeGreaterThan(0);
    expect(await t.countQueries(sent, /^(insert|update)/)).toBeGreaterThan(0);
  });

  it('sees none of what others do meanwhile', async () => {
    const beside = new EventEmitter();
    const others = once(beside, 'go').then(async () => {
      await t.db.transaction((trx) => trx('auth_user').count());
      await t.visitor().get('/login');
    });
    const counted = await t.countQueries(async () => {
      beside.emit('go');
      await others;
      await t.db('auth_user').first('id');
    });
    expect(counted).toBe(1);
  });
});
