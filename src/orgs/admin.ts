import { inline, modelAdmin, timestamps } from '../admin';
import { requireOwner } from './members';
import { Membership, Organization } from './models';
import { lockMembers } from './queries';

export const organizationAdmin = modelAdmin(Organization, {
  icon: 'fa-building',
  description: 'Companies and teams that use the product together.',
  listDisplay: ['name', 'slug', 'time_zone', 'created_at'],
  listFilter: ['created_at'],
  searchFields: ['name', 'slug'],
  ordering: ['name'],
  dateHierarchy: 'created_at',
  prepopulated: { slug: 'name' },
  inlines: [
    inline(Membership, {
      title: 'Members',
      fk: 'organization_id',
      fields: ['user_id', 'role'],
      autocomplete: ['user_id'],
    }),
  ],
  hooks: { stamp: timestamps },
});

export const membershipAdmin = modelAdmin(Membership, {
  icon: 'fa-id-badge',
  description: 'Who belongs to which organization, and as what.',
  listDisplay: ['user_id', 'organization_id', 'role', 'created_at'],
  listFilter: ['role', 'organization_id', 'created_at'],
  searchFields: ['user_id.email', 'user_id.name', 'organization_id.name'],
  searchHelp: 'Search by person or organization',
  autocomplete: ['user_id', 'organization_id'],
  hooks: {
    stamp: (_values, { adding, now }) => (adding ? { created_at: now } : {}),
    afterEach: async (trx, { before, after }) => {
      if (before?.role !== 'owner' || before.organization_id === null) return;
      if (after?.role === 'owner' && after.organization_id === before.organization_id) return;
      await lockMembers(trx, before.organization_id); // two owners who leave at the same moment take turns
      await requireOwner(trx, before.organization_id);
    },
  },
});
