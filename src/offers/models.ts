import { boolean, choice, foreignKey, integer, model, slug, text, textarea, timestamp } from '../model';

/** What may stand on a card; names of Font Awesome Free. */
const ICONS = [
  ['fa-bullhorn', 'Megaphone'],
  ['fa-envelope-open-text', 'Letter'],
  ['fa-chart-line', 'Chart'],
  ['fa-camera', 'Camera'],
  ['fa-palette', 'Palette'],
  ['fa-headset', 'Headset'],
  ['fa-map-location-dot', 'Map'],
  ['fa-user-group', 'People'],
] as const;

/** How far a request has come. */
export const STATES = [
  { value: 'requested', text: 'Requested' },
  { value: 'contacted', text: 'Contacted' },
  { value: 'active', text: 'Active' },
  { value: 'declined', text: 'Declined' },
] as const;

/** A service that producers can ask for. */
export const Service = model('offers.service', {
  table: 'offers_service',
  noun: 'service',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, unique: true, max: 60 }),
    slug: slug({ required: true, unique: true, help: 'Its name in addresses.' }),
    icon: choice({ choices: ICONS.map(([value, words]) => ({ value, text: words })) }),
    summary: text({ max: 200, help: 'What it is, in one sentence.' }),
    price: text({ max: 80, help: 'In words, as it stands on the card: “$49 a month”, “8 % of what it sells”.' }),
    benefits: textarea({ max: 1_000, help: 'One on each line, three of them at best.' }),
    is_offered: boolean({ label: 'Offered', help: 'Whether producers see it. Those who have it keep seeing it.' }),
    position: integer({ initial: 0, min: 0, max: 1_000, help: 'Smaller ones come first.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** A producer's request for a service; one at a time for each. */
export const ServiceRequest = model('offers.request', {
  table: 'offers_request',
  noun: 'request',
  titleColumns: ['service_id'],
  fields: {
    service_id: foreignKey('offers.service', { label: 'Service' }),
    producer_id: foreignKey('producers.producer', { label: 'Producer' }),
    user_id: foreignKey('auth.user', { label: 'Asked by', onDelete: 'setNull' }),
    state: choice({ choices: STATES.map((state) => ({ ...state })) }),
    note: text({ max: 500, help: 'What the producer wrote.' }),
    answer: text({
      max: 300,
      help: 'One sentence that the producer reads on the card, like “Mara calls you on Monday”.',
    }),
    created_at: timestamp('Asked'),
    modified_at: timestamp('Last changed'),
  },
});
