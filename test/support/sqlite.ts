import path from 'node:path';
import { migrateLatest, openDatabase } from '../../src/db';
import { getRunVariable, scratchDirectory, setRunVariable } from './run-state';

/** Makes the migrated file that test databases are copied from. Once per run. */
export async function prepareSqlite(): Promise<void> {
  if (getRunVariable('FLAGSTAFF_TEST_SQLITE_TEMPLATE')) return;
  const filename = path.join(scratchDirectory(), 'template.sqlite3');
  const db = openDatabase({ client: 'sqlite', filename });
  try {
    await migrateLatest(db);
    // Everything into the one file, because only that one is copied.
    await db.raw('pragma wal_checkpoint(truncate)');
  } finally {
    await db.destroy();
  }
  setRunVariable('FLAGSTAFF_TEST_SQLITE_TEMPLATE', filename);
}
