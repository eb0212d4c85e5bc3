import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp, testClock, type Visitor } from '../../test/support/test-app';
import { createApp } from '../app';
import { createServices } from '../services';
import { addressBlock, gateKey, takeTurn, WINDOW_MS } from './throttle';

const ALICE = 'alice@example.com';

describe('the throttle', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp({ environment: { TRUST_PROXY: '1' } });
  });
  afterEach(() => app.close());

  /** A visitor at an address of the proxy's telling. */
  function visitorAt(address: string): Visitor {
    const visitor = app.visitor();
    visitor.agent.set('X-Forwarded-For', address);
    return visitor;
  }

  const guess = async (visitor: Visitor, email = ALICE, password = 'wrong guess') => {
    const { status, headers, text } = await visitor.signIn(email, password);
    return { status, wait: Number(headers['retry-after'] ?? 0), text };
  };

  it('looks at three guesses at once, then after pauses that double, and at ten in fifteen minutes', async () => {
    const attacker = visitorAt('203.0.113.1');
    const waits: number[] = [];
    const started = app.clock.now().getTime();
    let evaluated = 0;
    for (let turn = 0; turn < 100; turn++) {
      const { status, wait } = await guess(attacker);
      if (status === 422) evaluated += 1;
      else {
        expect(status).toBe(429);
        waits.push(wait);
        app.clock.advance(wait * 1000);
        if (app.clock.now().getTime() - started >= WINDOW_MS) break;
      }
    }
    expect(evaluated).toBe(10);
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    app.clock.advance(60_000);
    const owner = await guess(visitorAt('198.51.100.7'), ALICE, PASSWORD);
    expect(owner.status).toBe(303);
  }, 30_000);

  it('never looks at more than ten in any fifteen minutes, wherever those begin', async () => {
    const attacker = visitorAt('203.0.113.1');
    const times: number[] = [];
    for (let second = 0; second < 2400; second += 20) {
      if ((await guess(attacker)).status === 422) times.push(app.clock.now().getTime());
      app.clock.advance(20_000);
    }
    for (const start of times) {
      expect(times.filter((time) => time >= start && time < start + WINDOW_MS).length).toBeLessThanOrEqual(10);
    }
  }, 30_000);

  it('says how long to wait and keeps what was typed, but not the password', async () => {
    const visitor = visitorAt('203.0.113.1');
    for (let turn = 0; turn < 3; turn++) await guess(visitor);
    const { status, wait, text } = await guess(visitor);
    expect(status).toBe(429);
    expect(wait).toBe(1);
    expect(text).toMatch(/Too many tries[\s\S]*Try again in 1 second\./);
    expect(text).toContain(`value="${ALICE}"`);
    expect(text).not.toContain('wrong guess');
  });

  it('lets one address guess at thirty accounts in fifteen minutes, no more', async () => {
    const attacker = visitorAt('203.0.113.2');
    const results = [];
    for (let turn = 0; turn < 60; turn++) results.push((await guess(attacker, `person${turn}@example.com`)).status);
    expect(results.filter((status) => status === 422)).toHaveLength(30);
    expect(results.slice(30).every((status) => status === 429)).toBe(true);
    expect((await guess(visitorAt('198.51.100.7'), ALICE, PASSWORD)).status).toBe(303);
  }, 30_000);

  it('counts the first half of an IPv6 address, all of which one person has', async () => {
    for (let turn = 0; turn < 10; turn++) {
      await guess(visitorAt(`2001:db8:1:2:${turn}::1`), `p${turn}@example.com`);
    }
    const results = [];
    for (let turn = 0; turn < 30; turn++) {
      results.push((await guess(visitorAt(`2001:db8:1:2::${turn}`), `q${turn}@example.com`)).status);
    }
    expect(results.filter((status) => status === 422)).toHaveLength(20);
    expect((await guess(visitorAt('2001:db8:1:3::1'), 'r@example.com')).status).toBe(422);
  });

  it('slows guesses from everywhere at one account, and its owner gets in within a minute', async () => {
    for (let turn = 0; turn < 40; turn++) {
      await guess(visitorAt(`203.0.113.${turn}`));
      app.clock.advance(5_000);
    }
    const owner = visitorAt('198.51.100.7');
    const first = await guess(owner, ALICE, PASSWORD);
    expect(first.wait).toBeLessThanOrEqual(60);
    app.clock.advance(first.wait * 1000);
    expect((await guess(owner, ALICE, PASSWORD)).status).toBe(303);
  });

  it('never makes a browser wait that has signed in before, while others guess', async () => {
    const owner = visitorAt('198.51.100.7');
    expect((await guess(owner, ALICE, PASSWORD)).status).toBe(303);
    await owner.post('/logout');
    for (let turn = 0; turn < 20; turn++) await guess(visitorAt(`203.0.113.${turn}`));
    const elsewhere = visitorAt('198.51.100.8');
    expect((await guess(elsewhere, ALICE, PASSWORD)).status).toBe(429);
    const back = app.visitor();
    back.agent.set('X-Forwarded-For', '192.0.2.44'); // from another network, but the same browser
    back.agent.jar.setCookies(
      owner.agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false }).map(String),
      '127.0.0.1',
      '/',
    );
    expect((await guess(back, ALICE, PASSWORD)).status).toBe(303);
  });

  it('counts guesses that come at the same moment one by one', async () => {
    const attacker = visitorAt('203.0.113.3');
    await attacker.csrfToken();
    const results = await Promise.all(Array.from({ length: 20 }, () => guess(attacker)));
    expect(results.filter(({ status }) => status === 422)).toHaveLength(3);
    expect(results.filter(({ status }) => status === 429)).toHaveLength(17);

    const gate = { key: gateKey('test', 'x'), most: 20 };
    const turns = await Promise.all(Array.from({ length: 30 }, () => takeTurn(app.services, [gate])));
    expect(turns.filter(({ allowed }) => allowed)).toHaveLength(20);
  });

  it('counts across processes and restarts', async () => {
    const attacker = visitorAt('203.0.113.4');
    for (let turn = 0; turn < 3; turn++) await guess(attacker);
    const { config, clock } = app.services;
    const second = createServices(config, { clock });
    try {
      const there = new (attacker.constructor as new (other: unknown) => Visitor)(createApp(second));
      there.agent.set('X-Forwarded-For', '203.0.113.4');
      expect((await guess(there)).status).toBe(429);
    } finally {
      await second.stop();
    }
  });

  it('forgets the wrong guesses of somebody who then signs in', async () => {
    const visitor = visitorAt('203.0.113.5');
    for (let turn = 0; turn < 2; turn++) await guess(visitor);
    expect((await guess(visitor, ALICE, PASSWORD)).status).toBe(303);
    const again = visitorAt('203.0.113.5');
    for (let turn = 0; turn < 3; turn++) expect((await guess(again)).status).toBe(422);
  });

  it('treats accounts that do not exist the same, in status, headers, page and pauses', async () => {
    const known = visitorAt('203.0.113.6');
    const unknown = visitorAt('203.0.113.7');
    const bare = (text: string, email: string) =>
      text
        .replaceAll(email, 'EMAIL')
        .replaceAll(encodeURIComponent(email), 'EMAIL')
        .replace(/name="_csrf" value="[^"]*"/g, '');
    const names = (headers: Record<string, string>) => Object.keys(headers).sort();
    for (let turn = 0; turn < 6; turn++) {
      const [a, b] = [await known.signIn(ALICE, 'wrong'), await unknown.signIn('nobody@example.com', 'wrong')];
      expect(b.status).toBe(a.status);
      expect(names(b.headers)).toEqual(names(a.headers));
      expect(b.headers['retry-after']).toBe(a.headers['retry-after']);
      expect(bare(b.text, 'nobody@example.com')).toBe(bare(a.text, ALICE));
    }
  });

  it('does as many statements for accounts that do not exist', async () => {
    const count = (address: string, email: string) => app.countQueries(() => visitorAt(address).signIn(email, 'wrong'));
    await count('203.0.113.8', 'warm-up@example.com');
    const known = await count('203.0.113.9', ALICE);
    expect(await count('203.0.113.10', 'nobody@example.com')).toBe(known);
  });
});

describe('the time that an answer takes', () => {
  it('does not tell whether there is an account', async () => {
    const app = await testApp({ environment: { TRUST_PROXY: '1' } });
    try {
      const visitor = app.visitor();
      const token = await visitor.csrfToken();
      const ask = async (url: string, form: Record<string, string>, turn: number) => {
        const address = `10.0.${Math.floor(turn / 250)}.${turn % 250}`;
        const before = process.cpuUsage();
        const started = performance.now();
        await visitor.agent
          .post(url)
          .set('X-Forwarded-For', address)
          .type('form')
          .send({ ...form, _csrf: token });
        const { user, system } = process.cpuUsage(before);
        return { time: performance.now() - started, work: user + system };
      };
      type Took = Awaited<ReturnType<typeof ask>>;
      // What else the machine does adds to most times, not to the shortest, and not to the processor time of all threads
      // together. Not the median of that: some collect garbage.
      const shortest = (all: Took[]) => Math.min(...all.map(({ time }) => time));
      const usualWork = (all: Took[]) =>
        all.map(({ work }) => work).sort((a, b) => a - b)[Math.floor(all.length / 5)] ?? 0;
      for (const [url, more] of [
        ['/login', { password: 'wrong' }],
        ['/password/reset', {}],
        ['/signup', {}],
      ] as const) {
        const known: Took[] = [];
        const unknown: Took[] = [];
        for (let turn = 0; turn < 40; turn++) {
          app.clock.advance(60 * 60_000);
          const order = turn % 2 === 0 ? [known, unknown] : [unknown, known];
          for (const list of order) {
            const email = list === known ? ALICE : 'nobody@example.com';
            list.push(await ask(url, { email, ...more }, turn));
          }
        }
        // A leak would be the work of one password check, most of the whole answer.
        for (const measure of [shortest, usualWork]) {
          expect(measure(known) / measure(unknown)).toBeGreaterThan(0.6);
          expect(measure(known) / measure(unknown)).toBeLessThan(1.67);
        }
      }
    } finally {
      await app.close();
    }
  }, 120_000);
});

describe('the address that counts', () => {
  it('is the socket’s while no proxy is configured, whatever a header says', async () => {
    const app = await testApp();
    try {
      const results = [];
      for (let turn = 0; turn < 12; turn++) {
        const visitor = app.visitor();
        visitor.agent.set('X-Forwarded-For', `203.0.113.${turn}`);
        results.push((await visitor.signIn(`who${turn % 2}@example.com`, 'wrong')).status);
      }
      expect(results.slice(0, 6)).toEqual([422, 422, 422, 422, 422, 422]);
      expect(results.slice(6).every((status) => status === 429)).toBe(true);
      const addresses = (await app.db('audit_entry').distinct('address')) as { address: string }[];
      expect(addresses.map(({ address }) => address)).toEqual([expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/)]);
    } finally {
      await app.close();
    }
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0DB8:0001::1', '2001:db8:1:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('%s counts as %s', (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});

describe('a gate', () => {
  it('gives a turn back that turned out well', async () => {
    const app = await testApp({ clock: testClock() });
    try {
      const gate = { key: gateKey('test', 'y'), most: 1 };
      const turn = await takeTurn(app.services, [gate]);
      expect((await takeTurn(app.services, [gate])).allowed).toBe(false);
      if (turn.allowed) await turn.giveBack();
      expect((await takeTurn(app.services, [gate])).allowed).toBe(true);
    } finally {
      await app.close();
    }
  });
});
