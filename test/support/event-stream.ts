import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { until } from './until';

/** A stream of events as a page reads it: what came so far, and whether it has ended. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Everything that came, in one text. */
  text(): string;
  ended(): boolean;
  /** Waits until something has come. Returns the milliseconds it took. */
  heard(part: string | RegExp, within?: number): Promise<number>;
  close(): void;
}

/** Opens a stream on a server of this machine. */
export function openStream(url: string, headers: Record<string, string>, localAddress?: string): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const options = { headers: { accept: 'text/html, text/event-stream', ...headers }, agent: false as const };
    const request = get(url, localAddress === undefined ? options : { ...options, localAddress }, (response) => {
      let text = '';
      let ended = false;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('close', () => {
        ended = true;
      });
      response.on('error', () => undefined); // cut off by the other side, which `ended` tells
      const has = (part: string | RegExp) => (typeof part === 'string' ? text.includes(part) : part.test(text));
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: () => text,
        ended: () => ended,
        heard: (part, within) => until(`the stream to say ${part}`, () => has(part), within),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}

/** The application on a port of this machine. */
export async function listening(app: Express): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
