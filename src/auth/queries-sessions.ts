import type { Knex } from 'knex';
import { fromDbTime, toDbTime } from '../db';
import { chunksOf } from '../lib/chunks';
import { type Person, type PersonRow, selectPerson, toPerson } from './queries';

/** A session row; the id itself is never stored, only its SHA-256. */
export interface SessionRecord {
  sidHash: string;
  userId: number | null;
  data: string;
  address: string;
  userAgent: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

interface SessionRow {
  sid_hash: string;
  user_id: number | null;
  data: string;
  address: string;
  user_agent: string;
  created_at: unknown;
  last_seen_at: unknown;
  expires_at: unknown;
}

const toRecord = (row: SessionRow): SessionRecord => ({
  sidHash: row.sid_hash,
  userId: row.user_id,
  data: row.data,
  address: row.address,
  userAgent: row.user_agent,
  createdAt: fromDbTime(row.created_at),
  lastSeenAt: fromDbTime(row.last_seen_at),
  expiresAt: fromDbTime(row.expires_at),
});

/** A session, and who is signed in by it. */
export interface FoundSession extends SessionRecord {
  person: Person | undefined;
}

const SESSION_COLUMNS = [
  ...['s.sid_hash', 's.user_id', 's.data', 's.address', 's.user_agent'],
  ...['s.created_at', 's.last_seen_at', 's.expires_at'],
];

/**
 * The session with this hash, expired or not, with its person. Every request of a browser begins with it, so it is one
 * statement, which PostgreSQL plans once per connection; see docs/decisions/0043-who-asks-is-one-prepared-statement.md.
 */
export async function findSession(db: Knex, sidHash: string): Promise<FoundSession | undefined> {
  const session = db('auth_session as s').leftJoin('auth_user as u', 'u.id', 's.user_id').where('s.sid_hash', sidHash);
  const query = selectPerson(db, session.select(SESSION_COLUMNS)).options({ name: 'session' });
  const rows = (await query) as (SessionRow & PersonRow)[];
  const [row] = rows;
  return row && { ...toRecord(row), person: toPerson(rows) };
}

const toRow = (record: SessionRecord) => ({
  sid_hash: record.sidHash,
  user_id: record.userId,
  data: record.data,
  address: record.address.slice(0, 64),
  user_agent: record.userAgent.slice(0, 400),
  created_at: toDbTime(record.createdAt),
  last_seen_at: toDbTime(record.lastSeenAt),
  expires_at: toDbTime(record.expiresAt),
});

/** Writes a new session; one that is there keeps its beginning. */
export async function saveSession(db: Knex, record: SessionRecord): Promise<void> {
  await db('auth_session')
    .insert(toRow(record))
    .onConflict('sid_hash')
    .merge(['user_id', 'data', 'address', 'user_agent', 'last_seen_at', 'expires_at']);
}

/** Writes a session that is there; one that was ended in the meantime stays ended. */
export async function updateSession(db: Knex, record: SessionRecord): Promise<void> {
  const { sid_hash, created_at: _, ...changes } = toRow(record);
  await db('auth_session').where({ sid_hash }).update(changes);
}

/** Moves the end of a session that is in use. */
export async function touchSession(db: Knex, sidHash: string, lastSeenAt: Date, expiresAt: Date): Promise<void> {
  await db('auth_session')
    .where({ sid_hash: sidHash })
    .update({ last_seen_at: toDbTime(lastSeenAt), expires_at: toDbTime(expiresAt) });
}

/** Ends one session. */
export async function deleteSession(db: Knex, sidHash: string): Promise<void> {
  await db('auth_session').where({ sid_hash: sidHash }).delete();
}

/** Ends all sessions of a person, but for one that may stay; returns how many. */
export async function deleteSessionsOf(db: Knex, userId: number, keepSidHash?: string): Promise<number> {
  const query = db('auth_session').where({ user_id: userId });
  if (keepSidHash !== undefined) query.whereNot({ sid_hash: keepSidHash });
  return query.delete();
}

/** A person's sessions, the last used first. */
export async function listSessionsOf(db: Knex, userId: number, now: Date): Promise<SessionRecord[]> {
  const rows = (await db('auth_session')
    .where({ user_id: userId })
    .where('expires_at', '>', toDbTime(now))
    .orderBy('last_seen_at', 'desc')) as SessionRow[];
  return rows.map(toRecord);
}

/** Removes sessions that have ended; returns how many. */
export const deleteExpiredSessions = (db: Knex, now: Date): Promise<number> =>
  db('auth_session').where('expires_at', '<=', toDbTime(now)).delete();

/** Which of these sessions still hold: not ended, not expired, and their people active. Each with its person's epoch. */
export async function listLiveSessions(
  db: Knex,
  sidHashes: readonly string[],
  now: Date,
): Promise<Map<string, number>> {
  const live = new Map<string, number>();
  for (const some of chunksOf(sidHashes, 5_000)) {
    const rows = (await db('auth_session as s')
      .join('auth_user as u', 'u.id', 's.user_id')
      .whereIn('s.sid_hash', some)
      .where('s.expires_at', '>', toDbTime(now))
      .where('u.is_active', true)
      .select('s.sid_hash', 'u.session_epoch')) as { sid_hash: string; session_epoch: number }[];
    for (const { sid_hash, session_epoch } of rows) live.set(sid_hash, session_epoch);
  }
  return live;
}
