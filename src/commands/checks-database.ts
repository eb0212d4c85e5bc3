import { ping } from '../db';
import { withTimeLimit } from '../lib/time-limit';
import { type CheckContext, caution, type Finding, fault } from './checks';
import { countSuperusers, hasTable } from './queries';

const ANSWER_MS = 8_000;

/** Whether the database answers, is up to date, and has somebody in it who may do everything. */
export async function checkDatabase({ services: { db } }: CheckContext): Promise<Finding[]> {
  try {
    await withTimeLimit(ANSWER_MS, ping(db));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      fault(
        'database.E001',
        `The database does not answer: ${reason}`,
        'Look at DATABASE_URL and at the server it names.',
      ),
    ];
  }
  const migrated = await hasTable(db, 'knex_migrations');
  const pending = migrated ? ((await db.migrate.list()) as [unknown[], { file: string }[]])[1] : undefined;
  if (pending === undefined || pending.length > 0) {
    const what =
      pending === undefined ? 'No migration was applied yet.' : `${pending.length} of the migrations are not applied.`;
    return [fault('database.E002', what, 'Run: npm run manage -- migrate')];
  }
  if ((await countSuperusers(db)) > 0) return [];
  return [
    caution(
      'database.W001',
      'There is no active superuser.',
      'Run: npm run manage -- createsuperuser --email you@example.com',
    ),
  ];
}
