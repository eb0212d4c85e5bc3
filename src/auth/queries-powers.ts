import type { Knex } from 'knex';
import { chunksOf } from '../lib/chunks';

export { findAccount } from './queries';

/** The permissions of these groups, less those groups that the user is in already. */
export async function listGroupPermissions(
  db: Knex,
  groupIds: readonly number[],
  alreadyIn: number | null,
): Promise<string[]> {
  const query = db('auth_group_permissions').whereIn('group_id', groupIds).distinct('permission').orderBy('permission');
  if (alreadyIn !== null)
    query.whereNotIn('group_id', db('auth_user_groups').where({ user_id: alreadyIn }).select('group_id'));
  return ((await query) as { permission: string }[]).map(({ permission }) => permission);
}

/** The permissions that a person has by their groups. */
export async function listPermissionsOf(db: Knex, userId: number): Promise<string[]> {
  const rows = (await db('auth_group_permissions as p')
    .join('auth_user_groups as m', 'm.group_id', 'p.group_id')
    .where('m.user_id', userId)
    .distinct('p.permission')
    .orderBy('p.permission')) as { permission: string }[];
  return rows.map(({ permission }) => permission);
}

/** The accounts with these ids, as far as the audit log names them. */
export async function findAccounts(db: Knex, ids: readonly number[]): Promise<{ id: number; email: string }[]> {
  const found: { id: number; email: string }[] = [];
  for (const some of chunksOf(ids, 500))
    found.push(...(await db('auth_user').whereIn('id', some).orderBy('id').select('id', 'email')));
  return found;
}
