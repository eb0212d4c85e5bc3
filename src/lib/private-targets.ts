import { isIP, isIPv6 } from 'node:net';

/** A private place that outgoing calls may go to: a host by its name, or a block of addresses; at one port, or at the usual ones. */
export type PrivateTarget = { readonly port?: number } & (
  | { readonly host: string }
  | { readonly block: { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } }
);

const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
/** With brackets, with at most one colon, or IPv6 as it is. */
const FORMS = [/^\[([^\]]+)\](?::(\d{1,5}))?$/, /^([^:]+?)(?::(\d{1,5}))?$/, /^([\da-f:./]+)$/];

function placeOf(text: string): PrivateTarget | undefined {
  const [address = '', length] = text.split('/', 2);
  const version = isIP(address);
  if (version === 0) return length === undefined && HOST.test(address) ? { host: address } : undefined;
  const longest = version === 4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const prefix = length === undefined ? longest : Number(length);
  if (prefix > longest || text.split('/').length > 2) return undefined;
  return { block: { address, prefix, family: isIPv6(address) ? 'ipv6' : 'ipv4' } };
}

/** What an operator wrote as a private target: `host`, `address` or `address/length`, each with `:port` if need be. */
export function parsePrivateTarget(written: string): PrivateTarget | undefined {
  const text = written.trim().toLowerCase();
  for (const form of FORMS) {
    const [match, place = '', port] = form.exec(text) ?? [];
    if (match === undefined) continue;
    const target = placeOf(place);
    if (target === undefined || port === undefined) return target;
    return Number(port) >= 1 && Number(port) <= 65_535 ? { ...target, port: Number(port) } : undefined;
  }
  return undefined;
}
