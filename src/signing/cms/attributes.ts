/** Attributes of a SignerInfo: looked up, counted, and the ones that carry evidence unpacked. */
import { createHash } from 'node:crypto';
import { digestName } from './algorithms.ts';
import { type CertificateParts, sameName, sameOctets } from './certificate.ts';
import { child, type DerNode, readOid } from './der.ts';
import { context, octetString, oid, sequence, tlv } from './der-write.ts';
import { OID } from './oids.ts';

/** Attributes by OID, each with all its values in order. */
export interface AttributeTable {
  /** All values under the OID, over all its occurrences. */
  values(type: string): readonly DerNode[];
  /** Occurrences of the attribute itself. */
  count(type: string): number;
}

/** Reads a SET OF Attribute (any tag). @throws DerError */
export function readAttributes(set: DerNode | undefined): AttributeTable {
  const found = new Map<string, DerNode[][]>();
  for (const attribute of set?.children ?? []) {
    const type = readOid(child(attribute, 0));
    const values = [...child(attribute, 1, 0x31).children];
    found.set(type, [...(found.get(type) ?? []), values]);
  }
  return {
    values: (type) => (found.get(type) ?? []).flat(),
    count: (type) => found.get(type)?.length ?? 0,
  };
}

/**
 * The octets the signature may have been made over: the attributes retagged as SET OF exactly as sent, then, where that
 * differs, their DER form, which signers of BER or unsorted messages use (RFC 5652 §5.4).
 */
export function* signedAttributeOctets(set: DerNode): Generator<Uint8Array> {
  const asSent = tlv(0x31, set.content);
  yield asSent;
  const sorted = tlv(0x31, ...set.children.map(toDer).sort((a, b) => Buffer.compare(a, b)));
  if (!sameOctets(asSent, sorted)) yield sorted;
}

function toDer(node: DerNode): Uint8Array {
  if (!node.ber) return node.bytes;
  if (node.tag === 0x24) return octetString(joinSegments(node));
  const parts = node.children.map(toDer);
  if (node.tag === 0x31) parts.sort((a, b) => Buffer.compare(a, b));
  return parts.length === 0 ? tlv(node.tag, node.content) : tlv(node.tag, ...parts);
}

function joinSegments(node: DerNode): Uint8Array {
  if ((node.tag & 0x20) === 0) return node.content;
  return new Uint8Array(Buffer.concat(node.children.map(joinSegments)));
}

function essMatches(id: DerNode, certificate: CertificateParts, fallback: string): boolean {
  const named = id.children[0]?.tag === 0x30 ? digestName(readOid(child(child(id, 0), 0))) : fallback;
  const hash = id.children.find((node) => node.tag === 0x04);
  if (named === null || hash === undefined) return false;
  if (!sameOctets(createHash(named).update(certificate.der).digest(), hash.content)) return false;
  const issuerSerial = id.children[id.children.indexOf(hash) + 1];
  if (issuerSerial === undefined) return true;
  const issuer = issuerSerial.children[0]?.children.find((name) => name.tag === 0xa4)?.children[0];
  const serial = issuerSerial.children[1];
  if (serial === undefined || !sameOctets(serial.content, certificate.serial)) return false;
  return issuer === undefined || sameName(issuer.bytes, certificate.issuer);
}

/**
 * Whether the ESS signing-certificate attributes name this certificate first (RFC 2634 §5.4, RFC 5035 §3).
 * @returns null when neither attribute is there; false when any of them names another one.
 */
export function essBinding(signed: AttributeTable, certificate: CertificateParts): boolean | null {
  const answers: boolean[] = [];
  for (const [type, fallback] of [
    [OID.signingCertificate, 'sha1'],
    [OID.signingCertificateV2, 'sha256'],
  ] as const) {
    for (const value of signed.values(type)) {
      const first = value.children[0]?.children[0];
      answers.push(first !== undefined && essMatches(first, certificate, fallback));
    }
  }
  return answers.length === 0 ? null : answers.every(Boolean);
}

/** Revocation data and certificates found in attributes, as DER. */
export interface EmbeddedEvidence {
  readonly certificates: Uint8Array[];
  readonly crls: Uint8Array[];
  readonly ocsps: Uint8Array[];
}

/** An OCSPResponse (successful) around a BasicOCSPResponse, the form everything else here expects (RFC 6960 §4.2.1). */
export function wrapBasicOcsp(basic: Uint8Array): Uint8Array {
  return sequence(tlv(0x0a, Uint8Array.of(0)), context(0, sequence(oid(OID.ocspBasic), octetString(basic))));
}

/** Adobe's signed revocation archive and the CAdES certificate-values and revocation-values attributes. */
export function embeddedEvidence(signed: AttributeTable, unsigned: AttributeTable): EmbeddedEvidence {
  const evidence: EmbeddedEvidence = { certificates: [], crls: [], ocsps: [] };
  const part = (value: DerNode, tag: number): readonly DerNode[] =>
    value.children.find((node) => node.tag === tag)?.children[0]?.children ?? [];
  for (const value of [...signed.values(OID.adobeRevocation), ...unsigned.values(OID.adobeRevocation)]) {
    evidence.crls.push(...part(value, 0xa0).map((node) => node.bytes));
    evidence.ocsps.push(...part(value, 0xa1).map((node) => node.bytes));
  }
  for (const value of unsigned.values(OID.revocationValues)) {
    evidence.crls.push(...part(value, 0xa0).map((node) => node.bytes));
    evidence.ocsps.push(...part(value, 0xa1).map((node) => wrapBasicOcsp(node.bytes)));
  }
  for (const value of unsigned.values(OID.certificateValues)) {
    evidence.certificates.push(
      ...value.children.filter((node) => node.tag === 0x30).map((node) => node.bytes),
    );
  }
  return evidence;
}
