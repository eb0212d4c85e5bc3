import type { Knex } from 'knex';

// Who was given a flag is counted by answer, and listed by answer from the newest: both read this index alone.

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('flags_featureflagusage', (t) => t.index(['flag', 'enabled', 'at']));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('flags_featureflagusage', (t) => t.dropIndex(['flag', 'enabled', 'at']));
}
