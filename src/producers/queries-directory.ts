import type { Knex } from 'knex';
import { whereContains } from '../db';

/** A producer as staff see it from outside, as the database has it. */
export interface DirectoryRow {
  id: number;
  name: string;
  slug: string;
  contact_email: string;
  is_active: unknown;
  created_at: unknown;
  modified_at: unknown;
}

const COLUMNS = ['id', 'name', 'slug', 'contact_email', 'is_active', 'created_at', 'modified_at'] as const;
const SEARCHED = ['name', 'slug', 'contact_email'] as const;

/** Producers of which name, slug or contact have every one of the words. */
function matching(db: Knex, words: readonly string[]): Knex.QueryBuilder {
  const query = db('producers_producer');
  for (const word of words) whereContains(query, db, SEARCHED, word);
  return query;
}

/** How many producers have every one of the words. */
export async function countProducers(db: Knex, words: readonly string[]): Promise<number> {
  const row = (await matching(db, words).count({ n: '*' }).first()) as { n: number | string };
  return Number(row.n);
}

/** Some of them, the oldest first. */
export const listProducerRows = (
  db: Knex,
  words: readonly string[],
  range: { offset: number; limit: number },
): Promise<DirectoryRow[]> =>
  matching(db, words)
    .select(...COLUMNS)
    .orderBy('id')
    .offset(range.offset)
    .limit(range.limit) as Promise<DirectoryRow[]>;

/** The producer with this id. */
export const findProducerRow = (db: Knex, id: number): Promise<DirectoryRow | undefined> =>
  db('producers_producer')
    .where({ id })
    .first(...COLUMNS) as Promise<DirectoryRow | undefined>;
