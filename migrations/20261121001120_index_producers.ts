import type { Knex } from 'knex';

/** The list of producers is read by name. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('producers_producer', (t) => t.index(['name', 'id']));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('producers_producer', (t) => t.dropIndex(['name', 'id']));
}
