import {
  boolean,
  choice,
  foreignKey,
  integer,
  manyToMany,
  model,
  slug,
  text,
  textarea,
  timestamp,
} from '../../../src/model';

/** A place where shows happen. */
export const Venue = model('venues.venue', {
  table: 'venues_venue',
  noun: 'venue',
  titleColumns: ['name'],
  fields: {
    name: text({ required: true, unique: true, max: 100 }),
    slug: slug({ required: true, unique: true, help: 'Its name in addresses.' }),
    city: choice({
      choices: [
        { value: 'phx', text: 'Phoenix' },
        { value: 'tus', text: 'Tucson' },
      ],
    }),
    capacity: integer({ min: 1, max: 100_000, help: 'Seats for one show.' }),
    is_open: boolean({ label: 'Open', initial: true, help: 'Whether shows can be booked.' }),
    manager_id: foreignKey('auth.user', { label: 'Manager', onDelete: 'setNull' }),
    genres: manyToMany('venues.genre', {
      through: { table: 'venues_venue_genres', from: 'venue_id', to: 'genre_id' },
    }),
    note: textarea({ help: 'What staff should know.' }),
    created_at: timestamp('Created'),
    modified_at: timestamp('Last changed'),
  },
});

/** A kind of show. */
export const Genre = model('venues.genre', {
  table: 'venues_genre',
  noun: 'genre',
  titleColumns: ['name'],
  fields: { name: text({ required: true, unique: true, max: 60 }) },
});

/** A room of a venue. */
export const Room = model('venues.room', {
  table: 'venues_room',
  noun: 'room',
  titleColumns: ['name'],
  fields: {
    venue_id: foreignKey('venues.venue', { label: 'Venue', required: true }),
    name: text({ required: true, max: 60 }),
    seats: integer({ min: 1, max: 20_000, required: true }),
    steward_id: foreignKey('auth.user', { label: 'Steward', onDelete: 'setNull' }),
  },
});

/** How a venue is reached; one for each. */
export const Contact = model('venues.contact', {
  table: 'venues_contact',
  noun: 'contact',
  titleColumns: ['phone'],
  fields: {
    venue_id: foreignKey('venues.venue', { label: 'Venue', required: true, unique: true }),
    phone: text({ max: 40 }),
    address: textarea(),
  },
});
