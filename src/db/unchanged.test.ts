import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { type Database, inTransaction, openDatabase, whileUnchanged } from '.';

describe('reads that are kept while nothing changes', () => {
  let database: TestDatabase;
  let db: Database;
  let other: Database;
  let loads: number;

  const read = () =>
    whileUnchanged(db, 'revision', async () => {
      loads += 1;
      const row = (await db('snapshots_revision').where({ scope: 'global' }).first()) as { revision: number };
      return row.revision;
    });
  const write = (by: Database, revision: number) =>
    by('snapshots_revision').where({ scope: 'global' }).update({ revision });

  beforeEach(async () => {
    database = await createTestDatabase();
    [db, other] = [openDatabase(database.config), openDatabase(database.config)];
    loads = 0;
    await read();
    loads = 0;
  });
  afterEach(async () => {
    await Promise.all([db?.destroy(), other?.destroy()]);
    await database?.drop();
  });

  it('come from memory on SQLite, and always from PostgreSQL', async () => {
    await read(); // the very first read opened the connection
    loads = 0;
    await read();
    await read();
    expect(loads).toBe(testDialect === 'sqlite' ? 0 : 2);
  });

  it('see what this process wrote, also before a transaction around it has ended', async () => {
    await write(db, 5);
    expect(await read()).toBe(5);
    const [inside] = await Promise.all([
      read(),
      inTransaction(db, async (trx) => {
        await trx('snapshots_revision').where({ scope: 'global' }).update({ revision: 6 });
        await trx('snapshots_revision').where({ scope: 'global' }).update({ revision: 7 });
      }),
    ]);
    expect([5, 7]).toContain(inside);
    expect(await read()).toBe(7);
  });

  it('see what another process wrote', async () => {
    await read();
    await write(other, 9);
    expect(await read()).toBe(9);
  });

  it('forget what a transaction took back', async () => {
    await read();
    const failed = inTransaction(db, async (trx) => {
      await trx('snapshots_revision').where({ scope: 'global' }).update({ revision: 99 });
      throw new Error('taken back');
    });
    await expect(failed).rejects.toThrow('taken back');
    expect(await read()).not.toBe(99);
  });
});
