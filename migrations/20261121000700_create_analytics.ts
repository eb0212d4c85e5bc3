import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('analytics_event', (t) => {
    t.increments('id');
    t.string('uuid', 36).notNullable().unique(); // travels with the event, so that a second delivery is recognised
    t.string('event', 200).notNullable();
    t.integer('user_id').references('auth_user.id').onDelete('SET NULL').index();
    t.string('distinct_id', 200).notNullable();
    t.text('properties').notNullable(); // JSON
    t.timestamp('created_at').notNullable();
    t.timestamp('sent_at');
    t.integer('attempts').notNullable().defaultTo(0);
    t.string('last_error', 500);
    t.timestamp('next_attempt_at').notNullable(); // also the end of a claim: who dies with a batch gives it back
    t.string('claimed_by', 36);
    t.index(['event', 'created_at']);
    // Only what is still to be sent: stays small however many events were ever recorded.
    t.index(['next_attempt_at', 'id'], 'analytics_event_unsent', { predicate: knex.whereNull('sent_at') });
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('analytics_event');
}
