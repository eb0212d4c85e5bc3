import { type Database, isPostgres, type Transaction } from '../db';
import type { Revision } from './port';

/** Where PostgreSQL announces new revisions. */
const CHANNEL = 'flagstaff_revisions';

/** Raises the revision of a scope by one and returns it; a scope that is new begins with 1. */
export async function raiseRevision(trx: Transaction, scope: string): Promise<number> {
  const [row] = (await trx('snapshots_revision')
    .insert({ scope, revision: 1 })
    .onConflict('scope')
    .merge({ revision: trx.raw('?? + 1', ['snapshots_revision.revision']) })
    .returning('revision')) as { revision: number }[];
  if (row === undefined) throw new Error(`the revision of ${scope} was not raised`);
  return row.revision;
}

/** The revisions of all scopes. One that was never raised is missing and counts as 0. */
export async function readRevisions(db: Database): Promise<Map<string, number>> {
  const rows = (await db('snapshots_revision').select('scope', 'revision')) as Revision[];
  return new Map(rows.map(({ scope, revision }) => [scope, revision]));
}

/** The revision of one scope; 0 when it was never raised. */
export async function readRevision(db: Database, scope: string): Promise<number> {
  const row = (await db('snapshots_revision').where({ scope }).first('revision')) as { revision: number } | undefined;
  return row?.revision ?? 0;
}

/** Runs reads that all see the database as it is at one moment. */
export const atOneMoment = <T>(db: Database, read: (trx: Transaction) => Promise<T>): Promise<T> =>
  db.transaction(read, isPostgres(db) ? { isolationLevel: 'repeatable read', readOnly: true } : {});

/** Tells every listening process of a new revision, once the transaction commits. PostgreSQL only. */
export async function announceRevision(trx: Transaction, revision: Revision): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [CHANNEL, JSON.stringify(revision)]);
}

/** A bare connection that can listen, as the `pg` package has it. */
export interface ListeningClient {
  query(statement: string): Promise<unknown>;
}

/** Makes a connection of its own hear announcements. */
export const listenForRevisions = (client: ListeningClient): Promise<unknown> => client.query(`listen ${CHANNEL}`);

/** Asks a connection for a sign of life. */
export const askForLife = (client: ListeningClient): Promise<unknown> => client.query('select 1');

/** What an announcement says; undefined when it is not one of ours. */
export function parseAnnouncement(payload: string | undefined): Revision | undefined {
  try {
    const { scope, revision } = JSON.parse(payload ?? '') as Partial<Revision>;
    return typeof scope === 'string' && typeof revision === 'number' ? { scope, revision } : undefined;
  } catch {
    return undefined;
  }
}
