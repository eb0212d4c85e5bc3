import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { EgressError } from './errors';
import { type Destination, destinationOf, type EgressRules } from './rules';

const CONNECT_MS = 10_000;

/** How names become addresses: as `lookup` of node:dns with `all` does it. */
export type Resolve = (
  host: string,
  options: { all: true; family?: number; hints?: number },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export const resolveByDns: Resolve = (host, options, done) => lookup(host, options, done);

/**
 * Gives a connection only the addresses of a name that pass the rules. It is asked by the connection itself, once, so there
 * is no second look-up that could answer something else.
 */
function checkedLookup(rules: EgressRules, destination: Destination, resolve: Resolve): LookupFunction {
  return (host, { all, family, hints }, done) => {
    const options = {
      all: true as const,
      ...(typeof family === 'number' ? { family } : {}),
      ...(hints === undefined ? {} : { hints }),
    };
    resolve(host, options, (error, addresses) => {
      if (error !== null) return done(error, []);
      let objection: EgressError | undefined;
      const good = addresses.filter(({ address }) => {
        const found = rules.objectionTo(destination, address);
        objection = found ?? objection;
        return found === undefined;
      });
      const [first] = good;
      if (first === undefined) return done(objection ?? new EgressError('unreachable', `${host} has no address`), []);
      if (all === true) done(null, good);
      else done(null, first.address, first.family);
    });
  };
}

/** Connections that lead to nothing but addresses that pass the rules. */
export function checkedConnector(
  build: typeof buildConnector,
  rules: EgressRules,
  resolve: Resolve,
): buildConnector.connector {
  return (options, callback) => {
    const destination = destinationOf(options);
    const { host } = destination;
    // Addresses are not looked up, so they are checked here.
    const objection = isIP(host) !== 0 ? rules.objectionTo(destination, host) : undefined;
    if (objection !== undefined) return callback(objection, null);
    const connect = build({
      timeout: CONNECT_MS,
      allowH2: false,
      maxCachedSessions: 0,
      lookup: checkedLookup(rules, destination, resolve),
      // What Node.js does by itself: without it undici's types ask for a port.
    } as buildConnector.BuildOptions);
    connect(options, (...[error, socket]: [Error, null] | [null, Socket]) => {
      if (error !== null) return callback(error, null);
      // A second look at what was really connected to, in case a library finds a way around the look-up.
      const late = rules.objectionTo(destination, socket.remoteAddress ?? '');
      if (late === undefined) return callback(null, socket);
      socket.destroy();
      callback(late, null);
    });
  };
}
