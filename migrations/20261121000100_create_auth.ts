import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('auth_user', (t) => {
    t.increments('id');
    t.string('email', 254).notNullable().unique(); // always stored in lower case
    t.string('name', 150).notNullable().defaultTo('');
    t.string('password_hash', 255);
    t.boolean('is_active').notNullable().defaultTo(true);
    t.boolean('is_staff').notNullable().defaultTo(false);
    t.boolean('is_superuser').notNullable().defaultTo(false);
    t.string('language', 10).notNullable().defaultTo('en');
    t.string('time_zone', 64).notNullable().defaultTo('UTC');
    t.string('theme', 10).notNullable().defaultTo('system');
    t.timestamp('email_verified_at');
    t.timestamp('last_login_at');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('auth_group', (t) => {
    t.increments('id');
    t.string('name', 150).notNullable().unique();
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('auth_user_groups', (t) => {
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE');
    t.integer('group_id').notNullable().references('auth_group.id').onDelete('CASCADE').index();
    t.primary(['user_id', 'group_id']);
  });
  await knex.schema.createTable('auth_group_permissions', (t) => {
    t.integer('group_id').notNullable().references('auth_group.id').onDelete('CASCADE');
    t.string('permission', 100).notNullable(); // <app>.<view|add|change|delete>_<model>
    t.primary(['group_id', 'permission']);
  });
  await knex.schema.createTable('auth_session', (t) => {
    t.string('sid_hash', 64).primary(); // SHA-256 of the session id: a copy of the table signs nobody in
    t.integer('user_id').references('auth_user.id').onDelete('CASCADE').index();
    t.text('data').notNullable();
    t.string('address', 64).notNullable().defaultTo('');
    t.string('user_agent', 400).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('last_seen_at').notNullable();
    t.timestamp('expires_at').notNullable().index();
  });
  await knex.schema.createTable('auth_throttle', (t) => {
    t.string('key', 100).primary();
    t.integer('failures').notNullable();
    t.timestamp('window_started_at').notNullable();
    t.timestamp('blocked_until').notNullable();
  });
  await knex.schema.createTable('auth_token', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('purpose', 30).notNullable();
    t.string('token_hash', 64).notNullable().unique();
    t.timestamp('expires_at').notNullable();
    t.timestamp('created_at').notNullable();
  });
  await knex.schema.createTable('auth_identity', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('provider', 30).notNullable();
    t.string('subject', 100).notNullable();
    t.timestamp('created_at').notNullable();
    t.unique(['provider', 'subject']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'auth_identity',
    'auth_token',
    'auth_throttle',
    'auth_session',
    'auth_group_permissions',
    'auth_user_groups',
    'auth_group',
    'auth_user',
  ]) {
    await knex.schema.dropTable(table);
  }
}
