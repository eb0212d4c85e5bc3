import type { Knex } from 'knex';

const FLAGS = [
  ['integration_dropbox_enabled', 'Dropbox: shows Connect on the integrations page.'],
  ['integration_basecamp_enabled', 'Basecamp: shows Connect on the integrations page.'],
] as const;

/** Off for everybody, superusers too: an integration starts as Coming Soon. A row that is there already stays as it is. */
export async function up(knex: Knex): Promise<void> {
  const now = new Date().toISOString();
  await knex('teams_flag')
    .insert(FLAGS.map(([name, note]) => ({ name, note, superusers: false, created_at: now, modified_at: now })))
    .onConflict('name')
    .ignore();
}

/** Removes those that are still as they were made; one that somebody has set is not ours to delete. */
export async function down(knex: Knex): Promise<void> {
  await knex('teams_flag')
    .whereIn(
      'name',
      FLAGS.map(([name]) => name),
    )
    .whereNull('everyone')
    .whereNull('percent')
    .where({ testing: false, superusers: false, staff: false, authenticated: false, languages: '' })
    .whereNotExists(knex('teams_flag_users').whereRaw('teams_flag_users.flag_id = teams_flag.id'))
    .whereNotExists(knex('teams_flag_groups').whereRaw('teams_flag_groups.flag_id = teams_flag.id'))
    .delete();
}
