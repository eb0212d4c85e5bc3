import type { Knex } from 'knex';
import { isPostgres } from '../db';
import type { AnyRow } from '../model';
import type { Filter, FilterChoice } from './filters';
import { conditions, filtered, isSearched, joinKeys, type ListScope, rowsOf, searchedKeys } from './queries-matching';
import { and, countWhen, idsWhen, type Sql, sql, toRaw } from './sql';

/** Most ids of matching rows that come along with their counts. PostgreSQL is not asked for more than it soon finds again. */
const MAX_KNOWN = { sqlite: 10_000, postgres: 2_000 };

/** Most related rows that a filter offers. */
const MAX_RELATED = 30;

/** What stands beside the rows of a list. */
export interface ListCounts {
  total: number;
  /** Rows that each choice would keep, by `<param>=<value>`; the other filters apply. */
  counts: Map<string, number>;
  /** The lines of filters over related rows, by the filter's key. */
  related: Map<string, { id: number; text: string; count: number }[]>;
}

/** Total and counts of the choices, and which rows were found, where they are few and the database says so. */
export interface Counted {
  total: number;
  counts: Map<string, number>;
  ids: number[] | null;
}

/** Something to count, by its name; without a condition all rows. */
interface Wanted {
  readonly name: string;
  readonly where: Sql | undefined;
}

/** Counts that are made in one pass over the same rows. */
interface Pass {
  readonly rows: Knex.QueryBuilder;
  readonly wanted: readonly Wanted[];
  /** Of which of the rows the ids are wanted as well; null when of none. */
  readonly ids?: Sql | null;
}

const TOTAL = 'total';
/** What the choices of a filter share out: the rows that the other filters keep. */
const wholeOf = ({ key }: Filter): string => `whole ${key}`;
const nameOf = ({ param, value }: FilterChoice): string => `${param}=${value}`;

/** The choices that have to be counted: one that is chosen has what the list shows, one of an exhaustive filter what the others leave. */
function countedChoices(filter: Filter, { now, state }: ListScope): readonly FilterChoice[] {
  const chosen = state.chosen.get(filter.key);
  const choices = filter.choices(now).filter((choice) => chosen === undefined || nameOf(choice) !== nameOf(chosen));
  return filter.exhaustive ? choices.slice(0, -1) : choices;
}

const wantedOf = (filter: Filter, scope: ListScope): Wanted[] =>
  countedChoices(filter, scope).map((choice) => ({ name: nameOf(choice), where: choice.counted ?? choice.where }));

/** Everything in one pass: where it is a search that takes the time, or several filters narrow each other. */
function together(scope: ListScope): Pass[] {
  const { db, filters } = scope;
  const { base, chosen } = conditions(scope);
  const others = (key: string): Sql[] => [...chosen].filter(([other]) => other !== key).map(([, where]) => where);
  const rows = joinKeys(rowsOf(scope), scope, searchedKeys(scope.admin), new Set(filters.map(({ of }) => of)));
  if (base.length > 0) rows.where(toRaw(db, and(base)));
  const shown = chosen.size === 0 ? undefined : and([...chosen.values()]);
  const wanted = filters.flatMap((filter): Wanted[] => {
    const within = others(filter.key);
    const choices = wantedOf(filter, scope).map(({ name, where }) => ({
      name,
      where: and([...within, ...(where === undefined ? [] : [where])]),
    }));
    if (!filter.exhaustive || !chosen.has(filter.key)) return choices;
    return [...choices, { name: wholeOf(filter), where: within.length === 0 ? undefined : and(within) }];
  });
  return [{ rows, wanted: [{ name: TOTAL, where: shown }, ...wanted], ids: shown ?? and([]) }];
}

/** Counts over the whole table, each where its conditions look, so that nothing is joined. */
function unfiltered(scope: ListScope, filters: readonly Filter[], whole: string): Pass[] {
  const { admin, db } = scope;
  const wantedIn = (as: string): Wanted[] =>
    filters.filter(({ of }) => of === as).flatMap((filter) => wantedOf(filter, scope));
  const own = { rows: rowsOf(scope), wanted: [{ name: whole, where: undefined }, ...wantedIn('t')] };
  const joins = admin.listJoins.map(({ as, table }) => ({ rows: db(`${table} as ${as}`), wanted: wantedIn(as) }));
  return [own, ...joins.filter(({ wanted }) => wanted.length > 0)];
}

/**
 * One filter or none: the choices of the one are counted over everything, all else over what it keeps. A pass over 100,000
 * rows that are joined to as many takes either database several times as long as one over each.
 */
function apart(scope: ListScope): Pass[] {
  const { filters, state } = scope;
  const fixed = filters.filter(({ related }) => related === undefined);
  const [key] = state.chosen.keys();
  if (key === undefined) return unfiltered(scope, fixed, TOTAL);
  const kept: Pass = {
    rows: filtered(scope, [], new Set(filters.map(({ of }) => of))),
    wanted: [
      { name: TOTAL, where: undefined },
      ...fixed.filter((filter) => filter.key !== key).flatMap((filter) => wantedOf(filter, scope)),
    ],
    ids: and([]),
  };
  const chosen = fixed.filter((filter) => filter.key === key);
  return [kept, ...chosen.flatMap((filter) => unfiltered(scope, [filter], wholeOf(filter)))];
}

/** One statement with what all passes count, as the columns `n0`, `n1` … in the order of what they want, and `ids`. */
function statementOf(scope: ListScope, passes: readonly Pass[]): Knex.QueryBuilder {
  const { db } = scope;
  // PostgreSQL reads rows that are merely filtered while it counts, so only a search has to say which they were.
  const idsCount = isSearched(scope) || (!isPostgres(db) && conditionsApply(scope));
  let column = 0;
  const parts = passes.map(({ rows, wanted, ids }) => {
    for (const { where } of wanted) {
      const alias = `n${column++}`;
      rows.select(toRaw(db, where === undefined ? sql('count(*) as ??', alias) : countWhen(where, alias)));
    }
    if (ids && idsCount)
      rows.select(toRaw(db, idsWhen(ids, MAX_KNOWN[isPostgres(db) ? 'postgres' : 'sqlite'], 'ids', isPostgres(db))));
    return rows;
  });
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('there is nothing to count');
  if (rest.length === 0) return first;
  return rest.reduce(
    (query, part, index) => query.crossJoin(part.as(`p${index + 1}`) as never),
    db.from(first.as('p0')).select('*'),
  );
}

const conditionsApply = (scope: ListScope): boolean => {
  const { base, chosen } = conditions(scope);
  return base.length + chosen.size > 0;
};

/** What the database says of rows that were found: an array, or on SQLite its JSON. */
const toIds = (value: unknown): number[] | null =>
  typeof value === 'string' ? (JSON.parse(value) as number[]) : Array.isArray(value) ? (value as number[]) : null;

/** Total and every choice's count in one statement. */
export async function countChoices(scope: ListScope): Promise<Counted> {
  const { filters, now, state } = scope;
  const { base } = conditions(scope);
  const passes = base.length > 0 || state.chosen.size > 1 ? together(scope) : apart(scope);
  const [row] = (await statementOf(scope, passes)) as Record<string, unknown>[];
  const names = passes.flatMap(({ wanted }) => wanted.map(({ name }) => name));
  const counts = new Map(names.map((name, index) => [name, Number(row?.[`n${index}`] ?? 0)]));
  const total = counts.get(TOTAL) ?? 0;
  for (const filter of filters) {
    const chosen = state.chosen.get(filter.key);
    const choices = filter.choices(now);
    for (const choice of choices) if (chosen && nameOf(choice) === nameOf(chosen)) counts.set(nameOf(choice), total);
    const left = filter.exhaustive ? choices.find((choice) => !counts.has(nameOf(choice))) : undefined;
    const known = choices.reduce((sum, choice) => sum + (counts.get(nameOf(choice)) ?? 0), 0);
    if (left !== undefined) counts.set(nameOf(left), (counts.get(wholeOf(filter)) ?? total) - known);
  }
  return { total, counts, ids: toIds(row?.ids) };
}

async function countRelated(scope: ListScope, filter: Filter): Promise<{ id: number; text: string; count: number }[]> {
  const { db, site, admin } = scope;
  if (filter.related === undefined) return [];
  const { field, model } = filter.related;
  const target = site.model(model);
  const { base, chosen } = conditions(scope);
  const parts = [...base, ...[...chosen].filter(([key]) => key !== filter.key).map(([, where]) => where)];
  const keys = searchedKeys(admin);
  const query = joinKeys(rowsOf(scope), scope, keys).join(`${target.table} as related`, 'related.id', `t.${field}`);
  if (parts.length > 0) query.where(toRaw(db, and(parts)));
  const titles = target.titleColumns.map((title) => `related.${title}`);
  const rows = (await query
    .groupBy('related.id', ...titles)
    .select('related.id', ...titles)
    .count('* as n')
    .orderBy([{ column: 'n', order: 'desc' }, { column: 'related.id' }])
    .limit(MAX_RELATED)) as (AnyRow & { n: number })[];
  return rows.map((row) => ({ id: row.id, text: target.title(row), count: Number(row.n) }));
}

/** The lines of filters over related rows: one statement for each such filter. */
export async function readRelated(scope: ListScope): Promise<ListCounts['related']> {
  const related: ListCounts['related'] = new Map();
  for (const filter of scope.filters) {
    if (filter.related !== undefined) related.set(filter.key, await countRelated(scope, filter));
  }
  return related;
}

/** What stands beside the rows of a list: how many match, and the counts of its filters. */
export async function readListCounts(scope: ListScope): Promise<ListCounts> {
  const [{ total, counts }, related] = await Promise.all([countChoices(scope), readRelated(scope)]);
  return { total, counts, related };
}
