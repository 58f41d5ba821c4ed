/** Certificates and CRLs as files hold them: DER, or PEM with any number of blocks. */
import { child, readDer, readOid } from '../cms/der.ts';
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

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** Certificates of a PKCS#7 "certs-only" message (RFC 2315, RFC 5652 §5.1), or null when the octets are none. */
function readPkcs7(der: Uint8Array): Uint8Array[] | null {
  try {
    const root = readDer(der);
    if (readOid(child(root, 0)) !== SIGNED_DATA) return null;
    const set = child(child(root, 1, 0xa0), 0, 0x30).children.find((node) => node.tag === 0xa0);
    return (set?.children ?? []).filter((node) => node.tag === 0x30).map((node) => node.bytes);
  } catch {
    return null;
  }
}

/**
 * Reads the certificates of a file as authorities serve them: DER, PEM, or a PKCS#7 bundle (`.p7b`, DER or PEM).
 * @throws SigningError CERTIFICATE_INVALID when it is none of these.
 */
export function readBundle(bytes: Uint8Array): Uint8Array[] {
  const wrapped = isPem(bytes) ? blocks(bytes, ['PKCS7', 'CMS']) : [bytes];
  const bundled = wrapped.flatMap((der) => readPkcs7(der) ?? []);
  return bundled.length > 0 ? bundled : readCertificates(bytes);
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
