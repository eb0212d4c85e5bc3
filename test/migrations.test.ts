import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Database, migrateLatest, openDatabase } from '../src/db';
import { projectRoot } from '../src/lib/root';
import { createTestDatabase, type TestDatabase } from './support/databases';
import { describeSchema, fillTables, lostRows, tableNames } from './support/schema';

/** One-time links and counted guesses live for minutes: a migration may begin them afresh. */
const SHORT_LIVED = ['auth_token', 'auth_throttle'];

/** Each migration runs three times with looks at everything in between; on a busy machine that takes its time. */
const TIMEOUT_MS = 120_000;

const files = readdirSync(path.join(projectRoot, 'migrations')).sort();

describe('migrations', () => {
  let database: TestDatabase;
  let db: Database;

  beforeEach(async () => {
    database = await createTestDatabase({ migrated: false });
    db = openDatabase(database.config);
  });

  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  it('carry a time of fourteen digits and a name, each its own', () => {
    expect(files.filter((file) => !/^\d{14}_[a-z0-9_]+\.ts$/.test(file))).toEqual([]);
    expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length);
  });

  it(
    'go down and up again one by one, with data in every table, and lose none that has a place',
    async () => {
      await migrateLatest(db);
      const complete = await describeSchema(db);
      const filled = await fillTables(db);
      expect([...filled.keys()].sort()).toEqual(await tableNames(db));
      for (const table of SHORT_LIVED) filled.delete(table);

      for (const file of [...files].reverse()) {
        const before = await describeSchema(db);
        await db.migrate.down();
        expect({ after: `${file} down`, lost: await lostRows(db, filled) }).toEqual({
          after: `${file} down`,
          lost: [],
        });
        await db.migrate.up();
        expect({ after: `${file} up`, schema: await describeSchema(db) }).toEqual({
          after: `${file} up`,
          schema: before,
        });
        await db.migrate.down();
        expect({ after: `${file} down again`, lost: await lostRows(db, filled) }).toEqual({
          after: `${file} down again`,
          lost: [],
        });
      }

      expect(await describeSchema(db)).toEqual([]);
      await migrateLatest(db);
      expect(await describeSchema(db)).toEqual(complete);
    },
    TIMEOUT_MS,
  );

  it('do nothing when there is nothing to do', async () => {
    expect(await migrateLatest(db)).toHaveLength(files.length);
    expect(await migrateLatest(db)).toEqual([]);
  });

  it('run once when several processes start together', async () => {
    const others = [openDatabase(database.config), openDatabase(database.config)];
    const results = await Promise.allSettled([db, ...others].map((each) => migrateLatest(each)));
    await Promise.all(others.map((other) => other.destroy()));
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => String(reason))).toEqual([]);
    const applied = (await db('knex_migrations').select('name')) as { name: string }[];
    expect(applied).toHaveLength(files.length);
  });
});
