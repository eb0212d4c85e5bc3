import { recordAudit, recordAudits } from '../audit';
import { inTransaction, type Transaction } from '../db';
import { withTimeLimit } from '../lib/time-limit';
import type { Actor } from '../lib/viewer';
import type { Services } from '../services';
import { whoAmI } from './accounts';
import {
  type Answer,
  auditedConnection,
  beginVisit,
  type Connected,
  type ConnectParts,
  endVisit,
  type Visitor,
} from './connect';
import { ConnectionUnusable, ProviderAuthError, ProviderProblem } from './problems';
import { findProvider, type Provider } from './providers';
import { clearTokens, deleteConnection, lockStored } from './queries-connections';
import { deleteExpiredVisits, deleteOldRevocations } from './queries-visits';
import { keepOldTokens, keepTokensOf, LONGEST_REVOCATION_MS, revocationHandler, revokeNow } from './release';
import { bumpConnections } from './scope';
import { ConnectionUse } from './use';

/** Hears that what a person has connected at a provider is not what it was. */
export type ConnectionListener = (userId: number, provider: string) => void;

/** What people have connected: made, used, renewed, ended. Tokens stay in here. */
export interface Connections {
  /** Begins a visit to a provider and gives the address to send the person to; `next` is where they go afterwards. */
  begin(provider: Provider, visitor: Visitor, next: string): Promise<URL>;
  /** Ends a visit with what the provider's redirect brought back. */
  finish(provider: Provider, visitor: Visitor, answer: Answer, actor: Actor): Promise<Connected>;
  /** Removes what a person has connected and revokes it; false when nothing was. */
  disconnect(provider: Provider, user: Visitor['user'], actor: Actor): Promise<boolean>;
  /** Takes the tokens out of connections and revokes them; the rows stay. Returns how many had any. */
  markDisconnected(ids: readonly number[], actor: Actor): Promise<number>;
  /** Sees to it that the tokens of accounts that are about to be deleted are revoked; part of that transaction. */
  release(trx: Transaction, userIds: readonly number[]): Promise<void>;
  /** Does something with an access token that counts; see `ConnectionUse.with`. */
  use<T>(userId: number, provider: string, work: (accessToken: string) => Promise<T>): Promise<T>;
  /** Asks the provider whether it still takes the access token; a connection that it refuses is marked. Rejects when it does not answer. */
  probe(userId: number, provider: string, timeoutMs?: number): Promise<void>;
  /** Removes visits to providers that nobody came back from in time, and tokens that nobody could revoke; returns how many visits. */
  cleanUp(): Promise<number>;
  /** Calls the listener after each connect, disconnect, renewal and refusal of this process has been kept. Returns how to stop that. */
  onConnectionChange(listener: ConnectionListener): () => void;
}

type Parts = Pick<Services, 'config' | 'db' | 'clock' | 'log' | 'jobs' | 'egress'> & {
  timeoutMs?: number;
  patienceMs?: number;
};

const TIMEOUT_MS = 10_000;
/** How long somebody who disconnects waits for the provider to revoke. */
const PATIENCE_MS = 2_000;
const MARKED = 'Marked as disconnected by staff.';

/** Makes what connects people to providers; nothing runs by itself. */
export function createConnections({ timeoutMs = TIMEOUT_MS, patienceMs = PATIENCE_MS, ...given }: Parts): Connections {
  const listeners = new Set<ConnectionListener>();
  const changed: ConnectionListener = (userId, provider) => {
    for (const listener of listeners) {
      try {
        listener(userId, provider);
      } catch (error) {
        given.log.error({ err: error }, 'a listener to connections failed');
      }
    }
  };
  const parts: ConnectParts = { ...given, timeoutMs, changed };
  const { db, clock, jobs } = parts;
  const use = new ConnectionUse(parts);
  jobs.register(revocationHandler(parts));
  return {
    begin: (provider, visitor, next) => beginVisit(parts, provider, visitor, next),
    finish: (provider, visitor, answer, actor) => endVisit(parts, provider, visitor, answer, actor),
    disconnect: async (provider, user, actor) => {
      const removed = await inTransaction(db, async (trx) => {
        const stored = (await lockStored(trx, { people: [user.id] })).find((each) => each.provider === provider.slug);
        if (stored === undefined) return undefined;
        const revocation = await keepOldTokens(trx, parts, stored, { byJob: false });
        await deleteConnection(trx, stored.id);
        await recordAudit(trx, clock, actor, {
          action: 'disconnect',
          ...auditedConnection(stored.id, provider.name, user.email),
          before: { external_id: stored.externalId, external_name: stored.externalName },
          message: `Disconnected ${provider.name}.`,
        });
        await bumpConnections(trx);
        return { revocation };
      });
      if (removed === undefined) return false;
      changed(user.id, provider.slug);
      // Whoever clicks waits a moment at most; the provider may take its time.
      await withTimeLimit(patienceMs, revokeNow(parts, removed.revocation)).catch(() => undefined);
      return true;
    },
    markDisconnected: async (ids, actor) => {
      const marked = await inTransaction(db, async (trx) => {
        const rows = (await lockStored(trx, { ids })).filter(({ hasAccess, hasRefresh }) => hasAccess || hasRefresh);
        for (const stored of rows) await keepOldTokens(trx, parts, stored, { byJob: true });
        await clearTokens(
          trx,
          rows.map(({ id }) => id),
          MARKED,
          clock.now(),
        );
        await recordAudits(
          trx,
          clock,
          actor,
          rows.map(({ id, provider, externalName }) => ({
            action: 'disconnect',
            ...auditedConnection(id, findProvider(provider)?.name ?? provider, externalName),
            message: 'Marked as disconnected; its tokens were erased.',
          })),
        );
        if (rows.length > 0) await bumpConnections(trx);
        return rows;
      });
      for (const { userId, provider } of marked) changed(userId, provider);
      return marked.length;
    },
    release: (trx, userIds) => keepTokensOf(trx, parts, userIds),
    use: (userId, provider, work) => use.with(userId, provider, work),
    probe: async (userId, slug, limit = timeoutMs) => {
      const provider = findProvider(slug);
      if (provider === undefined) return;
      const ask = async (accessToken: string): Promise<void> => {
        try {
          await whoAmI({ ...parts, timeoutMs: limit }, provider, accessToken);
        } catch (error) {
          if (error instanceof ProviderProblem && error.kind === 'refused') throw new ProviderAuthError(error.message);
          throw error;
        }
      };
      try {
        await use.with(userId, slug, ask);
      } catch (error) {
        // What is known about the connection is kept by now; a provider that could not renew it has said nothing.
        const isKnown = error instanceof ConnectionUnusable && error.kind !== 'unavailable';
        if (!isKnown && !(error instanceof ProviderAuthError)) throw error;
      }
    },
    cleanUp: async () => {
      const visits = await deleteExpiredVisits(db, clock.now());
      await deleteOldRevocations(db, new Date(clock.now().getTime() - LONGEST_REVOCATION_MS));
      return visits;
    },
    onConnectionChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * Does something with the access token of what a person has connected: renewed when it is about to run out, by one at a
 * time. Throws `ConnectionUnusable` when there is nothing to use; `work` throws `ProviderAuthError` for a 401.
 */
export const useConnection = <T>(
  { connections }: Pick<Services, 'connections'>,
  userId: number,
  provider: string,
  work: (accessToken: string) => Promise<T>,
): Promise<T> => connections.use(userId, provider, work);
