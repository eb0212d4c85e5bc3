import { recordAudit } from '../audit';
import { type Database, inTransaction, type Transaction } from '../db';
import type { Clock } from '../lib/clock';
import { conflict, forbidden, notFound } from '../lib/http-error';
import type { Actor } from '../lib/viewer';
import { canChangeRole, type Role } from './policy';
import { countRoles, deleteMembership, findRole, insertMembership, lockMembers, updateRole } from './queries';

interface Parts {
  readonly db: Database;
  readonly clock: Clock;
}

export interface RoleChange {
  readonly organizationId: number;
  /** Who acts: their own role decides what they may do. */
  readonly byUserId: number;
  readonly userId: number;
  /** The member's address or name, for the audit log. */
  readonly label: string;
  /** The new role; undefined takes the person out. */
  readonly role: Role | undefined;
}

const LAST_OWNER = 'An organization keeps at least one owner. Make somebody else an owner first. Nothing was changed.';

/**
 * Throws 409 when an organization is left without an owner. Belongs at the end of any transaction that takes an owner
 * away; `lockMembers` at its beginning keeps two such transactions from passing each other.
 */
export async function requireOwner(trx: Transaction, organizationId: number): Promise<void> {
  const { owner } = await countRoles(trx, organizationId);
  if (owner === 0) throw conflict(LAST_OWNER, 'last_owner');
}

/**
 * Adds a person to an organization, gives them another role or takes them out. 404 for those who are not in it
 * themselves, 403 when it is beyond their own role, 409 when no owner would be left.
 */
export function changeRole({ db, clock }: Parts, actor: Actor, change: RoleChange): Promise<void> {
  const { organizationId, byUserId, userId, label, role } = change;
  return inTransaction(db, async (trx) => {
    const exists = await lockMembers(trx, organizationId);
    const own = exists ? await findRole(trx, organizationId, byUserId) : undefined;
    if (own === undefined) throw notFound();
    const before = await findRole(trx, organizationId, userId);
    if (before === role) return;
    const leaves = byUserId === userId && role === undefined;
    if (!leaves && !canChangeRole(own, before, role)) {
      throw forbidden('Only somebody with at least that role may give it or take it. Nothing was changed.');
    }
    if (role === undefined) await deleteMembership(trx, organizationId, userId);
    else if (before === undefined) await insertMembership(trx, { organizationId, userId, role, now: clock.now() });
    else await updateRole(trx, organizationId, userId, role);
    await requireOwner(trx, organizationId);
    await recordAudit(trx, clock, actor, {
      action: before === undefined ? 'add' : role === undefined ? 'delete' : 'change',
      objectType: 'orgs.membership',
      objectId: `${organizationId}:${userId}`,
      objectLabel: label,
      before: before === undefined ? undefined : { role: before },
      after: role === undefined ? undefined : { role },
      organizationId,
    });
  });
}
