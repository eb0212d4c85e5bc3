import { BlockList, isIP } from 'node:net';

/** Everything of IPv4 that IANA keeps for special purposes. */
const SPECIAL: [string, number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // between carriers and their customers
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // public by its number, and yet the machine's own platform, at Azure
  ['169.254.0.0', 16], // link-local; where clouds tell machines their secrets
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocols
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays of 6to4
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
];

/** What is special within 2000::/3, which is all of IPv6 that is public. */
const SPECIAL_OF_IPV6: [string, number][] = [
  ['2001::', 23], // protocols: Teredo, benchmarks, identifiers
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which leads to any IPv4
  ['3fff::', 20], // documentation
];

const special = new BlockList();
for (const [address, prefix] of SPECIAL) special.addSubnet(address, prefix, 'ipv4');
const publicIpv6 = new BlockList();
publicIpv6.addSubnet('2000::', 3, 'ipv6');
const specialIpv6 = new BlockList();
for (const [address, prefix] of SPECIAL_OF_IPV6) specialIpv6.addSubnet(address, prefix, 'ipv6');

/**
 * Whether an address belongs to the public internet. Everything that is written into IPv6 from elsewhere (mapped, compatible,
 * translated, tunnelled) does not, whatever it leads to.
 */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, 'ipv4');
  // A zone, as in fe80::1%eth0, is there for link-local addresses only.
  if (version !== 6 || address.includes('%')) return false;
  return publicIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}
