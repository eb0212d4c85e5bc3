interface HttpErrorOptions {
  cause?: unknown;
  headers?: Record<string, string>;
  /** Seconds until the same request may be tried again; sent as Retry-After. */
  retryAfter?: number;
}

/**
 * An answer that is not a success: HTTP status, a stable code for programs and a sentence for people.
 * Thrown anywhere in a handler; HTML, htmx and JSON are renderings of it made in one place.
 */
export class HttpError extends Error {
  readonly headers: Record<string, string>;
  readonly retryAfter: number | undefined;

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: HttpErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HttpError';
    this.retryAfter = options.retryAfter;
    this.headers = {
      ...options.headers,
      ...(options.retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(options.retryAfter)) }),
    };
  }
}

/** 400: the request itself is malformed. */
export const badRequest = (message: string, code = 'bad_request') => new HttpError(400, code, message);

/** 401: nobody is signed in. */
export const unauthorized = (message = 'Sign in to continue.') => new HttpError(401, 'not_signed_in', message);

/** 403: within reach, but not allowed. */
export const forbidden = (message = "You don't have permission to do this.", code = 'forbidden') =>
  new HttpError(403, code, message);

/** 404: out of reach or not there; the two are not told apart. */
export const notFound = (message = 'There is nothing at this address.', code = 'not_found') =>
  new HttpError(404, code, message);

/** 409: someone else changed it first. */
export const conflict = (message: string, code = 'conflict') => new HttpError(409, code, message);

/** 422: understood, but not acceptable. */
export const unprocessable = (message: string, code = 'invalid') => new HttpError(422, code, message);

/** 429: too many tries; `seconds` says when the next one counts. */
export const tooMany = (seconds: number, message: string) =>
  new HttpError(429, 'too_many_requests', message, { retryAfter: seconds });

/** 503: a part we need does not answer right now. */
export const unavailable = (message: string, options: HttpErrorOptions = {}) =>
  new HttpError(503, 'unavailable', message, { retryAfter: 5, ...options });
