import { setTimeout as sleep } from 'node:timers/promises';
import { testApp, type Visitor } from '../../test/support/test-app';

const ME = '/api/v1/producers/me/';

describe('how often the API may be asked', () => {
  it('is limited for each person, who may not take the place of others', async () => {
    const own = await testApp({ environment: { API_RATE_PER_PERSON: '20', API_RATE_PER_ADDRESS: '30' } });
    const [alice, charlie] = [await own.program('alice'), await own.program('charlie')];
    const ask = (visitor: Visitor) => visitor.get(`${ME}?n=${Math.random()}`);
    const statuses: number[] = [];
    for (let times = 0; times < 40; times++) statuses.push((await ask(alice)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    const { body, headers } = await ask(alice).expect(429);
    expect(body.error).toMatchObject({ code: 'too_many_requests', message: expect.stringContaining('More than 20') });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    await (await own.as('alice')).get(ME).expect(429); // the same person with a session
    await ask(charlie).expect(200);
    await own.close();
  });

  it('is limited for each address that does not say who it is', async () => {
    const own = await testApp({ environment: { API_RATE_PER_ADDRESS: '10', TRUST_PROXY: '1' } });
    const from = (address: string) =>
      own.visitor().postJson('/api/v1/token/refresh/', { refresh: 'x' }).set('X-Forwarded-For', address);
    const alice = await own.program('alice');
    for (let times = 0; times < 10; times++) await from('203.0.113.1').expect(401);
    const { headers } = await from('203.0.113.1').expect(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await own.visitor().get(ME).set('X-Forwarded-For', '203.0.113.1').expect(429);
    await from('203.0.113.2').expect(401);
    await alice.get(ME).set('X-Forwarded-For', '203.0.113.1').expect(200);
    for (let host = 0; host < 10; host++) await from(`2001:db8:1:2::${host}`).expect(401);
    await from('2001:db8:1:2:ffff::1').expect(429); // one person has all of them
    await from('2001:db8:1:3::1').expect(401);
    await own.visitor().get('/login').set('X-Forwarded-For', '203.0.113.1').expect(200);
    await own.close();
  });

  it('leaves a quiet person as quick as before while another asks all the time', async () => {
    const own = await testApp({ environment: { API_RATE_PER_PERSON: '50' } });
    const [noisy, quiet] = [await own.program('alice'), await own.program('charlie')];
    const time = async (): Promise<number> => {
      const start = performance.now();
      await quiet.get(`${ME}?n=${Math.random()}`).expect(200);
      return performance.now() - start;
    };
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const alone: number[] = [];
    for (let times = 0; times < 15; times++) alone.push(await time());
    let busy = true;
    const noise = (async () => {
      while (busy) {
        await noisy.get(`${ME}?n=${Math.random()}`);
        await sleep(1);
      }
    })();
    await sleep(100);
    const beside: number[] = [];
    for (let times = 0; times < 15; times++) beside.push(await time());
    busy = false;
    await noise;
    // Both ends and all else that this machine does share it: the bound is for what would be a queue, not a few milliseconds.
    expect(median(beside)).toBeLessThan(10 * median(alone) + 100);
    await own.close();
  });
});
