import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('snapshots_revision', (t) => {
    t.string('scope', 100).primary();
    t.integer('revision').notNullable();
  });
  await knex('snapshots_revision').insert({ scope: 'global', revision: 1 });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('snapshots_revision');
}
