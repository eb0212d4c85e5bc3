import type { Knex } from 'knex';

/**
 * What programs come back with when their access has run out: one row for each sign-in of a program, renewed with every use.
 * Only hashes are here, and a seed that is worth nothing without the token it was used with.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('auth_refreshtoken', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('family_hash', 64).notNullable().unique(); // of the part that all tokens of one sign-in share
    t.string('token_hash', 64).notNullable(); // of the one that counts
    t.string('spent_hash', 64); // of the one before it
    t.string('seed', 43).notNullable(); // what the one that counts was made with, from the one before it
    t.integer('session_epoch').notNullable();
    t.string('address', 64).notNullable().defaultTo('');
    t.string('user_agent', 400).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('rotated_at').notNullable();
    t.timestamp('expires_at').notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('auth_refreshtoken');
}
