import type { Knex } from 'knex';

/** The repositories of people's GitHub accounts, and how far reading them has come. Both go with the connection. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('github_reading', (t) => {
    t.increments('id');
    t.integer('connection_id').notNullable().unique().references('integration_connections.id').onDelete('CASCADE');
    t.string('account_id', 254).notNullable(); // whose repositories; another account begins anew
    t.integer('round').notNullable(); // one more with each reading; repositories carry that which saw them last
    t.integer('page').notNullable().defaultTo(0); // pages that are read and kept
    t.integer('pages'); // of how many, as far as GitHub says
    t.timestamp('started_at').notNullable();
    t.timestamp('finished_at');
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('github_repository', (t) => {
    t.increments('id');
    t.integer('connection_id').notNullable().references('integration_connections.id').onDelete('CASCADE');
    t.string('external_id', 40).notNullable();
    t.string('full_name', 254).notNullable();
    t.boolean('private').notNullable();
    t.boolean('archived').notNullable();
    t.string('default_branch', 254).notNullable().defaultTo('');
    t.string('language', 100).notNullable().defaultTo('');
    t.timestamp('pushed_at');
    t.integer('round').notNullable();
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['connection_id', 'external_id']);
    t.index(['connection_id', 'pushed_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['github_repository', 'github_reading']) await knex.schema.dropTable(table);
}
