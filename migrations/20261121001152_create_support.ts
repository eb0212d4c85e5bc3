import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('support_ticket', (t) => {
    t.increments('id');
    t.integer('number').notNullable().unique();
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.integer('user_id').references('auth_user.id').onDelete('SET NULL').index();
    t.string('subject', 120).notNullable();
    t.string('state', 20).notNullable(); // open, answered, closed
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.index(['producer_id', 'modified_at']);
  });
  await knex.schema.createTable('support_message', (t) => {
    t.increments('id');
    t.integer('ticket_id').notNullable().references('support_ticket.id').onDelete('CASCADE').index();
    t.integer('user_id').references('auth_user.id').onDelete('SET NULL').index();
    t.boolean('from_staff').notNullable().defaultTo(false);
    t.text('body').notNullable();
    t.timestamp('created_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('support_message');
  await knex.schema.dropTable('support_ticket');
}
