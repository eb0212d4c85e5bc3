/** A network: the bits that addresses in it begin with, and how many of them count. */
export interface Network {
  readonly bits: bigint;
  readonly length: number;
  /** 4 or 6. */
  readonly family: 4 | 6;
}

interface Address {
  readonly bits: bigint;
  readonly family: 4 | 6;
}

const BYTE = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => BYTE.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

/** The groups of one half of an IPv6 address; an IPv4 address may stand for the last two. */
function groupsOf(half: string, isLast: boolean): bigint[] | undefined {
  if (half === '') return [];
  const groups: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && isLast && index === parts.length - 1) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (GROUP.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves as [string, string?];
  const front = groupsOf(head, tail === undefined);
  const back = tail === undefined ? [] : groupsOf(tail, true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => 0n), ...back];
  return groups.reduce((bits, group) => (bits << 16n) | group, 0n);
}

const MAPPED = 0xffffn;

/** An address; one of IPv4 in the clothes of IPv6 counts as IPv4. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  if (!text.includes(':')) {
    const bits = parseV4(text);
    return bits === undefined ? undefined : { bits, family: 4 };
  }
  const bits = parseV6(text);
  if (bits === undefined) return undefined;
  return bits >> 32n === MAPPED ? { bits: bits & 0xffffffffn, family: 4 } : { bits, family: 6 };
}

/** A network like `10.0.0.0/8` or `2001:db8::/32`, or a single address; undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [host, prefix, ...rest] = text.split('/') as [string, string?];
  const address = parseAddress(host);
  if (address === undefined || rest.length > 0) return undefined;
  const width = address.family === 4 ? 32 : 128;
  if (prefix === undefined) return { ...address, length: width };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  // A mapped network is written with the length of IPv6.
  const length = address.family === 4 && host.includes(':') ? Number(prefix) - 96 : Number(prefix);
  if (length < 0 || length > width) return undefined;
  return { bits: address.bits >> BigInt(width - length), length, family: address.family };
}

/** Whether an address lies in a network. */
export const isInNetwork = (address: Address, { bits, length, family }: Network): boolean =>
  address.family === family && address.bits >> BigInt((family === 4 ? 32 : 128) - length) === bits;
