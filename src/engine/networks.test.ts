import { isInNetwork, type Network, parseAddress, parseNetwork } from './networks';

const v4 = (bits: bigint) => ({ bits, family: 4 });
const v6 = (bits: bigint) => ({ bits, family: 6 });

describe('an address', () => {
  it.each([
    ['0.0.0.0', v4(0n)],
    ['1.2.3.4', v4(0x01020304n)],
    ['255.255.255.255', v4(0xffffffffn)],
    ['::', v6(0n)],
    ['::1', v6(1n)],
    ['1::', v6(1n << 112n)],
    ['1:2:3:4:5:6:7:8', v6(0x00010002000300040005000600070008n)],
    ['1:2:3:4:5:6:7::', v6(0x00010002000300040005000600070000n)],
    ['::2:3:4:5:6:7:8', v6(0x00000002000300040005000600070008n)],
    ['1:2::7:8', v6(0x00010002000000000000000000070008n)],
    ['ABCD::ef', v6((0xabcdn << 112n) | 0xefn)],
    ['1:2:3:4:5:6:7.8.9.10', v6(0x0001000200030004000500060708090an)],
    ['1::1.2.3.4', v6((1n << 112n) | 0x01020304n)],
    ['::1.2.3.4', v6(0x01020304n)],
    ['::ffff:1.2.3.4', v4(0x01020304n)],
    ['::ffff:102:304', v4(0x01020304n)],
    ['0000:0000:0000:0000:0000:ffff:255.255.255.255', v4(0xffffffffn)],
    ['::fffe:1.2.3.4', v6(0xfffe01020304n)],
    ['1::ffff:1.2.3.4', v6((1n << 112n) | 0xffff01020304n)],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.04', '1.2.3.', '1.2.3.x', '1.2.3.4 ', '1.2.3.1000', ' 1.2.3.4', '1.2.3.-1',
    ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8', '1:2:3:4::5:6:7:8', 'g::', '12345::', '::1.2.3',
    '::1.2.3.4:5', '1.2.3.4::', '1.2.3.4::1', '1:2:3:4:5:6:7:1.2.3.4', '::256.2.3.4', '1.2.3.4:5:6:7:8:9:a', '::1%eth0', 'x::1', '::1x',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  }); // biome-ignore format: a list
});

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', { bits: 10n, length: 8, family: 4 }],
    ['10.9.9.9/8', { bits: 10n, length: 8, family: 4 }],
    ['1.2.3.4', { bits: 0x01020304n, length: 32, family: 4 }],
    ['1.2.3.4/32', { bits: 0x01020304n, length: 32, family: 4 }],
    ['0.0.0.0/0', { bits: 0n, length: 0, family: 4 }],
    ['2001:db8::/32', { bits: 0x20010db8n, length: 32, family: 6 }],
    ['::1', { bits: 1n, length: 128, family: 6 }],
    ['::1/128', { bits: 1n, length: 128, family: 6 }],
    ['::/0', { bits: 0n, length: 0, family: 6 }],
    ['::ffff:10.0.0.0/104', { bits: 10n, length: 8, family: 4 }],
    ['::ffff:0.0.0.0/96', { bits: 0n, length: 0, family: 4 }],
  ])('%s is read', (text, network) => {
    expect(parseNetwork(text)).toEqual(network);
  });

  it.each([
    '', 'x', 'x/8', '/8', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/8x', '10.0.0.0/x8', '10.0.0.0/1e1', '10.0.0.0/+8', '10.0.0.0/-1',
    '10.0.0.0/ 8', '10.0.0.0/8/8', '10.0.0.0/8/', '::/129', '::/1000', '::ffff:10.0.0.0/95', '::ffff:10.0.0.0/129',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  }); // biome-ignore format: a list

  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', 'a00::', false],
    ['::/0', '1.2.3.4', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1', '::1', true],
    ['::1', '::2', false],
    ['1.2.3.4', '1.2.3.4', true],
    ['1.2.3.4/31', '1.2.3.5', true],
    ['1.2.3.4/31', '1.2.3.6', false],
  ])('%s has %s: %s', (network, address, expected) => {
    expect(isInNetwork(parseAddress(address) as never, parseNetwork(network) as Network)).toBe(expected);
  });
});
