import { choice, foreignKey, model, text, textarea, timestamp } from '../model';
import { allIntegrations } from './catalogue';
import { providers } from './providers';
import { toScopes } from './scopes';

/** Somebody who wants an integration that is not there yet; once per person and integration. */
export const Interest = model('integrations.interest', {
  table: 'integrations_interest',
  noun: 'interest',
  nounPlural: 'interests',
  titleColumns: ['integration'],
  fields: {
    integration: choice({ choices: allIntegrations.map(({ slug, name }) => ({ value: slug, text: name })) }),
    user_id: foreignKey('auth.user', { label: 'Person' }),
    organization_id: foreignKey('orgs.organization', { label: 'Organization', onDelete: 'setNull' }),
    created_at: timestamp('When'),
  },
});

/** What somebody has connected. Its tokens are no fields: nothing generic ever reads them. */
export const Connection = model('integrations.connection', {
  table: 'integration_connections',
  noun: 'connection',
  titleColumns: ['external_name'],
  fields: {
    user_id: foreignKey('auth.user', { label: 'Person' }),
    provider: choice({ choices: providers.map(({ slug, name }) => ({ value: slug, text: name })) }),
    external_name: text({ label: 'Connected as' }),
    external_id: text({ label: 'Account there' }),
    scopes: { ...text({ label: 'Granted' }), fromDb: (scopes: unknown) => toScopes(String(scopes ?? '')).join(', ') },
    expires_at: timestamp('Access until'),
    auth_failed_at: timestamp('Needs attention since'),
    disconnected_at: timestamp('Marked as disconnected'),
    last_error: textarea({ label: 'Last error' }),
    created_at: timestamp('Connected'),
    modified_at: timestamp('Last changed'),
  },
});
