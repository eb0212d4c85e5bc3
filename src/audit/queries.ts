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

/** Where the chain ends. Locks it on PostgreSQL until the transaction ends, so that entries get their turn. */
export async function lockHead(trx: Knex.Transaction): Promise<{ seq: number; hash: string }> {
  const query = trx('audit_head').where({ id: 1 }).first('seq', 'hash');
  const head = (await (isPostgres(trx) ? query.forUpdate() : query)) as { seq: number; hash: string } | undefined;
  if (head === undefined) throw new Error('the audit chain has no head row');
  return head;
}

/** The columns that are written: their types in PostgreSQL, and where an entry has them. */
const COLUMNS = {
  seq: ['int', 'seq'],
  created_at: ['timestamptz', 'createdAt'],
  actor_type: ['text', 'actorType'],
  actor_id: ['int', 'actorId'],
  actor_label: ['text', 'actorLabel'],
  action: ['text', 'action'],
  object_type: ['text', 'objectType'],
  object_id: ['text', 'objectId'],
  object_label: ['text', 'objectLabel'],
  before: ['text', 'before'],
  after: ['text', 'after'],
  message: ['text', 'message'],
  address: ['text', 'address'],
  user_agent: ['text', 'userAgent'],
  request_id: ['text', 'requestId'],
  organization_id: ['int', 'organizationId'],
  previous_hash: ['text', 'previousHash'],
  hash: ['text', 'hash'],
} as const satisfies Record<Exclude<keyof EntryRow, 'id'>, readonly [string, keyof NewEntry]>;

type NewEntry = EntryContent & { hash: string };
type Name = keyof typeof COLUMNS;

const NAMES = Object.keys(COLUMNS) as Name[];
const COLUMN_MARKS = NAMES.map(() => '??').join(', ');

function cellOf(entry: NewEntry, name: Name): string | number | null {
  const value = entry[COLUMNS[name][1]];
  return value instanceof Date ? toDbTime(value) : value;
}

/** Appends entries in one statement, however many: what differs between them travels as one value. */
export async function appendEntries(trx: Knex.Transaction, entries: readonly NewEntry[]): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  const isShared = (name: Name): boolean => {
    const key = COLUMNS[name][1];
    return entries.every((entry) => entry[key] === first[key]);
  };
  const shared = new Set(NAMES.filter(isShared));
  const varying = NAMES.filter((name) => !shared.has(name));
  if (entries.length > 1 && isPostgres(trx)) return appendMany(trx, entries, shared, varying);
  const bindings: unknown[] = [...NAMES, ...[...shared].map((name) => cellOf(first, name))];
  if (entries.length > 1)
    bindings.push(JSON.stringify(entries.map((entry) => varying.map((name) => cellOf(entry, name)))));
  await trx.raw(statementFor(shared, varying), bindings as Knex.RawBinding[]);
}

/**
 * PostgreSQL: each column that differs is an array. Numbers follow one another and each hash is the next one's previous, so
 * neither has to travel; and hashes need no quoting, which takes the driver longer than anything else here.
 */
async function appendMany(
  trx: Knex.Transaction,
  entries: readonly NewEntry[],
  shared: ReadonlySet<Name>,
  varying: readonly Name[],
): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  const sent = varying.filter((name) => name !== 'seq' && name !== 'previous_hash');
  const sources: Record<string, { sql: string; values: unknown[] }> = {
    seq: { sql: '(?::int + each.n - 1)::int', values: [first.seq] },
    previous_hash: { sql: 'lag(each.hash, 1, ?::text) over (order by each.n)', values: [first.previousHash] },
  };
  const columns = NAMES.map((name) =>
    shared.has(name)
      ? { sql: `?::${COLUMNS[name][0]}`, values: [cellOf(first, name)] }
      : (sources[name] ?? { sql: `each.${name}`, values: [] }),
  );
  const arrays = sent.map((name) =>
    name === 'hash'
      ? { sql: "string_to_array(?, ',')", value: entries.map(({ hash }) => hash).join() }
      : { sql: `?::${COLUMNS[name][0]}[]`, value: entries.map((entry) => cellOf(entry, name)) },
  );
  const statement = `insert into audit_entry (${COLUMN_MARKS}) select ${columns.map(({ sql }) => sql).join(', ')}
    from unnest(${arrays.map(({ sql }) => sql).join(', ')}) with ordinality as each(${sent.join(', ')}, n)`;
  const bindings = [...NAMES, ...columns.flatMap(({ values }) => values), ...arrays.map(({ value }) => value)];
  await trx.raw(statement, bindings as Knex.RawBinding[]);
}

function statementFor(shared: ReadonlySet<Name>, varying: readonly Name[]): string {
  const insert = `insert into audit_entry (${COLUMN_MARKS})`;
  if (varying.length === 0) return `${insert} values (${NAMES.map(() => '?').join(', ')})`;
  const values = NAMES.map((name) => (shared.has(name) ? '?' : `json_extract(value, '$[${varying.indexOf(name)}]')`));
  return `${insert} select ${values.join(', ')} from json_each(?)`;
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
