import type { Knex } from 'knex';

// Few entries belong to an organization, and every entry pays for what it stands in.
const NAME = 'audit_entry_organization_id_index';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('audit_entry', (t) => t.dropIndex('organization_id', NAME));
  await knex.raw('create index ?? on audit_entry (organization_id) where organization_id is not null', [NAME]);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('audit_entry', (t) => {
    t.dropIndex('organization_id', NAME);
    t.index('organization_id', NAME);
  });
}
