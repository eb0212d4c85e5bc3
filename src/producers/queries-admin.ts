import type { Knex } from 'knex';
import { isPostgres, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';

/** A condition for any number of ids in one bound value. */
const among = (db: Knex, column: string, ids: readonly number[]): Knex.Raw =>
  isPostgres(db)
    ? db.raw('?? = any(?::int[])', [column, ids as number[]])
    : db.raw('?? in (select value from json_each(?))', [column, JSON.stringify(ids)]);

/** Gives rows of flags, all off, to those among the producers that have none. One statement, however many. */
export async function addMissingFlagRows(trx: Knex, producerIds: readonly number[], now: Date): Promise<void> {
  const time = toDbTime(now);
  const missing = trx('producers_producer as p')
    .where(among(trx, 'p.id', producerIds))
    .whereNotExists(trx('producers_featureflags as f').where('f.producer_id', trx.ref('p.id')).select('f.id'))
    .select('p.id', trx.raw(isPostgres(trx) ? '?::timestamptz, ?::timestamptz' : '?, ?', [time, time]));
  await trx(trx.raw('?? (??, ??, ??)', ['producers_featureflags', 'producer_id', 'created_at', 'modified_at']))
    .insert(missing)
    .onConflict('producer_id')
    .ignore();
}

/** The row of flags of a producer. */
export async function findFlagRow(
  db: Knex,
  producerId: number,
): Promise<({ id: number } & Record<string, unknown>) | undefined> {
  return db('producers_featureflags').where({ producer_id: producerId }).first();
}

/** The name of a producer; undefined when there is no such. */
export async function findProducerName(db: Knex, id: number): Promise<string | undefined> {
  return ((await db('producers_producer').where({ id }).first('name')) as { name: string } | undefined)?.name;
}

/** Somebody to write to when a feature is switched on. */
export interface Contact {
  id: number;
  name: string;
  contact_email: string;
}

/** Those among the producers whose contact wants to be told. */
export const listContactsToTell = (trx: Knex, producerIds: readonly number[]): Promise<Contact[]> =>
  trx('producers_producer')
    .where({ is_active: true, tell_contact: true })
    .whereNot({ contact_email: '' })
    .where(among(trx, 'id', producerIds))
    .orderBy('id')
    .select('id', 'name', 'contact_email');

/** What is to be added for a producer of an import. */
export interface ImportedProducer {
  readonly name: string;
  readonly slug: string;
  readonly contactEmail: string;
  readonly isActive: boolean;
  readonly tellContact: boolean;
}

/** Those of the slugs that some producer has. */
export const takenSlugs = async (db: Knex, slugs: readonly string[]): Promise<Set<string>> => {
  const list: string[] = await db('producers_producer')
    .whereRaw(
      isPostgres(db) ? 'slug = any(?::text[])' : 'slug in (select value from json_each(?))',
      isPostgres(db) ? [slugs as string[]] : [JSON.stringify(slugs)],
    )
    .pluck('slug');
  return new Set(list);
};

/** Adds producers and returns their ids by slug; a slug that is taken breaks the whole statement. */
export async function insertProducers(
  trx: Knex,
  producers: readonly ImportedProducer[],
  now: Date,
): Promise<Map<string, number>> {
  const time = toDbTime(now);
  const ids = new Map<string, number>();
  for (const some of chunksOf(producers, 500)) {
    const rows = some.map(({ name, slug, contactEmail, isActive, tellContact }) => ({
      name,
      slug,
      contact_email: contactEmail,
      is_active: isActive,
      tell_contact: tellContact,
      created_at: time,
      modified_at: time,
    }));
    const added = (await trx('producers_producer').insert(rows).returning(['id', 'slug'])) as {
      id: number;
      slug: string;
    }[];
    for (const { id, slug } of added) ids.set(slug, id);
  }
  return ids;
}
