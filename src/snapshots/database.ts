import type { Logger } from 'pino';
import { afterCommit, type Database, type DatabaseConfig, isPostgres, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { Listener } from './listener';
import type { Parts } from './parts';
import {
  Listeners,
  type Revision,
  type RevisionListener,
  type Ruleset,
  type RulesetSource,
  type SourceHealth,
  toRuleset,
} from './port';
import { announceRevision, atOneMoment, raiseRevision, readRevision, readRevisions } from './queries';

interface DatabaseSourceOptions {
  db: Database;
  database: DatabaseConfig;
  parts: Parts;
  clock: Clock;
  log: Logger;
  /** Whether PostgreSQL is listened to. Not where changes come another way, or no connection can be spared for it. */
  listen: boolean;
}

/** The truth. Hears of this process's own writes, and of those of others where PostgreSQL announces them. */
export class DatabaseSource implements RulesetSource {
  private readonly listeners = new Listeners();
  private readonly listener: Listener | undefined;
  private asking: Promise<ReadonlyMap<string, number>> | undefined;
  private readonly asked = new Set<string>();

  constructor(private readonly options: DatabaseSourceOptions) {
    const { db, database, clock, log, listen } = options;
    if (listen && database.client === 'pg') {
      this.listener = new Listener({
        url: database.url,
        clock,
        log,
        onRevision: (revision) => void this.listeners.tell(revision),
        onReturn: () => void this.catchUp(),
      });
    }
    ofDatabase(db).add(this);
  }

  load(scope: string): Promise<Ruleset> {
    return this.atOneMoment(scope, async (trx, revision) =>
      toRuleset({ scope, revision }, await this.options.parts.load(trx, scope), 'database'),
    );
  }

  /** Reads something else of a scope, together with the revision that it belongs to. */
  atOneMoment<T>(scope: string, read: (trx: Transaction, revision: number) => Promise<T>): Promise<T> {
    this.asked.add(scope);
    // The revision first, so that a change in between can only make the data newer than the number, which is looked at again.
    return atOneMoment(this.options.db, async (trx) => read(trx, await readRevision(trx, scope)));
  }

  /** All that is asked at once is one statement. */
  async revision(scope: string): Promise<number> {
    this.asked.add(scope);
    this.asking ??= this.askNext();
    return (await this.asking).get(scope) ?? 0;
  }

  subscribe(listener: RevisionListener): () => void {
    return this.listeners.add(listener);
  }

  async start(): Promise<void> {
    await this.listener?.start();
  }

  async stop(): Promise<void> {
    ofDatabase(this.options.db).delete(this);
    await this.listener?.stop();
  }

  health(): readonly SourceHealth[] {
    return this.listener === undefined ? [] : [this.listener.health()];
  }

  /** A write of this process was committed. */
  announce(revision: Revision): Promise<void> {
    return this.listeners.tell(revision);
  }

  private async askNext(): Promise<ReadonlyMap<string, number>> {
    await Promise.resolve(); // those who ask in the same turn share the statement; later ones must not get what was read before
    this.asking = undefined;
    void this.listener?.checkLife();
    return readRevisions(this.options.db);
  }

  /** Announcements may have been missed: tells how things stand. */
  private async catchUp(): Promise<void> {
    try {
      const revisions = await readRevisions(this.options.db);
      for (const scope of this.asked) await this.listeners.tell({ scope, revision: revisions.get(scope) ?? 0 });
    } catch {
      // Polling finds out as well, and says what is wrong.
    }
  }
}

/** The sources over each open database, found again from a transaction through the options that both share. */
const byDatabase = new WeakMap<object, Set<DatabaseSource>>();

function ofDatabase(db: Database): Set<DatabaseSource> {
  const key: object = db.client.config;
  const found = byDatabase.get(key) ?? new Set();
  byDatabase.set(key, found);
  return found;
}

/**
 * Says that something of a scope changes with this transaction (opened by `inTransaction`). After the commit this process
 * has loaded the scope before the write call returns; other processes follow within a second.
 * Call it before the audit entry, so that every write takes its locks in the same order.
 */
export async function bumpRevision(trx: Transaction, scope: string): Promise<void> {
  const revision = await raiseRevision(trx, scope);
  if (isPostgres(trx)) await announceRevision(trx, { scope, revision });
  afterCommit(trx, async () => {
    for (const source of ofDatabase(trx)) await source.announce({ scope, revision });
  });
}
