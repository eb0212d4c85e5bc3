import type { Knex } from 'knex';
import { retrying } from './transaction';

/** How long a starting process waits for another one that is migrating, in milliseconds. */
const PATIENCE_MS = 60_000;
/** Any number, as long as everybody who migrates takes the same. */
const LOCK_ID = 7_105_621;

/**
 * Runs all of `work` in one transaction, Knex's own lock included: processes that start together wait for each other,
 * and one that is killed half-way leaves the schema as it was and no lock behind that somebody has to clear.
 */
async function exclusively(db: Knex, work: (trx: Knex.Transaction) => Promise<[number, string[]]>): Promise<string[]> {
  const names = await retrying(
    () =>
      db.transaction(async (trx) => {
        if (trx.client.config.client === 'pg') {
          await trx.raw('set local statement_timeout = 0');
          await trx.raw('select pg_advisory_xact_lock(?)', [LOCK_ID]);
        }
        const [, done] = await work(trx);
        return done;
      }),
    PATIENCE_MS,
  );
  return names.map((name) => name.replace(/\.(js|ts)$/, ''));
}

/** Brings the schema up to date, all or nothing, and returns the names of the migrations that ran. */
export const migrateLatest = (db: Knex): Promise<string[]> =>
  exclusively(db, (trx) => trx.migrate.latest() as Promise<[number, string[]]>);

/** Takes the last batch of migrations back and returns their names. */
export const migrateRollback = (db: Knex): Promise<string[]> =>
  exclusively(db, (trx) => trx.migrate.rollback() as Promise<[number, string[]]>);
