import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AdminSite } from '../../src/admin';
import type { AdminContext, ModelAdmin } from '../../src/admin/declare';
import { addressParams, parseListState } from '../../src/admin/list-state';
import { readListPage } from '../../src/admin/queries-list';
import type { ListScope } from '../../src/admin/queries-matching';
import { changeObject, createObject, InvalidForm } from '../../src/admin/save';
import { findViewer } from '../../src/auth';
import { createUserAdmin } from '../../src/auth/admin';
import { projectRoot } from '../../src/lib/root';
import { localActor } from '../../src/lib/viewer';
import { type TestApp, testApp } from '../support/test-app';
import { contactAdmin, genreAdmin, roomAdmin, venueAdmin } from './venues/admin';
import { down, up } from './venues/migration';
import { countSeats } from './venues/queries';

/** The example of docs/guides/adding-an-admin-screen.md, on a real database. */
describe('the example of an admin screen', () => {
  let t: TestApp;
  let site: AdminSite;
  let context: AdminContext;

  beforeAll(async () => {
    t = await testApp();
    await up(t.db);
    const admins = [venueAdmin, genreAdmin, roomAdmin, contactAdmin, createUserAdmin(t.services)];
    site = new AdminSite(admins, { venues: 'Venues' });
    const viewer = await findViewer(t.db, t.ids.sam);
    if (viewer === undefined) throw new Error('sam is not there');
    context = { db: t.db, clock: t.clock, site, viewer, actor: localActor('command', 'test') };
    const genre = await add(genreAdmin, { name: 'Jazz' });
    const shared = { city: 'phx', is_open: true, manager_id: t.ids.bob, genres: [genre], note: '' };
    await add(venueAdmin, { ...shared, name: 'Crescent Ballroom', slug: 'crescent', capacity: 550 });
    await add(venueAdmin, { ...shared, name: 'Valley Bar', slug: 'valley', capacity: 180, genres: [] });
  });
  afterAll(async () => {
    if (t === undefined) return;
    await down(t.db);
    await t.close();
  });

  const add = async (admin: ModelAdmin, values: Record<string, unknown>): Promise<number> =>
    (await createObject(site, admin, context, { form: { values, errors: {} }, inlines: [], version: undefined })).id;

  function scopeOf(query: Record<string, string>): ListScope {
    const [filters, now] = [site.filtersOf(venueAdmin), t.clock.now()];
    const state = parseListState(venueAdmin, filters, addressParams(query), now);
    return { db: t.db, site, admin: venueAdmin, filters, state, now };
  }
  const namesIn = async (query: Record<string, string>) =>
    (await readListPage(scopeOf(query))).rows.map(({ name }) => name);

  it('lists, searches, filters and counts', async () => {
    const { rows, counts } = await readListPage(scopeOf({}));
    expect(rows.map(({ name, manager_id__title, genres_titles }) => [name, manager_id__title, genres_titles])).toEqual([
      ['Crescent Ballroom', 'bob@example.com', ['Jazz']],
      ['Valley Bar', 'bob@example.com', []],
    ]);
    expect(counts.get('size=large')).toBe(1);
    expect(await namesIn({ q: 'val' })).toEqual(['Valley Bar']);
    expect(await namesIn({ q: 'bar' })).toEqual([]); // "^name" asks for the start
    expect(await namesIn({ q: 'bob@' })).toHaveLength(2);
    expect(await namesIn({ size: 'large', is_open__exact: '1', o: '-3' })).toEqual(['Crescent Ballroom']);
    expect(await countSeats(scopeOf({ q: 'valley' }))).toBe(180);
  });

  it('refuses what its rules refuse', async () => {
    const { id } = (await readListPage(scopeOf({ q: 'valley' }))).rows[0] ?? { id: 0 };
    const form = { values: { is_open: true, capacity: null }, errors: {} };
    const save = changeObject(site, venueAdmin, context, id, { form, inlines: [], version: undefined });
    await expect(save).rejects.toBeInstanceOf(InvalidForm);
  });

  it('closes the chosen', async () => {
    const ids = (await readListPage(scopeOf({}))).rows.map(({ id }) => id);
    const [close] = venueAdmin.actions;
    expect(await close?.affected?.(context, ids)).toBe(2);
    expect(await close?.run(context, ids)).toMatchObject({ changed: 2 });
    expect(close?.undo).toBe('own');
    expect(await close?.affected?.(context, ids)).toBe(0);
  });

  it('stands in the guide word for word', () => {
    const guide = readFileSync(path.join(projectRoot, 'docs', 'guides', 'adding-an-admin-screen.md'), 'utf8');
    const blocks = [...guide.matchAll(/^```ts\n\/\/ ([\w-]+\.ts)\n([\s\S]*?)^```/gm)];
    expect(blocks.map(([, file]) => file)).toEqual(expect.arrayContaining(['models.ts', 'admin.ts', 'migration.ts']));
    for (const [, file = '', block = ''] of blocks) {
      const source = readFileSync(path.join(projectRoot, 'test', 'documents', 'venues', file), 'utf8');
      expect(source.replaceAll("'../../../src/", "'../")).toContain(block.trim());
    }
  });
});
