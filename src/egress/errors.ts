export type EgressErrorKind = 'refused' | 'timeout' | 'too_large' | 'redirect' | 'unreachable';

/**
 * A call that did not come about or was broken off, and why. The message names the host and nothing else of the address, so
 * that it may be logged and shown.
 */
export class EgressError extends Error {
  constructor(
    readonly kind: EgressErrorKind,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.name = 'EgressError';
  }
}
