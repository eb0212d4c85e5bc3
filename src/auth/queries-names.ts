import type { Knex } from 'knex';

/** How people are called, by their ids; those who are gone are missing. */
export async function accountNames(db: Knex, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = (await db('auth_user').whereIn('id', ids.slice(0, 500)).select('id', 'name', 'email')) as {
    id: number;
    name: string;
    email: string;
  }[];
  return new Map(rows.map(({ id, name, email }) => [id, name === '' ? email : name]));
}
