import { boolean, choice, email, foreignKey, integer, model, slug, text, timestamp } from '../model';
import { type FeatureFlagColumn, producerFeatures } from './features';

/** A customer account of the product. */
export const Producer = model('producers.producer', {
  table: 'producers_producer',
  noun: 'producer',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, max: 100 }),
    slug: slug({ required: true, unique: true, help: 'Its name in addresses and in the API.' }),
    contact_email: email({ label: 'Contact e-mail' }),
    is_active: boolean({ label: 'Active', initial: true, help: 'Whether its people can use the portal.' }),
    tell_contact: boolean({
      label: 'Tell the contact',
      help: 'Sends the contact an e-mail when a feature is switched on.',
    }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** The money of a producer; one row for each. */
export const ProducerFinancial = model('producers.producerfinancial', {
  table: 'producers_producerfinancial',
  noun: 'financials',
  nounPlural: 'financials',
  titleColumns: ['payout_account'],
  fields: {
    producer_id: foreignKey('producers.producer', { label: 'Producer', required: true, unique: true }),
    payout_account: text({ label: 'Payout account', max: 60, help: 'How the account is called, not its number.' }),
    currency: text({
      initial: 'USD',
      max: 3,
      pattern: { expression: /^[A-Z]{3}$/, message: 'Enter three capital letters, like USD.' },
    }),
    balance_minor: integer({ label: 'Balance', initial: 0, help: 'In the smallest unit of the currency, like cents.' }),
  },
});

/** A person's place in a producer. */
export const UserProducer = model('producers.userproducer', {
  table: 'producers_userproducer',
  noun: 'producer user',
  titleColumns: ['role'],
  fields: {
    user_id: foreignKey('auth.user', { label: 'Person', required: true }),
    producer_id: foreignKey('producers.producer', { label: 'Producer', required: true }),
    role: choice({
      initial: 'viewer',
      choices: [
        { value: 'owner', text: 'Owner' },
        { value: 'manager', text: 'Manager' },
        { value: 'viewer', text: 'Viewer' },
      ],
    }),
    can_publish_shows: boolean({ label: 'Can publish shows' }),
    created_at: timestamp('Since'),
  },
});

const switches = Object.fromEntries(
  producerFeatures.map(([, { column, name, help }]) => [column, boolean({ label: name, help, switches: true })]),
) as Record<FeatureFlagColumn, ReturnType<typeof boolean>>;

/** Which features a producer has; one row for each. */
export const FeatureFlagsRow = model('producers.featureflags', {
  table: 'producers_featureflags',
  noun: 'feature flags',
  nounPlural: 'feature flags',
  titleColumns: ['producer_id'],
  fields: {
    producer_id: foreignKey('producers.producer', { label: 'Producer', required: true, unique: true }),
    ...switches,
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});
