import type { Messages } from '../admin';
import type { Transaction } from '../db';
import type { Viewer } from '../lib/viewer';
import type { Row } from '../model';
import type { Group, User } from './models';
import { findAccount, listGroupPermissions, listPermissionsOf } from './queries-powers';

type UserValues = Partial<Row<(typeof User)['fields']>>;
type GroupValues = Partial<Row<(typeof Group)['fields']>>;

interface Context {
  db: Transaction;
  id: number | null;
  viewer: Viewer;
}

const beyond = (viewer: Viewer, wanted: readonly string[]): string[] =>
  wanted.filter((permission) => !viewer.permissions.has(permission));

/** Nobody but a superuser makes or changes one, or gives somebody more than they hold themselves. */
export async function checkUserPowers(values: UserValues, { db, id, viewer }: Context): Promise<Messages> {
  if (viewer.isSuperuser) return {};
  const before = id === null ? undefined : await findAccount(db, id);
  if (before?.isSuperuser) return { '': ['Only a superuser can change a superuser.'] };
  const errors: Messages = {};
  if (values.is_superuser) errors.is_superuser = ['Only a superuser can make somebody a superuser.'];
  if (values.is_staff !== undefined && values.is_staff !== (before?.isStaff ?? false)) {
    errors.is_staff = ['Only a superuser can let somebody into the admin, or keep them out.'];
  }
  if (before !== undefined && values.email !== undefined && values.email !== before.email) {
    // A link for a new password goes to the address: to choose it is to be able to act as this person.
    const [theirs] = beyond(viewer, await listPermissionsOf(db, before.id));
    if (theirs !== undefined)
      errors.email = [`This person may do more than you (${theirs}). Ask a superuser to change the address.`];
  }
  const given = beyond(viewer, await listGroupPermissions(db, values.groups ?? [], id));
  if (given.length > 0) errors.groups = [`A group that you add may do more than you (${given[0]}). Ask a superuser.`];
  return errors;
}

/** Nobody puts a permission into a group that they do not hold themselves. */
export async function checkGroupPowers(values: GroupValues, { db, id, viewer }: Context): Promise<Messages> {
  if (viewer.isSuperuser || values.permissions === undefined) return {};
  const before = id === null ? [] : await listGroupPermissions(db, [id], null);
  const given = beyond(
    viewer,
    values.permissions.filter((permission) => !before.includes(permission)),
  );
  return given.length === 0
    ? {}
    : { permissions: [`You can only give what you hold yourself; ${given[0]} is beyond that.`] };
}

/** Why an account stays: it is one's own, or a superuser's and one is none. */
export function whyUserStays(row: Row<(typeof User)['fields']>, viewer: Viewer): string | undefined {
  if (row.id === viewer.id) return 'This is your own account.';
  return row.is_superuser && !viewer.isSuperuser ? 'Only a superuser can delete a superuser.' : undefined;
}
