import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a client may take of the server; times in milliseconds. Node's own limits are four times as generous or none. */
export const LIMITS = {
  /** Until all headers are there. */
  headersTimeout: 15_000,
  /** Until the whole request is there. */
  requestTimeout: 60_000,
  /** How long a connection stays open for the next request. */
  keepAliveTimeout: 10_000,
  /** How often these are looked at. */
  connectionsCheckingInterval: 5_000,
  /** Connections at once; further ones are closed at once rather than left to wait. */
  maxConnections: 12_000,
};

/** How long a connection that was just opened may take to ask something once we are closing. */
const SILENCE_MS = 500;

export interface Listening {
  readonly port: number;
  /** Requests that are being answered. */
  busy(): number;
  /**
   * Accepts nothing more, tells open streams to come back, and waits for the requests that are being answered; after
   * `patience` milliseconds what is left is cut off. True when nothing had to be.
   */
  close(patience: number): Promise<boolean>;
}

/** Said to people when a server cannot listen. */
export class ListenError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
  }
}

const REASONS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} on ${host} is in use by another program. Stop that one, or choose another port: PORT=${port + 1}`,
  EACCES: (_host, port) => `This user may not open port ${port}. Choose one above 1023, like PORT=3000.`,
  EADDRNOTAVAIL: (host) => `HOST=${host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them.`,
  ENOTFOUND: (host) => `HOST=${host} is not known. Use 127.0.0.1, or 0.0.0.0 for all addresses of this machine.`,
};

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');

const isStream = (res: ServerResponse): boolean =>
  res.headersSent && String(res.getHeader('Content-Type') ?? '').startsWith('text/event-stream');

/** Listens, within limits on what one client may take. Throws a ListenError that says in words why it cannot. */
export async function listen(
  app: RequestListener,
  host: string,
  port: number,
  { maxConnections, ...timeouts } = LIMITS,
): Promise<Listening> {
  const server = createServer(timeouts, (req, res) => {
    answering.add(res);
    res.once('close', () => {
      answering.delete(res);
      // The connection counts as idle only after this event.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    if (closing) res.setHeader('Connection', 'close');
    app(req, res);
  });
  server.maxConnections = maxConnections;
  const answering = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let closing = false;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const reason =
        REASONS[codeOf(error)]?.(host, port) ?? `Port ${port} on ${host} cannot be opened: ${error.message}`;
      reject(new ListenError(reason, error));
    });
    server.listen(port, host, resolve);
  });
  server.on('error', () => undefined); // accepting may fail for want of file descriptors; those in use go on

  return {
    port: (server.address() as AddressInfo).port,
    busy: () => answering.size,
    close: async (patience) => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const res of answering) {
        if (isStream(res)) res.end('retry: 1000\n\n');
        else if (!res.headersSent) res.setHeader('Connection', 'close');
      }
      // Browsers open connections in advance; one on which nothing is ever asked would hold us up for nothing.
      const silence = setTimeout(() => {
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }, SILENCE_MS);
      let cut = false;
      const end = setTimeout(() => {
        cut = answering.size > 0;
        server.closeAllConnections();
      }, patience);
      await closed;
      clearTimeout(silence);
      clearTimeout(end);
      return !cut;
    },
  };
}
