import type { Knex } from 'knex';

/** Whether this is PostgreSQL (else SQLite). */
export const isPostgres = (db: Knex): boolean => db.client.config.client === 'pg';
