import { choice, foreignKey, model, timestamp } from '../model';
import { optionalIntegrations } from './catalogue';

/** Somebody who wants an integration that is not there yet; once per person and integration. */
export const Interest = model('integrations.interest', {
  table: 'integrations_interest',
  noun: 'interest',
  nounPlural: 'interests',
  titleColumns: ['integration'],
  fields: {
    integration: choice({ choices: optionalIntegrations.map(({ slug, name }) => ({ value: slug, text: name })) }),
    user_id: foreignKey('auth.user', { label: 'Person' }),
    organization_id: foreignKey('orgs.organization', { label: 'Organization', onDelete: 'setNull' }),
    created_at: timestamp('When'),
  },
});
