import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('assistant_question', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('question', 500).notNullable();
    t.text('answer').notNullable().defaultTo('');
    t.text('sources').notNullable().defaultTo('[]');
    t.string('state', 20).notNullable(); // open, complete, unknown, cut
    t.string('answered_by', 20).notNullable().defaultTo(''); // articles, service
    t.string('note', 200).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.index(['producer_id', 'user_id', 'created_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('assistant_question');
}
