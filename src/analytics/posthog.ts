import type { Egress } from '../egress';
import type { StoredEvent } from './queries';

/** Why a batch did not arrive, and what the other side wants us to do about it. */
export class DeliveryError extends Error {
  constructor(
    message: string,
    /** The status that PostHog answered with; nothing when it did not answer. */
    readonly status: number | undefined,
    /** How long PostHog asked us to wait, in milliseconds. */
    readonly retryAfterMs: number | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = 'DeliveryError';
  }
}

/** Brings a batch to where events are analysed; resolves only when all of it was accepted, else throws DeliveryError. */
export type Deliver = (events: readonly StoredEvent[], signal: AbortSignal) => Promise<void>;

const numberOf = (error: unknown, key: string): number | undefined => {
  if (typeof error !== 'object' || error === null || !(key in error)) return undefined;
  const value = (error as Record<string, unknown>)[key];
  return typeof value === 'number' ? value : undefined;
};

/** What really happened: libraries wrap "connection refused" into "fetch failed" into "network error". */
const innermost = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error;

function toDeliveryError(error: unknown): DeliveryError {
  const status = numberOf(error, 'status');
  const reason = status === undefined ? `no answer (${String(innermost(error))})` : `answered ${status}`;
  return new DeliveryError(`PostHog: ${reason}`, status, numberOf(error, 'retryAfterMs'), error);
}

/**
 * Delivery through posthog-node. Our table is the queue, so the library's own is kept empty: a client lives for one batch,
 * sends it in one request without trying again, and goes. Left to itself it would keep a failed batch in memory, send it
 * beside ours later, and hold up the end of the process meanwhile.
 */
export function postHogDelivery(options: {
  egress: Egress;
  apiKey: string;
  host: string;
  timeoutMs?: number;
}): Deliver {
  const { egress, timeoutMs = 10_000 } = options;
  return async (events, signal) => {
    const { PostHog } = await import('posthog-node');
    const client = new PostHog(options.apiKey, {
      host: options.host,
      flushAt: events.length + 1,
      flushInterval: 0,
      fetchRetryCount: 0,
      requestTimeout: timeoutMs,
      fetch: (url, request) =>
        egress.fetch(url, {
          ...(request as RequestInit),
          timeoutMs,
          signal: request.signal ? AbortSignal.any([request.signal, signal]) : signal,
        }),
    });
    const accepted = new Set<string>();
    client.on('flush', (messages: { uuid?: string }[]) => {
      for (const { uuid } of messages) if (uuid !== undefined) accepted.add(uuid);
    });
    for (const { distinctId, event, properties, createdAt, uuid } of events) {
      client.capture({ distinctId, event, properties, timestamp: createdAt, uuid });
    }
    try {
      await client.flush();
    } catch (error) {
      throw toDeliveryError(error);
    }
    if (accepted.size !== events.length) {
      throw new DeliveryError(
        `PostHog: the library sent ${accepted.size} of ${events.length} events; is POSTHOG_API_KEY usable?`,
        undefined,
        undefined,
        undefined,
      );
    }
  };
}
