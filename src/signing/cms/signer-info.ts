/** Facts of one SignerInfo (RFC 5652 §5.3–5.6) and of the counter-signatures on it (§11.4). */
import type { Coverage, SignatureFacts, TimestampFacts } from '../facts.ts';
import { type Octets, octetsOf } from '../octets/octets.ts';
import { digestName, type SignatureScheme, signatureScheme, verifyOctets } from './algorithms.ts';
import { archiveCoverage } from './archive/indexed.ts';
import { oldArchiveStamps } from './archive/whole-message.ts';
import {
  type AttributeTable,
  embeddedEvidence,
  essBinding,
  readAttributes,
  signedAttributeOctets,
} from './attributes.ts';
import { type CertificateParts, certificateParts, sameOctets } from './certificate.ts';
import { child, DerError, type DerNode, readDer, readOctets, readOid, readTime } from './der.ts';
import { cmsFault, cmsRemark, type FormatFault } from './faults.ts';
import { OID } from './oids.ts';

/** The parts of a SignedData, still as nodes. */
export interface SignedDataParts {
  /** EncapsulatedContentInfo. */
  readonly encapsulated: DerNode;
  readonly eContentType: DerNode;
  readonly eContent: Uint8Array | null;
  readonly certificates: readonly CertificateParts[];
  readonly crls: readonly Uint8Array[];
  readonly ocsps: readonly Uint8Array[];
  readonly signerInfos: readonly DerNode[];
  /** The sets as they stand, for the index of an archive time-stamp. */
  readonly certificateSet: DerNode | undefined;
  readonly crlSet: DerNode | undefined;
}

/** Surroundings of a SignerInfo. */
export interface SignerContext {
  readonly parts: SignedDataParts;
  /** Certificates from outside the message. */
  readonly supplied: readonly CertificateParts[];
  /** The octets it signs, or null when they are not at hand. */
  readonly content: Octets | null;
  readonly coverage: Coverage;
  readonly id: string;
  readonly faults: readonly FormatFault[];
  /** A counter-signature has no contentType attribute (RFC 5652 §11.4). */
  readonly counter?: boolean;
}

interface SignerFields {
  readonly node: DerNode;
  readonly sid: DerNode;
  readonly digest: string | null;
  readonly scheme: SignatureScheme | null;
  readonly signedSet: DerNode | undefined;
  readonly signed: AttributeTable;
  readonly unsigned: AttributeTable;
  readonly value: Uint8Array;
}

/** Digest named by `digestAlgorithm`; a signature algorithm there is a mistake of the maker and counts as unknown. */
function declaredDigest(algorithm: DerNode): string | null {
  return digestName(readOid(child(algorithm, 0)));
}

function readFields(node: DerNode): SignerFields {
  child(node, 0, 0x02);
  const signedSet = node.children[3]?.tag === 0xa0 ? node.children[3] : undefined;
  const next = signedSet === undefined ? 3 : 4;
  const [unsignedSet, ...more] = node.children.slice(next + 2);
  if (more.length > 0 || (unsignedSet !== undefined && unsignedSet.tag !== 0xa1))
    throw new DerError('parts of SignerInfo out of place');
  return {
    node,
    sid: child(node, 1),
    digest: declaredDigest(child(node, 2, 0x30)),
    scheme: signatureScheme(child(node, next, 0x30)),
    signedSet,
    signed: readAttributes(signedSet),
    unsigned: readAttributes(unsignedSet),
    value: readOctets(child(node, next + 1)),
  };
}

function identifies(sid: DerNode, certificate: CertificateParts): boolean {
  if ((sid.tag & 0xdf) === 0x80)
    return certificate.keyIdentifier !== null && sameOctets(readOctets(sid), certificate.keyIdentifier);
  const serial = child(sid, 1, 0x02).content;
  return sameOctets(child(sid, 0).bytes, certificate.issuer) && sameOctets(serial, certificate.serial);
}

/** The certificate named by the SignerIdentifier; among several such, and for re-encoded issuer names, the one ESS binds. */
function signerCertificate(
  fields: SignerFields,
  certificates: readonly CertificateParts[],
): CertificateParts | null {
  const named = certificates.filter((certificate) => identifies(fields.sid, certificate));
  const bound = (candidates: readonly CertificateParts[]): CertificateParts | undefined =>
    candidates.find((certificate) => essBinding(fields.signed, certificate) === true);
  return bound(named) ?? named[0] ?? bound(certificates) ?? null;
}

function attributeFaults(fields: SignerFields, context: SignerContext): FormatFault[] {
  if (fields.signedSet === undefined) return [cmsFault('CMS_NO_SIGNED_ATTRIBUTES')];
  const faults: FormatFault[] = [];
  const { signed } = fields;
  const single = [
    OID.contentType,
    OID.messageDigest,
    OID.signingTime,
    OID.signingCertificate,
    OID.signingCertificateV2,
  ];
  if (single.some((type) => signed.count(type) > 1 || signed.values(type).length > 1))
    faults.push(cmsFault('CMS_ATTRIBUTE_REPEATED', 'SIG_CONSTRAINTS_FAILURE'));
  if (signed.count(OID.messageDigest) === 0) faults.push(cmsFault('CMS_NO_MESSAGE_DIGEST'));
  const type = signed.values(OID.contentType)[0];
  const right = type !== undefined && sameOctets(type.bytes, context.parts.eContentType.bytes);
  if (context.counter !== true && !right) faults.push(cmsFault('CMS_CONTENT_TYPE_MISMATCH'));
  return faults;
}

/** RFC 6211: the signed copy of the algorithm identifiers must be the ones in use. */
function protectionHolds(fields: SignerFields): boolean {
  const next = fields.signedSet === undefined ? 3 : 4;
  return fields.signed.values(OID.algorithmProtection).every((value) => {
    const digest = value.children[0]?.children[0];
    const signature = value.children.find((node) => node.tag === 0xa1)?.children[0];
    const digestSame =
      digest !== undefined && sameOctets(digest.bytes, child(child(fields.node, 2), 0).bytes);
    return (
      digestSame &&
      (signature === undefined || sameOctets(signature.bytes, child(child(fields.node, next), 0).bytes))
    );
  });
}

function algorithmFaults(fields: SignerFields): FormatFault[] {
  if (fields.digest === null) return [cmsFault('CMS_DIGEST_UNKNOWN')];
  if (fields.scheme === null || !fields.scheme.supported)
    return [cmsFault('CMS_SIGNATURE_ALGORITHM_UNKNOWN')];
  // RFC 8419 §3.1: Ed448 goes with SHAKE256 and nothing weaker.
  if (fields.scheme.family === 'Ed448' && fields.digest !== 'shake256')
    return [cmsFault('CMS_ALGORITHMS_DISAGREE', 'SIG_CONSTRAINTS_FAILURE')];
  const own = fields.scheme.digest;
  const agree = (own === null || own === fields.digest) && protectionHolds(fields);
  return agree ? [] : [cmsFault('CMS_ALGORITHMS_DISAGREE', 'SIG_CRYPTO_FAILURE')];
}

/** The EUF-CMA confusion: content that is a SET OF attributes would verify without its own (draft-ietf-lamps-cms-euf-cma-signeddata). */
function looksLikeAttributes(content: Octets | null): boolean {
  const [first] = content?.pieces ?? [];
  if (content?.pieces.length !== 1 || first?.[0] !== 0x31 || first.length > 65_536) return false;
  try {
    const table = readAttributes(readDer(first));
    return table.count(OID.messageDigest) > 0 && table.count(OID.contentType) > 0;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function digestsMatch(fields: SignerFields, content: Octets | null): boolean | null {
  if (fields.digest === null || content === null) return null;
  if (fields.signedSet === undefined) return true;
  const expected = fields.signed.values(OID.messageDigest)[0];
  if (expected === undefined) return null;
  return sameOctets(readOctets(expected), content.digest(fields.digest));
}

function signatureValid(
  fields: SignerFields,
  certificate: CertificateParts | null,
  content: Octets | null,
): boolean | null {
  const { scheme, signedSet } = fields;
  if (certificate === null || scheme === null) return null;
  if (signedSet === undefined && content === null) return null;
  const candidates =
    signedSet === undefined
      ? [new Uint8Array(Buffer.concat(content?.pieces ?? []))]
      : signedAttributeOctets(signedSet);
  let answer: boolean | null = null;
  for (const octets of candidates) {
    answer = verifyOctets(scheme, fields.digest, certificate.spki, octets, fields.value);
    if (answer !== false) break;
  }
  return answer;
}

function timestamps(fields: SignerFields, context: SignerContext): TimestampFacts[] {
  const { signed, unsigned } = fields;
  const found: TimestampFacts[] = [];
  const value = octetsOf(fields.value);
  for (const token of unsigned.values(OID.signatureTimeStamp))
    found.push({ type: 'signature', token: token.bytes, over: value });
  if (context.content === null) return found;
  for (const token of signed.values(OID.contentTimeStamp))
    found.push({ type: 'content', token: token.bytes, over: context.content });
  return [...found, ...archiveTimestamps(fields, context, context.content, found)];
}

/** As many as are judged; each is compared with every attribute. */
const MAX_ARCHIVE_STAMPS = 20;

/** Attributes come in no order: which of the other time-stamps an archive time-stamp is over, its index tells. */
function archiveTimestamps(
  { node, unsigned }: SignerFields,
  { parts }: SignerContext,
  content: Octets,
  others: readonly TimestampFacts[],
): TimestampFacts[] {
  const attributes = node.children.find((field, index) => index > 3 && field.tag === 0xa1)?.children ?? [];
  const stamps = unsigned
    .values(OID.archiveTimeStampV3)
    .slice(0, MAX_ARCHIVE_STAMPS)
    .map((token) => {
      const coverage = archiveCoverage(token.bytes, parts.eContentType.bytes, content, node, parts);
      const listed = new Set<Uint8Array>();
      for (const attribute of coverage === null ? [] : attributes)
        for (const value of child(attribute, 1).children)
          if (coverage?.lists(attribute, value) === true) listed.add(value.bytes);
      // A token whose coverage cannot be told must fail its imprint, not vanish: no octets then.
      return { token: token.bytes, over: octetsOf(coverage?.octets ?? new Uint8Array()), listed };
    });
  const hasOld = unsigned.count(OID.archiveTimeStampV2) > 0;
  const old = !hasOld
    ? []
    : oldArchiveStamps(
        {
          encapsulated: parts.encapsulated,
          external: parts.eContent === null ? content : null,
          certificateSet: parts.certificateSet,
          crlSet: parts.crlSet,
          signerInfo: node,
        },
        MAX_ARCHIVE_STAMPS,
      );
  const made = [...stamps, ...old].map(({ token, over, listed }) => {
    const covers: TimestampFacts[] = [];
    return { facts: { type: 'archive', token, over, covers } as const, covers, listed };
  });
  for (const { covers, listed } of made)
    for (const other of [...others, ...made.map(({ facts }) => facts)])
      if (other.type === 'content' || listed.has(other.token)) covers.push(other);
  return made.map(({ facts }) => facts);
}

function formatName(fields: SignerFields, bound: boolean | null, parts: SignedDataParts): string {
  if (bound === null) return 'CMS';
  if (fields.unsigned.count(OID.archiveTimeStampV3) + fields.unsigned.count(OID.archiveTimeStampV2) > 0)
    return 'CAdES-B-LTA';
  if (fields.unsigned.count(OID.signatureTimeStamp) === 0) return 'CAdES-B-B';
  const kept = fields.unsigned.count(OID.revocationValues) + parts.crls.length + parts.ocsps.length;
  return kept > 0 ? 'CAdES-B-LT' : 'CAdES-B-T';
}

/** Proofs of existence in forms we do not judge: said to be there, and never counted. */
function unusedProofs(unsigned: AttributeTable): SignatureFacts['remarks'] {
  const records = [OID.evidenceRecordInternal, OID.evidenceRecordExternal, OID.longTermValidation];
  const found = records.some((type) => unsigned.count(type) > 0) ? [cmsRemark('CMS_EVIDENCE_RECORD')] : [];
  return unsigned.count(OID.archiveTimeStampV1) > 0
    ? [...found, cmsRemark('CMS_OLD_ARCHIVE_TIMESTAMP')]
    : found;
}

function namesCertificate(signed: AttributeTable): boolean {
  return signed.count(OID.signingCertificate) + signed.count(OID.signingCertificateV2) > 0;
}

function counterSignatures(fields: SignerFields, context: SignerContext): SignatureFacts[] {
  if (context.counter === true) return [];
  return fields.unsigned.values(OID.counterSignature).flatMap((node, index) =>
    readSigner(node, {
      ...context,
      content: octetsOf(fields.value),
      coverage: 'external',
      id: `${context.id}/counter-${index + 1}`,
      faults: [],
      counter: true,
    }),
  );
}

/** Facts of a SignerInfo, followed by those of its counter-signatures. @throws DerError when it is not a SignerInfo. */
export function readSigner(node: DerNode, context: SignerContext): SignatureFacts[] {
  const fields = readFields(node);
  const evidence = embeddedEvidence(fields.signed, fields.unsigned);
  const embedded = signerCertificate(fields, [
    ...context.parts.certificates,
    ...evidence.certificates.flatMap((der) => certificateParts(der) ?? []),
  ]);
  const certificate = embedded ?? signerCertificate(fields, context.supplied);
  const bound = certificate === null ? null : essBinding(fields.signed, certificate);
  const formatFaults = [...context.faults, ...attributeFaults(fields, context), ...algorithmFaults(fields)];
  // A CAdES signature carries the certificate it names (EN 319 122-1 §6.3, SignedData.certificates).
  if (certificate === null && namesCertificate(fields.signed))
    formatFaults.push(cmsFault('CMS_CERTIFICATE_MISSING'));
  if (context.counter !== true && looksLikeAttributes(context.content))
    formatFaults.push(cmsFault('CMS_CONTENT_LOOKS_LIKE_ATTRIBUTES'));
  const signingTime = fields.signed.values(OID.signingTime)[0];
  const facts: SignatureFacts = {
    id: context.id,
    format: formatName(fields, bound, context.parts),
    formatFaults,
    digestsMatch: digestsMatch(fields, context.content),
    signatureValid: signatureValid(fields, certificate, context.content),
    signerCertificate: certificate?.der ?? null,
    signerCertificateBound: bound,
    certificates: [...context.parts.certificates.map((item) => item.der), ...evidence.certificates],
    crls: [...context.parts.crls, ...evidence.crls],
    ocsps: [...context.parts.ocsps, ...evidence.ocsps],
    digestAlgorithm: fields.digest ?? 'unknown',
    signatureAlgorithm: fields.scheme?.family ?? 'unknown',
    claimedSigningTime: signingTime === undefined ? null : readTime(signingTime),
    timestamps: timestamps(fields, context),
    coverage: context.coverage,
    changesAfterSigning: [],
    remarks: unusedProofs(fields.unsigned),
  };
  return [facts, ...counterSignatures(fields, context)];
}
