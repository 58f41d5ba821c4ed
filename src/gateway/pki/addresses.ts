/** Which network addresses may be connected to: public ones, and private ones the operator named. */
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Special-purpose IPv4 blocks (RFC 6890 and its registry): none of them is another organisation's public server. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within 2000::/3, blocks that stand for something else: tunnels that carry an IPv4 address, documentation, protocols. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

function blockList(blocks: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of blocks) list.addSubnet(network, prefix, family);
  return list;
}

const PRIVATE = blockList(PRIVATE_V4, 'ipv4');
const SPECIAL = blockList(SPECIAL_V6, 'ipv6');
const GLOBAL_V6 = blockList([['2000::', 3]], 'ipv6');

/** The IPv4 address inside `::ffff:a.b.c.d`, in either spelling, else null. */
function mappedV4(address: string): string | null {
  const url = new URL(`http://[${address}]/`);
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(url.hostname);
  if (match === null) return null;
  const [high, low] = [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** Whether an IP address is one on the public internet. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  if (isIPv4(plain)) return !PRIVATE.check(plain, 'ipv4');
  if (isIP(plain) !== 6) return false;
  const mapped = mappedV4(plain);
  if (mapped !== null) return isPublicAddress(mapped);
  return GLOBAL_V6.check(plain, 'ipv6') && !SPECIAL.check(plain, 'ipv6');
}

/** Addresses that may be connected to. */
export type AddressRule = (address: string) => boolean;

/** One entry of the list of private addresses: an address, or a network as `10.1.0.0/16`; null when it is neither. */
function entryOf(text: string): { network: string; prefix: number; family: 'ipv4' | 'ipv6' } | null {
  const [network = '', prefix, ...rest] = text.split('/');
  const version = isIP(network);
  if (version === 0 || rest.length > 0) return null;
  const longest = version === 4 ? 32 : 128;
  const length = prefix === undefined ? longest : Number(prefix);
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null;
  if (length > longest) return null;
  return { network, prefix: length, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether `text` is a list of addresses and networks, comma separated; empty is one. */
export function isNetworkList(text: string): boolean {
  return listOf(text).every((entry) => entryOf(entry) !== null);
}

/** Entries of a comma separated setting. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Public addresses, and those of `networks` (comma separated; see {@link isNetworkList}). */
export function addressRule(networks: string): AddressRule {
  const named = new BlockList();
  for (const text of listOf(networks)) {
    const entry = entryOf(text);
    if (entry !== null) named.addSubnet(entry.network, entry.prefix, entry.family);
  }
  return (address) => {
    const plain = address.replace(/%.*$/, '');
    const inner = isIPv4(plain) || isIP(plain) === 0 ? plain : (mappedV4(plain) ?? plain);
    if (isIP(inner) === 0) return false;
    return named.check(inner, isIPv4(inner) ? 'ipv4' : 'ipv6') || isPublicAddress(inner);
  };
}
