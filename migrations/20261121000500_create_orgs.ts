import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('orgs_organization', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable();
    t.string('slug', 60).notNullable().unique();
    t.string('time_zone', 64).notNullable().defaultTo('UTC');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('orgs_membership', (t) => {
    t.increments('id');
    t.integer('organization_id').notNullable().references('orgs_organization.id').onDelete('CASCADE');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('role', 20).notNullable(); // owner, admin, member
    t.timestamp('created_at').notNullable();
    t.unique(['organization_id', 'user_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('orgs_membership');
  await knex.schema.dropTable('orgs_organization');
}
