import { inline, modelAdmin, timestamps } from '../admin';
import { producerFeatures } from './features';
import { FeatureFlagsRow, Producer, ProducerFinancial, UserProducer } from './models';
import { bumpProducers } from './producers';
import { insertFlagRows } from './queries';

/** The producers that rows of flags or of people belong to. */
const ownersOf = (
  changes: readonly { before: { producer_id: number | null } | null; after: { producer_id: number | null } | null }[],
): number[] =>
  [...new Set(changes.flatMap(({ before, after }) => [before?.producer_id, after?.producer_id]))].filter(
    (id) => typeof id === 'number',
  );

export const producerAdmin = modelAdmin(Producer, {
  icon: 'fa-masks-theater',
  description: 'The customer accounts of the product.',
  listDisplay: ['name', 'slug', 'contact_email', 'is_active', 'created_at'],
  listFilter: ['is_active', 'created_at'],
  searchFields: ['name', 'slug', 'contact_email'],
  searchHelp: 'Search by name, slug or contact',
  ordering: ['name'],
  prepopulated: { slug: 'name' },
  inlines: [
    inline(FeatureFlagsRow, {
      title: 'Feature flags',
      kind: 'stacked',
      fk: 'producer_id',
      oneToOne: true,
      fields: producerFeatures.map(([, { column }]) => column),
    }),
    inline(ProducerFinancial, {
      title: 'Financials',
      kind: 'stacked',
      fk: 'producer_id',
      oneToOne: true,
      fields: ['payout_account', 'currency', 'balance_minor'],
    }),
    inline(UserProducer, {
      title: 'Users',
      fk: 'producer_id',
      fields: ['user_id', 'role', 'can_publish_shows'],
      autocomplete: ['user_id'],
    }),
  ],
  hooks: {
    stamp: timestamps,
    afterEach: async (trx, { id, before, after }) => {
      if (before === null && after !== null) await insertFlagRows(trx, [id], after.created_at ?? new Date(0));
    },
    afterAll: (trx, changes) =>
      bumpProducers(
        trx,
        changes.map(({ id }) => id),
      ),
  },
});

export const featureFlagsAdmin = modelAdmin(FeatureFlagsRow, {
  icon: 'fa-toggle-on',
  description: 'Which features each producer has.',
  listDisplay: [
    'producer_id',
    'knowledge_base_enabled',
    'ai_agents_enabled',
    'additional_services_enabled',
    'modified_at',
  ],
  listFilter: ['knowledge_base_enabled', 'ai_agents_enabled', 'additional_services_enabled'],
  searchFields: ['producer_id.name', 'producer_id.slug'],
  searchHelp: 'Search by producer',
  readonlyFields: ['producer_id', 'created_at', 'modified_at'],
  ordering: ['id'],
  canAdd: false,
  canDelete: false,
  hooks: { stamp: timestamps, afterAll: (trx, changes) => bumpProducers(trx, ownersOf(changes)) },
});

export const financialAdmin = modelAdmin(ProducerFinancial, {
  icon: 'fa-coins',
  description: 'Payout accounts and balances of producers.',
  listDisplay: ['producer_id', 'payout_account', 'currency', 'balance_minor'],
  listFilter: ['currency'],
  searchFields: ['producer_id.name', 'payout_account'],
  searchHelp: 'Search by producer or account',
  ordering: ['id'],
  canAdd: false,
});

export const userProducerAdmin = modelAdmin(UserProducer, {
  icon: 'fa-user-tie',
  description: 'Who belongs to which producer, and as what.',
  listDisplay: ['user_id', 'producer_id', 'role', 'can_publish_shows', 'created_at'],
  listFilter: ['role', 'can_publish_shows', 'created_at'],
  searchFields: ['user_id.email', 'user_id.name', 'producer_id.name'],
  searchHelp: 'Search by person or producer',
  autocomplete: ['user_id', 'producer_id'],
  hooks: {
    stamp: (_values, { adding, now }) => (adding ? { created_at: now } : {}),
    afterAll: (trx, changes) => bumpProducers(trx, ownersOf(changes)),
  },
});
