/**
 * The diagnostic object of a file (ETSI EN 319 102-1 §5.1: facts before any judgement), as plain JSON: what a reader found, no
 * policy, no trust. Certificates, lists, answers and tokens are base64 of their DER, so that others can judge the same facts.
 */
import { createHash } from 'node:crypto';
import type { SignatureFacts } from '../facts.ts';
import type { FileFormat } from '../sniff.ts';
import { tryCertificate } from '../x509/index.ts';

/** Facts of one file, printable. */
export interface Diagnostic {
  readonly file: string;
  readonly format: FileFormat;
  readonly signatures: readonly Readonly<Record<string, unknown>>[];
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

function certificate(der: Uint8Array): Readonly<Record<string, unknown>> {
  const read = tryCertificate(der);
  return { sha256: sha256(der), subject: read?.subject.text ?? null, der: base64(der) };
}

/** What is signed is named by digest and length, never repeated. */
function signature(facts: SignatureFacts): Readonly<Record<string, unknown>> {
  const { signedContent, signerCertificate, certificates, crls, ocsps, timestamps, ...plain } = facts;
  return {
    ...plain,
    claimedSigningTime: facts.claimedSigningTime?.toISOString() ?? null,
    signerCertificate: signerCertificate === null ? null : certificate(signerCertificate),
    certificates: certificates.map(certificate),
    crls: crls.map(base64),
    ocsps: ocsps.map(base64),
    timestamps: timestamps.map(({ type, token, over }) => ({
      type,
      token: base64(token),
      over: { sha256: Buffer.from(over.digest('sha256')).toString('hex'), length: over.length },
    })),
    ...(signedContent === undefined
      ? {}
      : { signedContent: { sha256: sha256(signedContent), length: signedContent.length } }),
  };
}

/** The facts of a file in printable form. */
export function diagnosticOf(file: string, format: FileFormat, facts: readonly SignatureFacts[]): Diagnostic {
  return { file, format, signatures: facts.map(signature) };
}
