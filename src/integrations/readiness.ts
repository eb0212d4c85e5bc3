import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../lib/clock';
import { notFound } from '../lib/http-error';
import { withTimeLimit } from '../lib/time-limit';
import { conclude, type IntegrationStatus, type StatusViewer } from './policy';
import type { StatusCache } from './status-cache';
import { type ConnectionFacts, secondsUntilEnd, strategyOf } from './strategies';

/** How long a provider may take to say who somebody is. */
const PROBE_MS = 2_000;
const LONGEST_LOOK_MS = 2_000;

/** Whose status, and for whose eyes: the same person. */
export interface StatusUser extends StatusViewer {
  readonly id: number;
}

/** A provider as the service needs it. */
export interface AssessedProvider {
  readonly slug: string;
  readonly name: string;
  /** The variables that are not set; from the environment, so never kept anywhere. */
  readonly missingCredentials: readonly string[];
  /** Changes with our registration at the provider: what was kept under another one is not found. */
  readonly registration: string;
}

/** What is kept of an assessment. Nothing of it depends on who looks at it. */
export const KeptStatus = z.object({
  connected: z.boolean(),
  authenticated: z.boolean(),
  hasRefresh: z.boolean(),
  checkedAt: z.number().int(),
  ttl: z.number().int().positive(),
});
export type KeptStatus = z.infer<typeof KeptStatus>;

export interface ReadinessParts {
  readonly providers: readonly AssessedProvider[];
  readonly cache: StatusCache<KeptStatus>;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** All connections of a person. */
  listConnections(userId: number): Promise<readonly (ConnectionFacts & { readonly provider: string })[]>;
  /** Asks the provider with the person's token. What it finds out about the connection is in the database afterwards. */
  probe(userId: number, provider: string, milliseconds: number): Promise<unknown>;
  /** How long a probe may take, in milliseconds. */
  readonly probeMs?: number;
  /** How long a look at the database may take in any process before what it saw is written, in milliseconds. */
  readonly longestLookMs?: number;
}

/**
 * Says of a person's integrations whether background work with them would go well. Everybody who wants to know asks here:
 * pages, the banner, tasks. What it finds is kept for a while, without anything that depends on who asks.
 */
export class IntegrationStatusService {
  private readonly bySlug: ReadonlyMap<string, AssessedProvider>;
  /** Assessments that are under way, by key: whoever asks meanwhile gets the same one. */
  private readonly flights = new Map<string, Promise<KeptStatus>>();
  private readonly refreshes = new Map<string, Promise<{ kept: KeptStatus; answered: boolean }>>();
  private readonly loads = new Map<number, ReturnType<ReadinessParts['listConnections']>>();
  private readonly again = new Set<NodeJS.Timeout>();
  private changes = 0;

  constructor(private readonly parts: ReadinessParts) {
    this.bySlug = new Map(parts.providers.map((provider) => [provider.slug, provider]));
  }

  /** The slugs of all providers that can be assessed, in the catalogue's order. */
  get providers(): readonly string[] {
    return [...this.bySlug.keys()];
  }

  /**
   * How an integration stands for a person. With `refresh` the provider itself is asked, and what was kept is replaced; a
   * provider that does not answer within two seconds leaves it at what the database knows. Throws 404 for an unknown one.
   */
  async assess(
    user: StatusUser,
    slug: string,
    { refresh = false }: { refresh?: boolean } = {},
  ): Promise<IntegrationStatus> {
    const provider = this.get(slug);
    if (refresh) return (await this.check(user, slug)).status;
    const atHand = this.atHand(user, slug);
    if (atHand !== undefined) return atHand;
    const kept = await this.parts.cache.get(keyOf(provider, user.id));
    return this.toStatus(provider, kept ?? (await this.look(user.id, provider)), user);
  }

  /** The status with `refresh`, and whether the provider answered; true where nobody could be asked. */
  async check(user: StatusUser, slug: string): Promise<{ status: IntegrationStatus; answered: boolean }> {
    const provider = this.get(slug);
    const { kept, answered } = await this.refresh(user.id, provider);
    return { status: this.toStatus(provider, kept, user), answered };
  }

  /** How several stand, with one look at the database. */
  async assessAll(
    user: StatusUser,
    slugs: readonly string[] = this.providers,
  ): Promise<Map<string, IntegrationStatus>> {
    const statuses = await Promise.all(slugs.map((slug) => this.assess(user, slug)));
    return new Map(statuses.map((status) => [status.provider, status]));
  }

  /** The status if it is in the memory of this process; nothing is asked or waited for. */
  atHand(user: StatusUser, slug: string): IntegrationStatus | undefined {
    const provider = this.bySlug.get(slug);
    const kept = provider && this.parts.cache.peek?.(keyOf(provider, user.id));
    return kept && this.toStatus(provider, kept, user);
  }

  /** A background task was refused by the provider: it is asked itself, so that the next page knows. Never rejects. */
  async reportAuthFailure(userId: number, slug: string): Promise<void> {
    const provider = this.bySlug.get(slug);
    if (provider === undefined) return;
    await this.refresh(userId, provider).catch((error: unknown) => this.parts.log.warn({ err: error, slug }, CANNOT));
  }

  /** Something about the connection has changed: what was kept, and what is being found out, no longer counts. */
  async forget(userId: number, slug: string): Promise<void> {
    const provider = this.bySlug.get(slug);
    if (provider === undefined) return;
    this.changes += 1;
    this.flights.delete(keyOf(provider, userId));
    this.loads.delete(userId);
    await this.parts.cache.delete(keyOf(provider, userId));
    if (this.parts.cache.peek === undefined) this.forgetOnceMore(keyOf(provider, userId));
  }

  /** Something has changed, and nobody knows for whom: nothing that this process has in memory counts any longer. */
  async forgetAll(): Promise<void> {
    this.changes += 1;
    this.flights.clear();
    this.loads.clear();
    if (this.parts.cache.peek !== undefined) await this.parts.cache.clear();
  }

  /** Another number after everything that this process put into the cache or took out of it. */
  generation(): number {
    return this.changes;
  }

  async stop(): Promise<void> {
    for (const timer of this.again) clearTimeout(timer);
    await this.parts.cache.stop?.();
  }

  /** A process that looked before the change may write what it saw into a cache of all processes after it was deleted. */
  private forgetOnceMore(key: string): void {
    const timer = setTimeout(() => {
      this.again.delete(timer);
      void this.parts.cache.delete(key);
    }, this.parts.longestLookMs ?? LONGEST_LOOK_MS).unref();
    this.again.add(timer);
  }

  private get(slug: string): AssessedProvider {
    const provider = this.bySlug.get(slug);
    if (provider === undefined) throw notFound('There is no integration by that name.');
    return provider;
  }

  /** Asks the provider, then looks anew; whoever wants the same meanwhile gets the same answer. */
  private refresh(userId: number, provider: AssessedProvider): Promise<{ kept: KeptStatus; answered: boolean }> {
    const key = keyOf(provider, userId);
    return shared(this.refreshes, key, async () => {
      const answered = provider.missingCredentials.length > 0 || (await this.probe(userId, provider.slug));
      // What was begun before the provider answered may have seen the connection as it was.
      this.flights.delete(key);
      this.loads.delete(userId);
      return { kept: await this.look(userId, provider), answered };
    });
  }

  /** False when the provider gave no answer that says anything. */
  private async probe(userId: number, slug: string): Promise<boolean> {
    const { probe, probeMs = PROBE_MS } = this.parts;
    try {
      await withTimeLimit(probeMs, probe(userId, slug, probeMs));
      return true;
    } catch (error) {
      this.parts.log.warn({ err: error, slug, userId }, CANNOT);
      return false;
    }
  }

  private look(userId: number, provider: AssessedProvider): Promise<KeptStatus> {
    const key = keyOf(provider, userId);
    const work = shared(this.flights, key, async () => {
      const connections = await this.connectionsOf(userId);
      const kept = this.gather(
        provider,
        connections.find((connection) => connection.provider === provider.slug),
      );
      // Forgotten meanwhile: what was found is true for whoever asked before, and for nobody after.
      if (this.flights.get(key) !== work) return kept;
      this.changes += 1;
      await this.parts.cache.set(key, kept, kept.ttl);
      return kept;
    });
    return work;
  }

  private gather({ slug, missingCredentials }: AssessedProvider, connection: ConnectionFacts | undefined): KeptStatus {
    const now = this.parts.clock.now();
    const facts = strategyOf(slug).gather({ connection, missingCredentials, now });
    const { connected, authenticated, hasRefresh } = facts;
    const end = secondsUntilEnd(connection, facts, now);
    const ttl = Math.min(this.parts.ttlSeconds, end ?? Number.POSITIVE_INFINITY);
    return { connected, authenticated, hasRefresh, checkedAt: now.getTime(), ttl };
  }

  private connectionsOf(userId: number): ReturnType<ReadinessParts['listConnections']> {
    return shared(this.loads, userId, () => this.parts.listConnections(userId));
  }

  private toStatus(provider: AssessedProvider, kept: KeptStatus, viewer: StatusViewer): IntegrationStatus {
    const { slug, missingCredentials } = provider;
    const { connected, authenticated, hasRefresh, checkedAt, ttl } = kept;
    const { blockingProblem, reason, ctaLabel, ctaUrl } = conclude(
      { connected, authenticated, hasRefresh, missingCredentials },
      provider,
      viewer,
    );
    return Object.freeze({
      provider: slug,
      connected,
      authenticated,
      hasRefresh,
      blockingProblem,
      reason,
      ctaLabel,
      ctaUrl,
      lastChecked: new Date(checkedAt),
      ttlSeconds: ttl,
    });
  }
}

const CANNOT = 'a provider could not be asked whether it still takes a connection';

const keyOf = ({ slug, registration }: AssessedProvider, userId: number): string => `${registration}:${slug}:${userId}`;

/** The work that is under way by that name, or new work; it stands in the map until it ends or is taken out. */
function shared<K, T>(map: Map<K, Promise<T>>, key: K, begin: () => Promise<T>): Promise<T> {
  const before = map.get(key);
  if (before !== undefined) return before;
  const work: Promise<T> = begin().finally(() => {
    if (map.get(key) === work) map.delete(key);
  });
  map.set(key, work);
  return work;
}
