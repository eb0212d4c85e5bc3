import type { Knex } from 'knex';
import { type Database, isPostgres } from '../../src/db';

/** A table's columns, and what they refer to. */
interface Table {
  columns: Record<string, Column>;
  /** Column → the table and column it refers to. */
  references: Map<string, { table: string; column: string }>;
}

/** As much of a column as Knex tells on SQLite: its type, and how many letters it holds at most. */
interface Column {
  type: string;
  maxLength: number | string | null;
}

/** The columns of a table that can be written: not those that PostgreSQL computes from others. */
export async function columnsOf(db: Knex, table: string): Promise<Record<string, Column>> {
  if (!isPostgres(db)) return await db(table).columnInfo();
  // Knex asks the view of the standard, which takes ten times as long.
  const columns: (Column & { name: string })[] = await db('pg_attribute')
    .whereRaw('attrelid = to_regclass(?)', [table])
    .where('attnum', '>', 0)
    .where({ attisdropped: false, attgenerated: '' })
    .orderBy('attnum')
    .select('attname as name', db.raw('format_type(atttypid, null) as type'))
    .select(db.raw(`case when atttypid = 'varchar'::regtype then nullif(atttypmod, -1) - 4 end as "maxLength"`));
  return Object.fromEntries(columns.map(({ name, ...column }) => [name, column]));
}

/** Knex's own tables change with every migration that runs. */
const isOurs = (table: string): boolean => !table.startsWith('knex_') && !table.startsWith('sqlite_');

async function rows<T>(db: Database, sql: string, bindings: string[] = []): Promise<T[]> {
  const result: unknown = await db.raw(sql, bindings);
  return (isPostgres(db) ? (result as { rows: T[] }).rows : result) as T[];
}

/** The names of our tables. */
export async function tableNames(db: Database): Promise<string[]> {
  const found = await rows<{ name: string }>(
    db,
    isPostgres(db)
      ? `select tablename as name from pg_tables where schemaname = 'public' order by 1`
      : // Not the tables behind a full-text index, which nobody but SQLite writes to.
        `select name from pragma_table_list where schema = 'main' and type = 'table' order by 1`,
  );
  return found.map(({ name }) => name).filter(isOurs);
}

/** Every definition in the database as sorted lines: tables, columns, constraints, indexes, triggers, functions. */
export async function describeSchema(db: Database): Promise<string[]> {
  const lines = await rows<{ owner: string; definition: string }>(db, isPostgres(db) ? POSTGRES : SQLITE);
  return lines
    .filter(({ owner }) => isOurs(owner))
    .map(({ owner, definition }) => `${owner}: ${definition}`)
    .sort();
}

const SQLITE = `select tbl_name as owner, sql as definition from sqlite_master where sql is not null`;

const POSTGRES = `
  select table_name as owner, concat_ws(' ', column_name, data_type, character_maximum_length, numeric_precision,
    numeric_scale, column_default, is_nullable, is_identity) as definition
    from information_schema.columns where table_schema = 'public'
  union all select tablename, indexdef from pg_indexes where schemaname = 'public'
  union all select conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0
  union all select tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
  union all select 'function', pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace`;

async function referencesOf(db: Database, table: string): Promise<Table['references']> {
  const found = await rows<{ from: string; table: string; to: string | null }>(
    db,
    isPostgres(db)
      ? `select a.attname as "from", c.confrelid::regclass::text as "table", b.attname as "to"
           from pg_constraint c
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
           join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
          where c.contype = 'f' and c.conrelid = ?::regclass`
      : `select "from", "table", "to" from pragma_foreign_key_list(?)`,
    [table],
  );
  return new Map(found.map(({ from, table: parent, to }) => [from, { table: parent, column: to ?? 'id' }]));
}

const ROWS_PER_TABLE = 2;

/** A value that fits a column by its type alone; the same for a column and for what refers to it. */
function valueFor(column: string, type: string, maxLength: number | null, index: number): unknown {
  if (/int|serial/.test(type)) return 1001 + index;
  if (/bool/.test(type)) return true;
  if (/numeric|decimal|float|real|double/.test(type)) return 1.5;
  if (/time|date/.test(type)) return new Date(Date.UTC(2026, 0, 1 + index)).toISOString();
  if (/json/.test(type)) return '{}';
  if (/uuid/.test(type)) return `00000000-0000-4000-8000-00000000000${index}`;
  return `${index}${column}`.slice(0, maxLength ?? undefined);
}

/** Puts some rows into every table, whatever tables there are, and returns them by table. */
export async function fillTables(db: Database): Promise<Map<string, Record<string, unknown>[]>> {
  const tables = new Map<string, Table>();
  for (const name of await tableNames(db)) {
    tables.set(name, { columns: await columnsOf(db, name), references: await referencesOf(db, name) });
  }
  const filled = new Map<string, Record<string, unknown>[]>();
  const fill = async (name: string, { columns, references }: Table): Promise<void> => {
    const added: Record<string, unknown>[] = [];
    for (let index = 0; index < ROWS_PER_TABLE; index++) {
      const row = Object.entries(columns).map(([column, { type, maxLength }]) => {
        const source = references.get(column)?.column ?? column;
        return [column, valueFor(source, type, maxLength === null ? null : Number(maxLength), index)];
      });
      const [saved] = (await db(name).insert(Object.fromEntries(row)).returning('*')) as Record<string, unknown>[];
      if (saved !== undefined) added.push(saved);
    }
    filled.set(name, added);
  };
  while (filled.size < tables.size) {
    const ready = [...tables].filter(
      ([name, { references }]) =>
        !filled.has(name) && [...references.values()].every(({ table }) => table === name || filled.has(table)),
    );
    if (ready.length === 0) throw new Error('tables refer to each other in a circle');
    for (const [name, table] of ready) await fill(name, table);
  }
  return filled;
}

/** Those of the given rows that are no longer there, looking only at columns that still exist. */
export async function lostRows(db: Database, filled: Map<string, Record<string, unknown>[]>): Promise<string[]> {
  const lost: string[] = [];
  for (const table of await tableNames(db)) {
    const present = (await db(table).select('*')) as Record<string, unknown>[];
    const columns = Object.keys(present[0] ?? {});
    const asText = (row: Record<string, unknown>) => JSON.stringify(columns.map((column) => row[column] ?? null));
    const texts = new Set(present.map(asText));
    for (const row of filled.get(table) ?? []) {
      if (present.length === 0 || !texts.has(asText(row))) lost.push(`${table}: ${JSON.stringify(row)}`);
    }
  }
  return lost;
}
