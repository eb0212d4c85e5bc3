import type { Knex } from 'knex';

// The database itself refuses to change or remove an entry, whoever asks through SQL.
const SQLITE_TRIGGERS = [
  ...['update', 'delete'].map(
    (verb) => `create trigger audit_entry_no_${verb} before ${verb} on audit_entry
    begin select raise(abort, 'audit entries are append-only'); end`,
  ),
  // "insert or replace" removes a row without asking the trigger above.
  `create trigger audit_entry_no_replace before insert on audit_entry
    when exists (select 1 from audit_entry where id = new.id or seq = new.seq)
    begin select raise(abort, 'audit entries are append-only'); end`,
];

const POSTGRES_TRIGGERS = [
  `create function audit_entry_refuse() returns trigger language plpgsql as
    $$ begin raise exception 'audit entries are append-only'; end $$`,
  `create trigger audit_entry_append_only before update or delete on audit_entry
    for each row execute function audit_entry_refuse()`,
  `create trigger audit_entry_no_truncate before truncate on audit_entry
    for each statement execute function audit_entry_refuse()`,
];

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('audit_entry', (t) => {
    t.increments('id');
    t.integer('seq').notNullable().unique(); // 1, 2, 3 … without gaps: the order of the chain
    t.timestamp('created_at').notNullable().index();
    t.string('actor_type', 20).notNullable(); // user, command, system
    t.integer('actor_id').index(); // no reference: the entry outlives the account
    t.string('actor_label', 254).notNullable();
    t.string('action', 50).notNullable();
    t.string('object_type', 100).notNullable();
    t.string('object_id', 100).notNullable();
    t.string('object_label', 254).notNullable();
    t.text('before'); // JSON
    t.text('after'); // JSON
    t.text('message').notNullable();
    t.string('address', 64).notNullable();
    t.string('user_agent', 400).notNullable();
    t.string('request_id', 64).notNullable().index();
    t.integer('organization_id').index();
    t.string('previous_hash', 64).notNullable();
    t.string('hash', 64).notNullable();
    t.index(['object_type', 'object_id']);
  });
  await knex.schema.createTable('audit_head', (t) => {
    t.integer('id').primary(); // one row, 1: where the chain ends, so that a cut tail shows
    t.integer('seq').notNullable();
    t.string('hash', 64).notNullable();
  });
  await knex('audit_head').insert({ id: 1, seq: 0, hash: '' });
  const triggers = knex.client.config.client === 'pg' ? POSTGRES_TRIGGERS : SQLITE_TRIGGERS;
  for (const statement of triggers) await knex.raw(statement);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('audit_head');
  await knex.schema.dropTable('audit_entry');
  if (knex.client.config.client === 'pg') await knex.raw('drop function audit_entry_refuse()');
}
