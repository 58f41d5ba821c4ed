/** Reads a CMS SignedData message into facts (RFC 5652 §5; ETSI EN 319 122-1). */

import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import { digestOf, type Octets, octetsOf } from '../octets/octets.ts';
import { wrapBasicOcsp } from './attributes.ts';
import { certificateParts, sameOctets } from './certificate.ts';
import { child, DerError, type DerNode, expectTag, readDer, readOctets, readOid } from './der.ts';
import { cmsFault, type FormatFault } from './faults.ts';
import { OID } from './oids.ts';
import { readSigner, type SignedDataParts } from './signer-info.ts';

/** How to read a message. */
export interface ReadCmsOptions {
  /** The detached content. */
  readonly content?: Uint8Array | Octets;
  /**
   * `pdf` demands one SignerInfo and no content inside (ISO 32000-2 §12.8.3.3.1), and tolerates padding after the message;
   * `detached` demands that none is inside but the same: what is signed is `content` and nothing else.
   */
  readonly profile?: 'cades' | 'detached' | 'pdf' | 'pdf-sha1';
  /** Starts the ids given out; default `sig`. */
  readonly idPrefix?: string;
  /** Certificates (DER) of signers the message only names. */
  readonly certificates?: readonly Uint8Array[];
  readonly limits?: Partial<CmsLimits>;
  /** What {@link readSignedData} has made of these very octets, when that is known. */
  readonly parts?: SignedDataParts;
}

/** Bounds for hostile messages. */
export interface CmsLimits {
  /** Default 64 MiB. */
  readonly maxBytes: number;
  /** Default 100. */
  readonly maxSigners: number;
  /** Default 2 000. */
  readonly maxCertificates: number;
}

const DEFAULT_LIMITS: CmsLimits = { maxBytes: 64 * 1024 * 1024, maxSigners: 100, maxCertificates: 2_000 };

function readRevocation(node: DerNode | undefined): { crls: Uint8Array[]; ocsps: Uint8Array[] } {
  const crls: Uint8Array[] = [];
  const ocsps: Uint8Array[] = [];
  for (const item of node?.children ?? []) {
    if (item.tag === 0x30) crls.push(item.bytes);
    const format = item.tag === 0xa1 && item.children[0] !== undefined ? readOid(item.children[0]) : '';
    const value = item.children[1];
    if (format === OID.ocspResponse && value !== undefined) ocsps.push(value.bytes);
    if (format === OID.ocspBasic && value !== undefined) ocsps.push(wrapBasicOcsp(value.bytes));
  }
  return { crls, ocsps };
}

/** The single value in `wrapper`, itself the last of `count` in `parent`: a second one would be another reader's message. */
function only(wrapper: DerNode, parent: DerNode, count: number): DerNode {
  if (parent.children.length !== count || wrapper.children.length !== 1)
    throw new DerError('more than one value where one belongs');
  return child(wrapper, 0);
}

/** SignedData (RFC 5652 §5.1): each part once, in its place, and nothing else, so that all readers take the same ones. */
function partsOf(signedData: DerNode) {
  expectTag(signedData, 0x30);
  child(signedData, 0, 0x02);
  child(signedData, 1, 0x31);
  const encapsulated = child(signedData, 2, 0x30);
  const rest = signedData.children.slice(3);
  const certificateSet = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const crlSet = rest[0]?.tag === 0xa1 ? rest.shift() : undefined;
  const [signers, ...more] = rest;
  if (signers === undefined || more.length > 0) throw new DerError('parts of SignedData out of place');
  return { encapsulated, certificateSet, crlSet, signers: expectTag(signers, 0x31).children };
}

/** The content inside, or undefined: an OCTET STRING, or the SEQUENCE that PKCS#7 v1.5 puts there (RFC 5652 §5.2.1). */
function contentNode(encapsulated: DerNode): DerNode | undefined {
  const [, wrapper, ...more] = encapsulated.children;
  if (wrapper === undefined) return undefined;
  if (more.length > 0 || wrapper.tag !== 0xa0 || wrapper.children.length > 1)
    throw new DerError('more than one content');
  const [content] = wrapper.children;
  if (content !== undefined && ![0x04, 0x24, 0x30].includes(content.tag))
    throw new DerError('content of another type');
  return content;
}

/** Splits a ContentInfo holding SignedData. @throws DerError */
export function readSignedData(
  der: Uint8Array,
  options: { trailing?: boolean; limits?: CmsLimits } = {},
): SignedDataParts {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const info = expectTag(readDer(der, { trailing: options.trailing === true }), 0x30);
  if (readOid(child(info, 0)) !== OID.signedData) throw new DerError('not SignedData');
  const { encapsulated, certificateSet, crlSet, signers } = partsOf(only(child(info, 1, 0xa0), info, 2));
  const eContent = contentNode(encapsulated);
  const certificates = certificateSet?.children ?? [];
  if (signers.length > limits.maxSigners) throw new DerError('too many signers');
  if (certificates.length > limits.maxCertificates) throw new DerError('too many certificates');
  return {
    encapsulated,
    eContentType: child(encapsulated, 0, 0x06),
    eContent: eContent === undefined ? null : contentOctets(eContent),
    certificates: certificates.flatMap((node) => certificateParts(node.bytes) ?? []),
    ...readRevocation(crlSet),
    signerInfos: signers,
    certificateSet,
    crlSet,
  };
}

/** Octets of what `contentNode` found. */
function contentOctets(node: DerNode): Uint8Array {
  return (node.tag & 0xdf) === 0x04 ? readOctets(node) : node.content;
}

/** Whether content that a message carries inside is not the content it signs. */
function isDetached(profile: ReadCmsOptions['profile']): boolean {
  return profile === 'pdf' || profile === 'detached';
}

/** A copy of what lies outside does no harm (makers of containers put one in); in a PDF there is no place for one. */
function isMisplaced(
  { eContent }: SignedDataParts,
  { profile }: ReadCmsOptions,
  outside: Octets | null,
): boolean {
  if (eContent === null || !isDetached(profile)) return false;
  return profile === 'pdf' || outside === null || !sameContent(outside, eContent);
}

function sameContent(outside: Octets, inside: Uint8Array): boolean {
  return (
    outside.length === inside.length && sameOctets(outside.digest('sha256'), digestOf('sha256', [inside]))
  );
}

function profileFaults(
  parts: SignedDataParts,
  options: ReadCmsOptions,
  outside: Octets | null,
): FormatFault[] {
  const faults: FormatFault[] = [];
  const pdf = options.profile === 'pdf' || options.profile === 'pdf-sha1';
  if (pdf && parts.signerInfos.length > 1) faults.push(cmsFault('CMS_MULTIPLE_SIGNERS'));
  if (isMisplaced(parts, options, outside)) faults.push(cmsFault('CMS_CONTENT_NOT_DETACHED'));
  return faults;
}

function contentOf(content: ReadCmsOptions['content']): Octets | null {
  if (content === undefined) return null;
  return content instanceof Uint8Array ? octetsOf(content) : content;
}

/**
 * Facts of every signer of a DER or BER message; counter-signatures follow the signature they stand on.
 * A message without any SignerInfo gives one entry with a format fault, so that it can never count as signed.
 * @throws SigningError CMS_INVALID, CMS_TOO_LARGE
 */
export function readCms(der: Uint8Array, options: ReadCmsOptions = {}): SignatureFacts[] {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (der.length > limits.maxBytes)
    throw new SigningError('CMS_TOO_LARGE', { details: { limitBytes: limits.maxBytes } });
  try {
    const pdf = options.profile === 'pdf' || options.profile === 'pdf-sha1';
    const parts = options.parts ?? readSignedData(der, { trailing: pdf, limits });
    const supplied = (options.certificates ?? []).flatMap((item) => certificateParts(item) ?? []);
    const outside = contentOf(options.content);
    const content =
      isDetached(options.profile) || parts.eContent === null ? outside : octetsOf(parts.eContent);
    const shared = profileFaults(parts, options, outside);
    const prefix = options.idPrefix ?? 'sig';
    if (parts.signerInfos.length === 0)
      return [unsignedMessage(prefix, parts, [...shared, cmsFault('CMS_NO_SIGNERS')])];
    const coverage = parts.eContent === null || isDetached(options.profile) ? 'external' : 'whole-document';
    return parts.signerInfos.flatMap((node, index) =>
      readSigner(node, { parts, supplied, content, coverage, id: `${prefix}-${index + 1}`, faults: shared }),
    );
  } catch (error) {
    if (error instanceof DerError)
      throw new SigningError('CMS_INVALID', { cause: error, details: { reason: error.message } });
    throw error;
  }
}

function unsignedMessage(
  prefix: string,
  parts: SignedDataParts,
  formatFaults: readonly FormatFault[],
): SignatureFacts {
  return {
    id: `${prefix}-1`,
    format: 'CMS',
    formatFaults,
    digestsMatch: null,
    signatureValid: null,
    signerCertificate: null,
    signerCertificateBound: null,
    certificates: parts.certificates.map((certificate) => certificate.der),
    crls: parts.crls,
    ocsps: parts.ocsps,
    digestAlgorithm: 'unknown',
    signatureAlgorithm: 'unknown',
    claimedSigningTime: null,
    timestamps: [],
    coverage: parts.eContent === null ? 'external' : 'whole-document',
    changesAfterSigning: [],
    remarks: [],
  };
}
