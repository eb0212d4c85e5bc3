import type { Knex } from 'knex';

interface Statement {
  pluck(): Statement;
  get(): unknown;
}

/** As much of a better-sqlite3 connection as we use ourselves. */
export interface SqliteConnection {
  pragma(statement: string): unknown;
  prepare(sql: string): Statement;
}

/** The one connection that a SQLite pool holds, noted when it is opened. */
export interface SqliteHolder {
  connection: SqliteConnection | undefined;
}

const MOST_STATEMENTS = 500;

/**
 * Lets a connection keep its compiled statements: Knex compiles each anew, which costs more than running it. Anything but
 * plain reading and writing (a migration) empties the store.
 */
export function keepStatements(connection: SqliteConnection): void {
  const prepare = connection.prepare.bind(connection);
  const known = new Map<string, Statement>();
  connection.prepare = (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const statement = prepare(sql);
    if (!/^\s*(select|insert|update|delete|with)\b/i.test(sql)) known.clear();
    else if (known.size < MOST_STATEMENTS) known.set(sql, statement);
    return statement;
  };
}

/** The SQLite connection behind a pool; undefined on PostgreSQL and before the first query. */
export function sqliteOf(db: Knex): SqliteConnection | undefined {
  return (db.client.config as { sqlite?: SqliteHolder }).sqlite?.connection;
}
