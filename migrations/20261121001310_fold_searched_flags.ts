import type { Knex } from 'knex';

/** What the admin searches of a flag, as PostgreSQL keeps it: one folded text instead of two; see the producers' own. */
const SEARCH_TEXT = `alter table teams_flag add column search_text text collate "C"
  generated always as (lower((name || chr(10) || note) collate "C")) stored`;

const isPostgres = (knex: Knex): boolean => knex.client.config.client === 'pg';

export async function up(knex: Knex): Promise<void> {
  if (isPostgres(knex)) await knex.raw(SEARCH_TEXT);
}

export async function down(knex: Knex): Promise<void> {
  if (isPostgres(knex)) await knex.schema.alterTable('teams_flag', (t) => t.dropColumn('search_text'));
}
