import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { listenOnLoopback } from '../../test/support/loopback';
import { until } from '../../test/support/until';
import { DEFAULTS } from './egress';
import { createEgress, type Egress } from './index';

const KILOBYTE = Buffer.alloc(1024, 'x');

let server: Server;
let url: string;
let egress: Egress;
let respond: (req: IncomingMessage, res: ServerResponse) => void;
/** Connections that brought a call and are open at the server. undici may open another one after a call that broke off. */
const open = new Set<Socket>();

beforeAll(async () => {
  server = createServer((req, res) => {
    open.add(req.socket);
    req.socket.once('close', () => open.delete(req.socket));
    respond(req, res);
  });
  url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
});

beforeEach(() => {
  egress = createEgress({ origins: [url], allowPrivate: [] });
});

afterEach(async () => {
  await egress.close();
  await until('no connection is left', () => open.size === 0);
});

afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Writes a piece again and again for as long as the other side takes it, and counts what it took. */
function endlessly(res: ServerResponse, piece: Buffer): { sent: number } {
  const count = { sent: 0 };
  const write = (): void => {
    while (!res.destroyed) {
      count.sent += piece.length;
      if (!res.write(piece)) {
        res.once('drain', write);
        return;
      }
    }
  };
  write();
  return count;
}

describe('an answer', () => {
  it('is what was sent: status, headers, address and body', async () => {
    const seen: { method?: string; headers: IncomingMessage['headers']; body: string }[] = [];
    respond = (req, res) => {
      let body = '';
      req.on('data', (chunk) => (body += chunk));
      req.on('end', () => {
        seen.push({ method: req.method ?? '', headers: req.headers, body });
        res.writeHead(201, { 'Content-Type': 'application/json', 'Set-Cookie': ['a=1', 'b=2'] });
        res.end('{"id":1}');
      });
    };
    const body = new URLSearchParams({ code: 'a b' });
    const answer = await egress.fetch(`${url}/token?x=1`, { method: 'POST', body, headers: { 'X-Own': 'yes' } });
    expect(answer).toBeInstanceOf(Response);
    expect([answer.status, answer.ok, answer.url, answer.redirected]).toEqual([201, true, `${url}/token?x=1`, false]);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.json()).toEqual({ id: 1 });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      body: 'code=a+b',
      headers: { 'x-own': 'yes', 'user-agent': 'flagstaff', 'content-type': expect.stringContaining('urlencoded') },
    });
  });

  it('is none to a header that cannot be sent, and what stands in that is not repeated', async () => {
    const call = egress.fetch(url, { headers: { Authorization: 'Bearer canary\nX-More: 1' } });
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'EgressError', kind: 'refused' });
    expect(inspect(error)).not.toContain('canary');
  });

  it('may be an error, or have no body', async () => {
    respond = (_req, res) => res.writeHead(503).end('later');
    const failed = await egress.fetch(url, { headers: { 'User-Agent': 'other' } });
    expect([failed.ok, await failed.text()]).toEqual([false, 'later']);
    respond = (_req, res) => res.writeHead(204).end();
    const empty = await egress.fetch(url);
    expect([empty.status, empty.body, await empty.text()]).toEqual([204, null, '']);
    respond = (_req, res) => res.writeHead(200, { 'Content-Length': '1000000' }).end();
    expect((await egress.fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('1000000');
  });

  it('comes as a stream, piece by piece', async () => {
    let next: (() => void) | undefined;
    respond = (_req, res) => {
      res.write('one');
      next = () => res.end('two');
    };
    const answer = await egress.fetch(url);
    const pieces: string[] = [];
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
      pieces.push(Buffer.from(piece).toString());
      next?.();
      next = undefined;
    }
    expect(pieces).toEqual(['one', 'two']);
  });

  it.each([301, 302, 303, 307, 308])('that leads elsewhere by %i is not followed', async (status) => {
    let asked = 0;
    respond = (_req, res) => {
      asked += 1;
      res.writeHead(status, { Location: `${url}/elsewhere` }).end('moved');
    };
    await expect(egress.fetch(url, { redirect: 'follow' })).rejects.toMatchObject({ kind: 'redirect' });
    expect(asked).toBe(1);
  });
});

describe('an answer that is too large', () => {
  it('is cut off at 64 KiB, or where the caller says', async () => {
    expect(DEFAULTS).toEqual({ timeoutMs: 20_000, maxBytes: 65_536 });
    respond = (_req, res) => res.end(Buffer.alloc(65_536));
    expect((await (await egress.fetch(url)).arrayBuffer()).byteLength).toBe(65_536);
    respond = (_req, res) => res.end(Buffer.alloc(65_537));
    await expect((await egress.fetch(url)).text()).rejects.toMatchObject({ kind: 'too_large' });
    expect((await (await egress.fetch(url, { maxBytes: 65_537 })).arrayBuffer()).byteLength).toBe(65_537);
  });

  it('does not go on coming, and takes no memory', async () => {
    let count = { sent: 0 };
    respond = (_req, res) => {
      count = endlessly(res, KILOBYTE);
    };
    const before = process.memoryUsage().rss;
    await expect((await egress.fetch(url)).text()).rejects.toMatchObject({ kind: 'too_large' });
    await until('the connection is closed', () => open.size === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
    // What the two sockets buffer comes on top.
    expect(count.sent).toBeLessThan(20 * 1024 * 1024);
  });

  it('is no smaller for being packed', async () => {
    const packed = gzipSync(Buffer.alloc(20_000_000));
    respond = (_req, res) => res.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed);
    await expect((await egress.fetch(url)).text()).rejects.toMatchObject({ kind: 'too_large' });
  });

  it('has too large headers', async () => {
    respond = (_req, res) => {
      for (let i = 0; i < 40; i++) res.setHeader(`X-${i}`, 'x'.repeat(1_000));
      res.end();
    };
    await expect(egress.fetch(url)).rejects.toMatchObject({ kind: 'too_large' });
  });
});

describe('an answer that takes too long is broken off', () => {
  const timeout = { kind: 'timeout', message: expect.stringContaining('200 ms') };
  const drip = (write: () => void): void => {
    const timer = setInterval(write, 10);
    timers.push(timer);
  };
  const timers: NodeJS.Timeout[] = [];
  afterEach(() => {
    for (const timer of timers.splice(0)) clearInterval(timer);
  });

  it.each<[string, (req: IncomingMessage, res: ServerResponse) => void]>([
    ['when nothing comes', () => undefined],
    ['when its headers drip', (req) => drip(() => req.socket.write('H'))],
    [
      'when one header does not end',
      (req) => {
        req.socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
        drip(() => req.socket.write('x'));
      },
    ],
    ['when its body drips', (_req, res) => drip(() => res.write('x'))],
    ['when its body stops', (_req, res) => res.write('x')],
  ])('%s', async (_what, answer) => {
    respond = answer;
    const started = performance.now();
    const call = egress.fetch(url, { timeoutMs: 200 }).then((response) => response.text());
    await expect(call).rejects.toMatchObject(_what === 'when its headers drip' ? { name: 'EgressError' } : timeout);
    expect(performance.now() - started).toBeLessThan(1_500);
    await until('the connection is closed', () => open.size === 0);
  });

  it('when nobody reads it', async () => {
    respond = (_req, res) => res.write('x');
    await egress.fetch(url, { timeoutMs: 100 });
    await until('the connection is closed', () => open.size === 0);
  });
});

describe('a call ends', () => {
  it('when the caller wants it to, with the caller’s reason', async () => {
    respond = (_req, res) => res.write('x');
    const gone = new AbortController();
    const answer = await egress.fetch(url, { signal: gone.signal });
    const text = answer.text();
    gone.abort(new Error('the reader left'));
    await expect(text).rejects.toThrow('the reader left');
    await expect(egress.fetch(url, { signal: gone.signal })).rejects.toThrow('the reader left');
    await until('the connection is closed', () => open.size === 0);
  });

  it('when its body is cancelled', async () => {
    respond = (_req, res) => res.write('x');
    const answer = await egress.fetch(url);
    await answer.body?.cancel();
    await until('the connection is closed', () => open.size === 0);
  });

  it('when the other side breaks off, or is not there', async () => {
    respond = (req) => req.socket.destroy();
    await expect(egress.fetch(url)).rejects.toMatchObject({ kind: 'unreachable' });
    respond = (req, res) => {
      res.write('x');
      setImmediate(() => req.socket.destroy());
    };
    await expect(egress.fetch(url).then((answer) => answer.text())).rejects.toMatchObject({ kind: 'unreachable' });
    const closed = createServer();
    const place = `127.0.0.1:${await listenOnLoopback(closed)}`;
    await new Promise((resolve) => closed.close(resolve));
    const nobody = createEgress({ origins: [`http://${place}`], allowPrivate: [] });
    await expect(nobody.fetch(`http://${place}/`)).rejects.toMatchObject({
      kind: 'unreachable',
      message: `${place} cannot be reached (ECONNREFUSED)`,
    });
    await nobody.close();
  });

  it('with the server, and none begins afterwards', async () => {
    respond = (_req, res) => res.write('x');
    const text = (await egress.fetch(url)).text();
    await egress.close();
    await expect(text).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(egress.fetch(url)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/stopping/),
    });
  });
});
