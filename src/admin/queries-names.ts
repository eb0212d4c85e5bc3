import type { Knex } from 'knex';
import { whereContains } from '../db';
import { type AnyModel, type AnyRow, columnsOf, type Field } from '../model';
import { inIds } from './queries-ids';
import type { AdminSite } from './site';

/** The titles of objects by id; ids that do not exist are missing. */
export async function readTitles(db: Knex, model: AnyModel, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = (await db(model.table)
    .where(inIds(db, 'id', ids))
    .select('id', ...model.titleColumns)) as AnyRow[];
  return new Map(rows.map((row) => [row.id, model.title(row)]));
}

const pointers = (model: AnyModel): [string, Field][] =>
  columnsOf(model).filter(([, field]) => field.to !== undefined && !field.secret);

/** A row's own title; a choice in its words. */
function ownTitle(model: AnyModel, row: AnyRow): string {
  const [column = '', ...more] = model.titleColumns;
  const field = model.fields[column];
  return more.length === 0 && field?.kind === 'choice' ? field.toWords(row[column]) : model.title(row);
}

/** Whether rows have no name but that of what they belong to. */
const isNamedByPointer = (model: AnyModel): boolean => model.fields[model.titleColumns[0] ?? '']?.to !== undefined;

/** The titles of rows for the audit log; a row without a name of its own is called after what it belongs to. */
export async function auditLabels(
  db: Knex,
  site: AdminSite,
  model: AnyModel,
  rows: readonly AnyRow[],
): Promise<Map<number, string>> {
  const [pointer = '', ...others] = model.titleColumns;
  const target = model.fields[pointer]?.to;
  if (target !== undefined && others.length === 0) {
    const owner = (row: AnyRow) => Number(row[pointer]);
    const titles = await readTitles(db, site.model(target), rows.map(owner));
    return new Map(rows.map((row) => [row.id, titles.get(owner(row)) ?? '']));
  }
  return new Map(rows.map((row) => [row.id, model.title(row)]));
}

/**
 * Rows in words that tell them apart: their title and what they point to, as in “Member, alice@example.com, Acme”. What
 * `except` points to is left out, because it is the same for all. The rows need their title columns and foreign keys.
 */
export async function labelsOf(
  db: Knex,
  site: AdminSite,
  model: AnyModel,
  rows: readonly AnyRow[],
  except?: string,
): Promise<Map<number, string>> {
  const words = new Map(rows.map((row) => [row.id, isNamedByPointer(model) ? [] : [ownTitle(model, row)]]));
  for (const [name, field] of pointers(model)) {
    if (name === except && !isNamedByPointer(model)) continue;
    const ids = rows.flatMap((row) => (typeof row[name] === 'number' ? [row[name]] : []));
    const titles = await readTitles(db, site.model(field.to ?? ''), ids);
    for (const row of rows) words.get(row.id)?.push(titles.get(Number(row[name])) ?? '');
  }
  return new Map([...words].map(([id, parts]) => [id, parts.filter((part) => part !== '').join(', ')]));
}

/** The labels of objects by id; ids that do not exist are missing. */
export async function readLabels(
  db: Knex,
  site: AdminSite,
  model: AnyModel,
  ids: readonly number[],
  except?: string,
): Promise<Map<number, string>> {
  const columns = new Set(['id', ...model.titleColumns, ...pointers(model).map(([name]) => name)]);
  const rows = (await db(model.table)
    .where(inIds(db, 'id', ids))
    .orderBy('id')
    .select([...columns])) as AnyRow[];
  return labelsOf(db, site, model, rows, except);
}

/** Objects to choose from, by their titles in order; those that start with the text first. */
export async function findByTitle(
  db: Knex,
  model: AnyModel,
  text: string,
  limit: number,
): Promise<{ id: number; title: string }[]> {
  const query = db(model.table)
    .select('id', ...model.titleColumns)
    .orderBy(model.titleColumns[0] ?? 'id')
    .limit(limit);
  whereContains(query, db, model.titleColumns, text);
  return ((await query) as AnyRow[]).map((row) => ({ id: row.id, title: model.title(row) }));
}

/** Objects whose title columns hold exactly this text, without regard to case; for a choice that was typed. */
export async function findExactly(db: Knex, model: AnyModel, text: string): Promise<number[]> {
  const query = db(model.table).select('id').limit(2);
  query.where((any) => {
    for (const column of model.titleColumns) any.orWhere(db.raw('lower(??) = lower(?)', [column, text.trim()]));
  });
  return ((await query) as { id: number }[]).map(({ id }) => id);
}
