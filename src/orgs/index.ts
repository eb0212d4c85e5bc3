import type { Database, Transaction } from '../db';
import { findFirstMembership, type Organization } from './queries';

export { changeRole, type RoleChange, requireOwner } from './members';
export { addOrganization, createOrganization, type NewOrganization, renameOrganization, suggestSlug } from './orgs';
export { canChangeRole, canManage, ROLES, type Role } from './policy';
export {
  countRoles,
  findFirstMembership,
  findOrganization,
  findRole,
  listMemberships as organizationsOf,
  lockMembers,
  lockUser,
  type Membership,
  type Organization,
} from './queries';

/** The organization that a person acts for, whose slug tracked events carry as `team_slug`: the first they joined. */
export const organizationOf = async (
  db: Database | Transaction,
  user: { readonly id: number },
): Promise<Organization | undefined> => (await findFirstMembership(db, user.id))?.organization;
