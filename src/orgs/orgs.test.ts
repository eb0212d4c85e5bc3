import { createTestDatabase, type TestDatabase } from '../../test/support/databases';
import { addPeople, type PersonName } from '../../test/support/people';
import { listEntries } from '../audit';
import { type Database, openDatabase } from '../db';
import { systemClock } from '../lib/clock';
import { type Actor, localActor } from '../lib/viewer';
import {
  canChangeRole,
  changeRole,
  countRoles,
  createOrganization,
  findRole,
  organizationOf,
  organizationsOf,
  type Role,
  renameOrganization,
  suggestSlug,
} from './index';

let database: TestDatabase;
let db: Database;
let ids: Record<PersonName, number>;
const clock = systemClock;
const actor: Actor = localActor('system', 'test');

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.config);
  ids = await addPeople(db, clock.now());
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const create = (name: string, ownerId = ids.bob) => createOrganization({ db, clock }, actor, { name, ownerId });

describe('createOrganization', () => {
  it('makes the person who creates it its owner and records that', async () => {
    const organization = await create('Blue Harbour', ids.bob);
    expect(organization).toMatchObject({ name: 'Blue Harbour', slug: 'blue-harbour', timeZone: 'UTC' });
    expect(await findRole(db, organization.id, ids.bob)).toBe('owner');
    const [entry] = await listEntries(db, { objectType: 'orgs.organization', limit: 1 });
    expect(entry).toMatchObject({
      action: 'add',
      objectLabel: 'Blue Harbour',
      organizationId: organization.id,
      message: 'Created the organization Blue Harbour.',
    });
  });

  it.each([
    ['Acme', 'acme-2'], // acme is there from the start
    ['Ünïcode & Söhne', 'unicode-sohne'],
    ['Ελλάδα', 'organization'],
    ['  --  ', 'organization-2'],
    ['New', 'new-2'], // /o/new is a page of ours
    ['x'.repeat(100), 'x'.repeat(50)],
  ])('gives %s the address %s', async (name, slug) => {
    expect(await suggestSlug(db, name)).toBe(slug);
    expect((await create(name)).slug).toBe(slug);
  });

  it('gives each of many that are created at once an address of its own', async () => {
    const created = await Promise.all(Array.from({ length: 8 }, () => create('Busy Street')));
    const slugs = created.map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(8);
    expect(slugs).toContain('busy-street');
  });
});

describe('renameOrganization', () => {
  it('changes the name and keeps the address', async () => {
    const { id } = await create('Old Name');
    expect(await renameOrganization({ db, clock }, actor, id, 'New Name')).toBe(true);
    const found = (await organizationsOf(db, ids.bob)).find(({ organization }) => organization.id === id);
    expect(found?.organization).toMatchObject({ name: 'New Name', slug: 'old-name' });
    expect(await renameOrganization({ db, clock }, actor, id, 'New Name')).toBe(false);
  });
});

describe('organizationOf', () => {
  it('is the first that a person joined', async () => {
    await create('Second Home', ids.alice);
    expect((await organizationOf(db, { id: ids.alice }))?.slug).toBe('acme');
    const all = await organizationsOf(db, ids.alice);
    expect(all.map(({ organization, role }) => [organization.slug, role])).toEqual([
      ['acme', 'owner'],
      ['second-home', 'owner'],
    ]);
  });

  it('is nothing for a person who belongs nowhere', async () => {
    expect(await organizationOf(db, { id: ids.vera })).toBeUndefined();
    expect(await organizationsOf(db, ids.vera)).toEqual([]);
  });
});

describe('canChangeRole', () => {
  const roles: (Role | undefined)[] = ['owner', 'admin', 'member', undefined];
  it.each([
    ['owner', 'everything'],
    ['admin', 'what has to do with admins and members'],
    ['member', 'nothing'],
    [undefined, 'nothing'],
  ] as const)('lets a %s do %s', (own, what) => {
    const allowed = roles.flatMap((from) => roles.filter((to) => canChangeRole(own, from, to)).map((to) => [from, to]));
    const count = { everything: 16, 'what has to do with admins and members': 9, nothing: 0 }[what];
    expect(allowed).toHaveLength(count);
    if (own === 'admin') expect(allowed.flat()).not.toContain('owner');
  });
});

describe('changeRole', () => {
  const change = (organizationId: number, byUserId: number, userId: number, role: Role | undefined) =>
    changeRole({ db, clock }, actor, { organizationId, byUserId, userId, label: 'somebody', role });

  it('adds, changes and removes members', async () => {
    const { id } = await create('Team', ids.alice);
    await change(id, ids.alice, ids.bob, 'admin');
    await change(id, ids.bob, ids.vera, 'member');
    expect(await countRoles(db, id)).toEqual({ owner: 1, admin: 1, member: 1 });
    await change(id, ids.bob, ids.vera, undefined);
    await change(id, ids.bob, ids.bob, undefined);
    expect(await countRoles(db, id)).toEqual({ owner: 1, admin: 0, member: 0 });
  });

  it('refuses what is beyond the own role, and hides it from strangers', async () => {
    const { id } = await create('Closed', ids.alice);
    await change(id, ids.alice, ids.bob, 'admin');
    await expect(change(id, ids.bob, ids.bob, 'owner')).rejects.toMatchObject({ status: 403 });
    await expect(change(id, ids.bob, ids.alice, 'member')).rejects.toMatchObject({ status: 403 });
    await expect(change(id, ids.charlie, ids.charlie, 'owner')).rejects.toMatchObject({ status: 404 });
    await expect(change(987_654, ids.alice, ids.alice, 'member')).rejects.toMatchObject({ status: 404 });
    expect(await countRoles(db, id)).toEqual({ owner: 1, admin: 1, member: 0 });
  });

  it('keeps the last owner', async () => {
    const { id } = await create('Lonely', ids.alice);
    await expect(change(id, ids.alice, ids.alice, undefined)).rejects.toMatchObject({ status: 409 });
    await expect(change(id, ids.alice, ids.alice, 'member')).rejects.toMatchObject({ status: 409 });
    expect(await findRole(db, id, ids.alice)).toBe('owner');
  });

  it('keeps one of two owners who demote each other at once', async () => {
    const { id } = await create('Feud', ids.alice);
    await change(id, ids.alice, ids.bob, 'owner');
    const outcomes = await Promise.allSettled([
      change(id, ids.alice, ids.bob, 'member'),
      change(id, ids.bob, ids.alice, 'member'),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await countRoles(db, id)).owner).toBe(1);
  });
});
