import { createHash } from 'node:crypto';
import { type Database, isPostgres } from '../../../src/db';
import { tableNames } from '../../support/schema';

export type Row = Record<string, unknown>;

/** A table as the database writes it down: two that are the same text hold the same rows. */
interface Content {
  readonly columns: readonly string[];
  /** JSON: a list of rows, each a list of values. */
  readonly text: string;
}

/** The content of every table. */
export type Dump = ReadonlyMap<string, Content>;

type Columns = ReadonlyMap<string, readonly string[]>;

/** Runs a statement and gives its rows, whichever database it is. PostgreSQL plans it once per connection, by its name. */
export async function rowsOf<T>(db: Database, sql: string): Promise<T[]> {
  const name = createHash('sha256').update(sql).digest('hex').slice(0, 32);
  const result: unknown = await db.raw(sql).options({ name });
  return (isPostgres(db) ? (result as { rows: T[] }).rows : result) as T[];
}

const schemas = new WeakMap<object, Promise<Columns>>();

/** The columns of our tables that can be written, so not those that PostgreSQL computes for its full-text search. */
export function columnsOf(db: Database): Promise<Columns> {
  const known = schemas.get(db.client) ?? readColumns(db);
  schemas.set(db.client, known);
  return known;
}

async function readColumns(db: Database): Promise<Columns> {
  const [names, found] = await Promise.all([
    tableNames(db),
    rowsOf<{ of: string; name: string }>(
      db,
      isPostgres(db)
        ? `select attrelid::regclass::text as of, attname as name from pg_attribute join pg_class on pg_class.oid = attrelid
            where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped and attgenerated = ''
            order by attrelid, attnum`
        : `select t.name as "of", c.name from pragma_table_list t, pragma_table_info(t.name) c where t.schema = 'main'`,
    ),
  ]);
  const columns = new Map<string, string[]>(names.map((table) => [table, []]));
  for (const { of, name } of found) columns.get(of)?.push(name);
  return columns;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join();

/** One statement for all tables: so many small answers one after another would take longer than what is tried. */
const dumpOf = (columns: Columns, postgres: boolean): string =>
  [...columns]
    .map(([table, names], index) =>
      postgres
        ? `select ${index} as at, (select coalesce(json_agg(json_build_array(${quoted(names)})), '[]')::text from "${table}") as text`
        : `select ${index} as at, (select json_group_array(json_array(${quoted(names)})) from "${table}") as text`,
    )
    .join(' union all ');

/** Reads all tables but those named. */
export async function dump(db: Database, without: readonly string[] = []): Promise<Dump> {
  const columns = new Map([...(await columnsOf(db))].filter(([table]) => !without.includes(table)));
  const texts = new Map<number, string>();
  for (const { at, text } of await rowsOf<{ at: number; text: string }>(db, dumpOf(columns, isPostgres(db)))) {
    texts.set(at, text);
  }
  return new Map([...columns].map(([table, names], at) => [table, { columns: names, text: texts.get(at) ?? '[]' }]));
}

/** The rows of a table, with their columns. */
export const readRows = (content: Content | undefined): Row[] =>
  content === undefined
    ? []
    : (JSON.parse(content.text) as unknown[][]).map((values) =>
        Object.fromEntries(values.map((value, index) => [content.columns[index] ?? '', value])),
      );

/** What differs between two states of a row, by column. */
export interface Difference {
  readonly table: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** The columns that differ; of a row that came or went, all of them. */
  readonly columns: readonly string[];
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

const KEYS = ['id', 'sid_hash', 'key', 'scope'];

/** What is counted as pages are opened: how often each feature was, and what flags answered; written now and then. */
const FEATURE_USE = 'producers_featureuse';
const USAGE: ReadonlyMap<string, string> = new Map([
  ['usage_minute', 'evaluations'],
  ['usage_day', 'evaluations'],
  ['usage_seen', 'last_at'],
]);

/** The columns that tell a row from others; undefined for a table where only the whole row does. */
export function keyColumns(row: Row): string[] | undefined {
  const key = KEYS.find((name) => name in row);
  if (key !== undefined) return [key];
  if ('variant' in row) return ['form', 'name', 'variant', 'minute', 'day'].filter((column) => column in row);
  return 'opened' in row ? ['producer_id', 'feature', 'day'] : undefined;
}

const byKey = (rows: readonly Row[]): Map<string, Row> =>
  new Map(
    rows.map((row) => {
      const key = keyColumns(row);
      return [key === undefined ? text(row) : key.map((name) => row[name]).join(' '), row];
    }),
  );

const text = (value: unknown): string => JSON.stringify(value) ?? '';

/** Everything that differs between two dumps. */
export function differences(before: Dump, after: Dump): Difference[] {
  const found: Difference[] = [];
  for (const [table, content] of after) {
    const was = before.get(table);
    if (was?.text === content.text) continue;
    const [old, now] = [byKey(readRows(was)), byKey(readRows(content))];
    for (const [key, row] of now) {
      const was = old.get(key);
      if (was === undefined) {
        found.push({ table, kind: 'added', columns: Object.keys(row), before: undefined, after: row });
        continue;
      }
      const columns = Object.keys(row).filter((column) => text(row[column]) !== text(was[column]));
      if (columns.length > 0) found.push({ table, kind: 'changed', columns, before: was, after: row });
    }
    for (const [key, row] of old) {
      if (!now.has(key)) {
        found.push({ table, kind: 'removed', columns: Object.keys(row), before: row, after: undefined });
      }
    }
  }
  return found;
}

/** A dump as it would be if these differences came to it. */
export function withDifferences(of: Dump, found: readonly Difference[]): Dump {
  const result = new Map(of);
  for (const table of new Set(found.map((each) => each.table))) {
    const content = of.get(table);
    if (content === undefined) continue;
    const rows = byKey(readRows(content));
    for (const { after, before, columns } of found.filter((each) => each.table === table)) {
      const [key = ''] = byKey([after ?? before ?? {}]).keys();
      const changed = columns.map((column) => [column, after?.[column]]);
      if (after === undefined) rows.delete(key);
      else rows.set(key, { ...(rows.get(key) ?? after), ...Object.fromEntries(changed) });
    }
    const values = [...rows.values()].map((row) => content.columns.map((column) => row[column] ?? null));
    result.set(table, { ...content, text: JSON.stringify(values) });
  }
  return result;
}

/** Columns of sessions that reading pages may move: when it was used last, and what it is to say on the next page. */
const OF_READING = new Set(['last_seen_at', 'expires_at', 'data']);

function isOfReading({ table, kind, columns }: Difference): boolean {
  if (table === 'auth_session') return kind === 'changed' && columns.every((column) => OF_READING.has(column));
  const counted = USAGE.get(table);
  if (counted !== undefined) return kind === 'added' || (kind === 'changed' && columns.join() === counted);
  return table === FEATURE_USE && (kind === 'added' || (kind === 'changed' && columns.join() === 'opened'));
}

/** Differences that are more than pages having been read. */
export const changes = (before: Dump, after: Dump): Difference[] =>
  differences(before, after).filter((difference) => !isOfReading(difference));

/** The same as lines for a test's message. */
export const realChanges = (before: Dump, after: Dump): string[] =>
  changes(before, after).map(({ table, kind, columns, before: was, after: is }) =>
    kind === 'changed'
      ? `${table} ${kind}: ${columns.map((column) => `${column} ${text(was?.[column])} → ${text(is?.[column])}`)}`
      : `${table} ${kind}: ${text(is ?? was)}`,
  );
