import { type Action, type ModelAdmin, modelAdmin, timestamps } from '../admin';
import { recordAudits } from '../audit';
import { inTransaction } from '../db';
import type { Services } from '../services';
import { formatCount } from '../web/filters';
import { auditObject, endAllSessions, settleUserChange } from './accounts';
import { checkGroupPowers, checkUserPowers, whyUserStays } from './admin-powers';
import { Group, User } from './models';
import { findAccounts } from './queries-powers';

/** Ends every session of the chosen people, on all devices. */
const signOut: Action = {
  name: 'sign_out_everywhere',
  label: 'Sign selected users out everywhere',
  question: (count) => `Sign ${count} out on every device?`,
  confirm: 'Sign out everywhere',
  danger: true,
  run: async ({ db, clock, actor }, ids) => {
    const people = await inTransaction(db, async (trx) => {
      const accounts = await findAccounts(trx, ids);
      for (const { id } of accounts) await endAllSessions(trx, id);
      await recordAudits(
        trx,
        clock,
        actor,
        accounts.map((account) => ({
          ...auditObject(account),
          action: 'logout',
          message: 'Signed out on every device by staff.',
        })),
      );
      return accounts.length;
    });
    return { changed: people, message: `Signed ${formatCount(people, 'user')} out on every device.` };
  },
};

/** The admin of accounts. What follows from a change (sessions end, mail goes out) needs the running services. */
export const createUserAdmin = (services: Pick<Services, 'config' | 'mail' | 'connections'>): ModelAdmin =>
  modelAdmin(User, {
    icon: 'fa-user',
    description: 'People who can sign in, and what they may do.',
    listDisplay: ['email', 'name', 'is_active', 'is_staff', 'is_superuser', 'last_login_at'],
    listFilter: ['is_staff', 'is_superuser', 'is_active', 'last_login_at'],
    searchFields: ['email', 'name'],
    searchHelp: 'Search by e-mail or name',
    ordering: ['email'],
    dateHierarchy: 'created_at',
    actions: [signOut],
    fieldsets: [
      { fields: ['email', 'name'] },
      { title: 'Permissions', fields: ['is_active', 'is_staff', 'is_superuser', 'groups'] },
      { title: 'Preferences', fields: ['language', 'time_zone', 'theme'], collapsed: true },
      { title: 'Dates', fields: ['email_verified_at', 'last_login_at', 'created_at', 'modified_at'] },
    ],
    hooks: {
      stamp: timestamps,
      validate: checkUserPowers,
      whyNotDelete: whyUserStays,
      beforeDelete: (trx, ids) => services.connections.release(trx, ids),
      afterEach: async (trx, { before, after }) => {
        if (before === null) return;
        const settled = (row: typeof before) => ({
          id: row.id,
          email: row.email,
          name: row.name,
          isActive: row.is_active,
          isSuperuser: row.is_superuser,
        });
        await settleUserChange(services, trx, settled(before), after === null ? undefined : settled(after));
      },
    },
  });

export const groupAdmin = modelAdmin(Group, {
  icon: 'fa-users',
  description: 'Sets of permissions that people are given together.',
  listDisplay: ['name', 'modified_at'],
  searchFields: ['name'],
  ordering: ['name'],
  hooks: { stamp: timestamps, validate: checkGroupPowers },
});
