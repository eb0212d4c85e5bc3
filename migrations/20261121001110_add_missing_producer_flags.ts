import type { Knex } from 'knex';

/** Gives a row of flags, all off, to every producer that has none; a row that is there stays as it is. */
export async function up(knex: Knex): Promise<void> {
  const now = new Date().toISOString();
  await knex.raw(
    `insert into producers_featureflags (producer_id, created_at, modified_at)
     select p.id, ?, ? from producers_producer p
     where not exists (select 1 from producers_featureflags f where f.producer_id = p.id)`,
    [now, now],
  );
}

/** Nothing to take back: a row that is all off says the same as no row. */
export async function down(): Promise<void> {}
