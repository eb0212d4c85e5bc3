import type { Knex } from 'knex';

/**
 * What the admin searches of a producer, as PostgreSQL keeps it: one text instead of three, with A to Z already folded, for
 * folding takes most of the time of a search. SQLite folds while it compares.
 */
const SEARCH_TEXT = `alter table producers_producer add column search_text text collate "C"
  generated always as (lower((name || chr(10) || slug || chr(10) || contact_email) collate "C")) stored`;

const isPostgres = (knex: Knex): boolean => knex.client.config.client === 'pg';

export async function up(knex: Knex): Promise<void> {
  if (isPostgres(knex)) await knex.raw(SEARCH_TEXT);
}

export async function down(knex: Knex): Promise<void> {
  if (isPostgres(knex)) await knex.schema.alterTable('producers_producer', (t) => t.dropColumn('search_text'));
}
