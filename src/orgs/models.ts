import { choice, foreignKey, model, slug, text, timestamp } from '../model';

/** A company or team that uses the product together. */
export const Organization = model('orgs.organization', {
  table: 'orgs_organization',
  noun: 'organization',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, max: 100 }),
    slug: slug({ required: true, unique: true, help: 'Its name in addresses and in events.' }),
    time_zone: text({ label: 'Time zone', initial: 'UTC', max: 64 }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** A person's place in an organization. */
export const Membership = model('orgs.membership', {
  table: 'orgs_membership',
  noun: 'membership',
  titleColumns: ['role'],
  fields: {
    organization_id: foreignKey('orgs.organization', { label: 'Organization', required: true }),
    user_id: foreignKey('auth.user', { label: 'Person', required: true }),
    role: choice({
      initial: 'member',
      choices: [
        { value: 'owner', text: 'Owner' },
        { value: 'admin', text: 'Admin' },
        { value: 'member', text: 'Member' },
      ],
    }),
    created_at: timestamp('Since'),
  },
});
