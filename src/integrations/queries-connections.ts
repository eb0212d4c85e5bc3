import type { Knex } from 'knex';
import {
  type Database,
  fromDbTime,
  fromDbTimeOrNull,
  isPostgres,
  type Transaction,
  toDbTime,
  whileUnchanged,
} from '../db';
import { toScopes } from './scopes';

/** What a person has connected, as the rest of the product sees it: whether tokens are there, never the tokens. */
export interface Connection {
  readonly id: number;
  readonly userId: number;
  /** A slug of the catalogue of providers. */
  readonly provider: string;
  /** The account at the provider. */
  readonly externalId: string;
  readonly externalName: string;
  readonly scopes: string[];
  readonly hasAccess: boolean;
  readonly hasRefresh: boolean;
  /** When the access token runs out; null when it does not, or when nobody said. */
  readonly expiresAt: Date | null;
  /** Since when the provider refuses what is stored; null while it does not. */
  readonly authFailedAt: Date | null;
  /** Why, as a sentence for people. */
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** A connection with its tokens, which are still sealed. */
export interface StoredConnection extends Connection {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
}

/** What a connection is written with; the tokens are sealed. */
export interface NewConnection {
  userId: number;
  provider: string;
  externalId: string;
  externalName: string;
  scopes: readonly string[];
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
}

interface Row {
  id: number;
  user_id: number;
  provider: string;
  external_id: string;
  external_name: string;
  scopes: string;
  access_token: string | null;
  refresh_token: string | null;
  expires_at: unknown;
  auth_failed_at: unknown;
  last_error: string | null;
  created_at: unknown;
  modified_at: unknown;
}

const TABLE = 'integration_connections';

const textOrNull = (time: Date | null): string | null => (time === null ? null : toDbTime(time));

const toStored = (row: Row): StoredConnection => ({
  id: row.id,
  userId: row.user_id,
  provider: row.provider,
  externalId: row.external_id,
  externalName: row.external_name,
  scopes: toScopes(row.scopes),
  hasAccess: row.access_token !== null,
  hasRefresh: row.refresh_token !== null,
  expiresAt: fromDbTimeOrNull(row.expires_at),
  authFailedAt: fromDbTimeOrNull(row.auth_failed_at),
  lastError: row.last_error,
  createdAt: fromDbTime(row.created_at),
  modifiedAt: fromDbTime(row.modified_at),
  accessToken: row.access_token,
  refreshToken: row.refresh_token,
});

function toConnection({ accessToken: _access, refreshToken: _refresh, ...rest }: StoredConnection): Connection {
  return rest;
}

/** What this person has connected at this provider, with the sealed tokens: for what seals and opens them alone. */
export async function findStored(db: Knex, userId: number, provider: string): Promise<StoredConnection | undefined> {
  const row = (await db(TABLE).where({ user_id: userId, provider }).first()) as Row | undefined;
  return row && toStored(row);
}

/** What this person has connected at this provider. */
export async function findConnection(db: Database, userId: number, provider: string): Promise<Connection | undefined> {
  const stored = await findStored(db, userId, provider);
  return stored && toConnection(stored);
}

/** All that this person has connected. */
export async function listConnections(db: Database, userId: number): Promise<Connection[]> {
  const rows = (await db(TABLE).where({ user_id: userId }).orderBy('provider')) as Row[];
  return rows.map((row) => toConnection(toStored(row)));
}

/** The names of a person's accounts at the providers, by provider. */
export async function accountNames(db: Database, userId: number): Promise<ReadonlyMap<string, string>> {
  const connections = await whileUnchanged(db, `connections ${userId}`, () => listConnections(db, userId));
  return new Map(connections.map(({ provider, externalName }) => [provider, externalName]));
}

/** The chosen connections, with the sealed tokens, locked until the transaction ends. */
export async function lockStored(
  trx: Transaction,
  by: { readonly ids: readonly number[] } | { readonly people: readonly number[] },
): Promise<StoredConnection[]> {
  const query = 'ids' in by ? trx(TABLE).whereIn('id', by.ids) : trx(TABLE).whereIn('user_id', by.people);
  return ((await (isPostgres(trx) ? query.orderBy('id').forUpdate() : query.orderBy('id'))) as Row[]).map(toStored);
}

/** Keeps a connection, in the place of what this person had connected there before. Returns its id. */
export async function saveConnection(trx: Transaction, connection: NewConnection, now: Date): Promise<number> {
  const values = {
    external_id: connection.externalId,
    external_name: connection.externalName,
    scopes: JSON.stringify(connection.scopes),
    access_token: connection.accessToken,
    refresh_token: connection.refreshToken,
    expires_at: textOrNull(connection.expiresAt),
    auth_failed_at: null,
    disconnected_at: null,
    last_error: null,
    claimed_by: null,
    claimed_until: null,
    modified_at: toDbTime(now),
  };
  const own = { user_id: connection.userId, provider: connection.provider, created_at: toDbTime(now) };
  const [row] = (await trx(TABLE)
    .insert({ ...own, ...values })
    .onConflict(['user_id', 'provider'])
    .merge(Object.keys(values))
    .returning('id')) as { id: number }[];
  if (row === undefined) throw new Error('the connection was not kept');
  return row.id;
}

/** Whether the connection is still there, with this account; until the transaction ends it stays. */
export async function holdConnection(trx: Transaction, id: number, accountId: string): Promise<boolean> {
  // An update of nothing locks the row on both databases.
  const held = await trx(TABLE).where({ id, external_id: accountId }).update({ external_id: accountId });
  return held > 0;
}

/** Removes what this person had connected there. */
export const deleteConnection = (trx: Transaction, id: number): Promise<number> => trx(TABLE).where({ id }).delete();

/** Takes a connection for refreshing it; false while somebody else has it. */
export async function claimConnection(
  trx: Transaction,
  id: number,
  { claim, now, until }: { claim: string; now: Date; until: Date },
): Promise<boolean> {
  const taken = await trx(TABLE)
    .where({ id })
    .where((free) => void free.whereNull('claimed_until').orWhere('claimed_until', '<=', toDbTime(now)))
    .update({ claimed_by: claim, claimed_until: toDbTime(until) });
  return taken > 0;
}

/** Lets go of a connection that is still taken under this claim. */
export const releaseClaim = (trx: Transaction, id: number, claim: string): Promise<number> =>
  trx(TABLE).where({ id, claimed_by: claim }).update({ claimed_by: null, claimed_until: null });

/** Keeps what a refresh gave, unless the connection was taken by somebody else, renewed or removed meanwhile. */
export async function saveRefreshed(
  trx: Transaction,
  id: number,
  claim: string,
  tokens: { accessToken: string; refreshToken: string | null; expiresAt: Date | null },
  now: Date,
): Promise<boolean> {
  const kept = await trx(TABLE)
    .where({ id, claimed_by: claim })
    .update({
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      expires_at: textOrNull(tokens.expiresAt),
      last_error: null,
      claimed_by: null,
      claimed_until: null,
      modified_at: toDbTime(now),
    });
  return kept > 0;
}

/** Notes that the provider refuses this very access token; false when another one is stored by now, or that was noted. */
export async function saveAuthFailure(
  trx: Transaction,
  { id, accessToken }: { id: number; accessToken: string | null },
  reason: string,
  now: Date,
): Promise<boolean> {
  const noted = await trx(TABLE)
    .where({ id, access_token: accessToken })
    .whereNull('auth_failed_at')
    .update({ auth_failed_at: toDbTime(now), last_error: reason, modified_at: toDbTime(now) });
  return noted > 0;
}

/** Notes what went wrong though the connection may still work. */
export const saveLastError = (trx: Transaction, id: number, reason: string, now: Date): Promise<number> =>
  trx(TABLE)
    .where({ id })
    .update({ last_error: reason, modified_at: toDbTime(now) });

/** Takes the tokens out of connections, which stay and need to be connected again. */
export const clearTokens = (trx: Transaction, ids: readonly number[], reason: string, now: Date): Promise<number> =>
  trx(TABLE)
    .whereIn('id', ids)
    .update({
      access_token: null,
      refresh_token: null,
      expires_at: null,
      auth_failed_at: toDbTime(now),
      disconnected_at: toDbTime(now),
      last_error: reason,
      claimed_by: null,
      claimed_until: null,
      modified_at: toDbTime(now),
    });
