/** What a CAdES archive time-stamp covers (ETSI EN 319 122-1 §5.5.3). */
import { digestName, digestOf } from './algorithms.ts';
import { sameOctets } from './certificate.ts';
import { child, DerError, type DerNode, readDer, readOctets, readOid } from './der.ts';
import { OID } from './oids.ts';

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

/** The message imprint of a time-stamp token (RFC 3161 §2.4.2): digest name and value, or null. */
function messageImprint(token: DerNode): { digest: string; value: Uint8Array } | null {
  const content = find(token, (node) => hasType(node, OID.tstInfo));
  const octets = content?.children[1]?.children[0];
  if (octets === undefined) return null;
  const imprint = child(readDer(readOctets(octets)), 2, 0x30);
  const digest = digestName(readOid(child(child(imprint, 0, 0x30), 0)));
  return digest === null ? null : { digest, value: child(imprint, 1, 0x04).content };
}

/** Whether a token was made over these octets; null when it cannot be read. */
export function imprintMatches(token: Uint8Array, pieces: readonly Uint8Array[]): boolean | null {
  try {
    const imprint = messageImprint(readDer(token, { trailing: true }));
    return imprint === null ? null : sameOctets(imprint.value, digestOf(imprint.digest, pieces));
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

/**
 * The octets whose digest an archive-time-stamp-v3 token carries, or null when it cannot be told.
 * @param eContentType DER of the content type OID.
 * @param content the signed content.
 */
export function archiveTimestampOctets(
  token: Uint8Array,
  eContentType: Uint8Array,
  content: readonly Uint8Array[],
  signerInfo: DerNode,
): Uint8Array | null {
  try {
    const node = readDer(token);
    const digest = messageImprint(node)?.digest ?? null;
    const index = find(node, (candidate) => hasType(candidate, OID.atsHashIndexV3, OID.atsHashIndex));
    const indexValue = index?.children[1]?.children[0];
    if (digest === null || indexValue === undefined) return null;
    const fields = signerInfo.children.filter((field) => field.tag !== 0xa1).map((field) => field.bytes);
    return new Uint8Array(
      Buffer.concat([eContentType, digestOf(digest, content), ...fields, indexValue.bytes]),
    );
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
