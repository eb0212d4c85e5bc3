import type { Knex } from 'knex';
import { Client } from 'pg';

/** How long a statement may run before it is asked whether the server is still there, in milliseconds. */
const SLOW_MS = 1_500;
/** How long the server may take to let somebody in. */
const ANSWER_MS = 2_000;
const LOOK_MS = 250;
/** How often a server that hangs is asked again. */
const RETRY_MS = 500;

/** As much of a connection of the pool as is needed to end it without asking the other side. */
export interface PooledConnection {
  readonly __knexUid?: string;
  readonly connection?: { readonly stream?: { destroy(error?: Error): void } };
  on(event: 'drain' | 'end', listener: () => void): unknown;
}

/** Said in place of waiting for a server that is known to hang; counts as an outage. */
class HungError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('the database accepts connections and does not answer');
    this.name = 'HungError';
  }
}

/**
 * Notices a PostgreSQL server that hangs: the connections are open, and nothing comes back, which a time limit of the
 * server's own cannot end. When a statement takes long, another connection is tried. If that gets no answer either, all
 * connections are ended, so that nobody waits on, and new ones are refused at once until the server lets somebody in again.
 */
export class HangWatch {
  private readonly connections = new Map<string, PooledConnection>();
  private readonly busySince = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private askedAt = 0;
  private hung = false;
  private closed = false;

  constructor(private readonly url: string) {}

  /** Belongs into the pool's `afterCreate`. */
  add(connection: PooledConnection): void {
    const { __knexUid: uid } = connection;
    if (uid === undefined) return;
    this.connections.set(uid, connection);
    connection.on('drain', () => this.busySince.delete(uid));
    connection.on('end', () => {
      this.busySince.delete(uid);
      this.connections.delete(uid);
    });
  }

  /** Watches the statements of a pool, and keeps it from connecting while the server hangs. */
  watch(db: Knex): void {
    db.client.on('query', ({ __knexUid: uid }: { __knexUid?: string }) => {
      if (uid === undefined || !this.connections.has(uid) || this.busySince.has(uid)) return;
      this.busySince.set(uid, performance.now());
      this.plan(LOOK_MS);
    });
    const client = db.client as { acquireRawConnection(): Promise<unknown>; destroy(): Promise<void> };
    const connect = client.acquireRawConnection.bind(client);
    client.acquireRawConnection = () => (this.hung ? Promise.reject(new HungError()) : connect());
    const destroy = client.destroy.bind(client) as (...args: unknown[]) => Promise<void>;
    client.destroy = (...args: unknown[]) => {
      this.closed = true;
      clearTimeout(this.timer);
      return destroy(...args);
    };
  }

  private plan(pause: number): void {
    if (this.timer !== undefined || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.look();
    }, pause);
    this.timer.unref();
  }

  private look(): void {
    const now = performance.now();
    const isSlow = [...this.busySince.values()].some((since) => now - since > SLOW_MS);
    if (this.hung || (isSlow && now - this.askedAt > SLOW_MS)) void this.ask();
    else if (this.busySince.size > 0) this.plan(LOOK_MS);
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const answers = await this.isThere();
    this.asking = false;
    this.askedAt = performance.now();
    const wasHung = this.hung;
    this.hung = !answers;
    if (this.hung && !wasHung) this.endAll();
    if (this.hung) this.plan(RETRY_MS);
    else if (this.busySince.size > 0) this.plan(LOOK_MS);
  }

  /** Any answer is one, a refusal too. */
  private async isThere(): Promise<boolean> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'flagstaff probe',
      connectionTimeoutMillis: ANSWER_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      void client.end().catch(() => undefined);
      return true;
    } catch (error) {
      return /^[0-9][0-9A-Z]{4}$/.test(String((error as { code?: unknown }).code ?? '')); // those of the network are words
    }
  }

  private endAll(): void {
    for (const connection of [...this.connections.values()]) connection.connection?.stream?.destroy(new HungError());
  }
}
