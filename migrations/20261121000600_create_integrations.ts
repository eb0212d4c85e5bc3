import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('integrations_interest', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE');
    t.string('integration', 50).notNullable(); // a slug of the catalogue, which lives in code
    t.integer('organization_id').references('orgs_organization.id').onDelete('SET NULL').index();
    t.timestamp('created_at').notNullable().index();
    t.unique(['user_id', 'integration']); // asking twice is still one person who wants it
    t.index(['integration', 'created_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('integrations_interest');
}
