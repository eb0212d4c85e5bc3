import type { Knex } from 'knex';
import type { SqliteConnection } from './sqlite';
import { sqliteOf } from './sqlite';

/** Most results that are kept; a page reads a handful. */
const MOST = 5_000;

/**
 * Results of reads on SQLite, valid as long as nothing at all was written. Two counters of the database say so exactly:
 * `data_version` moves when another connection commits, `total_changes()` when this one writes.
 */
class UnchangedReads {
  private readonly version: { get(): unknown };
  private readonly changes: { get(): unknown };
  private readonly values = new Map<string, { value: unknown }>();
  private mark = '';

  constructor(connection: SqliteConnection) {
    this.version = connection.prepare('pragma data_version').pluck();
    this.changes = connection.prepare('select total_changes()').pluck();
  }

  /** What both counters say now. */
  current(): string {
    return `${this.version.get()}:${this.changes.get()}`;
  }

  async read<T>(key: string, load: () => Promise<T>): Promise<T> {
    const mark = this.current();
    if (mark !== this.mark) {
      this.values.clear();
      this.mark = mark;
    }
    const known = this.values.get(key);
    if (known !== undefined) return known.value as T;
    const value = await load();
    // Something was written meanwhile: whether the result has it is not known, so it is not kept.
    if (mark === this.mark && mark === this.current() && this.values.size < MOST) this.values.set(key, { value });
    return value;
  }
}

const reads = new WeakMap<SqliteConnection, UnchangedReads>();

function readsOf(db: Knex): UnchangedReads | undefined {
  const connection = sqliteOf(db);
  if (connection === undefined) return undefined;
  const known = reads.get(connection);
  if (known !== undefined) return known;
  const own = new UnchangedReads(connection);
  reads.set(connection, own);
  return own;
}

/**
 * The result of a read, from memory when nothing in the database has changed since it was read. Exact on SQLite, also
 * when another process writes; on PostgreSQL, which offers no such counter, it always reads. `key` names the read and its
 * arguments; callers share the result, so they must not change it. Not for use inside a transaction.
 */
export const whileUnchanged = <T>(db: Knex, key: string, load: () => Promise<T>): Promise<T> =>
  readsOf(db)?.read(key, load) ?? load();

/** As much of a finished statement as PostgreSQL's driver tells of it. */
interface Finished {
  sql: string;
  response?: { rowCount?: number | null };
}

/** Knex does not tell when a transaction has ended, so that is not noted here; see `noteCommit`. */
const mayWrite = (sql: string): boolean => !/^\s*(select|begin|set transaction|commit|rollback)\b/i.test(sql);

/** The writes of this process through one pool: how many did something, and how many are under way. */
class OwnWrites {
  private done = 0;
  private underWay = 0;

  constructor(db: Knex) {
    db.on('query', ({ sql }: Finished) => {
      if (mayWrite(sql)) this.underWay += 1;
    });
    db.on('query-response', (_rows: unknown, { sql, response }: Finished) => {
      // A worker that found nothing to do changed nothing.
      if (mayWrite(sql)) this.finish(response?.rowCount !== 0);
    });
    db.on('query-error', (_error: unknown, { sql }: Finished) => {
      if (mayWrite(sql)) this.finish(true); // it may have been written all the same
    });
  }

  private finish(wrote: boolean): void {
    this.underWay -= 1;
    if (wrote) this.ended();
  }

  /** Something has been written, or may have been. */
  ended(): void {
    this.done += 1;
  }

  current(): string {
    return `${this.done}:${this.underWay}`;
  }
}

const ownWrites = new WeakMap<Knex, OwnWrites>();

/** Notes from now on what this pool writes. For PostgreSQL; SQLite tells by itself. */
export function noteWrites(db: Knex): void {
  ownWrites.set(db, new OwnWrites(db));
}

/** Notes that a transaction through this pool has ended: what it wrote can be read from now on. */
export const noteCommit = (db: Knex): void => ownWrites.get(db)?.ended();

/**
 * A text that changes with everything that this process writes to PostgreSQL, before whoever wrote hears that it was
 * done. Of what other processes write it knows nothing. Undefined on SQLite, where `writesMark` tells more.
 */
export const ownWritesMark = (db: Knex): string | undefined => ownWrites.get(db)?.current();

/**
 * A text that stays the same exactly as long as nothing is written to the database, by whomever. Undefined where the
 * database cannot tell, which is PostgreSQL, and before the first statement on SQLite.
 */
export const writesMark = (db: Knex): string | undefined => readsOf(db)?.current();
