import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../lib/clock';
import { withTimeLimit } from '../lib/time-limit';
import type { Revision, SourceHealth } from './port';
import { askForLife, listenForRevisions, parseAnnouncement } from './queries';

const CONNECT_MS = 2_000;
const LIFE_MS = 2_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

interface ListenerOptions {
  url: string;
  clock: Clock;
  log: Logger;
  /** A revision was announced. */
  onRevision(revision: Revision): void;
  /** Listening again after a gap in which announcements may have been missed. */
  onReturn(): void;
}

/** Hears PostgreSQL announce new revisions, on a connection of its own that is made again when it breaks. */
export class Listener {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private errors = 0;
  private since: Date;
  private reason = '';
  private stopped = false;
  private connecting: Promise<void> | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.since = options.clock.now();
  }

  /** Connects; resolves when it listens or when the first try failed and further ones are due. */
  start(): Promise<void> {
    this.connecting ??= this.connect().finally(() => {
      this.connecting = undefined;
    });
    return this.connecting;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.connecting;
    await this.close();
  }

  /** Whether announcements are heard. */
  health(): SourceHealth {
    const { failures, since, reason, errors } = this;
    const [name, up] = ['announcements of PostgreSQL', failures === 0];
    return up ? { name, up, since, errors } : { name, up, since, reason, errors };
  }

  /** Tries the connection, because a broken line can look open for hours; a dead one is replaced. */
  async checkLife(): Promise<void> {
    const { client } = this;
    if (client === undefined) return;
    try {
      await withTimeLimit(LIFE_MS, askForLife(client));
    } catch (error) {
      this.lost(client, error);
    }
  }

  private async connect(): Promise<void> {
    const { url, log, onRevision, onReturn } = this.options;
    const client = new Client({
      connectionString: url,
      application_name: 'flagstaff listener',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client, new Error('the connection ended')));
    client.on('notification', ({ payload }) => {
      const revision = parseAnnouncement(payload);
      if (revision !== undefined) onRevision(revision);
    });
    this.client = client;
    try {
      await client.connect();
      await withTimeLimit(CONNECT_MS, listenForRevisions(client));
    } catch (error) {
      this.lost(client, error);
      return;
    }
    if (this.client !== client) return; // lost while it was being made
    if (this.failures === 0) return;
    this.failures = 0;
    this.since = this.options.clock.now();
    log.info('changes from other processes are announced again');
    onReturn();
  }

  /** Gives a connection up and plans the next. */
  private lost(client: Client, error: unknown): void {
    if (this.client !== client) return;
    this.client = undefined;
    void endQuietly(client);
    if (this.stopped) return;
    if (this.failures === 0) {
      this.options.log.warn(
        { err: error },
        'no announcements from other processes for now; revisions are still polled',
      );
    }
    const pause =
      Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures, 10)) * (0.5 + Math.random() / 2);
    if (this.failures === 0) this.since = this.options.clock.now();
    this.failures += 1;
    this.errors += 1;
    this.reason = error instanceof Error ? error.message || error.name : String(error);
    this.timer = setTimeout(() => void this.start(), pause);
    this.timer.unref();
  }

  private async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    if (client !== undefined) await endQuietly(client);
  }
}

async function endQuietly(client: Client): Promise<void> {
  await withTimeLimit(LIFE_MS, client.end()).catch(() => undefined);
}
