import type { Knex } from 'knex';
import { type Database, isPostgres, likeFolded, spellingsOf } from '../db';
import type { ModelAdmin } from './declare';
import type { Filter } from './filters';
import { dateRange, type ListState } from './list-state';
import { likePattern, type SearchTarget, searchTarget, searchWords } from './search';
import type { AdminSite } from './site';
import { and, or, type Sql, sql, toRaw } from './sql';

/** A list with what its address asks for: what panels above a list are given. */
export interface ListScope {
  db: Database;
  site: AdminSite;
  admin: ModelAdmin;
  filters: readonly Filter[];
  state: ListState;
  now: Date;
}

/** The first part of a dotted name: of `user.email` the key, of `t.id` the table. */
export const firstPart = (name: string): string => name.split('.', 1)[0] ?? '';

/** The foreign keys that a list reads through: shown, searched or sorted by. */
export function joinedKeys(admin: ModelAdmin): string[] {
  const shown = admin.listDisplay.filter((entry) => typeof entry === 'string');
  const searched = admin.searchFields.map((name) => name.replace(/^[\^=]/, '')).filter((name) => name.includes('.'));
  const names = new Set([...shown, ...searched.map(firstPart)]);
  return [...names].filter((name) => admin.model.fields[name]?.kind === 'foreignKey');
}

/** The foreign keys that a search reads through. */
export function searchedKeys(admin: ModelAdmin): string[] {
  return joinedKeys(admin).filter((key) =>
    admin.searchFields.some((name) => firstPart(name.replace(/^[\^=]/, '')) === key),
  );
}

/**
 * Joins the rows behind these foreign keys, each under its key's name, and of the tables that belong to the list all, or
 * those that are named.
 */
export function joinKeys(
  query: Knex.QueryBuilder,
  { site, admin }: ListScope,
  keys: readonly string[],
  tables?: ReadonlySet<string>,
): Knex.QueryBuilder {
  for (const key of keys) {
    const target = site.model(admin.model.fields[key]?.to ?? '');
    query.leftJoin(`${target.table} as ${key}`, `${key}.id`, `t.${key}`);
  }
  for (const { as, table, key } of admin.listJoins) {
    if (tables === undefined || tables.has(as)) query.leftJoin(`${table} as ${as}`, `${as}.${key}`, 't.id');
  }
  return query;
}

/** One word against one column, without regard to case. */
const wordMatches = (db: Database, column: string, word: string, match: SearchTarget['match']): Sql =>
  or(spellingsOf(word).map((spelling) => sql(likeFolded(db), column, likePattern(spelling, match))));

/** One word against the column in which PostgreSQL keeps all searched texts, folded; see `ModelAdmin.searchText`. */
const textMatches = (column: string, word: string): Sql =>
  or(spellingsOf(word).map((spelling) => sql("?? like ? escape '\\'", column, likePattern(spelling, 'contains'))));

/** Every word must match some field. */
export function searchCondition({ db, admin, state }: ListScope): Sql | undefined {
  const words = searchWords(state.q);
  if (words.length === 0 || admin.searchFields.length === 0) return undefined;
  const targets = admin.searchFields.map(searchTarget);
  const text = isPostgres(db) ? admin.searchText : undefined;
  return and(
    words.map((word) =>
      // The texts stand in lines there, and a word that has lines itself would match across two of them.
      text !== undefined && !word.includes('\n')
        ? textMatches(`t.${text}`, word)
        : or(targets.map(({ column, match }) => wordMatches(db, column, word, match))),
    ),
  );
}

/** Whether a list is searched. */
export const isSearched = (scope: ListScope): boolean => searchCondition(scope) !== undefined;

function dateCondition({ admin, state }: ListScope): Sql | undefined {
  if (state.date === undefined || admin.dateHierarchy === undefined) return undefined;
  const [from, to] = dateRange(state.date);
  const name = `t.${admin.dateHierarchy}`;
  return sql('?? >= ? and ?? < ?', name, from.toISOString(), name, to.toISOString());
}

/** What search and date keep, and what each filter keeps. */
export function conditions(scope: ListScope): { base: Sql[]; chosen: Map<string, Sql> } {
  const base = [searchCondition(scope), dateCondition(scope)].filter((part) => part !== undefined);
  return { base, chosen: new Map([...scope.state.chosen].map(([key, choice]) => [key, choice.where])) };
}

/** The rows of the list's table, as `t`. */
export const rowsOf = ({ db, admin }: ListScope): Knex.QueryBuilder => db(`${admin.model.table} as t`);

/** The rows that search, filters and date keep, as `t`; see `joinKeys`. */
export function filtered(scope: ListScope, keys: readonly string[], tables?: ReadonlySet<string>): Knex.QueryBuilder {
  const { base, chosen } = conditions(scope);
  const query = joinKeys(rowsOf(scope), scope, keys, tables);
  const all = [...chosen.values(), ...base]; // SQLite tries them in this order, and a search takes longest
  return all.length === 0 ? query : query.where(toRaw(scope.db, and(all)));
}

/** The rows that a list's search, filters and date keep, as table `t`, for a panel that counts them in its own way. */
export const matchingRows = (scope: ListScope): Knex.QueryBuilder => filtered(scope, searchedKeys(scope.admin));
