import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordAudit } from '../audit';
import { inTransaction } from '../db';
import { localActor } from '../lib/viewer';
import { auditedConnection, type ConnectParts, expiryOf } from './connect';
import { refreshTokens } from './oauth';
import { ConnectionUnusable, ProviderAuthError, ProviderProblem } from './problems';
import { findProvider, type Provider } from './providers';
import {
  claimConnection,
  findStored,
  releaseClaim,
  type StoredConnection,
  saveAuthFailure,
  saveLastError,
  saveRefreshed,
} from './queries-connections';
import { revokeLater } from './release';
import { bumpConnections } from './scope';
import { openToken, sealTokens } from './sealed';

/** An access token with less time than this left is renewed before it is used. */
const MARGIN_MS = 60_000;
/** How long others wait for whoever refreshes. */
const PATIENCE_MS = 20_000;
/** After this long, whoever refreshes is taken for dead. */
const LEASE_MS = 60_000;

const SYSTEM = localActor('system', 'integrations');

const UNREADABLE = 'The stored tokens cannot be read with the keys of this server. Connect again.';

/** Uses of connections: access tokens that count, renewed by one at a time however many ask. */
export class ConnectionUse {
  private readonly refreshing = new Map<number, Promise<boolean>>();

  constructor(private readonly parts: ConnectParts) {}

  /**
   * Does something with the access token of what a person has connected; a token that is about to run out is renewed first.
   * Throws `ConnectionUnusable` without asking the provider when there is no connection or it was refused before. When `work`
   * throws a `ProviderAuthError`, the connection is marked and has to be made again.
   */
  async with<T>(userId: number, slug: string, work: (accessToken: string) => Promise<T>): Promise<T> {
    const provider = findProvider(slug);
    if (provider === undefined) throw new ConnectionUnusable('not_connected', 'Nobody can connect this.');
    const { stored, token } = await this.fresh(userId, provider);
    try {
      return await work(token);
    } catch (error) {
      if (error instanceof ProviderAuthError) {
        await this.markRefused(stored, provider, `${provider.name} refused the access token.`);
      }
      throw error;
    }
  }

  /** The stored connection and its access token, renewed when it has to be. */
  private async fresh(userId: number, provider: Provider): Promise<{ stored: StoredConnection; token: string }> {
    const started = performance.now();
    for (let renewed = false; ; ) {
      const stored = await findStored(this.parts.db, userId, provider.slug);
      if (stored === undefined) {
        throw new ConnectionUnusable('not_connected', `${provider.name} is not connected.`);
      }
      if (stored.authFailedAt !== null || stored.accessToken === null) throw reconnect(provider);
      // Access that is given for less than a minute is used all the same; what has run out when it comes is of no use.
      if (!this.endsSoon(stored) || (renewed && !this.isOver(stored))) return this.open(stored, provider);
      if (renewed)
        throw new ConnectionUnusable('unavailable', `${provider.name} gave access that has run out already.`);
      if (stored.refreshToken === null) {
        if (!this.isOver(stored)) return this.open(stored, provider);
        await this.markRefused(stored, provider, 'The access has run out and cannot be renewed.');
        throw reconnect(provider);
      }
      try {
        renewed = await this.refreshTogether(stored, provider);
      } catch (error) {
        // What is there still counts for a moment.
        if (error instanceof ConnectionUnusable && error.kind === 'unavailable' && !this.isOver(stored)) {
          return this.open(stored, provider);
        }
        throw error;
      }
      if (performance.now() - started > PATIENCE_MS) {
        throw new ConnectionUnusable('unavailable', `${provider.name} is being renewed; try again in a moment.`);
      }
    }
  }

  private endsSoon({ expiresAt }: StoredConnection): boolean {
    return expiresAt !== null && expiresAt.getTime() - this.parts.clock.now().getTime() <= MARGIN_MS;
  }

  private isOver({ expiresAt }: StoredConnection): boolean {
    return expiresAt !== null && expiresAt <= this.parts.clock.now();
  }

  private async open(stored: StoredConnection, provider: Provider) {
    const token = openToken(this.parts.config, stored, 'access');
    if (token !== undefined) return { stored, token };
    await this.markRefused(stored, provider, UNREADABLE);
    throw reconnect(provider);
  }

  /** Everybody of this process who needs the same connection renewed waits for one refresh; true when it came about. */
  private refreshTogether(stored: StoredConnection, provider: Provider): Promise<boolean> {
    const known = this.refreshing.get(stored.id);
    if (known !== undefined) return known;
    const refresh = this.refresh(stored, provider).finally(() => this.refreshing.delete(stored.id));
    this.refreshing.set(stored.id, refresh);
    return refresh;
  }

  /** Renews a connection, or waits a little when another process does. */
  private async refresh({ id, userId }: StoredConnection, provider: Provider): Promise<boolean> {
    const { db, clock } = this.parts;
    const claim = randomUUID();
    const now = clock.now();
    const until = new Date(now.getTime() + LEASE_MS);
    if (!(await inTransaction(db, (trx) => claimConnection(trx, id, { claim, now, until })))) {
      await sleep(60 + Math.random() * 80);
      return false;
    }
    try {
      // Whoever had it before may have renewed it meanwhile.
      const stored = await findStored(db, userId, provider.slug);
      if (stored === undefined || stored.authFailedAt !== null || !this.endsSoon(stored)) return false;
      await this.renew(stored, provider, claim);
      return true;
    } finally {
      await inTransaction(db, (trx) => releaseClaim(trx, id, claim));
    }
  }

  private async renew(stored: StoredConnection, provider: Provider, claim: string): Promise<void> {
    const { db, clock, config, log } = this.parts;
    const { id, userId } = stored;
    const refreshToken = openToken(config, stored, 'refresh');
    if (refreshToken === undefined) {
      await this.markRefused(stored, provider, UNREADABLE);
      throw reconnect(provider);
    }
    try {
      const tokens = await refreshTokens(this.parts, provider, refreshToken);
      const owner = { userId, provider: provider.slug };
      // Who sends no new refresh token leaves the old one in force.
      const next = { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken ?? refreshToken };
      const sealed = sealTokens(config, owner, next);
      const isKept = await inTransaction(db, (trx) =>
        saveRefreshed(trx, id, claim, { ...sealed, expiresAt: expiryOf(tokens, clock.now()) }, clock.now()),
      );
      this.parts.changed(userId, provider.slug);
      // Ended while the provider was asked: what it gave belongs to nobody. Made anew, it may belong to that.
      if (!isKept && !(await findStored(db, userId, provider.slug))?.hasAccess) {
        await revokeLater(this.parts, provider.slug, next);
      }
    } catch (error) {
      if (!(error instanceof ProviderProblem)) throw error;
      log.warn({ connection: id, provider: provider.slug, reason: error.message }, 'a connection was not renewed');
      if (error.kind === 'refused') {
        await this.markRefused(stored, provider, error.message);
        throw reconnect(provider);
      }
      await inTransaction(db, (trx) => saveLastError(trx, id, error.message, clock.now()));
      throw new ConnectionUnusable('unavailable', error.message);
    }
  }

  /** Notes that what is stored does not count any more; the row stays. */
  private async markRefused(stored: StoredConnection, provider: Provider, reason: string): Promise<void> {
    const { db, clock } = this.parts;
    const marked = await inTransaction(db, async (trx) => {
      if (!(await saveAuthFailure(trx, stored, reason, clock.now()))) return false;
      await recordAudit(trx, clock, SYSTEM, {
        action: 'change',
        ...auditedConnection(stored.id, provider.name, stored.externalName),
        after: { last_error: reason },
        message: `${provider.name} has to be connected again: ${reason}`,
      });
      await bumpConnections(trx);
      return true;
    });
    if (marked) this.parts.changed(stored.userId, provider.slug);
  }
}

const reconnect = ({ name }: Provider): ConnectionUnusable =>
  new ConnectionUnusable('not_authenticated', `${name} has to be connected again.`);
