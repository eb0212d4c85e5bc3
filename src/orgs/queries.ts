import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';
import type { Role } from './policy';

export interface Organization {
  readonly id: number;
  readonly name: string;
  /** Its name in addresses, and the `team_slug` of tracked events. Never changes. */
  readonly slug: string;
  readonly timeZone: string;
  readonly createdAt: Date;
}

/** An organization as one of its members has it. */
export interface Membership {
  readonly organization: Organization;
  readonly role: Role;
}

interface OrganizationRow {
  id: number;
  name: string;
  slug: string;
  time_zone: string;
  created_at: unknown;
}

const toOrganization = (row: OrganizationRow): Organization => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  timeZone: row.time_zone,
  createdAt: fromDbTime(row.created_at),
});

const toMembership = (row: OrganizationRow & { role: Role }): Membership => ({
  organization: toOrganization(row),
  role: row.role,
});

/** Adds an organization; nothing when the slug is taken. */
export async function insertOrganization(
  trx: Knex,
  organization: { name: string; slug: string; timeZone: string; now: Date },
): Promise<Organization | undefined> {
  const now = toDbTime(organization.now);
  const { name, slug, timeZone: time_zone } = organization;
  const rows = (await trx('orgs_organization')
    .insert({ name, slug, time_zone, created_at: now, modified_at: now })
    .onConflict('slug')
    .ignore()
    .returning('*')) as OrganizationRow[];
  return rows[0] && toOrganization(rows[0]);
}

/** Of the given slugs those that are taken. */
export async function takenSlugs(db: Knex, slugs: string[]): Promise<Set<string>> {
  return new Set<string>(await db('orgs_organization').whereIn('slug', slugs).pluck('slug'));
}

/** The organization with this id. */
export async function findOrganization(db: Knex, id: number): Promise<Organization | undefined> {
  const row = (await db('orgs_organization').where({ id }).first()) as OrganizationRow | undefined;
  return row && toOrganization(row);
}

/** Gives an organization another name. */
export async function updateName(trx: Knex, id: number, name: string, now: Date): Promise<void> {
  await trx('orgs_organization')
    .where({ id })
    .update({ name, modified_at: toDbTime(now) });
}

/** Adds a member. */
export async function insertMembership(
  trx: Knex,
  membership: { organizationId: number; userId: number; role: Role; now: Date },
): Promise<void> {
  const { organizationId: organization_id, userId: user_id, role, now } = membership;
  await trx('orgs_membership').insert({ organization_id, user_id, role, created_at: toDbTime(now) });
}

/** A person's organizations, the first one they joined first. */
export async function listMemberships(db: Knex, userId: number): Promise<Membership[]> {
  const rows = (await db('orgs_membership as m')
    .join('orgs_organization as o', 'o.id', 'm.organization_id')
    .where('m.user_id', userId)
    .orderBy('m.id')
    .select('o.*', 'm.role')) as (OrganizationRow & { role: Role })[];
  return rows.map(toMembership);
}

/** The first organization that a person joined. */
export async function findFirstMembership(db: Knex, userId: number): Promise<Membership | undefined> {
  const row = (await db('orgs_membership as m')
    .join('orgs_organization as o', 'o.id', 'm.organization_id')
    .where('m.user_id', userId)
    .orderBy('m.id')
    .first('o.*', 'm.role')) as (OrganizationRow & { role: Role }) | undefined;
  return row && toMembership(row);
}

/** What a person may be in an organization; nothing for strangers. */
export async function findRole(db: Knex, organizationId: number, userId: number): Promise<Role | undefined> {
  const row = (await db('orgs_membership').where({ organization_id: organizationId, user_id: userId }).first('role')) as
    | { role: Role }
    | undefined;
  return row?.role;
}

/** How many members there are of each role. */
export async function countRoles(db: Knex, organizationId: number): Promise<Record<Role, number>> {
  const rows = (await db('orgs_membership')
    .where({ organization_id: organizationId })
    .groupBy('role')
    .select('role')
    .count({ members: '*' })) as { role: Role; members: number }[];
  const counts: Record<Role, number> = { owner: 0, admin: 0, member: 0 };
  for (const { role, members } of rows) counts[role] = Number(members);
  return counts;
}

/**
 * Makes everybody who changes this organization's members take turns until the transaction ends. SQLite lets one write at
 * a time anyway; the update makes this transaction the one.
 */
export async function lockMembers(trx: Knex.Transaction, organizationId: number): Promise<boolean> {
  const row = trx('orgs_organization').where({ id: organizationId });
  if (isPostgres(trx)) return (await row.forUpdate().first('id')) !== undefined;
  return (await row.update({ id: organizationId })) > 0;
}

/**
 * Makes everybody who looks whether this person has an organization, before giving them one, take turns until the
 * transaction ends.
 */
export async function lockUser(trx: Knex.Transaction, userId: number): Promise<void> {
  const row = trx('auth_user').where({ id: userId });
  await (isPostgres(trx) ? row.forUpdate().first('id') : row.update({ id: userId }));
}

/** Gives a member another role. */
export async function updateRole(trx: Knex, organizationId: number, userId: number, role: Role): Promise<void> {
  await trx('orgs_membership').where({ organization_id: organizationId, user_id: userId }).update({ role });
}

/** Takes a member out. */
export async function deleteMembership(trx: Knex, organizationId: number, userId: number): Promise<void> {
  await trx('orgs_membership').where({ organization_id: organizationId, user_id: userId }).delete();
}
