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

/** The columns of an entry with their types in PostgreSQL, in the order in which entries are written. */
const COLUMNS = {
  seq: 'int',
  created_at: 'timestamptz',
  actor_type: 'text',
  actor_id: 'int',
  actor_label: 'text',
  action: 'text',
  object_type: 'text',
  object_id: 'text',
  object_label: 'text',
  before: 'text',
  after: 'text',
  message: 'text',
  address: 'text',
  user_agent: 'text',
  request_id: 'text',
  organization_id: 'int',
  previous_hash: 'text',
  hash: 'text',
} as const satisfies Record<keyof ReturnType<typeof toRow>, string>;

type Row = ReturnType<typeof toRow>;

const NAMES = Object.keys(COLUMNS) as (keyof Row)[];

/** Appends entries in one statement, however many: what differs between them travels as one value. */
export async function appendEntries(
  trx: Knex.Transaction,
  entries: readonly (EntryContent & { hash: string })[],
): Promise<void> {
  const rows = entries.map(toRow);
  const [first] = rows;
  if (first === undefined) return;
  if (rows.length === 1) return trx('audit_entry').insert(first);
  const shared = new Set(NAMES.filter((name) => rows.every((row) => row[name] === first[name])));
  const varying = NAMES.filter((name) => !shared.has(name));
  const bindings = [...NAMES, ...NAMES.filter((name) => shared.has(name)).map((name) => first[name])];
  if (isPostgres(trx)) bindings.push(...varying.map((name) => rows.map((row) => row[name]) as never));
  else bindings.push(JSON.stringify(rows.map((row) => varying.map((name) => row[name]))));
  const statement = isPostgres(trx) ? unnestStatement(shared, varying) : jsonStatement(shared, varying);
  await trx.raw(statement, bindings as Knex.RawBinding[]);
}

const COLUMN_MARKS = NAMES.map(() => '??').join(', ');

function unnestStatement(shared: ReadonlySet<keyof Row>, varying: readonly (keyof Row)[]): string {
  const values = NAMES.map((name) => (shared.has(name) ? `?::${COLUMNS[name]}` : `each.${name}`)).join(', ');
  const arrays = varying.map((name) => `?::${COLUMNS[name]}[]`).join(', ');
  return `insert into audit_entry (${COLUMN_MARKS}) select ${values} from unnest(${arrays}) as each(${varying.join(', ')})`;
}

function jsonStatement(shared: ReadonlySet<keyof Row>, varying: readonly (keyof Row)[]): string {
  const values = NAMES.map((name) => (shared.has(name) ? '?' : `json_extract(value, '$[${varying.indexOf(name)}]')`));
  return `insert into audit_entry (${COLUMN_MARKS}) select ${values.join(', ')} from json_each(?)`;
}

/** Moves the head of the chain to its last entry. */
export async function moveHead(trx: Knex.Transaction, { seq, hash }: { seq: number; hash: string }): Promise<void> {
  await trx('audit_head').where({ id: 1 }).update({ seq, hash });
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

/** How many changes one request made. */
export async function countChangesOfRequest(db: Knex, requestId: string): Promise<number> {
  const [row] = (await db('audit_entry').where({ request_id: requestId, action: 'change' }).count('* as n')) as {
    n: number;
  }[];
  return Number(row?.n ?? 0);
}

interface ChangesOfRequest {
  requestId: string;
  objectType: string;
  actorId: number;
  since: Date;
}

/** What one request of a person changed in objects of a kind since then, in order: only what taking it back needs. */
export async function readChangesOfRequest(
  db: Knex,
  { requestId, objectType, actorId, since }: ChangesOfRequest,
): Promise<{ objectId: string; before: string | null; after: string | null }[]> {
  return db('audit_entry')
    .where({ request_id: requestId, object_type: objectType, actor_id: actorId, action: 'change' })
    .where('created_at', '>=', toDbTime(since))
    .orderBy('seq')
    .select('object_id as objectId', 'before', 'after');
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
