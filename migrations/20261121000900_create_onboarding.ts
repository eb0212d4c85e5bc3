import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('onboarding_progress', (t) => {
    t.increments('id');
    t.integer('organization_id').notNullable().unique().references('orgs_organization.id').onDelete('CASCADE');
    t.integer('job_id').references('jobs_job.id').onDelete('SET NULL').index(); // the sync that runs or ran last
    // When each step was passed; which steps there are is decided by flags, at each request anew.
    t.timestamp('synced_at');
    t.timestamp('sync_skipped_at');
    t.timestamp('jira_passed_at');
    t.timestamp('slack_passed_at');
    t.timestamp('completed_at');
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
  });
  await knex.schema.createTable('onboarding_sync_item', (t) => {
    t.increments('id');
    t.integer('organization_id').notNullable().references('orgs_organization.id').onDelete('CASCADE');
    t.string('key', 100).notNullable(); // organization, members, integration:<slug>
    t.integer('position').notNullable();
    t.text('facts').notNullable(); // JSON
    t.timestamp('created_at').notNullable();
    t.timestamp('modified_at').notNullable();
    t.unique(['organization_id', 'key']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('onboarding_sync_item');
  await knex.schema.dropTable('onboarding_progress');
}
