/** Certificates and CRLs as files hold them: DER, or PEM with any number of blocks. */
import { SigningError } from '../errors.ts';

/** Blocks read from one PEM file. */
const MAX_BLOCKS = 5000;

function isPem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 64 * 1024)).includes('-----BEGIN ');
}

function blocks(bytes: Uint8Array, labels: readonly string[]): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  const found: Uint8Array[] = [];
  for (const match of text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g)) {
    if (labels.includes(match[1] ?? ''))
      found.push(new Uint8Array(Buffer.from((match[2] ?? '').replace(/\s/g, ''), 'base64')));
    if (found.length > MAX_BLOCKS)
      throw new SigningError('CERTIFICATE_INVALID', { details: { reason: 'too many PEM blocks' } });
  }
  return found;
}

/**
 * Reads the certificates of a file: one DER certificate, or every CERTIFICATE block of a PEM file (bundle order kept).
 * @throws SigningError CERTIFICATE_INVALID when it is neither.
 */
export function readCertificates(bytes: Uint8Array): Uint8Array[] {
  const found = isPem(bytes)
    ? blocks(bytes, ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])
    : [new Uint8Array(bytes)];
  if (found.length === 0 || found.some((der) => der[0] !== 0x30))
    throw new SigningError('CERTIFICATE_INVALID');
  return found;
}

/**
 * Reads the CRLs of a file: one DER list, or every X509 CRL block of a PEM file (the national root publishes PEM).
 * @throws SigningError CRL_INVALID when it is neither.
 */
export function readCrls(bytes: Uint8Array): Uint8Array[] {
  const found = isPem(bytes) ? blocks(bytes, ['X509 CRL']) : [new Uint8Array(bytes)];
  if (found.length === 0 || found.some((der) => der[0] !== 0x30)) throw new SigningError('CRL_INVALID');
  return found;
}
