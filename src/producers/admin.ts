import { column, inline, type ModelAdmin, modelAdmin, type Panel, timestamps } from '../admin';
import type { Services } from '../services';
import { featureActions, featureFilters, flagsJoin } from './admin-actions';
import { flagsPanel } from './admin-flags';
import { producerFeatures } from './features';
import { isGating } from './members';
import { FeatureFlagsRow, Producer, ProducerFinancial, UserProducer } from './models';
import { bumpProducers } from './producers';
import { insertFlagRows } from './queries';
import { tellContacts } from './tell-contacts';

type Parts = Pick<Services, 'config' | 'flags' | 'mail'>;

const columns = producerFeatures.map(([, feature]) => feature.column);

/** The producers that rows of flags or of people belong to. */
const ownersOf = (
  changes: readonly { before: { producer_id: number | null } | null; after: { producer_id: number | null } | null }[],
): number[] =>
  [...new Set(changes.flatMap(({ before, after }) => [before?.producer_id, after?.producer_id]))].filter(
    (id) => typeof id === 'number',
  );

/** The features of a producer in a list, by name. */
const featuresColumn = column<{ id: number } & Record<string, unknown>>(
  'Features',
  (row) =>
    producerFeatures
      .filter(([, feature]) => Boolean(row[`flags__${feature.column}`]))
      .map(([, { name }]) => name)
      .join(', ') || 'None',
);

/** Says on the pages of producers that their flags decide nothing at the moment. */
const gatingBanner = ({ flags }: Parts): Panel<unknown> => ({
  partial: 'partials/producers/gating-banner.njk',
  data: () => ({ open: !isGating(flags) }),
});

/** Producers, their flags, money and people in the admin. */
export function createProducerAdmins(parts: Parts): readonly ModelAdmin[] {
  const banner = gatingBanner(parts);
  const featureFlagsAdmin: ModelAdmin = modelAdmin(FeatureFlagsRow, {
    icon: 'fa-toggle-on',
    description: 'Which features each producer has.',
    listDisplay: ['producer_id', ...columns, 'modified_at'],
    listFilter: columns,
    searchFields: ['producer_id.name', 'producer_id.slug'],
    searchHelp: 'Search by producer',
    readonlyFields: ['producer_id', 'created_at', 'modified_at'],
    ordering: ['id'],
    listPanels: [banner],
    formPanels: [banner],
    canAdd: false,
    canDelete: false,
    hooks: {
      stamp: timestamps,
      afterAll: async (trx, changes) => {
        await bumpProducers(trx, ownersOf(changes));
        await tellContacts(trx, { mail: parts.mail, baseUrl: parts.config.baseUrl }, changes);
      },
    },
  });
  const producerAdmin = modelAdmin(Producer, {
    icon: 'fa-masks-theater',
    description: 'The customer accounts of the product.',
    listDisplay: ['name', featuresColumn, 'contact_email', 'is_active', 'created_at'],
    listDetail: 'slug',
    listJoins: [flagsJoin],
    listFilter: [...featureFilters, 'is_active', 'created_at'],
    searchFields: ['name', 'slug', 'contact_email'],
    searchHelp: 'Search by name, slug or contact',
    searchText: 'search_text',
    ordering: ['name'],
    prepopulated: { slug: 'name' },
    actions: featureActions(() => featureFlagsAdmin),
    listPanels: [banner],
    formPanels: [banner],
    inlines: [
      inline(FeatureFlagsRow, {
        title: 'Feature flags',
        help: 'What the portal of this producer shows. A switch saves by itself at once; the rest of this page waits for Save.',
        kind: 'stacked',
        fk: 'producer_id',
        oneToOne: true,
        onAdd: false,
        fieldwise: true,
        fields: columns,
        panel: { partial: 'partials/producers/flags-inline.njk', data: flagsPanel },
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
  return [producerAdmin, featureFlagsAdmin, financialAdmin, userProducerAdmin];
}

const financialAdmin = modelAdmin(ProducerFinancial, {
  icon: 'fa-coins',
  description: 'Payout accounts and balances of producers.',
  listDisplay: ['producer_id', 'payout_account', 'currency', 'balance_minor'],
  listFilter: ['currency'],
  searchFields: ['producer_id.name', 'payout_account'],
  searchHelp: 'Search by producer or account',
  ordering: ['id'],
  canAdd: false,
});

const userProducerAdmin = modelAdmin(UserProducer, {
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
