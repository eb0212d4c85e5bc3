import type { Database } from '../db';

/** Whether there is such a table. */
export const hasTable = (db: Database, name: string): Promise<boolean> => db.schema.hasTable(name);

/** The migrations that the last run applied, the newest first. */
export async function readLastBatch(db: Database): Promise<string[]> {
  const newest = db('knex_migrations').max('batch');
  return (await db('knex_migrations').where('batch', newest).orderBy('id', 'desc').pluck('name')) as string[];
}

/** Which of these addresses belong to accounts that somebody can sign in with. */
export async function listActiveAmong(db: Database, emails: readonly string[]): Promise<string[]> {
  return (await db('auth_user').whereIn('email', emails).where({ is_active: true }).pluck('email')) as string[];
}

/** How many active accounts may do everything. */
export async function countSuperusers(db: Database): Promise<number> {
  const row = (await db('auth_user').where({ is_superuser: true, is_active: true }).count({ count: '*' }).first()) as
    | { count: number }
    | undefined;
  return Number(row?.count ?? 0);
}
