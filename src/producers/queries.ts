import type { Knex } from 'knex';
import { toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';
import { type FeatureFlagColumn, producerFeatures } from './features';

/** What somebody may do for a producer. */
export type ProducerRole = 'owner' | 'manager' | 'viewer';

/** A producer with the place that somebody has in it, as the database has it; the columns of the flags are null without their row. */
export interface MemberRow extends Partial<Record<FeatureFlagColumn, unknown>> {
  id: number;
  name: string;
  slug: string;
  contact_email: string;
  role: ProducerRole;
  can_publish_shows: unknown;
}

const ofUser = (db: Knex, userId: number) =>
  db('producers_userproducer as m')
    .join('producers_producer as p', 'p.id', 'm.producer_id')
    .where({ 'm.user_id': userId, 'p.is_active': true })
    .orderBy('m.id')
    .select('p.id', 'p.name', 'p.slug', 'p.contact_email', 'm.role', 'm.can_publish_shows');

/** The active producers that somebody belongs to, the first one they joined first, each with its flags. One statement. */
export const listMemberRows = (db: Knex, userId: number): Promise<MemberRow[]> =>
  ofUser(db, userId)
    .leftJoin('producers_featureflags as f', 'f.producer_id', 'p.id')
    .select(producerFeatures.map(([, { column }]) => `f.${column}`)) as Promise<MemberRow[]>;

/** The same without the flags, for when their table cannot be read. */
export const listMemberRowsWithoutFlags = (db: Knex, userId: number): Promise<MemberRow[]> =>
  ofUser(db, userId) as Promise<MemberRow[]>;

/** Most values that one statement names; both databases take more. */
const MOST_IN_ONE = 5_000;

/** The rows of flags of these producers, by producer; those without a row are missing. */
export async function readFlagRows(
  db: Knex,
  producerIds: readonly number[],
): Promise<Map<number, Partial<Record<FeatureFlagColumn, unknown>>>> {
  const found = new Map<number, Partial<Record<FeatureFlagColumn, unknown>>>();
  for (const some of chunksOf(producerIds, MOST_IN_ONE)) {
    const rows = (await db('producers_featureflags')
      .whereIn('producer_id', some)
      .select('producer_id', ...producerFeatures.map(([, { column }]) => column))) as ({
      producer_id: number;
    } & Partial<Record<FeatureFlagColumn, unknown>>)[];
    for (const row of rows) found.set(row.producer_id, row);
  }
  return found;
}

/** The places that these people have in active producers, each as `<person>:<producer>`. */
export async function readPlaces(db: Knex, userIds: readonly number[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const some of chunksOf(userIds, MOST_IN_ONE)) {
    const rows = (await db('producers_userproducer as m')
      .join('producers_producer as p', 'p.id', 'm.producer_id')
      .whereIn('m.user_id', some)
      .where('p.is_active', true)
      .select('m.user_id', 'm.producer_id')) as { user_id: number; producer_id: number }[];
    for (const { user_id, producer_id } of rows) found.add(`${user_id}:${producer_id}`);
  }
  return found;
}

/** A producer that is to be added. */
export interface NewProducer {
  readonly name: string;
  readonly slug: string;
  readonly contactEmail?: string;
}

/** Adds a producer; nothing when the slug is taken. */
export async function insertProducer(trx: Knex, producer: NewProducer, now: Date): Promise<number | undefined> {
  const { name, slug, contactEmail = '' } = producer;
  const time = toDbTime(now);
  const rows = (await trx('producers_producer')
    .insert({ name, slug, contact_email: contactEmail, created_at: time, modified_at: time })
    .onConflict('slug')
    .ignore()
    .returning('id')) as { id: number }[];
  return rows[0]?.id;
}

/** Gives producers their rows of flags, all off; a row that is there stays as it is. */
export async function insertFlagRows(trx: Knex, producerIds: readonly number[], now: Date): Promise<void> {
  const time = toDbTime(now);
  const rows = producerIds.map((producer_id) => ({ producer_id, created_at: time, modified_at: time }));
  for (const some of chunksOf(rows, 500))
    await trx('producers_featureflags').insert(some).onConflict('producer_id').ignore();
}
