/** SignedData taken apart and put together again: every part that is not meant to change keeps its exact octets. */
import { SigningError } from '../../errors.ts';
import { child, DerError, type DerNode, expectTag, readDer, readOid } from '../der.ts';
import { context, integer, oid, sequence, setOf, tlv } from '../der-write.ts';
import { OID } from '../oids.ts';

/** The parts of a SignedData (RFC 5652 §5.1), each as it stands in the message. */
export interface SignedDataOctets {
  readonly version: Uint8Array;
  readonly digestAlgorithms: Uint8Array;
  readonly encapsulated: DerNode;
  /** CertificateChoices. */
  readonly certificates: readonly Uint8Array[];
  /** RevocationInfoChoices. */
  readonly revocation: readonly Uint8Array[];
  readonly signerInfos: readonly DerNode[];
}

/** @throws SigningError CMS_INVALID */
export function openSignedData(der: Uint8Array): SignedDataOctets {
  try {
    const info = expectTag(readDer(der), 0x30);
    if (readOid(child(info, 0)) !== OID.signedData) throw new DerError('not SignedData');
    const data = child(child(info, 1, 0xa0), 0, 0x30);
    const list = (tag: number) =>
      (data.children.find((node) => node.tag === tag)?.children ?? []).map((node) => node.bytes);
    return {
      version: child(data, 0, 0x02).bytes,
      digestAlgorithms: child(data, 1, 0x31).bytes,
      encapsulated: child(data, 2, 0x30),
      certificates: list(0xa0),
      revocation: list(0xa1),
      signerInfos: expectTag(child(data, data.children.length - 1), 0x31).children,
    };
  } catch (error) {
    if (error instanceof DerError)
      throw new SigningError('CMS_INVALID', { cause: error, details: { reason: error.message } });
    throw error;
  }
}

/** Members of a SET OF under an implicit tag, sorted as DER asks; nothing for an empty set. */
function implicitSet(tag: number, items: readonly Uint8Array[]): Uint8Array[] {
  if (items.length === 0) return [];
  const set = Uint8Array.from(setOf(...items));
  set[0] = tag;
  return [set];
}

/** Version 5 when revocation information of another kind than CRLs is there (RFC 5652 §5.1). */
function versionOf(parts: SignedDataOctets): Uint8Array {
  return parts.revocation.some((item) => item[0] === 0xa1) ? integer(5) : parts.version;
}

/** The whole ContentInfo, DER around the parts. */
export function joinSignedData(
  parts: Omit<SignedDataOctets, 'signerInfos'> & { readonly signerInfos: readonly Uint8Array[] },
): Uint8Array {
  const content = sequence(
    versionOf({ ...parts, signerInfos: [] }),
    parts.digestAlgorithms,
    parts.encapsulated.bytes,
    ...implicitSet(0xa0, parts.certificates),
    ...implicitSet(0xa1, parts.revocation),
    tlv(0x31, ...parts.signerInfos),
  );
  return sequence(oid(OID.signedData), context(0, content));
}

/** Members of the unsigned attributes of a SignerInfo. */
export function unsignedAttributes(signerInfo: DerNode): readonly DerNode[] {
  return signerInfo.children.slice(4).find((node) => node.tag === 0xa1)?.children ?? [];
}

/** The SignerInfo with one more unsigned attribute of one value. */
export function withUnsignedAttribute(signerInfo: DerNode, type: string, value: Uint8Array): Uint8Array {
  const kept = signerInfo.children.filter((node, index) => index < 4 || node.tag !== 0xa1);
  const attributes = [
    ...unsignedAttributes(signerInfo).map((node) => node.bytes),
    sequence(oid(type), setOf(value)),
  ];
  return sequence(...kept.map((node) => node.bytes), ...implicitSet(0xa1, attributes));
}

/** An OCSP answer as RevocationInfoChoice (RFC 5940 §2.1). */
export function ocspChoice(response: Uint8Array): Uint8Array {
  return context(1, oid(OID.ocspResponse), response);
}
