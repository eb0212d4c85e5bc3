import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
import { type Database, isPostgres } from '../db';
import { chunksOf } from '../lib/chunks';
import { type AnyModel, type AnyRow, columnsOf } from '../model';
import { listColumns } from './list-state';
import { countChoices, type ListCounts, readRelated } from './queries-counts';
import {
  conditions,
  filtered,
  firstPart,
  isSearched,
  joinedKeys,
  joinKeys,
  type ListScope,
  rowsOf,
  searchCondition,
  searchedKeys,
} from './queries-matching';
import { and, asColumn, type Sql, sql, toRaw } from './sql';

/** Most rows that one action or export takes. */
export const MAX_MATCHING = 200_000;

/** A search first looks through so many times the rows that its page needs, and through no more than the second number. */
const LOOKED_THROUGH = 20;
const MAX_LOOKED_THROUGH = 20_000;

/** One page of a list with what stands beside it. */
export interface ListPage extends ListCounts {
  rows: AnyRow[];
}

const NULLS_LAST = { asc: '?? asc nulls last', desc: '?? desc nulls last' } as const;

interface SortTerm {
  column: string;
  direction: 'asc' | 'desc';
  nullable: boolean;
}

/** What a list is sorted by; the id comes last, so that no two rows are equal. */
function sortTerms({ site, admin, state }: ListScope): SortTerm[] {
  const columns = listColumns(admin);
  const wanted =
    state.order.length > 0
      ? state.order.map(({ position, direction }) => ({ column: columns[position - 1], direction }))
      : admin.ordering.map((entry) => {
          const name = entry.replace(/^-/, '');
          const column = { key: name, sort: `t.${name}`, nullable: false };
          return { column, direction: entry.startsWith('-') ? ('desc' as const) : ('asc' as const) };
        });
  const joined = joinedKeys(admin);
  const terms = wanted.flatMap(({ column, direction }) => {
    if (column?.sort === undefined) return [];
    const titles = joined.includes(column.key)
      ? site.model(admin.model.fields[column.key]?.to ?? '').titleColumns.map((title) => `${column.key}.${title}`)
      : [column.sort];
    return titles.map((title) => ({ column: title, direction, nullable: column.nullable }));
  });
  if (terms.some(({ column }) => column === 't.id')) return terms;
  return [...terms, { column: 't.id', direction: wanted.at(-1)?.direction ?? 'desc', nullable: false }];
}

function orderRows(query: Knex.QueryBuilder, terms: readonly SortTerm[]): Knex.QueryBuilder {
  for (const { column, direction, nullable } of terms) {
    // Knex's own "nulls last" leaves the column itself out on SQLite.
    if (nullable) query.orderByRaw(NULLS_LAST[direction], [column]);
    else query.orderBy(column, direction);
  }
  return query;
}

const visibleColumns = (model: AnyModel): string[] =>
  columnsOf(model)
    .filter(([, field]) => !field.secret)
    .map(([name]) => name);

/** A database row as its model's values; the columns of joined rows stay as `<key>__<column>`. */
export function fromRow(model: AnyModel, raw: Record<string, unknown>): AnyRow {
  const row: Record<string, unknown> = { ...raw };
  for (const [name, field] of columnsOf(model)) {
    if (name in raw) row[name] = field.fromDb(raw[name]);
  }
  return row as AnyRow;
}

/** Takes from `query`, which has the list's rows as `t` and all that they link to, what the list shows. */
function selectShown(query: Knex.QueryBuilder, { db, site, admin }: ListScope): Knex.QueryBuilder {
  query.select('t.id', ...visibleColumns(admin.model).map((name) => `t.${name}`));
  for (const key of joinedKeys(admin)) {
    for (const title of site.model(admin.model.fields[key]?.to ?? '').titleColumns) {
      query.select(`${key}.${title} as ${key}__${title}`);
    }
  }
  for (const { as, columns } of admin.listJoins)
    query.select(columns.map((column) => `${as}.${column} as ${as}__${column}`));
  for (const [name, fact] of Object.entries(admin.listFacts)) query.select(toRaw(db, asColumn(fact, name)));
  for (const name of admin.countLinks) {
    const through = admin.model.fields[name]?.through;
    if (through === undefined) continue;
    const counted = db(through.table).count('*').where(`${through.table}.${through.from}`, db.ref('t.id'));
    query.select(counted.as(`${name}_count`));
  }
  return query;
}

const selectRows = (scope: ListScope): Knex.QueryBuilder =>
  orderRows(selectShown(filtered(scope, joinedKeys(scope.admin)), scope), sortTerms(scope));

/** The rows that a list keeps, for a query that needs the first of very many only. */
function filteredForFew(scope: ListScope, keys: readonly string[]): Knex.QueryBuilder {
  const { db, state } = scope;
  // Either database would begin with the rows that a condition keeps and sort them all. What stands in here it knows
  // nothing about, and so goes through the list in its order, which an index has as a rule, until there are enough.
  const unknown = ({ text, bindings }: Sql): Sql => ({ text: `coalesce((${text}), false)`, bindings });
  if (isPostgres(db)) {
    const search = searchCondition(scope); // of its columns, and so of filters, it knows how much they keep
    if (search === undefined) return filtered(scope, keys);
    return filtered({ ...scope, state: { ...state, q: '' } }, keys).where(toRaw(db, unknown(search)));
  }
  const { base, chosen } = conditions(scope);
  if (state.order.length > 0 || base.length + chosen.size === 0) return filtered(scope, keys);
  return joinKeys(rowsOf(scope), scope, keys).where(toRaw(db, unknown(and([...chosen.values(), ...base]))));
}

/** Where matching rows are looked for: among known ids, or among the first rows of the list as it is without a search. */
type Among = { readonly ids: number[] } | { readonly first: number } | undefined;

const isAmong = (db: Database, ids: number[]): Sql =>
  isPostgres(db) ? sql('t.id = any(?)', ids) : sql('t.id in (select value from json_each(?))', JSON.stringify(ids));

function selectFound(scope: ListScope, keys: string[], terms: readonly SortTerm[], among: Among): Knex.QueryBuilder {
  const { db, state } = scope;
  if (among === undefined) return filteredForFew(scope, keys);
  if ('ids' in among) {
    // What else belongs to the list was looked at when these were found; only sorting by it needs it again.
    const sorting = new Set(terms.map(({ column }) => firstPart(column)));
    return joinKeys(rowsOf(scope), scope, keys, sorting).where(toRaw(db, isAmong(db, among.ids)));
  }
  const unsearched = filtered({ ...scope, state: { ...state, q: '' } }, keys)
    .select('t.*')
    .limit(among.first);
  const first = joinKeys(db.from(orderRows(unsearched, terms).as('t')), scope, keys);
  return first.where(toRaw(db, searchCondition(scope) ?? and([])));
}

/**
 * The rows at a place of the list. Which ones is settled first, by ids and what they are sorted by; only for those is
 * everything else read and counted. In one step the database carries every column of every matching row through its sort.
 */
function selectPage(scope: ListScope, limit: number, offset: number, among?: Among): Knex.QueryBuilder {
  const { db, admin } = scope;
  const terms = sortTerms(scope);
  const needed = new Set([...searchedKeys(admin), ...terms.map(({ column }) => firstPart(column))]);
  const keys = joinedKeys(admin);
  const neededKeys = keys.filter((key) => needed.has(key));
  const found = selectFound(scope, neededKeys, terms, among).select('t.id').limit(limit).offset(offset);
  const ordered = orderRows(found, terms).as('found');
  // A left join, though every row is there: SQLite then starts from what was found rather than from the whole table.
  const page = db.from(ordered).leftJoin(`${admin.model.table} as t`, 't.id', 'found.id');
  return orderRows(selectShown(joinKeys(page, scope, keys), scope), terms);
}

function finishRow({ site, admin }: ListScope, raw: Record<string, unknown>): AnyRow {
  const row = fromRow(admin.model, raw);
  for (const key of joinedKeys(admin)) {
    const target = site.model(admin.model.fields[key]?.to ?? '');
    const own = Object.fromEntries(target.titleColumns.map((title) => [title, raw[`${key}__${title}`]]));
    row[`${key}__title`] = row[key] === null ? '' : target.title({ id: Number(row[key]), ...own });
  }
  for (const name of Object.keys(admin.listFacts)) row[name] = Boolean(raw[name]);
  for (const name of admin.countLinks) row[`${name}_count`] = Number(row[`${name}_count`] ?? 0);
  return row;
}

async function addTitles({ db, site, admin }: ListScope, rows: AnyRow[]): Promise<void> {
  for (const name of admin.prefetch) {
    const field = admin.model.fields[name];
    if (field?.through === undefined || field.to === undefined) continue;
    const { table, from, to } = field.through;
    const target = site.model(field.to);
    const linked = (await db(`${table} as l`)
      .join(`${target.table} as o`, 'o.id', `l.${to}`)
      .whereIn(
        `l.${from}`,
        rows.map((row) => row.id),
      )
      .select(`l.${from} as __from`, 'o.id', ...target.titleColumns.map((title) => `o.${title}`))
      .orderBy('o.id')) as (AnyRow & { __from: number })[];
    const byRow = groupBy(linked);
    for (const row of rows) row[`${name}_titles`] = (byRow.get(row.id) ?? []).map((link) => target.title(link));
  }
}

function groupBy<T extends { __from: number }>(items: T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) groups.set(item.__from, [...(groups.get(item.__from) ?? []), item]);
  return groups;
}

type Found = Record<string, unknown>[];

/** Searches that found more than is told by ids when they were last made: whoever turns pages or filters makes them again. */
const findingMuch = new LRUCache<string, true>({ max: 1_000 });
const searchOf = ({ admin, state }: ListScope): string => `${admin.model.label} ${state.q}`;

/** Remembers what a search found, for the next time. */
function noteFound(scope: ListScope, isMuch: boolean): void {
  if (!isSearched(scope)) return;
  if (isMuch) findingMuch.set(searchOf(scope), true);
  else findingMuch.delete(searchOf(scope));
}

/**
 * PostgreSQL: the rows of a page, asked for while they are still being counted. A search that finds little would go through
 * the whole list for them, so in the list's own order, which an index has as a rule, only one that found much before is read
 * ahead. In an order that somebody chose, a search would sort all that it finds; there it looks through the beginning of the
 * list, which may leave the page incomplete.
 */
async function readAhead(scope: ListScope): Promise<Found | undefined> {
  const { admin, db, state } = scope;
  if (!isPostgres(db) || state.all) return undefined;
  const perPage = admin.listPerPage;
  const first = LOOKED_THROUGH * state.page * perPage;
  const searched = isSearched(scope);
  const isBounded = searched && state.order.length > 0;
  if (isBounded ? first > MAX_LOOKED_THROUGH : searched && !findingMuch.has(searchOf(scope))) return undefined;
  const among = isBounded ? { first } : undefined;
  return (await selectPage(scope, perPage, (state.page - 1) * perPage, among)) as Found;
}

/**
 * One page of a list with the counts beside its filters: a constant number of statements, however many rows. PostgreSQL
 * counts and reads at the same time. There a search that finds little is counted along with the ids of what it finds, one that
 * finds much has filled the page meanwhile. What neither settles is asked for as on SQLite, which does one thing after the
 * other and knows by then which rows they are, or that there are many.
 */
export async function readListPage(scope: ListScope): Promise<ListPage> {
  const { admin, state } = scope;
  const [{ total, counts, ids }, ahead, related] = await Promise.all([
    countChoices(scope),
    readAhead(scope),
    readRelated(scope),
  ]);
  noteFound(scope, ids === null);
  const all = state.all && total <= admin.listMaxShowAll;
  const limit = all ? admin.listMaxShowAll : admin.listPerPage;
  const page = all ? 1 : Math.min(state.page, pageCount(total, limit));
  const offset = (page - 1) * limit;
  const complete = ahead !== undefined && page === state.page && ahead.length === Math.min(limit, total - offset);
  const find = async (): Promise<Found> =>
    total === 0 ? [] : ((await selectPage(scope, limit, offset, ids === null ? undefined : { ids })) as Found);
  const rows = (complete ? ahead : await find()).map((raw) => finishRow(scope, raw));
  if (rows.length > 0) await addTitles(scope, rows);
  return { rows, total, counts, related };
}

/** One row as the list shows it, whatever its filters say; undefined when it is gone. */
export async function readListRow(scope: ListScope, id: number): Promise<AnyRow | undefined> {
  const everything = { ...scope, state: { ...scope.state, q: '', chosen: new Map(), date: undefined, order: [] } };
  const [raw] = (await selectRows(everything).where('t.id', id).limit(1)) as Record<string, unknown>[];
  if (raw === undefined) return undefined;
  const row = finishRow(everything, raw);
  await addTitles(everything, [row]);
  return row;
}

/** How many pages a list has; an empty one has one. */
export const pageCount = (total: number, perPage: number): number => Math.max(1, Math.ceil(total / perPage));

/** The ids of everything that a list's address matches, for "Select all". */
export async function readMatchingIds(scope: ListScope, limit = MAX_MATCHING): Promise<number[]> {
  const query = filtered(scope, searchedKeys(scope.admin)).orderBy('t.id').limit(limit);
  return ((await query.select('t.id')) as { id: number }[]).map(({ id }) => id);
}

/** Everything that a list's address matches, in its order, for an export; at most `limit` rows. */
export async function readMatchingRows(scope: ListScope, limit: number): Promise<AnyRow[]> {
  const rows = ((await selectRows(scope).limit(limit)) as Record<string, unknown>[]).map((raw) =>
    finishRow(scope, raw),
  );
  for (const some of chunksOf(rows, 500)) await addTitles(scope, some);
  return rows;
}

/** Months (as 202611), months of the chosen year or days of the chosen month that have rows, within what the list shows. */
export async function readDates(scope: ListScope): Promise<number[]> {
  const { db, admin, state } = scope;
  if (admin.dateHierarchy === undefined) return [];
  const [start, length] = state.date === undefined ? [1, 7] : state.date.month === undefined ? [6, 2] : [9, 2];
  const text = isPostgres(db) ? "substr(to_char(?? at time zone 'UTC', 'YYYY-MM-DD'), ?, ?)" : 'substr(??, ?, ?)';
  const part = db.raw(text, [`t.${admin.dateHierarchy}`, start, length]);
  const rows = (await filtered(scope, searchedKeys(admin))
    .whereNotNull(`t.${admin.dateHierarchy}`)
    .distinct(part.wrap('', ' as part'))
    .limit(400)) as { part: string }[];
  return rows.map((row) => Number(row.part.replace('-', ''))).sort((a, b) => a - b);
}
