import type { Knex } from 'knex';

/**
 * What people have connected, the visits to providers that have not come back yet, and what is still to be revoked.
 * Every token and every PKCE verifier in here is sealed; see src/integrations/sealed.ts.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('integration_connections', (t) => {
    t.increments('id');
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE');
    t.string('provider', 40).notNullable().index(); // a slug of the catalogue of providers, which lives in code
    t.string('external_id', 254).notNullable();
    t.string('external_name', 254).notNullable().defaultTo('');
    t.text('scopes').notNullable().defaultTo('[]');
    t.text('access_token');
    t.text('refresh_token');
    t.timestamp('expires_at');
    t.timestamp('auth_failed_at');
    t.timestamp('disconnected_at'); // by staff; the row stays, without its tokens
    t.text('last_error');
    t.string('claimed_by', 36); // who refreshes it now
    t.timestamp('claimed_until');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['user_id', 'provider']);
  });
  await knex.schema.createTable('integration_visits', (t) => {
    t.increments('id');
    t.string('state_hash', 64).notNullable().unique();
    t.string('session_hash', 64).notNullable();
    t.integer('user_id').notNullable().references('auth_user.id').onDelete('CASCADE').index();
    t.string('provider', 40).notNullable();
    t.text('verifier').notNullable();
    t.string('next', 2000).notNullable().defaultTo('');
    t.timestamp('created_at').notNullable();
    t.timestamp('expires_at').notNullable().index();
  });
  await knex.schema.createTable('integration_revocations', (t) => {
    t.increments('id');
    t.string('reference', 36).notNullable().unique(); // what its tokens are sealed to
    t.string('provider', 40).notNullable();
    t.text('access_token');
    t.text('refresh_token');
    t.timestamp('created_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['integration_revocations', 'integration_visits', 'integration_connections']) {
    await knex.schema.dropTable(table);
  }
}
