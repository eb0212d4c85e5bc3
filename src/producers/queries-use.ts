import type { Knex } from 'knex';
import { isPostgres } from '../db';
import { producerFeatures } from './features';

/** How often a producer opened a feature on a day, as 2026-11-21. */
export interface Use {
  readonly producerId: number;
  readonly feature: string;
  readonly day: string;
  readonly opened: number;
}

const ADD_ON_SQLITE = `insert into producers_featureuse (producer_id, feature, day, opened)
  select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]')
  from json_each(?)
  where json_extract(value, '$[0]') in (select id from producers_producer)
  on conflict (producer_id, feature, day) do update set opened = opened + excluded.opened`;

const ADD_ON_POSTGRES = `insert into producers_featureuse (producer_id, feature, day, opened)
  select u.producer_id, u.feature, u.day, u.opened
  from unnest(?::int[], ?::text[], ?::text[], ?::int[]) as u(producer_id, feature, day, opened)
  where u.producer_id in (select id from producers_producer)
  order by 1, 2, 3
  on conflict (producer_id, feature, day) do update set opened = producers_featureuse.opened + excluded.opened`;

/** Adds to what is counted already, in one statement; what was counted for a producer that is gone is dropped. */
export async function addUses(db: Knex, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return;
  const column = <K extends keyof Use>(key: K) => uses.map((use) => use[key]);
  if (isPostgres(db)) {
    const columns = [column('producerId'), column('feature'), column('day'), column('opened')];
    await db.raw(ADD_ON_POSTGRES, columns as unknown as Knex.RawBinding[]);
    return;
  }
  const rows = uses.map(({ producerId, feature, day, opened }) => [producerId, feature, day, opened]);
  await db.raw(ADD_ON_SQLITE, [JSON.stringify(rows)]);
}

/** Which days are looked at, and of which producer. */
export interface UseFilter {
  readonly from: string;
  readonly to: string;
  readonly producerId?: number | undefined;
}

function scoped(db: Knex, { from, to, producerId }: UseFilter): Knex.QueryBuilder {
  const query = db('producers_featureuse as u').whereBetween('u.day', [from, to]);
  return producerId === undefined ? query : query.where('u.producer_id', producerId);
}

/** How often each feature was opened on each day; days and features without any are missing. */
export async function usesByDay(
  db: Knex,
  filter: UseFilter,
): Promise<{ day: string; feature: string; opened: number }[]> {
  const rows = (await scoped(db, filter)
    .groupBy('u.day', 'u.feature')
    .select('u.day', 'u.feature')
    .sum('u.opened as opened')) as {
    day: string;
    feature: string;
    opened: number | string;
  }[];
  return rows.map(({ day, feature, opened }) => ({ day, feature, opened: Number(opened) }));
}

/** The producers that opened the most, with how often each opened what. */
export async function usesByProducer(
  db: Knex,
  filter: UseFilter,
  limit: number,
): Promise<{ producers: { id: number; name: string; opened: Map<string, number>; total: number }[]; more: number }> {
  const top = (await scoped(db, filter)
    .join('producers_producer as p', 'p.id', 'u.producer_id')
    .groupBy('p.id', 'p.name')
    .select('p.id', 'p.name')
    .sum('u.opened as total')
    .orderBy([{ column: 'total', order: 'desc' }, { column: 'p.id' }])
    .limit(limit)) as { id: number; name: string; total: number | string }[];
  const ids = top.map(({ id }) => id);
  const [count] = (await scoped(db, filter).countDistinct('u.producer_id as n')) as { n: number | string }[];
  const parts = (await scoped(db, filter)
    .whereIn('u.producer_id', ids)
    .groupBy('u.producer_id', 'u.feature')
    .select('u.producer_id', 'u.feature')
    .sum('u.opened as opened')) as { producer_id: number; feature: string; opened: number | string }[];
  const producers = top.map(({ id, name, total }) => {
    const own = parts.filter(({ producer_id }) => producer_id === id);
    const opened = new Map(own.map((part) => [part.feature, Number(part.opened)]));
    return { id, name, opened, total: Number(total) };
  });
  return { producers, more: Number(count?.n ?? 0) - producers.length };
}

/** Every count, for an export. */
export const listUses = (
  db: Knex,
  filter: UseFilter,
  limit: number,
): Promise<{ day: string; slug: string; name: string; feature: string; opened: number }[]> =>
  scoped(db, filter)
    .join('producers_producer as p', 'p.id', 'u.producer_id')
    .orderBy(['u.day', 'p.slug', 'u.feature'])
    .limit(limit)
    .select('u.day', 'p.slug', 'p.name', 'u.feature', 'u.opened');

/** How many producers have a feature, of how many. */
export interface FeatureCount {
  readonly column: string;
  readonly on: number;
  readonly total: number;
}

/** How many active producers have each feature, in one statement. */
export async function countFeatures(db: Knex): Promise<FeatureCount[]> {
  const columns = producerFeatures.map(([, { column }]) => column);
  const row = (await db('producers_producer as p')
    .leftJoin('producers_featureflags as f', 'f.producer_id', 'p.id')
    .where('p.is_active', true)
    .count({ total: '*' })
    .select(columns.map((column) => db.raw('count(case when ?? then 1 end) as ??', [`f.${column}`, column])))
    .first()) as Record<string, number | string> | undefined;
  return columns.map((column) => ({ column, on: Number(row?.[column] ?? 0), total: Number(row?.total ?? 0) }));
}

/** A producer by its slug. */
export const findProducerBySlug = (
  db: Knex,
  slug: string,
): Promise<{ id: number; name: string; slug: string } | undefined> =>
  db('producers_producer').where({ slug }).first('id', 'name', 'slug');
