import { unseal } from '../../src/lib/seal';
import type { RouteEntry } from '../../src/web/routes';
import { dump, realChanges } from './support/dump';
import { type RawServer, rawServer } from './support/raw';
import { readUrl } from './support/reads';
import { createWorld, type World } from './support/world';

let world: World;
let raw: RawServer;
beforeAll(async () => {
  world = await createWorld();
  raw = await rawServer(world.app);
});
afterAll(async () => {
  await raw?.close();
  await world?.close();
});

const request = (line: string, headers: string[] = ['Host: localhost'], body = ''): string =>
  [line, ...headers, 'Connection: close', '', body].join('\r\n');

describe('the host of a request', () => {
  it.each([
    ['another one', ['Host: evil.example']],
    ['ours as a part of another', ['Host: localhost.evil.example']],
    ['another one before ours', ['Host: evil.example@localhost']],
    ['none', []],
    ['an empty one', ['Host: ']],
    ['another one with our port', ['Host: evil.example:3000']],
    ['a list', ['Host: localhost, evil.example']],
  ])('is refused when it is %s', async (_what, headers) => {
    const answer = await raw.send(request('GET /login HTTP/1.1', headers));
    expect([400, 421]).toContain(answer.status);
    expect(answer.body).not.toContain('<form');
    expect(answer.body).not.toContain('evil.example');
  });

  it.each([
    [['Host: localhost', 'Host: evil.example']],
    [['Host: evil.example', 'Host: localhost']],
    [['Host: localhost', 'host: localhost']],
  ])('is refused when it is named twice: %j', async (headers) => {
    expect((await raw.send(request('GET /login HTTP/1.1', headers))).status).toBe(400);
  });

  it('may be any of ours, with any port', async () => {
    for (const host of ['localhost', 'localhost:3000', 'LOCALHOST', '127.0.0.1:99', '[::1]:3000']) {
      expect((await raw.send(request('GET /login HTTP/1.1', [`Host: ${host}`]))).status).toBe(200);
    }
  });

  it('counts in an absolute address, too, which then leads nowhere else', async () => {
    const foreign = await raw.send(request('GET http://evil.example/login HTTP/1.1'));
    expect(foreign.status).toBe(421);
    const ours = await raw.send(request('GET http://localhost/login HTTP/1.1'));
    expect(ours.status).toBe(200);
    const spelled = await raw.send(request('GET http://localhost/account HTTP/1.1'));
    expect([spelled.status, spelled.headers.get('location')]).toEqual([303, '/login?next=%2Faccount']);
    const mixed = await raw.send(request('GET http://localhost@evil.example/login HTTP/1.1'));
    expect(mixed.status).toBe(421);
  });

  it('is never what addresses are built from: not in pages, redirects or mail', async () => {
    const forged = ['X-Forwarded-Host: evil.example', 'Forwarded: host=evil.example', 'X-Original-URL: /admin/'];
    for (const path of ['/', '/account/', '/login', '/signup', '/nothing', '/help']) {
      const { headers, body } = await raw.send(request(`GET ${path} HTTP/1.1`, ['Host: localhost', ...forged]));
      expect([...headers.values(), body].join('\n')).not.toContain('evil.example');
    }
    const visitor = world.visitor();
    const _csrf = await visitor.csrfToken();
    await visitor.agent
      .post('/password/reset')
      .set('X-Forwarded-Host', 'evil.example')
      .set('Origin', 'http://evil.example')
      .set('Referer', 'http://evil.example/')
      .type('form')
      .send({ email: 'alice@example.com', _csrf })
      .expect(303);
    const [mail] = await world.db('mail_message').orderBy('id', 'desc').limit(1);
    expect(mail.recipient).toBe('alice@example.com');
    expect(mail.message_id).toMatch(/@localhost>$/);
    const { encryptionKeys } = world.services.config;
    const text = unseal(encryptionKeys, `mail_message.body:${mail.message_id}`, mail.body);
    expect(text).toMatch(/^http:\/\/127\.0\.0\.1:3000\/password\/reset\/[\w-]{43}$/m);
    expect(text).not.toContain('evil.example');
  });

  it('does not decide what a redirect to the right spelling leads to', async () => {
    for (const line of [
      'GET //evil.example/login/ HTTP/1.1',
      'GET /\\evil.example/ HTTP/1.1',
      'GET /login/?//evil.example HTTP/1.1',
    ]) {
      const { status, headers } = await raw.send(request(line));
      const location = headers.get('location') ?? '/';
      expect(status).toBeLessThan(500);
      expect(location).toMatch(/^\/(?![/\\])/);
    }
  });

  it('leaves no request that means two things', async () => {
    const length = 'Content-Type: application/x-www-form-urlencoded';
    const smuggled = 'GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (const headers of [
      ['Host: localhost', length, 'Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Host: localhost', length, 'Content-Length: 4', 'Content-Length: 40'],
      ['Host: localhost', length, 'Transfer-Encoding: xchunked'],
      ['Host: localhost', length, 'Transfer-Encoding : chunked'],
    ]) {
      const { status, body } = await raw.send(request('POST /login HTTP/1.1', headers, `0\r\n\r\n${smuggled}`));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body.match(/HTTP\/1\.1/g)).toBeNull();
    }
  });
});

/** Spellings of a path that a router, a proxy or a file system may take for the path itself. */
const SPELLINGS: Record<string, (path: string) => string> = {
  'two slashes in front': (path) => `/${path}`,
  'a backslash in front': (path) => `/\\${path.slice(1)}`,
  'a dot segment': (path) => `/.${path}`,
  'a step up': (path) => `/login/..${path}`,
  'an encoded step up': (path) => `/login/%2e%2e${path}`,
  'an encoded slash': (path) => path.replace('/', '/%2f'),
  'slashes encoded': (path) => `/${path.slice(1).replaceAll('/', '%2F')}`,
  'its first letter encoded': (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  'a letter encoded twice': (path) => path.replace(/[a-z]/, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
  'a parameter of the path': (path) => `${path};x=1`,
  'a parameter inside': (path) => path.replace(/\/(\w+)/, '/$1;a=b'),
  'capital letters': (path) => path.toUpperCase(),
  'a slash more': (path) => `${path}/`,
  'a slash less': (path) => (path.length > 1 ? path.replace(/\/$/, '') : path),
  'a double slash inside': (path) => path.replace(/(?<=\w)\//, '//'),
  'a zero byte': (path) => `${path}%00`,
  'an ending': (path) => `${path.replace(/\/$/, '')}.json`,
  'a question mark encoded': (path) => `${path}%3fnext=/login`,
  'a hash encoded': (path) => `${path}%23/login`,
  'a space': (path) => `${path}%20`,
  'full-width letters': (path) =>
    path.replace(/[a-z]/, (letter) => encodeURIComponent(String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))),
  'too long an encoding of a slash': (path) => path.replace('/', '/%c0%af'),
  'a public page in front': (path) => `/static/..${path}`,
  'a line break': (path) => `${path}%0d%0aX-Injected:%201`,
};

describe('an odd spelling of a protected address', () => {
  const isOpen = (policy: string) => policy === 'anyone' || policy === 'local';

  it('never lets anybody in who is not signed in, and never does anything', async () => {
    const routes = (world.app.get('routes') as RouteEntry[]).filter(({ policy }) => !isOpen(policy));
    const all = new Set(routes.map(({ path }) => readUrl(world, path).split('?')[0] ?? path));
    // Every model of the admin has the same routes; two of them stand for all.
    const paths = [...all].filter((path) => !/^\/admin\/\w+\/\w+\//.test(path) || /\/(flag|user)\//.test(path));
    expect(Object.keys(SPELLINGS).length).toBeGreaterThanOrEqual(20);
    expect(paths.length).toBeGreaterThanOrEqual(30);
    const before = await dump(world.db);
    const wrong: string[] = [];
    for (const path of paths) {
      for (const [name, spell] of Object.entries(SPELLINGS)) {
        for (const method of ['GET', 'POST']) {
          const url = spell(path);
          if (url === '/login/' || url === '/login') continue;
          const { status, headers, body } = await raw.send(
            request(`${method} ${url} HTTP/1.1`, ['Host: localhost', 'Content-Length: 0']),
          );
          const location = headers.get('location') ?? '';
          const isSignIn = location.startsWith('/login?next=') || location.startsWith('/admin/login/');
          const harmless = status >= 400 || isSignIn || (status === 301 && /^\/(?![/\\])/.test(location));
          if (!harmless || status >= 500 || headers.has('x-injected'))
            wrong.push(`${method} ${url} (${name}): ${status} ${location}`);
          if (/example\.com|probe_/.test(body)) wrong.push(`${method} ${url} shows something`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(realChanges(before, await dump(world.db))).toEqual([]);
  }, 120_000);

  it('gets the same answer under every policy when it is the other spelling of a slash', async () => {
    const alice = await world.as('alice');
    for (const path of ['/admin', '/admin/teams/flag', '/admin/search', '/account/sessions', '/onboarding']) {
      const signedOut = await world.visitor().get(path);
      expect([signedOut.status, String(signedOut.headers.location)]).toEqual([
        303,
        `/login?next=${encodeURIComponent(path)}`,
      ]);
      const { status } = await alice.get(path);
      expect([path, status]).toEqual([path, path.startsWith('/admin') ? 404 : 301]);
    }
  });
});
