/**
 * A port of 127.0.0.1 that is free, for a server that cannot choose one itself. It is below those that systems give to
 * outgoing connections, so none of the other tests' takes it meanwhile. Rejects when it finds none.
 */
export function freePort(): Promise<number>;
