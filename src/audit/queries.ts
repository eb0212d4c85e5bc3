import type { Knex } from 'knex';
import { fromDbTime, isPostgres, toDbTime } from '../db';

/** An entry as it is chained: everything but its own hash. */
export interface EntryContent {
  seq: number;
  createdAt: Date;
  actorType: string;
  actorId: number | null;
  actorLabel: string;
  action: string;
  objectType: string;
  objectId: string;
  objectLabel: string;
  before: string | null;
  after: string | null;
  message: string;
  address: string;
  userAgent: string;
  requestId: string;
  organizationId: number | null;
  previousHash: string;
}

export interface Entry extends EntryContent {
  id: number;
  hash: string;
}

interface EntryRow {
  id: number;
  seq: number;
  created_at: unknown;
  actor_type: string;
  actor_id: number | null;
  actor_label: string;
  action: string;
  object_type: string;
  object_id: string;
  object_label: string;
  before: string | null;
  after: string | null;
  message: string;
  address: string;
  user_agent: string;
  request_id: string;
  organization_id: number | null;
  previous_hash: string;
  hash: string;
}

const toEntry = (row: EntryRow): Entry => ({
  id: row.id,
  seq: row.seq,
  createdAt: fromDbTime(row.created_at),
  actorType: row.actor_type,
  actorId: row.actor_id,
  actorLabel: row.actor_label,
  action: row.action,
  objectType: row.object_type,
  objectId: row.object_id,
  objectLabel: row.object_label,
  before: row.before,
  after: row.after,
  message: row.message,
  address: row.address,
  userAgent: row.user_agent,
  requestId: row.request_id,
  organizationId: row.organization_id,
  previousHash: row.previous_hash,
  hash: row.hash,
});

const toRow = (entry: EntryContent & { hash: string }) => ({
  seq: entry.seq,
  created_at: toDbTime(entry.createdAt),
  actor_type: entry.actorType,
  actor_id: entry.actorId,
  actor_label: entry.actorLabel,
  action: entry.action,
  object_type: entry.objectType,
  object_id: entry.objectId,
  object_label: entry.objectLabel,
  before: entry.before,
  after: entry.after,
  message: entry.message,
  address: entry.address,
  user_agent: entry.userAgent,
  request_id: entry.requestId,
  organization_id: entry.organizationId,
  previous_hash: entry.previousHash,
  hash: entry.hash,
});

/** Where the chain ends. Locks it on PostgreSQL until the transaction ends, so that entries get their turn. */
export async function lockHead(trx: Knex.Transaction): Promise<{ seq: number; hash: string }> {
  const query = trx('audit_head').where({ id: 1 }).first('seq', 'hash');
  const head = (await (isPostgres(trx) ? query.forUpdate() : query)) as { seq: number; hash: string } | undefined;
  if (head === undefined) throw new Error('the audit chain has no head row');
  return head;
}

/** Appends entries and moves the head to the last of them. */
export async function appendEntries(
  trx: Knex.Transaction,
  entries: (EntryContent & { hash: string })[],
): Promise<void> {
  const last = entries.at(-1);
  if (last === undefined) return;
  // SQLite binds a limited number of values in one statement.
  await trx.batchInsert('audit_entry', entries.map(toRow), 500);
  await trx('audit_head').where({ id: 1 }).update({ seq: last.seq, hash: last.hash });
}

export interface EntryFilter {
  objectType?: string;
  objectId?: string;
  actorId?: number;
  limit: number;
  offset?: number;
}

/** Entries that fit, the newest first. */
export async function listEntries(db: Knex, filter: EntryFilter): Promise<Entry[]> {
  const query = db('audit_entry').orderBy('seq', 'desc').limit(filter.limit);
  if (filter.offset !== undefined) query.offset(filter.offset);
  if (filter.objectType !== undefined) query.where('object_type', filter.objectType);
  if (filter.objectId !== undefined) query.where('object_id', filter.objectId);
  if (filter.actorId !== undefined) query.where('actor_id', filter.actorId);
  return ((await query.select('*')) as EntryRow[]).map(toEntry);
}

/** What one request changed, in order. */
export async function listEntriesOfRequest(db: Knex, requestId: string): Promise<Entry[]> {
  const rows = (await db('audit_entry').where({ request_id: requestId }).orderBy('seq')) as EntryRow[];
  return rows.map(toEntry);
}

/** A stretch of the chain in its order, for checking it. */
export async function readChain(db: Knex, afterSeq: number, limit: number): Promise<Entry[]> {
  const rows = (await db('audit_entry').where('seq', '>', afterSeq).orderBy('seq').limit(limit)) as EntryRow[];
  return rows.map(toEntry);
}

/** The head without a lock. */
export async function readHead(db: Knex): Promise<{ seq: number; hash: string } | undefined> {
  return (await db('audit_head').where({ id: 1 }).first('seq', 'hash')) as { seq: number; hash: string } | undefined;
}
