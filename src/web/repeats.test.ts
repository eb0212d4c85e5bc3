import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PersonName } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';

const PAGE = '/integrations/';

describe('a read that comes again within a second', () => {
  let t: TestApp;
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    t = await testApp();
    await t.services.usage.stop(); // what it writes changes the database, every quarter of a minute
    server = createServer(t.app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    await t?.close();
  });
  beforeEach(() => t.clock.advance(60_000));

  /** Cookies of a new session of somebody, as a browser sends them. */
  async function cookieOf(person: PersonName): Promise<string> {
    const { headers } = await t.visitor().signIn(`${person}@example.com`);
    const cookies = headers['set-cookie'] as unknown as string[];
    return cookies.map((line) => line.split(';', 1)[0]).join('; ');
  }
  const read = (cookie: string, headers: Record<string, string> = {}) =>
    fetch(origin + PAGE, { headers: { cookie, ...headers }, redirect: 'manual' });
  /** Reads until what is answered comes from memory, where it may. */
  async function readOften(cookie: string): Promise<string> {
    for (let times = 0; times < 4; times++) await read(cookie);
    return (await read(cookie)).text();
  }

  it('gets the same bytes without asking the database, under a request id of its own', async () => {
    const cookie = await cookieOf('alice');
    await readOften(cookie);
    const before = await read(cookie);
    let again: Response | undefined;
    const ask = async () => {
      again = await read(cookie);
    };
    const queries = await t.countQueries(ask, /./, 'anybody');
    expect(again?.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(again?.headers.get('x-request-id')).not.toBe(before.headers.get('x-request-id'));
    const headers = (response: Response | undefined) =>
      [...(response?.headers ?? [])].filter(([name]) => !['date', 'etag', 'x-request-id'].includes(name));
    expect(headers(again)).toEqual(headers(before));
    const same = (await again?.text()) === (await before.text()); // each rendering has a CSRF token of its own
    expect([same, queries === 0]).toEqual(testDialect === 'sqlite' ? [true, true] : [false, false]);
  });

  it('is unpacked to the same page, compressed or not', async () => {
    const cookie = await cookieOf('alice');
    const texts = new Set<string>();
    const form = /name="csrf-token" content="[^"]*"|name="_csrf" value="[^"]*"/g;
    for (const encoding of ['identity', 'gzip', 'br']) {
      for (let times = 0; times < 4; times++) {
        const answer = await read(cookie, { 'accept-encoding': encoding });
        expect(answer.headers.get('content-encoding') ?? 'identity').toBe(encoding);
        texts.add((await answer.text()).replace(form, ''));
      }
    }
    expect(texts.size).toBe(1);
  });

  it('belongs to one session alone', async () => {
    const [alice, charlie] = [await cookieOf('alice'), await cookieOf('charlie')];
    expect(await readOften(alice)).toContain('alice@example.com');
    const other = await readOften(charlie);
    expect(other).toContain('charlie@example.com');
    expect(other).not.toContain('alice@example.com');
    expect((await read('')).status).toBe(303);
  });

  it('follows what anybody writes, at once', async () => {
    const cookie = await cookieOf('alice');
    expect(await readOften(cookie)).not.toContain('Alice Renamed');
    await t.db('auth_user').where({ email: 'alice@example.com' }).update({ name: 'Alice Renamed' });
    expect(await (await read(cookie)).text()).toContain('Alice Renamed');
    expect(await readOften(cookie)).toContain('Alice Renamed');
  });

  it('follows a flag at once', async () => {
    const cookie = await cookieOf('alice');
    const connect = '/integrations/jira/connect/';
    expect(await readOften(cookie)).not.toContain(connect);
    const restore = t.services.flags.override('flag', 'integration_jira_enabled', true);
    expect(await readOften(cookie)).toContain(connect);
    restore();
    expect(await readOften(cookie)).not.toContain(connect);
  });

  it('is signed out when the session has ended', async () => {
    const cookie = await cookieOf('alice');
    await readOften(cookie);
    await t.db('auth_session').delete();
    expect((await read(cookie)).status).toBe(303);
  });

  it('is made anew a second later', async () => {
    const cookie = await cookieOf('alice');
    const kept = await readOften(cookie);
    t.clock.advance(999);
    const soon = await (await read(cookie)).text();
    expect(soon === kept).toBe(testDialect === 'sqlite');
    t.clock.advance(2);
    expect(await (await read(cookie)).text()).not.toBe(kept);
  });
});
