import type { Knex } from 'knex';

/** How often each gated feature was opened, by producer and day. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('producers_featureuse', (t) => {
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE');
    t.string('feature', 63).notNullable(); // the column of producers_featureflags
    t.string('day', 10).notNullable(); // as 2026-11-21, in UTC
    t.integer('opened').notNullable().defaultTo(0);
    t.primary(['producer_id', 'feature', 'day']);
    t.index(['day']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('producers_featureuse');
}
