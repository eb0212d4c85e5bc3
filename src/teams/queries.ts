import { type Database, fromDbTime, isPostgres, type Transaction, toDbTime } from '../db';
import { type Flag, type FlagSettings, type Group, type Kind, parseLanguages, type Sample, type Switch } from './types';

interface Stamps {
  created_at: unknown;
  modified_at: unknown;
}

interface FlagRow extends Stamps {
  id: number;
  name: string;
  everyone: unknown;
  percent: number | null;
  testing: unknown;
  superusers: unknown;
  staff: unknown;
  authenticated: unknown;
  languages: string;
  rollout: unknown;
  note: string;
}

interface SwitchRow extends Stamps {
  id: number;
  name: string;
  active: unknown;
  note: string;
}

interface SampleRow extends Stamps {
  id: number;
  name: string;
  percent: number;
  note: string;
}

const TABLES = { flag: 'teams_flag', switch: 'teams_switch', sample: 'teams_sample' } as const satisfies Record<
  Kind,
  string
>;

/** SQLite takes at most 500 rows in one statement as Knex writes it. */
const ROWS_AT_ONCE = 400;

const stampsOf = (row: Stamps) => ({ createdAt: fromDbTime(row.created_at), modifiedAt: fromDbTime(row.modified_at) });

const toFlag = (row: FlagRow, userIds: readonly number[], groups: readonly Group[]): Flag => ({
  id: row.id,
  name: row.name,
  everyone: row.everyone === null ? null : Boolean(row.everyone),
  percent: row.percent === null ? null : Number(row.percent),
  testing: Boolean(row.testing),
  superusers: Boolean(row.superusers),
  staff: Boolean(row.staff),
  authenticated: Boolean(row.authenticated),
  languages: parseLanguages(row.languages),
  userIds,
  groups,
  rollout: Boolean(row.rollout),
  note: row.note,
  ...stampsOf(row),
});

const toSwitch = (row: SwitchRow): Switch => ({
  id: row.id,
  name: row.name,
  active: Boolean(row.active),
  note: row.note,
  ...stampsOf(row),
});

const toSample = (row: SampleRow): Sample => ({
  id: row.id,
  name: row.name,
  percent: Number(row.percent),
  note: row.note,
  ...stampsOf(row),
});

/** The rows of each flag, by its id. */
function byFlag<R extends { flag_id: number }, T>(rows: readonly R[], value: (row: R) => T): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const row of rows) {
    const values = found.get(row.flag_id);
    if (values === undefined) found.set(row.flag_id, [value(row)]);
    else values.push(value(row));
  }
  return found;
}

/** All flags by name, or those of the given names, with their people and groups: three statements, however many flags. */
export async function listFlags(db: Database, names?: readonly string[]): Promise<Flag[]> {
  const flags = db('teams_flag').select('*').orderBy('name');
  const users = db('teams_flag_users').select('flag_id', 'user_id').orderBy('user_id');
  const groups = db('teams_flag_groups as l')
    .join('auth_group as g', 'g.id', 'l.group_id')
    .select('l.flag_id', 'g.id', 'g.name')
    .orderBy('g.name');
  if (names !== undefined) {
    const ids = db('teams_flag').whereIn('name', names).select('id');
    flags.whereIn('name', names);
    users.whereIn('flag_id', ids.clone());
    groups.whereIn('l.flag_id', ids.clone());
  }
  const usersOf = byFlag((await users) as { flag_id: number; user_id: number }[], (row) => row.user_id);
  const groupsOf = byFlag((await groups) as (Group & { flag_id: number })[], ({ id, name }): Group => ({ id, name }));
  return ((await flags) as FlagRow[]).map((row) => toFlag(row, usersOf.get(row.id) ?? [], groupsOf.get(row.id) ?? []));
}

/** The flag of this name. */
export const findFlag = async (db: Database, name: string): Promise<Flag | undefined> =>
  (await listFlags(db, [name]))[0];

/** All switches by name, or those of the given names. */
export async function listSwitches(db: Database, names?: readonly string[]): Promise<Switch[]> {
  const query = db('teams_switch').select('*').orderBy('name');
  if (names !== undefined) query.whereIn('name', names);
  return ((await query) as SwitchRow[]).map(toSwitch);
}

/** All samples by name, or those of the given names. */
export async function listSamples(db: Database, names?: readonly string[]): Promise<Sample[]> {
  const query = db('teams_sample').select('*').orderBy('name');
  if (names !== undefined) query.whereIn('name', names);
  return ((await query) as SampleRow[]).map(toSample);
}

export interface Everything {
  flags: Flag[];
  switches: Switch[];
  samples: Sample[];
}

/** All that the snapshot holds, in five statements. */
export const readEverything = async (db: Database): Promise<Everything> => ({
  flags: await listFlags(db),
  switches: await listSwitches(db),
  samples: await listSamples(db),
});

const columnsOf = (settings: Partial<FlagSettings>) => {
  const { languages, userIds: _users, groupIds: _groups, ...columns } = settings;
  return languages === undefined ? columns : { ...columns, languages: languages.join(', ') };
};

async function replaceLinks(trx: Transaction, flagId: number, settings: Partial<FlagSettings>): Promise<void> {
  const { userIds, groupIds } = settings;
  if (userIds !== undefined) {
    await trx('teams_flag_users').where({ flag_id: flagId }).delete();
    const rows = [...new Set(userIds)].map((user_id) => ({ flag_id: flagId, user_id }));
    await trx.batchInsert('teams_flag_users', rows, ROWS_AT_ONCE);
  }
  if (groupIds !== undefined) {
    await trx('teams_flag_groups').where({ flag_id: flagId }).delete();
    const rows = [...new Set(groupIds)].map((group_id) => ({ flag_id: flagId, group_id }));
    await trx.batchInsert('teams_flag_groups', rows, ROWS_AT_ONCE);
  }
}

/** Adds a flag; throws a unique violation when the name is taken. */
export async function insertFlag(trx: Transaction, name: string, settings: FlagSettings, now: Date): Promise<number> {
  const id = await insertRow(trx, 'flag', { name, ...columnsOf(settings) }, now);
  await replaceLinks(trx, id, settings);
  return id;
}

/** Changes what is given of a flag. */
export async function updateFlagRow(
  trx: Transaction,
  id: number,
  settings: Partial<FlagSettings>,
  now: Date,
): Promise<void> {
  await trx('teams_flag')
    .where({ id })
    .update({ ...columnsOf(settings), modified_at: toDbTime(now) });
  await replaceLinks(trx, id, settings);
}

async function insertRow(trx: Transaction, kind: Kind, values: object, now: Date): Promise<number> {
  const time = toDbTime(now);
  const [row] = (await trx(TABLES[kind])
    .insert({ ...values, created_at: time, modified_at: time })
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error(`the ${kind} was not inserted`);
  return row.id;
}

/** Adds a switch; throws a unique violation when the name is taken. */
export const insertSwitch = (
  trx: Transaction,
  values: Pick<Switch, 'name' | 'active' | 'note'>,
  now: Date,
): Promise<number> => insertRow(trx, 'switch', values, now);

/** Adds a sample; throws a unique violation when the name is taken. */
export const insertSample = (
  trx: Transaction,
  values: Pick<Sample, 'name' | 'percent' | 'note'>,
  now: Date,
): Promise<number> => insertRow(trx, 'sample', values, now);

/** Turns a switch on or off. */
export async function updateSwitchRow(trx: Transaction, id: number, active: boolean, now: Date): Promise<void> {
  await trx('teams_switch')
    .where({ id })
    .update({ active, modified_at: toDbTime(now) });
}

/** Sets a sample's percentage. */
export async function updateSampleRow(trx: Transaction, id: number, percent: number, now: Date): Promise<void> {
  await trx('teams_sample')
    .where({ id })
    .update({ percent, modified_at: toDbTime(now) });
}

/** Removes rows by id. */
export async function deleteRows(trx: Transaction, kind: Kind, ids: readonly number[]): Promise<void> {
  await trx(TABLES[kind]).whereIn('id', ids).delete();
}

/** Holds rows until the transaction ends, so that what is read of them now is still so when they are written. */
export async function lockNames(trx: Transaction, kind: Kind, names: readonly string[]): Promise<void> {
  // SQLite lets one transaction write at a time anyway.
  if (isPostgres(trx)) await trx(TABLES[kind]).whereIn('name', names).orderBy('id').select('id').forUpdate();
}

/** Which of the names exist. */
export async function findNames(db: Database, kind: Kind, names: readonly string[]): Promise<Set<string>> {
  return new Set((await db(TABLES[kind]).whereIn('name', names).pluck('name')) as string[]);
}

/** The ids of the accounts with these addresses (in lower case), by address. */
export async function findUserIds(db: Database, emails: readonly string[]): Promise<Map<string, number>> {
  const rows = (await db('auth_user').whereIn('email', emails).select('id', 'email')) as {
    id: number;
    email: string;
  }[];
  return new Map(rows.map(({ id, email }) => [email, id]));
}

/** The ids of the groups with these names, by name. */
export async function findGroupIds(db: Database, names: readonly string[]): Promise<Map<string, number>> {
  const rows = (await db('auth_group').whereIn('name', names).select('id', 'name')) as Group[];
  return new Map(rows.map(({ id, name }) => [name, id]));
}
