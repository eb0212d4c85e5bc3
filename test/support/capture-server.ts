import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

/** One event as PostHog receives it. */
export interface CapturedEvent {
  uuid: string;
  event: string;
  distinct_id: string;
  timestamp: string;
  properties: Record<string, unknown>;
}

/** One request to `/batch/`, accepted or not. */
export interface CapturedBatch {
  apiKey: string;
  encoding: string | undefined;
  events: CapturedEvent[];
  at: number;
}

/** What the server does with a batch: answer with a status, later if asked, or drop the connection. */
export type Reaction =
  | { status: number; afterMs?: number; headers?: Record<string, string> }
  | 'drop the connection'
  | 'never answer';

/** A PostHog on loopback that understands the capture protocol: it unpacks, checks and keeps what it is sent. */
export class CaptureServer {
  /** Everything that arrived, in order. */
  readonly batches: CapturedBatch[] = [];
  /** Only what was answered with success. */
  readonly accepted: CapturedBatch[] = [];
  /** How the next requests are answered. */
  reaction: Reaction | ((batch: CapturedBatch) => Reaction) = { status: 200 };
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The events of all accepted batches. */
  get events(): CapturedEvent[] {
    return this.accepted.flatMap((batch) => batch.events);
  }

  /** Listens; after `stop()` again on the same port, as a server that was restarted. */
  async start(): Promise<this> {
    const server = createServer((req, res) => {
      this.take(req).then(
        async (batch) => {
          const reaction = typeof this.reaction === 'function' ? this.reaction(batch) : this.reaction;
          if (reaction === 'drop the connection') req.socket.destroy();
          if (typeof reaction === 'string') return;
          await sleep(reaction.afterMs ?? 0, undefined, { ref: false });
          if (reaction.status < 300) this.accepted.push(batch);
          res.writeHead(reaction.status, { 'Content-Type': 'application/json', ...reaction.headers });
          res.end(JSON.stringify({ status: reaction.status < 300 ? 1 : 0 }));
        },
        () => {
          res.writeHead(400).end();
        },
      );
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Stops listening and drops every connection. */
  async stop(): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    this.server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async take(req: IncomingMessage): Promise<CapturedBatch> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (req.method !== 'POST' || req.url !== '/batch/') throw new Error(`unexpected ${req.method} ${req.url}`);
    const body = Buffer.concat(chunks);
    const encoding = req.headers['content-encoding'];
    const text = encoding === 'gzip' ? gunzipSync(body).toString() : body.toString();
    const data = JSON.parse(text) as { api_key: string; batch: CapturedEvent[] };
    const batch = { apiKey: data.api_key, encoding, events: data.batch, at: Date.now() };
    this.batches.push(batch);
    return batch;
  }
}
