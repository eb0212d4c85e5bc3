/** Where the time comes from. Injected everywhere, so that tests can move it and nothing reads the machine's clock. */
export interface Clock {
  now(): Date;
}

/** The machine's clock, in UTC. */
export const systemClock: Clock = { now: () => new Date() };
