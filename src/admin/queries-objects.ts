import type { Knex } from 'knex';
import { isPostgres } from '../db';
import { type AnyModel, type AnyRow, columnsOf, type Field, linksOf } from '../model';
import type { Inline } from './declare';
import { inIds } from './queries-ids';
import { fromRow } from './queries-list';
import { readLabels } from './queries-names';
import type { AdminSite } from './site';

const plainColumns = (model: AnyModel): string[] => [
  'id',
  ...columnsOf(model)
    .filter(([, field]) => !field.secret)
    .map(([name]) => name),
];

async function readLinks(
  db: Knex,
  model: AnyModel,
  ids: readonly number[],
): Promise<Map<string, Map<number, (number | string)[]>>> {
  const links = new Map<string, Map<number, (number | string)[]>>();
  for (const [name, { through }] of linksOf(model)) {
    if (through === undefined) continue;
    const rows = (await db(through.table)
      .where(inIds(db, through.from, ids))
      .orderBy(through.to)
      .select(`${through.from} as from`, `${through.to} as to`)) as { from: number; to: number | string }[];
    const byRow = new Map<number, (number | string)[]>();
    for (const { from, to } of rows) byRow.set(from, [...(byRow.get(from) ?? []), to]);
    links.set(name, byRow);
  }
  return links;
}

/** Objects with all their values, links included, in a constant number of statements. `lock` holds them on PostgreSQL. */
export const readObjects = (db: Knex, model: AnyModel, ids: readonly number[], lock = false): Promise<AnyRow[]> =>
  readObjectsWhere(db, model, inIds(db, 'id', ids), { lock, columns: plainColumns(model) });

/**
 * The objects that giving some `values` would change, in a constant number of statements: those among `ids`, or those
 * whose column `by` has one of them. They come without what the machine sets.
 */
export function readDiffering(
  db: Knex,
  model: AnyModel,
  { ids, by, values, lock }: { ids: readonly number[]; by: string; values: Record<string, unknown>; lock: boolean },
): Promise<AnyRow[]> {
  const where = both(db, inIds(db, by, ids), differs(db, model, values));
  return readObjectsWhere(db, model, where, { lock, columns: ownColumns(model) });
}

/** Objects by their ids, without what the machine sets: for changes of many. Locks them on PostgreSQL. */
export const readOwnValues = (db: Knex, model: AnyModel, ids: readonly number[]): Promise<AnyRow[]> =>
  readObjectsWhere(db, model, inIds(db, 'id', ids), { lock: true, columns: ownColumns(model) });

const ownColumns = (model: AnyModel): string[] =>
  plainColumns(model).filter((name) => name === 'id' || model.fields[name]?.automatic === false);

/** How many objects `readDiffering` would find. */
export async function countDifferingRows(
  db: Knex,
  model: AnyModel,
  { ids, by, values }: { ids: readonly number[]; by: string; values: Record<string, unknown> },
): Promise<number> {
  const [row] = (await db(model.table)
    .where(both(db, inIds(db, by, ids), differs(db, model, values)))
    .count('* as n')) as { n: number }[];
  return Number(row?.n ?? 0);
}

const both = (db: Knex, one: Knex.Raw, other: Knex.Raw): Knex.Raw => db.raw('? and (?)', [one, other]);

/** Rows in which some column has another value than the given one; links are not compared here. */
function differs(db: Knex, model: AnyModel, values: Record<string, unknown>): Knex.Raw {
  const word = isPostgres(db) ? 'is distinct from' : 'is not';
  const columns = Object.entries(toColumns(model, values));
  const links = linksOf(model).some(([name]) => name in values);
  if (links || columns.length === 0) return db.raw('1 = 1');
  const bindings = columns.flatMap(([name, value]) => [name, value as Knex.RawBinding]);
  return db.raw(columns.map(() => `?? ${word} ?`).join(' or '), bindings);
}

async function readObjectsWhere(
  db: Knex,
  model: AnyModel,
  where: Knex.Raw,
  { lock, columns }: { lock: boolean; columns: string[] },
): Promise<AnyRow[]> {
  const query = db(model.table).where(where).orderBy('id').select(columns);
  const raws = (await (lock && isPostgres(db) ? query.forUpdate() : query)) as (Record<string, unknown> & {
    id: number;
  })[];
  const ids = linksOf(model).length === 0 ? [] : raws.map(({ id }) => id);
  const links = await readLinks(db, model, ids);
  return raws.map((raw) => {
    const row = fromRow(model, raw);
    for (const [name, byRow] of links) row[name] = byRow.get(row.id) ?? [];
    return row;
  });
}

/** One object, or undefined. */
export async function readObject(db: Knex, model: AnyModel, id: number, lock = false): Promise<AnyRow | undefined> {
  return (await readObjects(db, model, [id], lock))[0];
}

/** The rows of an inline that belong to an object. */
export async function readInlineRows(db: Knex, inline: Inline, parent: number, lock = false): Promise<AnyRow[]> {
  const rows = (await db(inline.model.table)
    .where({ [inline.fk]: parent })
    .orderBy('id')
    .select('id')) as { id: number }[];
  return readObjects(
    db,
    inline.model,
    rows.map((row) => row.id),
    lock,
  );
}

const toColumns = (model: AnyModel, values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    columnsOf(model)
      .filter(([name]) => name in values)
      .map(([name, field]) => [name, (field as Field<unknown>).toDb(values[name])]),
  );

async function writeLinks(trx: Knex, model: AnyModel, id: number, values: Record<string, unknown>): Promise<void> {
  for (const [name, { through }] of linksOf(model)) {
    const wanted = values[name];
    if (through === undefined || !Array.isArray(wanted)) continue;
    await trx(through.table)
      .where({ [through.from]: id })
      .delete();
    if (wanted.length > 0) {
      await trx.batchInsert(
        through.table,
        wanted.map((to: number | string) => ({ [through.from]: id, [through.to]: to })),
        500,
      );
    }
  }
}

/** Adds an object with its links and returns its id. */
export async function insertObject(trx: Knex, model: AnyModel, values: Record<string, unknown>): Promise<number> {
  const [row] = (await trx(model.table).insert(toColumns(model, values)).returning('id')) as { id: number }[];
  if (row === undefined) throw new Error(`${model.label}: nothing was inserted`);
  await writeLinks(trx, model, row.id, values);
  return row.id;
}

/** Writes the given values of an object, its links included when they are among them. */
export async function updateObject(
  trx: Knex,
  model: AnyModel,
  id: number,
  values: Record<string, unknown>,
): Promise<void> {
  const columns = toColumns(model, values);
  if (Object.keys(columns).length > 0) await trx(model.table).where({ id }).update(columns);
  await writeLinks(trx, model, id, values);
}

/** Gives many objects the same values in one statement. */
export async function updateObjects(
  trx: Knex,
  model: AnyModel,
  ids: readonly number[],
  values: Record<string, unknown>,
): Promise<void> {
  await trx(model.table)
    .where(inIds(trx, 'id', ids))
    .update(toColumns(model, values));
}

/** Removes objects; what refers to them goes or stays as the schema says. */
export async function deleteObjects(trx: Knex, model: AnyModel, ids: readonly number[]): Promise<void> {
  await trx(model.table)
    .where(inIds(trx, 'id', ids))
    .delete();
}

/** Whether another object has this value in a unique field; e-mail addresses are compared as they are kept. */
export async function isTaken(
  db: Knex,
  model: AnyModel,
  name: string,
  value: unknown,
  exceptId: number | null,
): Promise<boolean> {
  const query = db(model.table).where({ [name]: value });
  if (exceptId !== null) query.whereNot({ id: exceptId });
  return (await query.first('id')) !== undefined;
}

/** Those of the ids that are there. */
export const readExisting = (db: Knex, model: AnyModel, ids: readonly number[]): Promise<number[]> =>
  db(model.table)
    .where(inIds(db, 'id', ids))
    .orderBy('id')
    .pluck('id');

/** What refers to some objects: how many rows of which model, what happens to them, and the first of their titles. */
export interface RelatedRows {
  model: AnyModel;
  onDelete: 'cascade' | 'setNull' | 'protect';
  count: number;
  examples: { id: number; title: string }[];
}

/** Everything in the admin's models that refers to these objects. */
export async function readRelated(
  db: Knex,
  site: AdminSite,
  model: AnyModel,
  ids: readonly number[],
): Promise<RelatedRows[]> {
  const related: RelatedRows[] = [];
  for (const { model: other } of site.all()) {
    for (const [name, field] of Object.entries(other.fields)) {
      if (field.to !== model.label) continue;
      if (field.through !== undefined) {
        const { table, to } = field.through;
        const [row] = (await db(table)
          .where(inIds(db, to, ids))
          .countDistinct(`${field.through.from} as n`)) as { n: number }[];
        const count = Number(row?.n ?? 0);
        if (count > 0) related.push({ model: other, onDelete: 'setNull', count, examples: [] });
        continue;
      }
      const scope = () => db(other.table).where(inIds(db, name, ids));
      const [row] = (await scope().count('* as n')) as { n: number }[];
      const count = Number(row?.n ?? 0);
      if (count === 0) continue;
      const first: number[] = await scope().orderBy('id').limit(10).pluck('id');
      const examples = [...(await readLabels(db, site, other, first, name))].map(([id, title]) => ({ id, title }));
      related.push({ model: other, onDelete: field.onDelete, count, examples });
    }
  }
  return related;
}

interface ColumnRow {
  table: string;
  column: string;
}

/** Asked of each database's own catalog: the view of the standard takes PostgreSQL ten times as long. */
const COLUMNS_ON_POSTGRES = `select relname as "table", attname as "column"
  from pg_attribute join pg_class on pg_class.oid = attrelid
  where relnamespace = current_schema()::regnamespace and attnum > 0 and not attisdropped`;
const COLUMNS_ON_SQLITE = `select t.name as "table", c.name as "column"
  from pragma_table_list t, pragma_table_info(t.name) c where t.schema = 'main'`;

/** The names of columns, by their table. */
export type Columns = ReadonlyMap<string, ReadonlySet<string>>;

/** All columns that the database has. */
export async function readColumns(db: Knex): Promise<Columns> {
  const rows: ColumnRow[] = isPostgres(db)
    ? (await db.raw<{ rows: ColumnRow[] }>(COLUMNS_ON_POSTGRES)).rows
    : await db.raw(COLUMNS_ON_SQLITE);
  const columns = new Map<string, Set<string>>();
  for (const { table, column } of rows) columns.set(table, (columns.get(table) ?? new Set()).add(column));
  return columns;
}
