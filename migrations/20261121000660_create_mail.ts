import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('mail_message', (t) => {
    t.increments('id');
    t.string('recipient', 254).notNullable();
    t.string('subject', 200).notNullable();
    t.text('body'); // sealed, because it may hold a one-time link; removed once delivered
    t.string('message_id', 100).notNullable().unique();
    t.integer('attempts').notNullable().defaultTo(0);
    t.timestamp('next_attempt_at').notNullable();
    t.timestamp('sent_at');
    t.timestamp('given_up_at');
    t.string('last_error', 400).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.index(['sent_at', 'given_up_at', 'next_attempt_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('mail_message');
}
