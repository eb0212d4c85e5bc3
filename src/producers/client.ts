import { type FeatureFlagKey, type FeatureFlags, hasFeature, producerFeatures } from './features';

// What browsers and programs use to ask a Flagstaff what a producer has. It loads nothing of the server.

export type { FeatureFlagKey, FeatureFlags } from './features';

/** What a producer has, from an answer of the API. */
export interface Features {
  readonly flags: FeatureFlags;
  hasFeature(key: FeatureFlagKey): boolean;
}

/** The producer of whoever asks, and what it has. */
export interface ProducerAccess extends Features {
  readonly id: number;
  readonly name: string;
  readonly slug: string;
  readonly contactEmail?: string;
  readonly role: 'owner' | 'manager' | 'viewer';
  readonly canPublishShows: boolean;
}

/** An answer of the API that is not a success. */
export class ProducerApiError extends Error {
  constructor(
    readonly status: number,
    /** A stable word for programs, such as `producer_not_found`. */
    readonly code: string,
    message: string,
    /** What to name when asking the operator about it. */
    readonly requestId: string,
    /** Seconds to wait before asking again, when the answer says so. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
    this.name = 'ProducerApiError';
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The features in an answer of `/api/v1/producers/me/`; whatever is missing, or no boolean, is off. */
export function featuresOf(answer: unknown): Features {
  const given = isRecord(answer) && isRecord(answer.feature_flags) ? answer.feature_flags : {};
  const flags = Object.fromEntries(
    producerFeatures.map(([key, { column }]) => [key, given[column] === true]),
  ) as FeatureFlags;
  return { flags, hasFeature: (key) => hasFeature(flags, key) };
}

export interface ProducerClientOptions {
  /** Where the Flagstaff is, like `https://flags.example.com`. */
  readonly baseUrl: string;
  /** An access token, or what gives the present one; left out in a browser that is signed in. */
  readonly token?: string | (() => string | Promise<string>);
  /** What sends requests, when it is not the `fetch` of the platform. */
  readonly fetch?: typeof fetch;
}

export interface ProducerClient {
  /**
   * The producer of whoever asks; `producer` is the slug of one of several. Asks each time, but an answer that did not change
   * is not sent again. Throws ProducerApiError.
   */
  me(options?: { readonly producer?: string }): Promise<ProducerAccess>;
}

/** Asks a Flagstaff about the producer of whoever asks. */
export function createProducerClient({ baseUrl, token, fetch: send = fetch }: ProducerClientOptions): ProducerClient {
  const kept = new Map<string, { etag: string; access: ProducerAccess }>();
  return {
    async me({ producer } = {}) {
      const url = new URL('/api/v1/producers/me/', baseUrl);
      if (producer !== undefined) url.searchParams.set('producer', producer);
      const access = typeof token === 'function' ? await token() : token;
      const key = `${access ?? ''} ${url.href}`;
      const before = kept.get(key);
      const response = await send(url.href, {
        headers: {
          Accept: 'application/json',
          ...(access === undefined ? {} : { Authorization: `Bearer ${access}` }),
          ...(before === undefined ? {} : { 'If-None-Match': before.etag }),
        },
      });
      if (response.status === 304 && before !== undefined) return before.access;
      const answer: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw errorOf(response, answer);
      const found = accessOf(answer);
      const etag = response.headers.get('etag');
      kept.clear(); // one answer is enough: tokens change every few minutes
      if (etag !== null) kept.set(key, { etag, access: found });
      return found;
    },
  };
}

function accessOf(answer: unknown): ProducerAccess {
  const given = isRecord(answer) ? answer : {};
  const role = given.role === 'owner' || given.role === 'manager' ? given.role : 'viewer';
  return {
    id: Number(given.id),
    name: String(given.name),
    slug: String(given.slug),
    ...(typeof given.contact_email === 'string' ? { contactEmail: given.contact_email } : {}),
    role,
    canPublishShows: given.can_publish_shows === true,
    ...featuresOf(answer),
  };
}

function errorOf(response: Response, answer: unknown): ProducerApiError {
  const error = isRecord(answer) && isRecord(answer.error) ? answer.error : {};
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ProducerApiError(
    response.status,
    typeof error.code === 'string' ? error.code : 'unreadable_answer',
    typeof error.message === 'string' ? error.message : `The answer was ${response.status}.`,
    typeof error.request_id === 'string' ? error.request_id : '',
    Number.isFinite(seconds) ? seconds : undefined,
  );
}
