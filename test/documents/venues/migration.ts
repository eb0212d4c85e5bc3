import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('venues_genre', (t) => {
    t.increments('id');
    t.string('name', 60).notNullable().unique();
  });
  await knex.schema.createTable('venues_venue', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().unique();
    t.string('slug', 60).notNullable().unique();
    t.string('city', 10).notNullable();
    t.integer('capacity');
    t.boolean('is_open').notNullable().defaultTo(true);
    t.integer('manager_id').references('auth_user.id').onDelete('SET NULL').index();
    t.text('note').notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('venues_venue_genres', (t) => {
    t.integer('venue_id').notNullable().references('venues_venue.id').onDelete('CASCADE');
    t.integer('genre_id').notNullable().references('venues_genre.id').onDelete('CASCADE').index();
    t.primary(['venue_id', 'genre_id']);
  });
  await knex.schema.createTable('venues_room', (t) => {
    t.increments('id');
    t.integer('venue_id').notNullable().references('venues_venue.id').onDelete('CASCADE').index();
    t.string('name', 60).notNullable();
    t.integer('seats').notNullable();
    t.integer('steward_id').references('auth_user.id').onDelete('SET NULL').index();
  });
  await knex.schema.createTable('venues_contact', (t) => {
    t.increments('id');
    t.integer('venue_id').notNullable().unique().references('venues_venue.id').onDelete('CASCADE');
    t.string('phone', 40).notNullable().defaultTo('');
    t.text('address').notNullable().defaultTo('');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['venues_contact', 'venues_room', 'venues_venue_genres', 'venues_venue', 'venues_genre']) {
    await knex.schema.dropTable(table);
  }
}
