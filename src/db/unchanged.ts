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

/**
 * A text that stays the same exactly as long as nothing is written to the database, by whomever. Undefined where the
 * database cannot tell, which is PostgreSQL, and before the first statement on SQLite.
 */
export const writesMark = (db: Knex): string | undefined => readsOf(db)?.current();
