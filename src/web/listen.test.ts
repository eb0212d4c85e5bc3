import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS, type Listening, listen } from './listen';

let listening: Listening | undefined;

async function serve(
  handler: (req: IncomingMessage, res: ServerResponse) => unknown,
  limits: Partial<typeof LIMITS> = {},
): Promise<Listening> {
  listening = await listen((req, res) => void handler(req, res), '127.0.0.1', 0, { ...LIMITS, ...limits });
  return listening;
}

afterEach(() => listening?.close(0));

async function get(
  port: number,
): Promise<{ status: number | undefined; connection: string | undefined; body: string }> {
  const sent = request({ port, host: '127.0.0.1', agent: false, headers: { Connection: 'keep-alive' } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, connection: response.headers.connection, body: await text(response) };
}

describe('listen', () => {
  it('answers', async () => {
    const { port } = await serve((_req, res) => res.end('hello'));
    expect(await get(port)).toMatchObject({ status: 200, body: 'hello' });
  });

  it('says in words why it cannot', async () => {
    const { port } = await serve((_req, res) => res.end());
    const again = listen(() => undefined, '127.0.0.1', port);
    await expect(again).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use by another program.`);
    await expect(listen(() => undefined, '203.0.113.7', 0)).rejects.toThrow('is not an address of this machine');
  });
});

describe('the limits', () => {
  it('are tighter than those that Node comes with', () => {
    expect(LIMITS.headersTimeout).toBeLessThanOrEqual(15_000);
    expect(LIMITS.requestTimeout).toBeLessThanOrEqual(60_000);
    expect(LIMITS.connectionsCheckingInterval).toBeLessThanOrEqual(5_000);
    expect(LIMITS.maxConnections).toBeGreaterThan(0);
  });

  it.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
    ['body', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('end a request whose %s never come to an end', async (_part, beginning) => {
    const quick = { headersTimeout: 150, requestTimeout: 250, connectionsCheckingInterval: 50 };
    const { port } = await serve((req) => req.resume(), quick);
    const socket = connect(port, '127.0.0.1');
    socket.write(beginning);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('close connections beyond the number that is allowed', async () => {
    const { port } = await serve((_req, res) => res.end('hello'), { maxConnections: 1 });
    const first = connect(port, '127.0.0.1');
    await once(first, 'connect');
    const second = connect(port, '127.0.0.1');
    await once(second, 'close');
    expect(second.bytesRead).toBe(0);
    first.destroy();
    await once(first, 'close');
  });
});

describe('close', () => {
  it('lets what is being answered finish and takes nothing more', async () => {
    const { port, close, busy } = await serve(async (_req, res) => {
      await sleep(300);
      res.end('late but whole');
    });
    const inFlight = [get(port), get(port), get(port)];
    while (busy() < 3) await sleep(5);
    const closed = close(5_000);
    await sleep(50);
    await expect(get(port)).rejects.toThrow('ECONNREFUSED');
    for (const answer of await Promise.all(inFlight)) {
      expect(answer).toEqual({ status: 200, connection: 'close', body: 'late but whole' });
    }
    expect(await closed).toBe(true);
  });

  it('does not wait for connections on which nobody asks anything', async () => {
    const { port, close } = await serve((_req, res) => res.end('hello'));
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    const kept = connect(port, '127.0.0.1');
    kept.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(kept, 'data');
    const started = performance.now();
    expect(await close(5_000)).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
    silent.destroy();
    kept.destroy();
  });

  it('tells open streams when to come back', async () => {
    const { port, close, busy } = await serve((_req, res) => {
      res.setHeader('Content-Type', 'text/event-stream');
      res.write(': hello\n\n');
    });
    const stream = get(port);
    while (busy() < 1) await sleep(5);
    expect(await close(5_000)).toBe(true);
    expect((await stream).body).toBe(': hello\n\nretry: 1000\n\n');
  });

  it('cuts off what does not end in time', async () => {
    const { port, close, busy } = await serve(() => undefined);
    const stuck = get(port);
    while (busy() < 1) await sleep(5);
    const closed = close(100);
    await expect(stuck).rejects.toThrow();
    expect(await closed).toBe(false);
  });
});
