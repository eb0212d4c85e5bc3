import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../test/support/databases';
import { scratchDirectory } from '../test/support/run-state';
import { until } from '../test/support/until';
import { DEMO_PASSWORD } from './demo';
import { projectRoot } from './lib/root';

jest.setTimeout(40_000);

let database: TestDatabase;
const running: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

afterAll(() => database.drop());

interface Server {
  child: ChildProcess;
  /** What it listens on, once it has said so. */
  readonly port: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
}

const urlOf = ({ config }: TestDatabase): string =>
  config.client === 'sqlite' ? `sqlite:${config.filename}` : config.url;

/** The server as its own process, as `npm start` runs it. */
function start(environment: Record<string, string> = {}): Server {
  const child = spawn(process.execPath, ['dist/src/server.js'], {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      PORT: '0',
      DATABASE_URL: urlOf(database),
      SESSION_SECRET: 'test-session-secret-0123456789-abcdefghij',
      ENCRYPTION_KEY: 'test-encryption-key-0123456789-abcdefghij',
      TMPDIR: scratchDirectory(),
      DATA_DIR: mkdtempSync(path.join(scratchDirectory(), 'data-')),
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    get port() {
      return Number(/ (?:running|listening) at http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);
    },
    output: () => printed,
    ended,
  };
}

/** Waits until a server has printed some words, and fails at once with what it printed when it ended instead. */
async function says(words: string, { child, output, ended }: Server): Promise<void> {
  const hasSaid = () => output().includes(words);
  const isOver = () => hasSaid() || child.exitCode !== null || child.signalCode !== null;
  await until(`the server to say: ${words}`, isOver, 30_000);
  if (hasSaid()) return;
  const code = await ended; // all that it printed has arrived now
  if (!hasSaid()) throw new Error(`the server ended with ${code} and did not say: ${words}\n${output()}`);
}

async function started(environment?: Record<string, string>): Promise<Server> {
  const server = start(environment);
  await says('is running at', server);
  return server;
}

describe('the server', () => {
  it('migrates, loads demo data, greets with the sign-ins and lets them in', async () => {
    const { child, port, output, ended } = await started();
    expect(output()).toContain(`Flagstaff is running at http://127.0.0.1:${port}\n`);
    expect(output()).toContain('staff@example.com      superuser: may do everything');
    expect(output()).toContain('producer2@example.com  Phoenix Jazz');
    expect(output()).toContain(`the password of all is ${DEMO_PASSWORD}`);
    expect(output()).not.toContain('There is no administrator yet');
    const origin = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);

    const form = await fetch(`${origin}/login`);
    const cookie = String(form.headers.getSetCookie()[0]).split(';')[0] ?? '';
    const token = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? '';
    const signedIn = await fetch(`${origin}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: cookie },
      body: new URLSearchParams({ _csrf: token, email: 'user@example.com', password: DEMO_PASSWORD }),
    });
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/']);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('finishes a request that is under way when it is stopped, and exits with 0', async () => {
    const { child, port, output, ended } = await started({ LOG_LEVEL: 'info' });
    const body = new URLSearchParams({ email: 'user@example.com', password: 'x' }).toString();
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(
      `POST /login HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await sleep(200);
    child.kill('SIGTERM');
    await until('the server to stop accepting', () => output().includes('"stopping"'));
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    expect(child.exitCode).toBeNull();
    socket.write(body); // and not end(): Node takes that as the caller leaving
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /); // there is no token in it, but all of the answer
    expect(answer).toContain('Connection: close');
    expect(answer).toContain('</html>');
    expect(await ended).toBe(0);
    expect(output()).toContain('"complete":true');
  });

  it('greets with the sign-ins again, and loads nothing twice', async () => {
    const { child, output, ended } = await started();
    expect(output()).toContain('staff@example.com');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { output, ended } = start({ PORT: String(port) });
    expect(await ended).toBe(1);
    expect(output()).toContain(`Port ${port} on 127.0.0.1 is in use by another program.`);
    expect(output()).not.toContain('    at ');
    other.close();
  });

  it('prints the way to a first administrator where there is none', async () => {
    const empty = await createTestDatabase();
    const { child, port, output, ended } = await started({
      DATABASE_URL: urlOf(empty),
      DEMO_DATA: '0',
      SETUP_TOKEN: 'a-token-for-this-test',
    });
    expect(output()).toContain(`Open http://127.0.0.1:${port}/setup and enter this one-time token`);
    expect(output()).not.toContain('staff@example.com');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await empty.drop();
  });

  it('waits for its database, answers what it can meanwhile, and says so without the password', async () => {
    const server = start({ DATABASE_URL: 'postgres://flagstaff:s3cret@127.0.0.1:1/flagstaff' });
    const { child, output, ended } = server;
    await says('its database does not answer', server);
    const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/waffle_status')).status).toBe(200);
    const ready = await ask('/readyz');
    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '5']);
    expect(output()).not.toContain('s3cret');
    expect(output()).not.toMatch(/^ {4}at /m);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
