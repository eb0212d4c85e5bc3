/** What went wrong at a provider. The reason is a sentence for people; nothing of what the provider sent is quoted. */
export class ProviderProblem extends Error {
  /**
   * `refused`: it says no to this code or token, and always will. `unavailable`: it does not answer, or not now.
   * `malformed`: it answers something else. `misconfigured`: it does not know our application.
   */
  constructor(
    readonly kind: 'refused' | 'unavailable' | 'malformed' | 'misconfigured',
    reason: string,
  ) {
    super(reason);
    this.name = 'ProviderProblem';
  }
}

/** Thrown by work on a connection when the provider answers that the token does not count (401). */
export class ProviderAuthError extends Error {
  constructor(message = 'The provider refused the access token.') {
    super(message);
    this.name = 'ProviderAuthError';
  }
}

/** A connection cannot be used: there is none, it has to be connected again, or the provider does not answer now. */
export class ConnectionUnusable extends Error {
  constructor(
    readonly kind: 'not_connected' | 'not_authenticated' | 'unavailable',
    message: string,
  ) {
    super(message);
    this.name = 'ConnectionUnusable';
  }
}
