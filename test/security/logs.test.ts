import { createLog } from '../../src/log';
import type { RouteEntry } from '../../src/web/routes';
import { PASSWORD, people } from '../support/people';
import { actorOf, acts, NEW_PASSWORD, sendAct } from './support/acts';
import { breakAudit } from './support/break';
import { dump, readRows } from './support/dump';
import { rawServer } from './support/raw';
import { readUrl } from './support/reads';
import { createWorld, SETUP_TOKEN, type World } from './support/world';

/** Secrets of the operator, as the environment gives them. */
const OPERATOR = {
  SESSION_SECRET: 'canary-session-secret-0123456789-abcdefghij',
  ENCRYPTION_KEY: 'canary-encryption-key-0123456789-abcdefghij',
  GITHUB_CLIENT_SECRET: 'canary-github-client-secret',
  DROPBOX_CLIENT_ID: 'dropbox',
  DROPBOX_CLIENT_SECRET: 'canary-dropbox-client-secret',
  BASECAMP_CLIENT_ID: 'basecamp',
  BASECAMP_CLIENT_SECRET: 'canary-basecamp-client-secret',
  JIRA_CLIENT_ID: 'jira',
  JIRA_CLIENT_SECRET: 'canary-jira-client-secret',
  SLACK_CLIENT_ID: 'slack',
  SLACK_CLIENT_SECRET: 'canary-slack-client-secret',
  POSTHOG_API_KEY: 'canary-posthog-key',
  POSTHOG_HOST: 'http://127.0.0.1:9',
};
const MISTYPED = 'canary-mistyped-password';

/** A log at its most talkative, line by line. */
function capture(): { lines: string[]; log: World['services']['log'] } {
  const lines: string[] = [];
  return { lines, log: createLog('trace', { write: (line) => void lines.push(line) }) };
}

/** Signs that a terminal obeys or that end a line somewhere. */
const controlsIn = (line: string): string[] =>
  [...line].filter((sign) => {
    const code = sign.charCodeAt(0);
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
  });

const cookiesIn = (headers: Record<string, unknown>): string[] =>
  [headers['set-cookie'] ?? []].flat().flatMap((cookie) => {
    const value = /^[^=]+=([^;]+)/.exec(String(cookie))?.[1] ?? '';
    const plain = decodeURIComponent(value);
    return value.length < 20 ? [] : [value, plain, plain.replace(/^s:/, '').split('.')[0] ?? ''];
  });

describe('secrets', () => {
  it.each([true, false])(
    'are in no log, no table and no page (with a superuser: %s)',
    async (superuser) => {
      const { lines, log } = capture();
      const world = await createWorld({ environment: OPERATOR, superuser, log });
      const secrets = new Set([PASSWORD, NEW_PASSWORD, MISTYPED, SETUP_TOKEN, ...Object.values(world.tokens)]);
      for (const [name, value] of Object.entries(OPERATOR)) if (!/_ID$|_HOST$/.test(name)) secrets.add(value);
      const pages: string[] = [];
      const send = async (mine: typeof acts) => {
        for (const act of mine) {
          world.clock.advance(20 * 60_000);
          const visitor = await actorOf(world, act);
          await act.prepare?.(world).catch(() => undefined);
          const fields = await Promise.resolve(act.fields?.(world, visitor)).catch(() => ({}));
          secrets.add(await visitor.csrfToken());
          const mistyped = Object.fromEntries(
            Object.entries({ ...fields }).map(([name, value]) => [
              name,
              /password|token|refresh/.test(name) ? MISTYPED : value,
            ]),
          );
          for (const form of [mistyped, fields ?? {}]) {
            const { headers, text, body } = await sendAct(visitor, act, act.url(world), form);
            for (const issued of [body?.access, body?.refresh]) if (typeof issued === 'string') secrets.add(issued);
            for (const cookie of cookiesIn(headers)) secrets.add(cookie);
            // A link's own page carries the link on in its form, the set-up its token, and a program gets its own.
            if (!/:token|setup|api/.test(act.route)) pages.push(text);
          }
        }
      };
      const mine = acts.filter((act) => (act.world?.superuser ?? true) === superuser);
      await send(mine.filter(({ route }) => !/^POST \/admin\/(?!login)/.test(route) || /flag\/|user\//.test(route)));
      await breakAudit(world.db);
      await send(mine.filter(({ route }) => !/^POST \/admin\//.test(route)));
      const sam = world.visitor();
      for (const { path } of (world.app.get('routes') as RouteEntry[]).filter(({ method }) => method === 'GET')) {
        if (!/:token|github/.test(path)) pages.push((await sam.get(readUrl(world, path))).text);
      }
      secrets.delete('');
      const tables = JSON.stringify([...(await dump(world.db)).values()].map(readRows));
      await world.close();
      expect(lines.some((line) => line.includes('request failed'))).toBe(superuser);
      expect(secrets.size).toBeGreaterThan(superuser ? 40 : 15);
      expect(lines.length).toBeGreaterThan(superuser ? 100 : 5);
      const found: string[] = [];
      for (const secret of secrets) {
        for (const line of lines) if (line.includes(secret)) found.push(`log: ${secret}: ${line.slice(0, 200)}`);
        if (tables.includes(secret)) found.push(`table: ${secret}`);
        if (
          pages.some(
            (page) =>
              page.includes(secret) &&
              !page.includes(`name="_csrf" value="${secret}"`) &&
              !page.includes(`content="${secret}"`),
          )
        )
          found.push(`page: ${secret}`);
      }
      expect(found).toEqual([]);
    },
    120_000,
  );

  it('are not quoted by errors of the database', async () => {
    const { lines, log } = capture();
    const world = await createWorld({ log });
    const { db } = world;
    const values = { email: 'canary@example.com', password_hash: 'canary-hash', created_at: null };
    await db('auth_user')
      .insert(values)
      .then(
        () => undefined,
        (error: unknown) => log.error({ err: error }, 'refused'),
      );
    await world.close();
    const line = lines.find((each) => each.includes('"refused"')) ?? '';
    expect(line).toMatch(/auth_user/);
    expect(line).not.toContain('canary');
  });
});

describe('a line of the log', () => {
  it.each([
    ['0', '127.0.0.1'],
    ['1', '203.0.113.7'],
  ])('names the client as the audit log does, behind %s trusted proxies', async (TRUST_PROXY, address) => {
    const { lines, log } = capture();
    const world = await createWorld({ log, environment: { TRUST_PROXY } });
    lines.length = 0;
    const visitor = world.visitor();
    const _csrf = await visitor.csrfToken();
    await visitor.agent
      .post('/login')
      .set('X-Forwarded-For', '198.51.100.9, 203.0.113.7')
      .type('form')
      .send({ email: people.alice.email, password: PASSWORD, _csrf });
    const [entry] = await world.db('audit_entry').where({ action: 'login' }).orderBy('id', 'desc').limit(1);
    await world.close();
    const logged = lines.map((line) => JSON.parse(line) as { req?: { method: string; address: string } });
    const [own] = logged.flatMap(({ req }) => (req?.method === 'POST' ? [req.address] : []));
    expect(own).toContain(address);
    expect(own).toBe(entry.address);
  });

  it('is one event, whatever the event brought along', async () => {
    const { lines, log } = capture();
    const world = await createWorld({ log });
    const raw = await rawServer(world.app);
    const fake = '{"level":60,"msg":"the audit log was deleted"}';
    const requests = [
      `GET /login%0a${encodeURIComponent(fake)} HTTP/1.1\r\nHost: localhost`,
      `GET /login%0d%0a%0d%0a HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a%0a${fake}`,
      'GET /login%1b[31mred%07%08 HTTP/1.1\r\nHost: localhost',
      'GET /\u009b31mred HTTP/1.1\r\nHost: localhost',
      `GET /x\u2028${encodeURIComponent(fake)} HTTP/1.1\r\nHost: localhost`,
      `GET /login?token=canary-in-the-query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer canary\r\nCookie: a=canary`,
      `GET /login HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${fake}\r\nUser-Agent: a\r\n\tb`,
    ];
    for (const request of requests) {
      lines.length = 0;
      const { status, headers } = await raw.send(Buffer.from(`${request}\r\nConnection: close\r\n\r\n`, 'utf8'));
      if (headers.get('x-request-id') === undefined) {
        expect(status).toBe(400); // Node itself refused it
        continue;
      }
      const events = lines.filter((line) => line.includes('"req"'));
      expect(events).toHaveLength(1);
      const [line = ''] = events;
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(controlsIn(line.slice(0, -1))).toEqual([]);
      expect(JSON.parse(line)).toMatchObject({
        req: { method: 'GET', id: headers.get('x-request-id') },
        res: { status },
      });
      expect(line).not.toContain('canary');
      expect((JSON.parse(line) as { level: number }).level).toBeLessThan(50);
    }
    await raw.close();
    await world.close();
  });
});
