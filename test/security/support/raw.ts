import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Express } from 'express';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The application on a port of this machine, for requests that no client library would send. */
export interface RawServer {
  readonly port: number;
  /** Sends bytes as they are and reads until the other side closes; `Connection: close` belongs into them. */
  send(bytes: string | Buffer | AsyncIterable<Buffer>): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** Waits until a socket takes more, or has ended. */
const roomIn = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });

const LONGEST_MS = 10_000;

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((each) => {
      const at = each.indexOf(':');
      return [each.slice(0, at).toLowerCase(), each.slice(at + 1).trim()];
    }),
  );
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(line)?.[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}

export async function rawServer(app: Express): Promise<RawServer> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    send: (bytes) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        const chunks: Buffer[] = [];
        socket.setTimeout(LONGEST_MS, () => socket.destroy(new Error('no answer in time')));
        socket.on('data', (chunk) => chunks.push(chunk));
        // A server that has heard enough may cut the line: what it said before counts.
        socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)));
        socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString('latin1'))));
        socket.on('connect', async () => {
          if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) {
            socket.write(bytes);
            return;
          }
          for await (const piece of bytes) {
            if (socket.destroyed) return;
            if (!socket.write(piece)) await roomIn(socket);
          }
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
