/**
 * Certificate revocation lists (RFC 5280 §5). The list of revoked certificates is never decoded as a whole: it stays a
 * slice that is scanned for one serial number, so a list of 100,000 entries costs milliseconds and no memory.
 */
import { createHash } from 'node:crypto';
import { child, type DerNode, readDer } from '../../cms/der.ts';
import { SigningError } from '../../errors.ts';
import { bitOctets, booleanOf, guard, integerHex, namedBits, nested, timeOf } from '../asn1.ts';
import { type DistributionPoint, readDistributionName, readRawExtensions } from '../extensions.ts';
import { type Algorithm, readAlgorithm } from '../keys.ts';
import { type GeneralName, type Name, readGeneralNames, readName } from '../names.ts';

/** Largest list read: about 3 million entries. */
const MAX_CRL_BYTES = 128 * 1024 * 1024;

/** Issuing distribution point (RFC 5280 §5.2.5). */
export interface IssuingPoint extends Pick<DistributionPoint, 'fullName' | 'relativeName'> {
  readonly onlyUsers: boolean;
  readonly onlyCas: boolean;
  readonly onlyAttributes: boolean;
  readonly indirect: boolean;
  readonly reasons: ReadonlySet<number> | null;
  /** Octets, for the comparison with a delta list. */
  readonly bytes: string;
}

/** A decoded CRL; times are milliseconds since 1970. */
export interface Crl {
  readonly der: Uint8Array;
  readonly fingerprint: string;
  readonly tbs: Uint8Array;
  readonly algorithm: Algorithm;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  /** The octets of all entries, still undecoded. */
  readonly entries: Uint8Array;
  readonly number: bigint | null;
  /** The number stands in a critical extension, which no conforming issuer writes (RFC 5280 §5.2.3). */
  readonly numberCritical: boolean;
  /** BaseCRLNumber when this is a delta list. */
  readonly baseNumber: bigint | null;
  readonly issuingPoint: IssuingPoint | null;
  readonly authorityKeyId: string | null;
  readonly unknownCritical: readonly string[];
  /** expiredCertsOnCRL: certificates that expired since this time are still listed; null when it does not say. */
  readonly expiredSince: number | null;
}

/** One entry of a list. */
export interface CrlEntry {
  readonly revokedAt: number;
  /** CRLReason code, 0 when absent; 8 is removeFromCRL. */
  readonly reason: number;
  /** Start of suspicion when the CA states one. */
  readonly invalidAt: number | null;
}

interface Slice {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function malformed(reason: string): SigningError {
  return new SigningError('CRL_INVALID', { details: { reason } });
}

/** Header of the value at `offset`, definite lengths only. */
function sliceAt(bytes: Uint8Array, offset: number, limit: number): Slice {
  const tag = bytes[offset] ?? 0;
  const first = bytes[offset + 1] ?? 0x80;
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw malformed('length');
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += count;
  }
  if (start + length > limit) throw malformed('value is cut short');
  return { tag, start, end: start + length };
}

function nodeAt(bytes: Uint8Array, offset: number, slice: Slice): DerNode {
  return readDer(bytes.subarray(offset, slice.end));
}

/** Splits the fields of TBSCertList, giving the big list of entries as a slice. */
function fieldsOf(tbs: Uint8Array): { nodes: DerNode[]; entries: Uint8Array } {
  const outer = sliceAt(tbs, 0, tbs.length);
  const nodes: DerNode[] = [];
  let entries = new Uint8Array(0);
  let afterTime = false;
  for (let offset = outer.start; offset < outer.end; ) {
    const slice = sliceAt(tbs, offset, outer.end);
    if (slice.tag === 0x30 && afterTime)
      entries = tbs.subarray(slice.start, slice.end) as Uint8Array<ArrayBuffer>;
    else nodes.push(nodeAt(tbs, offset, slice));
    afterTime ||= slice.tag === 0x17 || slice.tag === 0x18;
    offset = slice.end;
  }
  return { nodes, entries };
}

function issuingPointOf(node: DerNode): IssuingPoint {
  const field = (tag: number) => node.children.find((item) => item.tag === tag);
  const flag = (tag: number) => {
    const found = field(tag);
    return found !== undefined && booleanOf(found);
  };
  const name = field(0xa0);
  const reasons = field(0x83);
  return {
    ...(name === undefined ? { fullName: null, relativeName: null } : readDistributionName(name)),
    onlyUsers: flag(0x81),
    onlyCas: flag(0x82),
    reasons: reasons === undefined ? null : namedBits(reasons.content),
    indirect: flag(0x84),
    onlyAttributes: flag(0x85),
    bytes: Buffer.from(node.bytes).toString('hex'),
  };
}

function numberOf(value: Uint8Array): bigint {
  return BigInt(`0x${integerHex(nested(value))}`);
}

function extensionsOf(list: DerNode | undefined) {
  let number: bigint | null = null;
  let numberCritical = false;
  let baseNumber: bigint | null = null;
  let issuingPoint: IssuingPoint | null = null;
  let authorityKeyId: string | null = null;
  let expiredSince: number | null = null;
  const unknownCritical: string[] = [];
  for (const { oid, critical, value } of list === undefined ? [] : readRawExtensions(child(list, 0))) {
    if (oid === '2.5.29.20') {
      number = numberOf(value);
      numberCritical = critical;
    } else if (oid === '2.5.29.27') baseNumber = numberOf(value);
    else if (oid === '2.5.29.28') issuingPoint = issuingPointOf(nested(value));
    else if (oid === '2.5.29.35') {
      const keyId = nested(value).children.find((item) => item.tag === 0x80);
      authorityKeyId = keyId === undefined ? null : Buffer.from(keyId.content).toString('hex');
    } else if (oid === '2.5.29.60') expiredSince = timeOf(nested(value));
    else if (critical) unknownCritical.push(oid);
  }
  return { number, numberCritical, baseNumber, issuingPoint, authorityKeyId, unknownCritical, expiredSince };
}

const parsed = new WeakMap<Uint8Array, Crl>();

function readCrl(der: Uint8Array): Crl {
  const outer = sliceAt(der, 0, der.length);
  if (outer.tag !== 0x30 || outer.end !== der.length) throw malformed('not one sequence');
  const body = sliceAt(der, outer.start, outer.end);
  const tbs = der.subarray(outer.start, body.end);
  const algorithm = sliceAt(der, body.end, outer.end);
  const value = sliceAt(der, algorithm.end, outer.end);
  const { nodes, entries } = fieldsOf(tbs);
  const rest = nodes[0]?.tag === 0x02 ? nodes.slice(1) : nodes;
  const [inner, issuer, thisUpdate] = rest;
  if (inner === undefined || issuer === undefined || thisUpdate === undefined)
    throw malformed('a field is missing');
  const outerAlgorithm = readAlgorithm(nodeAt(der, body.end, algorithm));
  if (Buffer.compare(outerAlgorithm.bytes, inner.bytes) !== 0)
    throw malformed('signature algorithms disagree');
  const next = rest[3]?.tag === 0x17 || rest[3]?.tag === 0x18 ? rest[3] : undefined;
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    tbs,
    algorithm: outerAlgorithm,
    signature: bitOctets(nodeAt(der, algorithm.end, value)),
    issuer: readName(issuer),
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: next === undefined ? null : timeOf(next),
    entries,
    ...extensionsOf(rest.find((node) => node.tag === 0xa0)),
  };
}

/**
 * Decodes a DER CRL without decoding its entries.
 * @throws SigningError CRL_INVALID
 */
export function parseCrl(der: Uint8Array): Crl {
  const known = parsed.get(der);
  if (known !== undefined) return known;
  if (der.length > MAX_CRL_BYTES) throw malformed('too large');
  const crl = guard('CRL_INVALID', () => readCrl(der));
  parsed.set(der, crl);
  return crl;
}

const REASON = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
const CERTIFICATE_ISSUER = '2.5.29.29';
/** holdInstructionCode, long deprecated and harmless. */
const HOLD_INSTRUCTION = '2.5.29.23';

interface EntryExtensions {
  readonly reason: number;
  readonly invalidAt: number | null;
  readonly certificateIssuer: readonly GeneralName[] | null;
}

function entryExtensions(node: DerNode): EntryExtensions {
  let reason = 0;
  let invalidAt: number | null = null;
  let certificateIssuer: readonly GeneralName[] | null = null;
  for (const { oid, critical, value } of readRawExtensions(node)) {
    if (oid === REASON) reason = nested(value).content[0] ?? 0;
    else if (oid === INVALIDITY_DATE) invalidAt = timeOf(nested(value));
    else if (oid === CERTIFICATE_ISSUER) certificateIssuer = readGeneralNames(nested(value));
    else if (critical && oid !== HOLD_INSTRUCTION) throw malformed(`critical entry extension ${oid}`);
  }
  return { reason, invalidAt, certificateIssuer };
}

/** The usual entry extensions hold just a reason code: 14 octets of fixed form that need no decoding to be passed over. */
const PLAIN_REASON = Buffer.from('300c300a0603551d1504030a01', 'hex');

function isPlainReason(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== PLAIN_REASON.length + 1) return false;
  return PLAIN_REASON.every((octet, index) => bytes[start + index] === octet);
}

function serialMatches(bytes: Uint8Array, slice: Slice, serial: Uint8Array): boolean {
  const { start } = slice;
  if (slice.end - start !== serial.length) return false;
  for (let index = 0; index < serial.length; index += 1)
    if (bytes[start + index] !== serial[index]) return false;
  return true;
}

function toEntry(bytes: Uint8Array, timeOffset: number, time: Slice, extensions: EntryExtensions): CrlEntry {
  return {
    revokedAt: timeOf(nodeAt(bytes, timeOffset, time)),
    reason: extensions.reason,
    invalidAt: extensions.invalidAt,
  };
}

const NO_EXTENSIONS: EntryExtensions = { reason: 0, invalidAt: null, certificateIssuer: null };

function extensionsAt(bytes: Uint8Array, start: number, end: number): EntryExtensions {
  if (start === end) return NO_EXTENSIONS;
  if (isPlainReason(bytes, start, end)) return { ...NO_EXTENSIONS, reason: bytes[end - 1] ?? 0 };
  return entryExtensions(readDer(bytes.subarray(start, end)));
}

function namesIssuer(names: readonly GeneralName[], issuer: Name): boolean {
  return names.some((name) => name.kind === 'directory' && name.name.key === issuer.key);
}

/**
 * Looks a serial number up (RFC 5280 §6.3.3 (i), (j)). In an indirect list an entry belongs to the issuer last named.
 * @param serialNumber hex as in `Certificate.serialNumber`.
 * @throws SigningError CRL_INVALID when an entry is malformed or carries an unknown critical extension: such a list
 * must not be used at all (RFC 5280 §5.3).
 */
export function findEntry(crl: Crl, serialNumber: string, certificateIssuer: Name): CrlEntry | null {
  const serial = Buffer.from(serialNumber, 'hex');
  const indirect = crl.issuingPoint?.indirect === true;
  const bytes = crl.entries;
  let ours = crl.issuer.key === certificateIssuer.key;
  let found: CrlEntry | null = null;
  for (let offset = 0; offset < bytes.length; ) {
    const entry = sliceAt(bytes, offset, bytes.length);
    const number = sliceAt(bytes, entry.start, entry.end);
    const time = sliceAt(bytes, number.end, entry.end);
    const matches = serialMatches(bytes, number, serial);
    if (time.end !== entry.end && (matches || !isPlainReason(bytes, time.end, entry.end))) {
      const extensions = guard('CRL_INVALID', () => extensionsAt(bytes, time.end, entry.end));
      if (indirect && extensions.certificateIssuer !== null)
        ours = namesIssuer(extensions.certificateIssuer, certificateIssuer);
      if (matches && ours) found ??= toEntry(bytes, number.end, time, extensions);
    } else if (matches && ours) found ??= toEntry(bytes, number.end, time, NO_EXTENSIONS);
    offset = entry.end;
  }
  return found;
}

/** Decodes a CRL, or null when it cannot be: for pools of candidates, where junk is just left out. */
export function tryCrl(der: Uint8Array): Crl | null {
  try {
    return parseCrl(der);
  } catch {
    return null;
  }
}
