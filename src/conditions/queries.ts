import { z } from 'zod';
import { type Database, fromDbTime, isPostgres, type Transaction, toDbTime, whereContains } from '../db';
import type { FlagInfo } from './types';

const StoredConditionSchema = z.object({
  id: z.number(),
  name: z.string(),
  condition: z.string(),
  value: z.string(),
  required: z.boolean(),
});

/** All that the database says of flags with conditions, as plain JSON. */
export const StoredFlagsSchema = z.object({
  infos: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      archivedAt: z.string().nullable(),
      trackUsage: z.boolean(),
      sampleRate: z.number(),
      createdAt: z.string(),
      modifiedAt: z.string(),
    }),
  ),
  conditions: z.array(StoredConditionSchema),
});

export type StoredFlags = z.infer<typeof StoredFlagsSchema>;

/** A condition of the database. */
export type StoredCondition = Readonly<z.infer<typeof StoredConditionSchema>>;

interface InfoRow {
  name: string;
  description: string;
  archived_at: unknown;
  track_usage: unknown;
  sample_rate: unknown;
  created_at: unknown;
  modified_at: unknown;
}

const toInfo = (row: InfoRow): FlagInfo => ({
  name: row.name,
  description: row.description,
  archivedAt: row.archived_at === null ? null : fromDbTime(row.archived_at).toISOString(),
  trackUsage: Boolean(row.track_usage),
  sampleRate: Number(row.sample_rate),
  createdAt: fromDbTime(row.created_at).toISOString(),
  modifiedAt: fromDbTime(row.modified_at).toISOString(),
});

const CONDITION = ['id', 'name', 'condition', 'value', 'required'] as const;

const toCondition = (row: StoredCondition): StoredCondition => ({
  id: row.id,
  name: row.name,
  condition: row.condition,
  value: row.value,
  required: Boolean(row.required),
});

/** Everything, by name and in the order in which conditions were added: two statements, however many flags. */
export async function readStoredFlags(db: Database): Promise<StoredFlags> {
  const infos = (await db('flags_flaginfo').orderBy('name').select('*')) as InfoRow[];
  const conditions = (await db('flags_flagstate').orderBy(['name', 'id']).select(CONDITION)) as StoredCondition[];
  return { infos: infos.map(toInfo), conditions: conditions.map(toCondition) };
}

/** What the database says of one name besides its conditions. */
export async function findInfo(db: Database, name: string): Promise<FlagInfo | undefined> {
  const row = (await db('flags_flaginfo').where({ name }).first('*')) as InfoRow | undefined;
  return row && toInfo(row);
}

/** The conditions that the database has for one name, in the order in which they were added. */
export async function listConditions(db: Database, name: string): Promise<StoredCondition[]> {
  const rows = (await db('flags_flagstate').where({ name }).orderBy('id').select(CONDITION)) as StoredCondition[];
  return rows.map(toCondition);
}

/** Gives a name its row, if it has none, and holds it until the transaction ends: writers of one name take turns. */
export async function lockInfo(trx: Transaction, name: string, now: Date): Promise<FlagInfo> {
  const stamps = { created_at: toDbTime(now), modified_at: toDbTime(now) };
  await trx('flags_flaginfo')
    .insert({ name, ...stamps })
    .onConflict('name')
    .ignore();
  const query = trx('flags_flaginfo').where({ name }).first('*');
  const row = (await (isPostgres(trx) ? query.forUpdate() : query)) as InfoRow | undefined;
  if (row === undefined) throw new Error(`the flag ${name} has no row`);
  return toInfo(row);
}

/** Adds a name; throws a unique violation when it is taken. */
export async function insertInfo(trx: Transaction, name: string, description: string, now: Date): Promise<void> {
  await trx('flags_flaginfo').insert({
    name,
    description,
    created_at: toDbTime(now),
    modified_at: toDbTime(now),
  });
}

/** Notes that something of a name changed now, its description for one. */
export async function touchInfo(
  trx: Transaction,
  name: string,
  changes: { description?: string },
  now: Date,
): Promise<void> {
  await trx('flags_flaginfo')
    .where({ name })
    .update({ ...changes, modified_at: toDbTime(now) });
}

/** Removes a name with all its conditions, and the rows of who was given it. */
export async function deleteFlagRows(trx: Transaction, name: string): Promise<void> {
  await trx('flags_featureflagusage').where({ flag: name }).delete();
  await trx('flags_flagstate').where({ name }).delete();
  await trx('flags_flaginfo').where({ name }).delete();
}

type Values = Pick<StoredCondition, 'condition' | 'value' | 'required'>;

/** Adds a condition; throws a unique violation when the name has the very same already. */
export async function insertCondition(trx: Transaction, name: string, values: Values, now: Date): Promise<number> {
  const { condition, value, required } = values;
  const stamps = { created_at: toDbTime(now), modified_at: toDbTime(now) };
  const [row] = (await trx('flags_flagstate')
    .insert({ name, condition, value, required, ...stamps })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the condition was not inserted');
  return row.id;
}

/** Changes a condition; throws a unique violation when the name has the very same already. */
export async function updateCondition(
  trx: Transaction,
  id: number,
  values: Pick<Values, 'value' | 'required'>,
  now: Date,
): Promise<void> {
  await trx('flags_flagstate')
    .where({ id })
    .update({ ...values, modified_at: toDbTime(now) });
}

/** Removes a condition. */
export async function deleteCondition(trx: Transaction, id: number): Promise<void> {
  await trx('flags_flagstate').where({ id }).delete();
}

/** Which of the addresses (in lower case) belong to accounts. */
export async function knownEmails(db: Database, emails: readonly string[]): Promise<Set<string>> {
  return new Set((await db('auth_user').whereIn('email', emails).pluck('email')) as string[]);
}

/** Which of the names are groups. */
export async function knownGroups(db: Database, names: readonly string[]): Promise<Set<string>> {
  return new Set((await db('auth_group').whereIn('name', names).pluck('name')) as string[]);
}

/** Active people whose address has this text, the first few. */
export async function searchPeople(
  db: Database,
  text: string,
  limit: number,
): Promise<{ readonly id: number; readonly email: string }[]> {
  const people = db('auth_user').where({ is_active: true });
  whereContains(people, db, ['email'], text.trim());
  return people.orderBy('email').limit(limit).select('id', 'email');
}
