import type { Knex } from 'knex';

/** One request at a time: it counts until it is declined. */
const ONE_OPEN = `create unique index offers_request_one_open on offers_request (producer_id, service_id)
  where state <> 'declined'`;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('offers_service', (t) => {
    t.increments('id');
    t.string('name', 60).notNullable().unique();
    t.string('slug', 60).notNullable().unique();
    t.string('icon', 40).notNullable();
    t.string('summary', 200).notNullable().defaultTo('');
    t.string('price', 80).notNullable().defaultTo('');
    t.text('benefits').notNullable().defaultTo('');
    t.boolean('is_offered').notNullable().defaultTo(false);
    t.integer('position').notNullable().defaultTo(0);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('offers_request', (t) => {
    t.increments('id');
    t.integer('service_id').notNullable().references('offers_service.id').onDelete('CASCADE').index();
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE').index();
    t.integer('user_id').references('auth_user.id').onDelete('SET NULL').index();
    t.string('state', 20).notNullable(); // requested, contacted, active, declined
    t.string('note', 500).notNullable().defaultTo('');
    t.string('answer', 300).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.raw(ONE_OPEN);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('offers_request');
  await knex.schema.dropTable('offers_service');
}
