import type { Knex } from 'knex';

// The last column of a key differs most, so that all of a flag lies together; a second index finds what is old.

export async function up(knex: Knex): Promise<void> {
  const key = (t: Knex.CreateTableBuilder) => {
    t.string('form', 20).notNullable(); // flag, switch, sample, condition or producer
    t.string('name', 100).notNullable();
    t.string('variant', 100).notNullable(); // what was answered: on, off, missing, error
  };
  await knex.schema.createTable('usage_minute', (t) => {
    key(t);
    t.string('minute', 16).notNullable().index(); // 2026-11-21T16:05, in UTC
    t.bigInteger('evaluations').notNullable();
    t.primary(['form', 'name', 'variant', 'minute']);
  });
  await knex.schema.createTable('usage_day', (t) => {
    key(t);
    t.string('day', 10).notNullable().index(); // 2026-11-21, in UTC
    t.bigInteger('evaluations').notNullable();
    t.primary(['form', 'name', 'variant', 'day']);
  });
  await knex.schema.createTable('usage_seen', (t) => {
    key(t);
    t.string('first_at', 16).notNullable(); // minutes, like above
    t.string('last_at', 16).notNullable();
    t.primary(['form', 'name', 'variant']);
  });
  await knex.schema.createTable('flags_featureflagusage', (t) => {
    t.increments('id');
    t.string('flag', 100).notNullable();
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.boolean('enabled').notNullable();
    t.timestamp('at').notNullable().index();
    t.index(['flag', 'at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['flags_featureflagusage', 'usage_seen', 'usage_day', 'usage_minute'])
    await knex.schema.dropTable(table);
}
