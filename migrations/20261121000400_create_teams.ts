import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('teams_flag', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().unique();
    t.boolean('everyone'); // null: neither yes nor no, the other settings decide
    t.decimal('percent', 4, 1); // 0.0 to 99.9
    t.boolean('testing').notNullable().defaultTo(false);
    t.boolean('superusers').notNullable().defaultTo(true);
    t.boolean('staff').notNullable().defaultTo(false);
    t.boolean('authenticated').notNullable().defaultTo(false);
    t.string('languages', 500).notNullable().defaultTo('');
    t.boolean('rollout').notNullable().defaultTo(false);
    t.text('note').notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('teams_flag_users', (t) => {
    t.integer('flag_id').notNullable().references('teams_flag.id').onDelete('CASCADE');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.primary(['flag_id', 'user_id']);
  });
  await knex.schema.createTable('teams_flag_groups', (t) => {
    t.integer('flag_id').notNullable().references('teams_flag.id').onDelete('CASCADE');
    t.integer('group_id').notNullable().references('auth_group.id').onDelete('CASCADE').index();
    t.primary(['flag_id', 'group_id']);
  });
  await knex.schema.createTable('teams_switch', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().unique();
    t.boolean('active').notNullable().defaultTo(false);
    t.text('note').notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('teams_sample', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable().unique();
    t.decimal('percent', 4, 1).notNullable(); // 0.0 to 100.0
    t.text('note').notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('teams_missing', (t) => {
    t.increments('id');
    t.string('kind', 10).notNullable(); // flag, switch, sample
    t.string('name', 100).notNullable();
    t.integer('asked').notNullable().defaultTo(1);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['kind', 'name']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'teams_missing',
    'teams_sample',
    'teams_switch',
    'teams_flag_groups',
    'teams_flag_users',
    'teams_flag',
  ]) {
    await knex.schema.dropTable(table);
  }
}
