/** Builds CMS SignedData as CAdES-B and PAdES-B ask (RFC 5652; ETSI EN 319 122-1 §5; ETSI EN 319 142-1 §5.3, §6.3). */
import { createHash } from 'node:crypto';
import { SigningError } from '../errors.ts';
import { digestOf } from '../octets/octets.ts';
import type { Signer, SigningDigest, TimestampAuthority } from '../ports.ts';
import { certificateParts } from './certificate.ts';
import { context, integer, nullValue, octetString, oid, sequence, setOf, time, tlv } from './der-write.ts';
import { OID } from './oids.ts';

/** What to sign and how. */
export interface CmsBuildOptions {
  /** The content in pieces (a PDF gives the two halves around the hole). */
  readonly content: readonly Uint8Array[];
  /** Whether the content goes into the message; default false (detached). */
  readonly attached?: boolean;
  /** Default sha256. */
  readonly digest?: SigningDigest;
  /** Signed attribute signingTime; leave out for PAdES, which forbids it (EN 319 142-1 §6.3). */
  readonly signingTime?: Date;
  /** Adds a signature time-stamp (level T). */
  readonly timestampAuthority?: TimestampAuthority;
  /** Told when no time-stamp could be had: the signature then stays at level B. Without it that is an error. */
  readonly onTimestampFailure?: (error: SigningError) => void;
}

const DIGEST_OID: Readonly<Record<SigningDigest, string>> = {
  sha256: OID.sha256,
  sha384: OID.sha384,
  sha512: OID.sha512,
};
const DIGEST_SIZE: Readonly<Record<SigningDigest, number>> = { sha256: 32, sha384: 48, sha512: 64 };
const RSA_OID: Readonly<Record<SigningDigest, string>> = {
  sha256: OID.sha256WithRsa,
  sha384: OID.sha384WithRsa,
  sha512: OID.sha512WithRsa,
};
const ECDSA_OID: Readonly<Record<SigningDigest, string>> = {
  sha256: OID.ecdsaSha256,
  sha384: OID.ecdsaSha384,
  sha512: OID.ecdsaSha512,
};

function attribute(type: string, ...values: readonly Uint8Array[]): Uint8Array {
  return sequence(oid(type), setOf(...values));
}

/** RFC 5035 §3: the hash algorithm is left out when it is SHA-256, its DEFAULT. */
function signingCertificateV2(certificate: Uint8Array, digest: SigningDigest): Uint8Array {
  const hash = octetString(new Uint8Array(createHash(digest).update(certificate).digest()));
  const id = digest === 'sha256' ? sequence(hash) : sequence(sequence(oid(DIGEST_OID[digest])), hash);
  return attribute(OID.signingCertificateV2, sequence(sequence(id)));
}

/** AlgorithmIdentifier of the signature; PKCS#1 v1.5 with its explicit NULL (RFC 4055 §5). */
export function signatureAlgorithm(algorithm: Signer['algorithm'], digest: SigningDigest): Uint8Array {
  if (algorithm === 'rsa') return sequence(oid(RSA_OID[digest]), nullValue());
  if (algorithm === 'ecdsa') return sequence(oid(ECDSA_OID[digest]));
  const hash = sequence(oid(DIGEST_OID[digest]), nullValue());
  const mask = sequence(oid(OID.mgf1), hash);
  const parameters = sequence(context(0, hash), context(1, mask), context(2, integer(DIGEST_SIZE[digest])));
  return sequence(oid(OID.rsaPss), parameters);
}

function signedAttributes(signer: Signer, digest: SigningDigest, options: CmsBuildOptions): Uint8Array {
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octetString(digestOf(digest, options.content))),
    signingCertificateV2(signer.certificate, digest),
  ];
  if (options.signingTime !== undefined)
    attributes.push(attribute(OID.signingTime, time(options.signingTime)));
  return setOf(...attributes);
}

/** The same octets under another tag: `[0] IMPLICIT` in the message, `SET` for the digest (RFC 5652 §5.4). */
function retag(der: Uint8Array, tag: number): Uint8Array {
  const copy = Uint8Array.from(der);
  copy[0] = tag;
  return copy;
}

function uniqueCertificates(signer: Signer): readonly Uint8Array[] {
  const seen = new Map<string, Uint8Array>();
  for (const der of [signer.certificate, ...signer.chain]) seen.set(Buffer.from(der).toString('base64'), der);
  return [...seen.values()];
}

/** The signature time-stamp, or null when none is wanted or, where the caller bears with it, none can be had. */
async function stampOf(
  signature: Uint8Array,
  digest: SigningDigest,
  options: CmsBuildOptions,
): Promise<Uint8Array | null> {
  if (options.timestampAuthority === undefined) return null;
  try {
    return await options.timestampAuthority.timestamp(signature, digest);
  } catch (error) {
    if (!(error instanceof SigningError) || options.onTimestampFailure === undefined) throw error;
    options.onTimestampFailure(error);
    return null;
  }
}

/**
 * Signs the content and wraps it as a DER ContentInfo with the full chain embedded.
 * @throws SigningError KEY_FILE_INVALID when the signer's certificate cannot be read; whatever the signer or TSA throws.
 */
export async function buildCms(signer: Signer, options: CmsBuildOptions): Promise<Uint8Array> {
  const digest = options.digest ?? 'sha256';
  const parts = certificateParts(signer.certificate);
  if (parts === null)
    throw new SigningError('KEY_FILE_INVALID', { details: { reason: 'certificate is not DER' } });
  const attributes = signedAttributes(signer, digest, options);
  const signature = await signer.sign(attributes, digest);
  const token = await stampOf(signature, digest, options);
  const unsigned = token === null ? [] : [context(1, attribute(OID.signatureTimeStamp, token))];
  const digestAlgorithm = sequence(oid(DIGEST_OID[digest]));
  const signerInfo = sequence(
    integer(1),
    sequence(parts.issuer, tlv(0x02, parts.serial)),
    digestAlgorithm,
    retag(attributes, 0xa0),
    signatureAlgorithm(signer.algorithm, digest),
    octetString(signature),
    ...unsigned,
  );
  const eContent =
    options.attached === true
      ? [context(0, octetString(new Uint8Array(Buffer.concat(options.content))))]
      : [];
  const signedData = sequence(
    integer(1),
    setOf(digestAlgorithm),
    sequence(oid(OID.data), ...eContent),
    retag(setOf(...uniqueCertificates(signer)), 0xa0),
    setOf(signerInfo),
  );
  return sequence(oid(OID.signedData), context(0, signedData));
}
