import { openDatabase } from '../../src/db';
import { createTestDatabase } from './databases';

describe('createTestDatabase', () => {
  it('gives each caller a migrated database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const [first, second] = [openDatabase(one.config), openDatabase(two.config)];
    try {
      await first.schema.createTable('only_here', (table) => table.increments());
      expect(await first.schema.hasTable('auth_user')).toBe(true);
      expect(await second.schema.hasTable('auth_user')).toBe(true);
      expect(await second.schema.hasTable('only_here')).toBe(false);
    } finally {
      await Promise.all([first.destroy(), second.destroy()]);
      await Promise.all([one.drop(), two.drop()]);
    }
  });

  it('gives an empty one on request', async () => {
    const database = await createTestDatabase({ migrated: false });
    const db = openDatabase(database.config);
    expect(await db.schema.hasTable('auth_user')).toBe(false);
    await db.destroy();
    await database.drop();
  });

  it('drops a database that is still in use', async () => {
    const database = await createTestDatabase();
    const db = openDatabase(database.config);
    await db('auth_user').select('id').limit(1);
    await database.drop();
    await db.destroy();
  });
});
