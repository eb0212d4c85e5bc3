import { type Database, isPostgres } from '../../../src/db';
import { tableNames } from '../../support/schema';

type Row = Record<string, unknown>;

/** The content of every table. */
export type Dump = ReadonlyMap<string, readonly Row[]>;

const zip = <T>(names: readonly string[], values: readonly T[]): [string, T][] =>
  values.map((value, index) => [names[index] ?? '', value]);

/** Reads all tables but those named. */
export async function dump(db: Database, without: readonly string[] = []): Promise<Dump> {
  const names = (await tableNames(db)).filter((table) => !without.includes(table));
  const reads = names.map((table) => db(table).select<Row[]>('*'));
  if (!isPostgres(db)) return new Map(zip(names, await Promise.all(reads)));
  // All in one go: so many small answers one after another would take longer than what is tried.
  const all = (await db.raw(reads.join(';'))) as { rows: Row[] }[];
  return new Map(
    zip(
      names,
      all.map(({ rows }) => rows),
    ),
  );
}

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

function byKey(rows: readonly Row[]): Map<string, Row> {
  return new Map(
    rows.map((row) => {
      const key = KEYS.find((name) => name in row);
      if ('variant' in row) return [[row.form, row.name, row.variant, row.minute ?? row.day].join(' '), row];
      if ('opened' in row) return [[row.producer_id, row.feature, row.day].join(' '), row];
      return [key === undefined ? JSON.stringify(row) : String(row[key]), row];
    }),
  );
}

const text = (value: unknown): string => JSON.stringify(value) ?? '';

/** Everything that differs between two dumps. */
export function differences(before: Dump, after: Dump): Difference[] {
  const found: Difference[] = [];
  for (const [table, rows] of after) {
    const [old, now] = [byKey(before.get(table) ?? []), byKey(rows)];
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

/** Columns of sessions that reading pages may move: when it was used last, and what it is to say on the next page. */
const OF_READING = new Set(['last_seen_at', 'expires_at', 'data']);

function isOfReading({ table, kind, columns }: Difference): boolean {
  if (table === 'auth_session') return kind === 'changed' && columns.every((column) => OF_READING.has(column));
  const counted = USAGE.get(table);
  if (counted !== undefined) return kind === 'added' || (kind === 'changed' && columns.join() === counted);
  return table === FEATURE_USE && (kind === 'added' || (kind === 'changed' && columns.join() === 'opened'));
}

/** Differences that are more than pages having been read, as lines for a test's message. */
export const realChanges = (before: Dump, after: Dump): string[] =>
  differences(before, after)
    .filter((difference) => !isOfReading(difference))
    .map(({ table, kind, columns, before: was, after: is }) =>
      kind === 'changed'
        ? `${table} ${kind}: ${columns.map((column) => `${column} ${text(was?.[column])} → ${text(is?.[column])}`)}`
        : `${table} ${kind}: ${text(is ?? was)}`,
    );
