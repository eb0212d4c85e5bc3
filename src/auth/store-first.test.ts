import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSWORD } from '../../test/support/people';
import { type TestApp, testApp } from '../../test/support/test-app';
import { DatabaseSessionStore } from './session-store';

let t: TestApp;
let server: Server;

beforeEach(async () => {
  t = await testApp();
  server = createServer(t.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await t.close();
});

/** Every write of a session takes a while, as over a network. */
function slowStore(): void {
  const set = DatabaseSessionStore.prototype.set;
  jest.spyOn(DatabaseSessionStore.prototype, 'set').mockImplementation(function (this: DatabaseSessionStore, ...args) {
    setTimeout(() => set.apply(this, args), 150);
  });
}

/** Sends a form and returns as soon as the head of the answer is there, as a browser that follows a redirect does. */
async function headOf(path: string, fields: Record<string, string>, cookie = ''): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers: { cookie } });
  sent.setHeader('Content-Type', 'application/x-www-form-urlencoded');
  sent.end(new URLSearchParams(fields).toString());
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

async function open(path: string, cookie = ''): Promise<{ cookie: string; token: string; text: string; url: string }> {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie }, redirect: 'manual' });
  const text = await answer.text();
  const given = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
  return { cookie: given.join('; '), token, text, url: answer.headers.get('location') ?? '' };
}

const cookieOf = (answer: IncomingMessage) =>
  (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');

describe('a browser that follows a redirect at once', () => {
  it('is signed in already', async () => {
    const { cookie, token } = await open('/login');
    slowStore();
    const answer = await headOf('/login', { email: 'alice@example.com', password: PASSWORD, _csrf: token }, cookie);
    expect(answer.statusCode).toBe(303);
    const next = await open('/account/', cookieOf(answer));
    expect(next.text).toContain('Alice Owner');
  });

  it('finds the message about what it did', async () => {
    const { cookie, token } = await open('/login');
    const signedIn = await headOf('/login', { email: 'sam@example.com', password: PASSWORD, _csrf: token }, cookie);
    const session = cookieOf(signedIn);
    const list = await open('/admin/teams/flag/', session);
    slowStore();
    const answer = await headOf('/admin/teams/flag/', { action: '', _csrf: list.token }, session);
    expect(answer.statusCode).toBe(303);
    expect((await open('/admin/teams/flag/', session)).text).toContain('Choose an action first.');
  });
});

describe('a session that cannot be stored', () => {
  it('fails the request, and sends nobody on', async () => {
    const { cookie, token } = await open('/login');
    const signedIn = await headOf('/login', { email: 'sam@example.com', password: PASSWORD, _csrf: token }, cookie);
    const session = cookieOf(signedIn);
    const list = await open('/admin/teams/flag/', session);
    jest.spyOn(DatabaseSessionStore.prototype, 'set').mockImplementation((_sid, _data, callback) => {
      callback?.(new Error('the database went away'));
    });
    const answer = await headOf('/admin/teams/flag/', { action: '', _csrf: list.token }, session);
    expect(answer.statusCode).toBe(500);
    expect(answer.headers.location).toBeUndefined();
    const body = (await answer.toArray()).join('');
    expect(body).toContain('Error 500');
    expect(body).not.toContain('the database went away');
  });
});
