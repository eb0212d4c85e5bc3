import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('producers_show', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.string('title', 120).notNullable();
    t.string('venue', 120).notNullable();
    t.string('city', 80).notNullable().defaultTo('');
    t.timestamp('starts_at').notNullable();
    t.integer('capacity').notNullable();
    t.integer('price_minor').notNullable();
    t.string('currency', 3).notNullable();
    t.string('status', 20).notNullable(); // draft, on_sale, cancelled
    t.text('description').notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.index(['producer_id', 'starts_at']);
  });
  await knex.schema.createTable('producers_order', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.integer('show_id').notNullable().references('producers_show.id').onDelete('CASCADE').index();
    t.string('number', 20).notNullable();
    t.string('buyer_name', 120).notNullable();
    t.string('buyer_email', 254).notNullable();
    t.integer('tickets').notNullable();
    t.integer('total_minor').notNullable();
    t.integer('fee_minor').notNullable().defaultTo(0);
    t.string('currency', 3).notNullable();
    t.string('status', 20).notNullable(); // paid, pending, refunded
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['producer_id', 'number']);
    t.index(['producer_id', 'created_at']);
  });
  await knex.schema.createTable('producers_payout', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.string('reference', 20).notNullable();
    t.bigInteger('amount_minor').notNullable();
    t.string('currency', 3).notNullable();
    t.string('status', 20).notNullable(); // scheduled, paid, failed
    t.timestamp('due_at').notNullable();
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['producer_id', 'reference']);
    t.index(['producer_id', 'due_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('producers_payout');
  await knex.schema.dropTable('producers_order');
  await knex.schema.dropTable('producers_show');
}
