/** Distinguished names and general names: decoding, comparison (RFC 5280 §7.1) and display (RFC 4514). */
import { type DerNode, readOid } from '../cms/der.ts';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
  /** Folded form for comparison: NFKC, lower case, inner white space collapsed. */
  readonly folded: string;
}

/** A distinguished name. Two names are equal when their `keys` are equal one by one. */
export interface Name {
  readonly bytes: Uint8Array;
  readonly rdns: readonly (readonly NameAttribute[])[];
  /** One comparable key per relative name, root first. */
  readonly keys: readonly string[];
  /** All keys joined: equal names have equal `key`. */
  readonly key: string;
  /** RFC 4514 text, most specific first. */
  readonly text: string;
}

/** A general name (RFC 5280 §4.2.1.6); kinds we do not compare keep their octets. */
export type GeneralName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly kind: 'directory'; readonly name: Name }
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  | { readonly kind: 'other' | 'x400' | 'edi' | 'registered'; readonly octets: Uint8Array };

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** OID of the legacy emailAddress attribute, which rfc822 name constraints reach too. */
export const EMAIL_ATTRIBUTE = '1.2.840.113549.1.9.1';

function swapUtf16(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw new Error('BMPString of odd length');
  return Buffer.from(content).swap16().toString('utf16le');
}

function utf32(content: Uint8Array): string {
  if (content.length % 4 !== 0) throw new Error('UniversalString of odd length');
  const view = Buffer.from(content);
  let text = '';
  for (let offset = 0; offset < view.length; offset += 4)
    text += String.fromCodePoint(view.readUInt32BE(offset));
  return text;
}

/** Text of a string value of any of the DirectoryString types. */
function stringOf(node: DerNode): string {
  switch (node.tag) {
    case 0x0c:
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(node.content);
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
    case 0x1a:
      return Buffer.from(node.content).toString('latin1');
    case 0x1c:
      return utf32(node.content);
    case 0x1e:
      return swapUtf16(node.content);
    default:
      return `#${Buffer.from(node.bytes).toString('hex')}`;
  }
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** Characters that are not seen, end a line or turn the direction of reading: a name with them looks like another one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Its UTF-8 octets in hexadecimal (RFC 4514 §2.4). */
function inHex(unseen: string): string {
  return [...Buffer.from(unseen)]
    .map((octet) => `\\${octet.toString(16).padStart(2, '0').toUpperCase()}`)
    .join('');
}

function escapeValue(value: string): string {
  return value
    .replace(/[\\",+<>;=]/g, '\\$&')
    .replace(UNSEEN, inHex)
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
}

function attributeOf(node: DerNode): NameAttribute {
  const [type, value] = node.children;
  if (node.tag !== 0x30 || type === undefined || value === undefined || node.children.length !== 2)
    throw new Error('malformed name attribute');
  const text = stringOf(value);
  return { oid: readOid(type), value: text, folded: fold(text) };
}

function textOf(rdns: readonly (readonly NameAttribute[])[]): string {
  const part = (item: NameAttribute) => `${SHORT_NAMES[item.oid] ?? item.oid}=${escapeValue(item.value)}`;
  return [...rdns]
    .reverse()
    .map((rdn) => rdn.map(part).join('+'))
    .join(',');
}

/** Decodes a Name (RFC 5280 §4.1.2.4). */
export function readName(node: DerNode): Name {
  if (node.tag !== 0x30) throw new Error('name expected');
  const rdns = node.children.map((set) => {
    if (set.tag !== 0x31 || set.children.length === 0) throw new Error('malformed relative name');
    return set.children.map(attributeOf);
  });
  const keys = rdns.map((rdn) =>
    rdn
      .map((item) => `${item.oid}=${item.folded}`)
      .sort()
      .join('\u0001'),
  );
  return { bytes: node.bytes, rdns, keys, key: keys.join('\u0000'), text: textOf(rdns) };
}

/** Whether `name` lies in the subtree of `base` (RFC 5280 §7.1: `base` is an initial sequence of it). */
export function isWithin(name: Name, base: Name): boolean {
  return base.keys.length <= name.keys.length && base.keys.every((key, index) => key === name.keys[index]);
}

const KINDS = ['other', 'email', 'dns', 'x400', 'directory', 'edi', 'uri', 'ip', 'registered'] as const;

/** Decodes one GeneralName. */
export function readGeneralName(node: DerNode): GeneralName {
  const kind = (node.tag & 0xc0) === 0x80 ? KINDS[node.tag & 0x1f] : undefined;
  if (kind === undefined) throw new Error('unknown kind of general name');
  if (kind === 'email' || kind === 'dns' || kind === 'uri')
    return { kind, value: Buffer.from(node.content).toString('latin1') };
  if (kind === 'directory') {
    const inner = node.children[0];
    if (inner === undefined) throw new Error('empty directory name');
    return { kind, name: readName(inner) };
  }
  return { kind, octets: node.content };
}

/** Decodes GeneralNames. */
export function readGeneralNames(node: DerNode): readonly GeneralName[] {
  return node.children.map(readGeneralName);
}

/** Whether two general names are the same name. */
export function sameGeneralName(a: GeneralName, b: GeneralName): boolean {
  if (a.kind === 'directory' && b.kind === 'directory') return a.name.key === b.name.key;
  if ('value' in a && 'value' in b) return a.kind === b.kind && a.value === b.value;
  return 'octets' in a && 'octets' in b && a.kind === b.kind && Buffer.compare(a.octets, b.octets) === 0;
}

/** Labels of letters, digits, hyphens and the underscore that is met in practice; `*` alone may stand first. */
export function isDnsName(name: string): boolean {
  return name.length <= 253 && /^(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i.test(name);
}

/** A mailbox with exactly one `@`, text before it and a host name after it. */
export function isMailbox(address: string): boolean {
  const [local = '', host, ...more] = address.split('@');
  return local !== '' && host !== undefined && more.length === 0 && !host.startsWith('*') && isDnsName(host);
}

/** A network address and a mask of ones followed by zeros, 4 or 16 octets each. */
function isNetwork(octets: Uint8Array): boolean {
  if (octets.length !== 8 && octets.length !== 32) return false;
  const mask = Buffer.from(octets.subarray(octets.length / 2)).toString('hex');
  return /^1*0*$/.test(BigInt(`0x1${mask}`).toString(2).slice(1));
}

/**
 * Whether the base of a name constraint has the form of RFC 5280 §4.2.1.10: a host without wildcard or (DNS) leading
 * dot, a mailbox or a host, a network with its mask. What has not cannot be applied, so it must not be passed over.
 */
export function isConstraint(base: GeneralName): boolean {
  if (base.kind === 'ip') return isNetwork(base.octets);
  if (!('value' in base) || base.value === '') return true;
  const host = base.value.replace(/^\./, '');
  if (base.kind === 'email' && base.value.includes('@')) return isMailbox(base.value);
  if (base.kind === 'dns' && host !== base.value) return false;
  return !host.startsWith('*') && isDnsName(host);
}
