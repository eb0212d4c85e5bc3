import type { Knex } from 'knex';

/** The switch that turns the gating of producers' features off for everybody. */
const SWITCH = {
  name: 'producer_flags_enabled',
  note: 'Producer features. While this is off, every producer sees every feature.',
};

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('producers_producer', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable();
    t.string('slug', 60).notNullable().unique();
    t.string('contact_email', 254).notNullable().defaultTo('');
    t.boolean('is_active').notNullable().defaultTo(true);
    t.boolean('tell_contact').notNullable().defaultTo(false);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('producers_producerfinancial', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().unique().references('producers_producer.id').onDelete('CASCADE');
    t.string('payout_account', 60).notNullable().defaultTo('');
    t.string('currency', 3).notNullable().defaultTo('USD');
    t.bigInteger('balance_minor').notNullable().defaultTo(0);
  });
  await knex.schema.createTable('producers_userproducer', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE');
    t.integer('producer_id').notNullable().references('producers_producer.id').onDelete('CASCADE').index();
    t.string('role', 20).notNullable(); // owner, manager, viewer
    t.boolean('can_publish_shows').notNullable().defaultTo(false);
    t.timestamp('created_at').notNullable();
    t.unique(['user_id', 'producer_id']);
  });
  await knex.schema.createTable('producers_featureflags', (t) => {
    t.increments('id');
    t.integer('producer_id').notNullable().unique().references('producers_producer.id').onDelete('CASCADE');
    t.boolean('knowledge_base_enabled').notNullable().defaultTo(false);
    t.boolean('ai_agents_enabled').notNullable().defaultTo(false);
    t.boolean('additional_services_enabled').notNullable().defaultTo(false);
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  const now = new Date().toISOString();
  await knex('teams_switch')
    .insert({ ...SWITCH, active: true, created_at: now, modified_at: now })
    .onConflict('name')
    .ignore();
}

export async function down(knex: Knex): Promise<void> {
  await knex('teams_switch').where({ name: SWITCH.name, active: true }).delete();
  await knex.schema.dropTable('producers_featureflags');
  await knex.schema.dropTable('producers_userproducer');
  await knex.schema.dropTable('producers_producerfinancial');
  await knex.schema.dropTable('producers_producer');
}
