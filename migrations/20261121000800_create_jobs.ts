import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('jobs_job', (t) => {
    t.increments('id');
    t.string('kind', 100).notNullable().index();
    t.text('payload').notNullable(); // JSON
    t.string('state', 10).notNullable(); // queued, running, done, failed
    t.string('key', 200); // what the job is about: while one with this key is unfinished, no second one is added
    t.integer('progress').notNullable().defaultTo(0); // steps that are done and committed; a next try goes on from here
    t.integer('total').notNullable().defaultTo(0); // 0: not known yet
    t.integer('attempts').notNullable().defaultTo(0);
    t.string('claimed_by', 150); // host, process and a fresh id for each try
    t.timestamp('claimed_until'); // moved on by the worker while it lives; past it, anybody may take the job over
    t.timestamp('run_at').notNullable();
    t.text('error'); // why the last try ended early
    t.timestamp('started_at');
    t.timestamp('finished_at');
    t.timestamp('created_at').notNullable().index();
    t.timestamp('modified_at').notNullable();
    // Only what is still to do: stays small however many jobs there ever were.
    t.index(['run_at', 'id'], 'jobs_job_unfinished', { predicate: knex.whereNull('finished_at') });
    t.unique(['key'], { indexName: 'jobs_job_key_unfinished', predicate: knex.whereNull('finished_at') });
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('jobs_job');
}
