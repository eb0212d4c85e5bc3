/** What a member may be, from the most to the least. */
export const ROLES = ['owner', 'admin', 'member'] as const;
export type Role = (typeof ROLES)[number];

const rank = (role: Role): number => ROLES.length - ROLES.indexOf(role);

/** Whether somebody of that role may change the organization itself: its name, its settings. */
export const canManage = (role: Role | undefined): boolean => role === 'owner' || role === 'admin';

/**
 * Whether somebody of role `own` may turn a member's role from `from` into `to`; undefined stands for "no member", so
 * adding and removing are the same question. Nobody acts on a role above their own, and nobody gives away more than they
 * have.
 */
export function canChangeRole(own: Role | undefined, from: Role | undefined, to: Role | undefined): boolean {
  if (own === undefined || !canManage(own)) return false;
  return [from, to].every((role) => role === undefined || rank(role) <= rank(own));
}
