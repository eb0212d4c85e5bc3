import {
  type Action,
  bulkUpdate,
  column,
  countDiffering,
  customFilter,
  emptyFilter,
  inline,
  type ListScope,
  type Messages,
  type ModelAdmin,
  modelAdmin,
  type Panel,
  sql,
  timestamps,
} from '../../../src/admin';
import { Contact, Genre, Room, Venue } from './models';
import { countSeats } from './queries';

const size = customFilter('size', 'Size', [
  { value: 'small', text: 'Up to 200 seats', where: sql('?? <= ?', 't.capacity', 200) },
  { value: 'large', text: 'More than 200', where: sql('?? > ?', 't.capacity', 200) },
]);

const close: Action = {
  name: 'close',
  label: 'Close for bookings',
  question: (count) => `Close ${count} for bookings?`,
  confirm: 'Close',
  undo: 'own',
  affected: (context, ids) => countDiffering(context, venueAdmin.model, ids, { is_open: false }),
  run: async (context, ids) => {
    const changed = await bulkUpdate(venueAdmin, context, ids, { is_open: false });
    return { changed, message: `${changed} closed for bookings.` };
  },
};

const seats: Panel<unknown> = {
  partial: 'partials/venues/seats.njk',
  target: '#venue-seats',
  data: async (_context, scope) => ({ seats: await countSeats(scope as ListScope) }),
};

export const venueAdmin: ModelAdmin = modelAdmin(Venue, {
  icon: 'fa-building',
  description: 'Places where shows happen.',

  // The list
  listDisplay: [
    'name',
    'city',
    'capacity',
    'is_open',
    'manager_id',
    column('Genres', (row) => String(row.genres_titles)),
    column('Size', (row) => ((row.capacity ?? 0) > 200 ? 'Large' : 'Small'), { orderBy: 'capacity' }),
  ],
  listDisplayLinks: ['name'],
  listDetail: 'note',
  listFilter: ['city', 'is_open', 'manager_id', 'created_at', emptyFilter(Venue, 'note'), size],
  searchFields: ['^name', '=slug', 'note', 'manager_id.email'],
  searchHelp: 'Search by name, note or manager',
  ordering: ['city', '-capacity'],
  listPerPage: 50,
  listMaxShowAll: 200,
  listEditable: ['capacity', 'is_open'],
  dateHierarchy: 'created_at',
  countLinks: ['genres'],
  prefetch: ['genres'],
  actions: [close],
  listPanels: [seats],

  // The form
  fieldsets: [
    { fields: ['name', 'slug', 'city'] },
    { title: 'Bookings', help: 'What people see who book.', fields: ['capacity', 'is_open', 'genres'] },
    { title: 'Inside', fields: ['manager_id', 'note'], collapsed: true },
    { title: 'Dates', fields: ['created_at', 'modified_at'] },
  ],
  readonlyFields: ['created_at', 'modified_at'],
  prepopulated: { slug: 'name' },
  autocomplete: ['manager_id'],
  inlines: [
    inline(Room, { fk: 'venue_id', fields: ['name', 'seats', 'steward_id'], autocomplete: ['steward_id'], extra: 1 }),
    inline(Contact, { fk: 'venue_id', fields: ['phone', 'address'], kind: 'stacked', oneToOne: true }),
  ],
  formPanels: [{ partial: 'partials/venues/preview.njk', data: (_context, row) => ({ slug: row?.slug ?? '' }) }],
  saveAs: true,
  viewOnSite: (row) => `/venues/${row.slug}/`,

  // What can be done at all
  canAdd: true,
  canChange: true,
  canDelete: true,

  // What surrounds a write
  hooks: {
    validate: ({ is_open, capacity }): Messages =>
      is_open && capacity === null ? { capacity: ['Say how many seats there are before it opens.'] } : {},
    stamp: timestamps,
    whyNotDelete: (row) => (row.is_open ? 'It is open for bookings. Close it first.' : undefined),
  },
});

export const genreAdmin = modelAdmin(Genre, {
  icon: 'fa-tags',
  description: 'Kinds of shows.',
  listDisplay: ['name'],
  searchFields: ['name'],
  ordering: ['name'],
});

export const roomAdmin = modelAdmin(Room, {
  icon: 'fa-door-open',
  description: 'Rooms of venues.',
  listDisplay: ['name', 'venue_id', 'seats', 'steward_id'],
  searchFields: ['name', 'venue_id.name'],
});

export const contactAdmin = modelAdmin(Contact, {
  icon: 'fa-phone',
  description: 'How venues are reached.',
  listDisplay: ['phone', 'venue_id'],
});
