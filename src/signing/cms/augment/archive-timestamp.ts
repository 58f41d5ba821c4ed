/** archive-time-stamp-v3 with its ats-hash-index-v3 (ETSI EN 319 122-1 §5.5.2, §5.5.3): what it covers, and how it is put in. */

import { digestOf } from '../../octets/octets.ts';
import type { SigningDigest, TimestampAuthority } from '../../ports.ts';
import { child, type DerNode, readDer } from '../der.ts';
import { octetString, oid, sequence } from '../der-write.ts';
import { OID } from '../oids.ts';
import {
  joinSignedData,
  openSignedData,
  type SignedDataOctets,
  unsignedAttributes,
  withUnsignedAttribute,
} from './signed-data.ts';

const DIGEST_OID: Readonly<Record<SigningDigest, string>> = {
  sha256: OID.sha256,
  sha384: OID.sha384,
  sha512: OID.sha512,
};

/** Digests of every certificate, every revocation value and every unsigned attribute value that is there now. */
export function hashIndex(parts: SignedDataOctets, signerInfo: DerNode, digest: SigningDigest): Uint8Array {
  const hashes = (items: readonly (readonly Uint8Array[])[]): Uint8Array =>
    sequence(...items.map((pieces) => octetString(digestOf(digest, pieces))));
  const values = unsignedAttributes(signerInfo).flatMap((attribute) => {
    const type = child(attribute, 0, 0x06).bytes;
    return child(attribute, 1, 0x31).children.map((value) => [type, value.bytes]);
  });
  return sequence(
    sequence(oid(DIGEST_OID[digest])),
    hashes(parts.certificates.map((item) => [item])),
    hashes(parts.revocation.map((item) => [item])),
    hashes(values),
  );
}

/** The octets stamped: content type, digest of the content, the fields of the SignerInfo but its unsigned attributes, the index. */
function stampedOctets(
  parts: SignedDataOctets,
  signerInfo: DerNode,
  content: readonly Uint8Array[],
  digest: SigningDigest,
  index: Uint8Array,
): readonly Uint8Array[] {
  const fields = signerInfo.children.filter((node, at) => at < 4 || node.tag !== 0xa1);
  return [
    child(parts.encapsulated, 0, 0x06).bytes,
    digestOf(digest, content),
    ...fields.map((node) => node.bytes),
    index,
  ];
}

/** The index travels inside the token, as unsigned attribute of the authority's SignerInfo. */
function withIndex(token: Uint8Array, index: Uint8Array): Uint8Array {
  const parts = openSignedData(token);
  const [first, ...others] = parts.signerInfos;
  if (first === undefined) return token;
  const signerInfos = [
    withUnsignedAttribute(first, OID.atsHashIndexV3, index),
    ...others.map((node) => node.bytes),
  ];
  return joinSignedData({ ...parts, signerInfos });
}

/** The SignerInfo with an archive time-stamp over all there is. @param content the signed content, in pieces. */
export async function withArchiveTimestamp(
  parts: SignedDataOctets,
  signerInfo: DerNode,
  content: readonly Uint8Array[],
  authority: TimestampAuthority,
  digest: SigningDigest,
): Promise<DerNode> {
  const index = hashIndex(parts, signerInfo, digest);
  const token = await authority.timestamp(stampedOctets(parts, signerInfo, content, digest, index), digest);
  return readDer(withUnsignedAttribute(signerInfo, OID.archiveTimeStampV3, withIndex(token, index)));
}
