import { BlockList, isIP } from 'node:net';
import type { PrivateTarget } from '../lib/private-targets';
import { isPublicAddress } from './addresses';
import { EgressError } from './errors';

/** Where calls may go besides public addresses; all of it is said by the environment. */
export interface EgressSettings {
  /** Origins of base addresses that the operator set, like `http://jira.internal:8080`. */
  readonly origins: readonly string[];
  readonly allowPrivate: readonly PrivateTarget[];
}

/** Where one call goes. */
export interface Destination {
  readonly protocol: string;
  /** A name or an address, without brackets and without a dot at its end. */
  readonly host: string;
  readonly port: number;
}

const USUAL_PORTS = [80, 443];

/** An allowed place with what its addresses are compared by. */
interface Allowed {
  readonly host?: string;
  readonly block?: BlockList;
  readonly port?: number;
}

/** Where an address, or what undici makes of it, goes to. */
export function destinationOf({ protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname' | 'port'>): Destination {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return { protocol, host, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
}

const sameDestination = (a: Destination, b: Destination): boolean =>
  a.protocol === b.protocol && a.host === b.host && a.port === b.port;

const refused = (host: string, why: string): EgressError =>
  new EgressError('refused', `calls to ${host} are refused: ${why}`);

function toAllowed(target: PrivateTarget): Allowed {
  const port = target.port === undefined ? {} : { port: target.port };
  if ('host' in target) return { host: target.host, ...port };
  const block = new BlockList();
  block.addSubnet(target.block.address, target.block.prefix, target.block.family);
  return { block, ...port };
}

const includes = ({ host, block, port }: Allowed, destination: Destination, address: string): boolean => {
  if (port === undefined ? !USUAL_PORTS.includes(destination.port) : port !== destination.port) return false;
  if (block === undefined) return host === destination.host;
  return isIP(address) !== 0 && !address.includes('%') && block.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
};

/** Which calls may leave: HTTPS to public addresses at the usual ports, and what the operator allows. */
export class EgressRules {
  private readonly origins: readonly Destination[];
  private readonly allowed: readonly Allowed[];

  constructor({ origins, allowPrivate }: EgressSettings) {
    this.origins = origins.map((origin) => destinationOf(new URL(origin)));
    this.allowed = allowPrivate.map(toAllowed);
  }

  /** Throws EgressError for an address that is refused before its host is looked up. */
  check(url: URL): void {
    const destination = destinationOf(url);
    if (!['http:', 'https:'].includes(url.protocol)) throw refused(url.host, 'only HTTP leaves from here');
    if (url.username !== '' || url.password !== '') throw refused(url.host, 'the address names a user');
    const { port, host } = destination;
    const isKnown = this.isSet(destination) || this.allowed.some((target) => target.port === port);
    if (!isKnown && !USUAL_PORTS.includes(port)) throw refused(url.host, `port ${port} is not one of the usual ones`);
    const objection = isIP(host) === 0 ? undefined : this.objectionTo(destination, host);
    if (objection !== undefined) throw objection;
  }

  /** Why an address may not be connected to for this destination; nothing when it may. */
  objectionTo(destination: Destination, address: string): EgressError | undefined {
    const { protocol, host, port } = destination;
    const isSet = this.isSet(destination);
    if (!isPublicAddress(address)) {
      if (isSet || this.allowed.some((target) => includes(target, destination, address))) return undefined;
      return refused(host, 'it leads to an address that is not public, which an operator has to allow');
    }
    // What is allowed of a private place, its port and plain HTTP, is not lent to a public one.
    if (!isSet && !USUAL_PORTS.includes(port)) return refused(host, `port ${port} is not one of the usual ones`);
    return protocol === 'https:' ? undefined : refused(host, 'public addresses are reached by HTTPS only');
  }

  private isSet(destination: Destination): boolean {
    return this.origins.some((origin) => sameDestination(origin, destination));
  }
}
