import type { Database } from '../db';
import { findFlag } from './queries';
import type { Flag } from './types';

/** The flag with this id. */
export async function findFlagById(db: Database, id: number): Promise<Flag | undefined> {
  const row = (await db('teams_flag').where({ id }).first('name')) as { name: string } | undefined;
  return row && findFlag(db, row.name);
}

/** The names of groups, in order; ids that do not exist are left out. */
export async function groupNames(db: Database, ids: readonly number[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = (await db('auth_group').whereIn('id', ids.slice(0, 500)).orderBy('name').select('name')) as {
    name: string;
  }[];
  return rows.map(({ name }) => name);
}
