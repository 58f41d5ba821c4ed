/** What a CAdES archive time-stamp covers (ETSI EN 319 122-1 §5.5.3). */
import { digestOf, type Octets } from '../../octets/octets.ts';
import { digestName } from '../algorithms.ts';
import { sameOctets } from '../certificate.ts';
import { child, DerError, type DerNode, readDer, readOctets, readOid } from '../der.ts';
import { OID } from '../oids.ts';

function find(node: DerNode, test: (candidate: DerNode) => boolean): DerNode | undefined {
  if (test(node)) return node;
  for (const part of node.children) {
    const found = find(part, test);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasType(node: DerNode, ...types: readonly string[]): boolean {
  const first = node.children[0];
  return (
    node.tag === 0x30 && first?.tag === 0x06 && node.children.length > 1 && types.includes(readOid(first))
  );
}

/** TSTInfo of a time-stamp token (RFC 3161 §2.4.2), or null. */
function stampInfo(token: DerNode): DerNode | null {
  const content = find(token, (node) => hasType(node, OID.tstInfo));
  const octets = content?.children[1]?.children[0];
  return octets === undefined ? null : readDer(readOctets(octets));
}

/** When a token says it was made, in milliseconds since 1970; infinite when it does not say. */
export function stampedAt(token: DerNode): number {
  try {
    const info = stampInfo(token);
    const text = info === null ? '' : Buffer.from(child(info, 4, 0x18).content).toString('latin1');
    const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text);
    if (match === null) return Number.POSITIVE_INFINITY;
    const [year = 0, month = 0, ...rest] = match.slice(1, 7).map(Number);
    return Date.UTC(year, month - 1, ...rest) + Number(match[7] ?? 0) * 1000;
  } catch (error) {
    if (error instanceof DerError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** The message imprint of a time-stamp token (RFC 3161 §2.4.2): digest name and value, or null. */
function messageImprint(token: DerNode): { digest: string; value: Uint8Array } | null {
  const info = stampInfo(token);
  if (info === null) return null;
  const imprint = child(info, 2, 0x30);
  const digest = digestName(readOid(child(child(imprint, 0, 0x30), 0)));
  return digest === null ? null : { digest, value: child(imprint, 1, 0x04).content };
}

/** Whether a token was made over these octets; null when it cannot be read. */
export function imprintMatches(token: Uint8Array, over: Octets): boolean | null {
  try {
    const imprint = messageImprint(readDer(token, { trailing: true }));
    return imprint === null ? null : sameOctets(imprint.value, over.digest(imprint.digest));
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/** What an index of hashes may speak of: the values of the message, as they stand now. */
export interface IndexedValues {
  readonly certificateSet: DerNode | undefined;
  readonly crlSet: DerNode | undefined;
}

/** Digests an entry of the index may hold for one unsigned attribute: per value (V3), or for the whole attribute. */
function attributeDigests(attribute: DerNode, v3: boolean, digest: string): Uint8Array[] {
  if (!v3) return [digestOf(digest, [attribute.bytes])];
  const [type, values] = [child(attribute, 0), child(attribute, 1, 0x31)];
  return values.children.map((value) => digestOf(digest, [type.bytes, value.bytes]));
}

/** What an index of hashes says. */
interface ReadIndex {
  /** False when a hash is none of a certificate, list or attribute in the message: something covered was taken out or changed. */
  readonly holds: boolean;
  /** Whether it names this value of an unsigned attribute. */
  lists(attribute: DerNode, value: DerNode): boolean;
}

/** Reads an index against the values of the message as they stand now (EN 319 122-1 §5.5.2); null when it is none. */
function readIndex(
  index: DerNode,
  v3: boolean,
  signerInfo: DerNode,
  values: IndexedValues,
): ReadIndex | null {
  const parts = [...index.children];
  const own = parts[0]?.children[0]?.tag === 0x06 ? parts.shift() : undefined;
  const digest = own === undefined ? 'sha256' : digestName(readOid(child(own, 0)));
  if (digest === null || parts.length !== 3) return null;
  const unsigned = signerInfo.children.find((field) => field.tag === 0xa1);
  const hashes = (nodes: readonly DerNode[] | undefined) =>
    (nodes ?? []).map((node) => digestOf(digest, [node.bytes]));
  const present = [
    hashes(values.certificateSet?.children),
    hashes(values.crlSet?.children),
    (unsigned?.children ?? []).flatMap((attribute) => attributeDigests(attribute, v3, digest)),
  ];
  const names = (list: DerNode | undefined, wanted: Uint8Array) =>
    list?.children.some((hash) => sameOctets(wanted, readOctets(hash))) === true;
  return {
    holds: parts.every((list, at) =>
      list.children.every((hash) => present[at]?.some((item) => sameOctets(item, readOctets(hash))) === true),
    ),
    lists: (attribute, value) =>
      names(parts[2], digestOf(digest, v3 ? [child(attribute, 0).bytes, value.bytes] : [attribute.bytes])),
  };
}

/** What an archive time-stamp is over. */
export interface ArchiveCoverage {
  /** The octets whose digest the token must carry. */
  readonly octets: Uint8Array;
  lists(attribute: DerNode, value: DerNode): boolean;
}

/**
 * What an archive-time-stamp-v3 token is over, or null when it cannot be told.
 * @param eContentType DER of the content type OID.
 * @param content the signed content.
 */
export function archiveCoverage(
  token: Uint8Array,
  eContentType: Uint8Array,
  content: Octets,
  signerInfo: DerNode,
  values: IndexedValues,
): ArchiveCoverage | null {
  try {
    const node = readDer(token);
    const digest = messageImprint(node)?.digest ?? null;
    const index = find(node, (candidate) => hasType(candidate, OID.atsHashIndexV3, OID.atsHashIndex));
    const indexValue = index?.children[1]?.children[0];
    if (digest === null || indexValue === undefined) return null;
    const v3 = index !== undefined && hasType(index, OID.atsHashIndexV3);
    const read = readIndex(indexValue, v3, signerInfo, values);
    if (read?.holds !== true) return null;
    const fields = signerInfo.children.filter((field) => field.tag !== 0xa1).map((field) => field.bytes);
    const octets = Buffer.concat([eContentType, content.digest(digest), ...fields, indexValue.bytes]);
    return { octets: new Uint8Array(octets), lists: read.lists };
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
