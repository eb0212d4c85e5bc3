import { emptyFilter, modelAdmin } from '../admin';
import { foreignKey, integer, model, text, textarea, timestamp } from '../model';

const Event = model('analytics.event', {
  table: 'analytics_event',
  noun: 'event',
  titleColumns: ['event'],
  fields: {
    event: text(),
    user_id: foreignKey('auth.user', { label: 'Person', onDelete: 'setNull' }),
    distinct_id: text({ label: 'Distinct id' }),
    properties: textarea(),
    created_at: timestamp('When'),
    sent_at: timestamp('Delivered'),
    attempts: integer({ label: 'Tries' }),
    last_error: textarea({ label: 'Last error' }),
    uuid: text({ label: 'Event id' }),
  },
});

/** Recorded events and whether PostHog has them. */
export const eventAdmin = modelAdmin(Event, {
  icon: 'fa-chart-line',
  description: 'What was recorded, and whether it reached PostHog.',
  listDisplay: ['event', 'user_id', 'properties', 'created_at', 'sent_at', 'attempts'],
  listFilter: [emptyFilter(Event, 'sent_at'), 'created_at'],
  searchFields: ['event', 'properties', 'user_id.email'],
  dateHierarchy: 'created_at',
  canAdd: false,
  canChange: false,
  canDelete: false,
});
