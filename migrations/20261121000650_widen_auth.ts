import type { Knex } from 'knex';

/**
 * Guesses are counted by their times, one-time links belong to an address (which may have no account yet), and an account
 * knows which of its sessions are older than its last change of password.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.dropTable('auth_throttle');
  await knex.schema.createTable('auth_throttle', (t) => {
    t.string('key', 100).primary(); // a kind and a hash: no address or e-mail can be read from it
    t.text('recent').notNullable(); // JSON list of milliseconds, oldest first
    t.timestamp('expires_at').notNullable().index();
  });
  await knex.schema.dropTable('auth_token');
  await knex.schema.createTable('auth_token', (t) => {
    t.increments('id');
    t.string('purpose', 30).notNullable();
    t.string('email', 254).notNullable();
    t.integer('user_id').references('auth_user.id').onDelete('CASCADE').index();
    t.string('detail', 254).notNullable().defaultTo('');
    t.string('token_hash', 64).notNullable().unique();
    t.timestamp('expires_at').notNullable().index();
    t.timestamp('created_at').notNullable();
    t.unique(['purpose', 'email']); // a new link takes the place of the one before
  });
  await knex.schema.alterTable('auth_user', (t) => {
    t.integer('session_epoch').notNullable().defaultTo(0);
  });
  await knex.schema.alterTable('auth_identity', (t) => {
    t.string('label', 100).notNullable().defaultTo('');
  });
}

export async function down(knex: Knex): Promise<void> {
  // Knex rebuilds SQLite tables to drop a column, which would delete what refers to them; both databases can do it in place.
  await knex.schema.raw('alter table auth_identity drop column label');
  await knex.schema.raw('alter table auth_user drop column session_epoch');
  await knex.schema.dropTable('auth_token');
  await knex.schema.createTable('auth_token', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('purpose', 30).notNullable();
    t.string('token_hash', 64).notNullable().unique();
    t.timestamp('expires_at').notNullable();
    t.timestamp('created_at').notNullable();
  });
  await knex.schema.dropTable('auth_throttle');
  await knex.schema.createTable('auth_throttle', (t) => {
    t.string('key', 100).primary();
    t.integer('failures').notNullable();
    t.timestamp('window_started_at').notNullable();
    t.timestamp('blocked_until').notNullable();
  });
}
