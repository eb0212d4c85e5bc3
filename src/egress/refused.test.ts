import { createServer, type Server } from 'node:net';
import { listenOnLoopback } from '../../test/support/loopback';
import { loadConfig } from '../config';
import { createEgress, type Egress } from './index';

/** Where no call may lead: how such addresses are written, in numbers, in letters and inside of other addresses. */
const SPELLINGS = [
  // Loopback, in every way that an address of four numbers can be written.
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7F.1', '0177.0.0.1', '017700000001'],
  ...['0x7f.0x0.0x0.0x1', '127.000.000.001', '127.0.0.1.', '127.8.9.10', '%31%32%37.0.0.1', '127%2e0%2e0%2e1'],
  ...['①②⑦.⓪.⓪.①', '127。0。0。1', '１２７.0.0.1', '0', '0.0.0.0', '0x0'],
  // Private, shared, link-local and what else is nobody's.
  ...['10.0.0.1', '10.1', '167772161', '012.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.0.1', '0300.0250.0.1'],
  ...[
    '3232235521',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '0251.0376.0251.0376',
  ],
  ...['168.63.129.16', '192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.254', '198.51.100.1'],
  ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '4294967295'],
  // IPv6, and IPv4 inside of it: mapped, compatible, translated, 6to4, Teredo.
  ...[
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
  ],
  ...['[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::10.0.0.1]'],
  ...['[2002:7f00:1::]', '[2002:a00:1::1]', '[2001:0:7f00:1::]', '[fe80::1]', '[febf::1]', '[fec0::1]', '[fc00::1]'],
  ...['[fd00:ec2::254]', '[ff02::1]', '[ff0e::1]', '[100::1]', '[2001:2::1]', '[2001:10::1]', '[2001:db8::1]'],
  ...['[3fff::1]', '[5f00::1]', '[::FFFF:192.168.0.1]', '[::ffff:8.8.8.8]'],
];

/** What an answer of a name server may contain, one each. */
const RESOLVED = [
  '127.0.0.1',
  '10.0.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '::1',
];
RESOLVED.push(
  '::ffff:127.0.0.1',
  'fe80::1',
  'fe80::1%lo',
  'fd00::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::1',
  'ff02::1',
  '::',
);

const SECRETS = {
  SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
  ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
};

/** An egress client with what an operator sets, whose names lead to the given addresses, one answer after the other. */
function egressWith(environment: Record<string, string> = {}, ...answers: string[]): Egress & { asked: () => number } {
  let asked = 0;
  const config = loadConfig({ NODE_ENV: 'test', ...SECRETS, ...environment });
  const egress = createEgress(config.egress, (_host, _options, done) => {
    const address = answers[Math.min(asked++, answers.length - 1)] ?? '127.0.0.1';
    process.nextTick(() => done(null, [{ address, family: address.includes(':') ? 6 : 4 }]));
  });
  opened.push(egress);
  return Object.assign(egress, { asked: () => asked });
}

const opened: Egress[] = [];
let receiver: Server;
let port: number;
let connections: number;

beforeAll(async () => {
  receiver = createServer((socket) => {
    connections += 1;
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'));
    socket.on('error', () => undefined);
  });
  port = await listenOnLoopback(receiver);
});

beforeEach(() => {
  connections = 0;
});

afterEach(async () => {
  for (const egress of opened.splice(0)) await egress.close();
});

afterAll(() => receiver?.close());

const refusedPrivate = { name: 'EgressError', kind: 'refused', message: expect.stringContaining('not public') };

describe('a call is refused', () => {
  it(`to all ${SPELLINGS.length} spellings of addresses that are not public`, async () => {
    const egress = egressWith();
    const answers = await Promise.all(
      SPELLINGS.map(async (host) => [host, await egress.fetch(`https://${host}/`).catch((error) => error)] as const),
    );
    const different = answers.filter(([, error]) => error?.kind !== 'refused' || !/not public/.test(error.message));
    expect(different).toEqual([]);
    expect(SPELLINGS.length).toBeGreaterThanOrEqual(60);
    expect(egress.asked()).toBe(0);
  });

  it.each(RESOLVED)('to a name that leads to %s', async (address) => {
    await expect(egressWith({}, address).fetch('https://name.example/')).rejects.toMatchObject(refusedPrivate);
  });

  it('to localhost, by the name service of this machine', async () => {
    const egress = createEgress({ origins: [], allowPrivate: [] });
    opened.push(egress);
    for (const url of ['https://localhost/', 'https://LOCALHOST/', 'http://localhost/']) {
      await expect(egress.fetch(url)).rejects.toMatchObject(refusedPrivate);
    }
  });

  it('to a name that leads elsewhere the second time: the address that was checked is the one that is connected to', async () => {
    // The first answer is allowed, and nobody listens there. Whoever looks up again to connect gets to the receiver.
    const allowed = { EGRESS_ALLOW_PRIVATE: `127.0.0.2:${port}` };
    for (const answers of [
      ['127.0.0.2', '127.0.0.1'],
      ['127.0.0.1', '127.0.0.2'],
    ]) {
      const egress = egressWith(allowed, ...answers);
      const kinds: string[] = [];
      for (const _call of answers) {
        await egress.fetch(`http://rebinding.example:${port}/`).catch(({ kind }) => kinds.push(kind));
      }
      expect(kinds.sort()).toEqual(['refused', 'unreachable']);
      expect(egress.asked()).toBe(2);
    }
    expect(connections).toBe(0);
  });

  it.each([
    ['by plain HTTP to a public address', 'http://name.example/', /HTTPS only/],
    ['to another port', 'https://name.example:8443/', /port 8443/],
    ['to another port of an address', 'https://8.8.8.8:22/', /port 22/],
    ['with a user in its address', 'https://user:password@name.example/', /names a user/],
    ['with a name alone', 'https://user@name.example/', /names a user/],
    ['that is no HTTP', 'ftp://name.example/', /only HTTP/],
    ['that is a file', 'file:///etc/passwd', /only HTTP/],
    ['that is data', 'data:text/plain,hello', /only HTTP/],
    ['that is no address', 'name.example', /no address/],
  ])('%s', async (_what, url, message) => {
    const egress = egressWith({}, '8.8.8.8');
    await expect(egress.fetch(url)).rejects.toMatchObject({ kind: 'refused', message: expect.stringMatching(message) });
  });

  it('without its path, its query or what they carry in the message', async () => {
    const error = await egressWith()
      .fetch('https://user:canary@10.0.0.1/canary?token=canary')
      .catch((reason) => reason);
    expect(String(error)).not.toContain('canary');
  });
});

describe('private targets', () => {
  const call = (egress: Egress, url: string) =>
    egress.fetch(url).then(
      async (answer) => (await answer.text()) as string,
      ({ kind }) => kind as string,
    );

  it('are allowed as base addresses that the environment sets: that scheme, host and port, and no other', async () => {
    const egress = egressWith({
      GITHUB_BASE_URL: `http://127.0.0.1:${port}`,
      ASSISTANT_URL: `http://ask.example:${port}/v1`,
      ASSISTANT_MODEL: 'x',
    });
    expect(await call(egress, `http://127.0.0.1:${port}/api/v3/user`)).toBe('hi');
    expect(await call(egress, `http://ask.example:${port}/v1`)).toBe('hi');
    expect(await call(egress, `http://ASK.example.:${port}/v2`)).toBe('hi');
    expect(connections).toBe(3);
    for (const url of [
      `https://127.0.0.1:${port}/`,
      'http://127.0.0.1/',
      `http://127.0.0.2:${port}/`,
      `http://other.example:${port}/`,
    ]) {
      expect([url, await call(egress, url)]).toEqual([url, 'refused']);
    }
    expect(connections).toBe(3);
  });

  it('are allowed by EGRESS_ALLOW_PRIVATE: hosts, addresses and blocks, at their port or at the usual ones', async () => {
    const named = egressWith({ EGRESS_ALLOW_PRIVATE: `hooks.internal:${port}, 10.0.0.0/8` });
    expect(await call(named, `http://hooks.internal:${port}/`)).toBe('hi');
    expect(await call(named, `http://other.internal:${port}/`)).toBe('refused');
    expect(await call(named, 'http://hooks.internal/')).toBe('refused');
    const block = egressWith({ EGRESS_ALLOW_PRIVATE: `127.0.0.0/8:${port}` });
    expect(await call(block, `http://any.internal:${port}/`)).toBe('hi');
    expect(await call(block, `http://127.0.0.1:${port}/`)).toBe('hi');
    expect(await call(block, 'http://127.0.0.1/')).toBe('refused');
    expect(connections).toBe(3);
    // An allowed place lends neither its port nor plain HTTP to a public one.
    expect(
      await call(egressWith({ EGRESS_ALLOW_PRIVATE: `10.0.0.0/8:${port}` }, '8.8.8.8'), `https://x.example:${port}/`),
    ).toBe('refused');
    expect(
      await call(
        egressWith({ ASSISTANT_URL: 'http://x.example', ASSISTANT_MODEL: 'x' }, '8.8.8.8'),
        'http://x.example/',
      ),
    ).toBe('refused');
    expect(connections).toBe(3);
  });

  it('leave a name its other addresses out', async () => {
    const { egress: settings } = loadConfig({
      NODE_ENV: 'test',
      ...SECRETS,
      EGRESS_ALLOW_PRIVATE: `127.0.0.1:${port}`,
    });
    const egress = createEgress(settings, (_host, _options, done) =>
      done(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]),
    );
    opened.push(egress);
    expect(await call(egress, `http://two.internal:${port}/`)).toBe('hi');
  });

  it('are none without a word of the operator: not our own address, not what stands behind a default', () => {
    const { egress } = loadConfig({ NODE_ENV: 'test', ...SECRETS, BASE_URL: 'http://flags.internal' });
    expect(egress).toEqual({ origins: [], allowPrivate: [] });
    expect(Object.isFrozen(egress) && Object.isFrozen(egress.origins) && Object.isFrozen(egress.allowPrivate)).toBe(
      true,
    );
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    'http://intranet',
    'a b',
    'host:0',
    'host:70000',
    '*',
    'host/8',
    ',',
  ])('that nobody can mean are named at the start: %s', (EGRESS_ALLOW_PRIVATE) => {
    expect(() => loadConfig({ NODE_ENV: 'test', ...SECRETS, EGRESS_ALLOW_PRIVATE })).toThrow(/EGRESS_ALLOW_PRIVATE: /);
  });

  it.each([
    '10.0.0.5',
    '10.0.0.0/8',
    'intranet',
    'Jira.Internal:8080',
    'fd00::5',
    'fd00::/8',
    '[fd00::5]:8080',
    '[fd00::/8]:443',
  ])('may be written as %s', (EGRESS_ALLOW_PRIVATE) => {
    const { egress } = loadConfig({ NODE_ENV: 'test', ...SECRETS, EGRESS_ALLOW_PRIVATE });
    expect(egress.allowPrivate).toHaveLength(1);
  });
});
