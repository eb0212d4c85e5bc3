import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('flags_flaginfo', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().unique();
    t.text('description').notNullable().defaultTo('');
    t.timestamp('archived_at'); // null: in use
    t.boolean('track_usage').notNullable().defaultTo(false); // whether rows of who got it are kept
    t.decimal('sample_rate', 5, 2).notNullable().defaultTo(100); // percent of the evaluations that leave such a row
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('flags_flagstate', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().index();
    t.string('condition', 50).notNullable();
    t.string('value', 500).notNullable();
    t.boolean('required').notNullable().defaultTo(false);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['name', 'condition', 'value', 'required']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('flags_flagstate');
  await knex.schema.dropTable('flags_flaginfo');
}
