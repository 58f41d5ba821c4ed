/** OCSP requests (RFC 6960 §4.1, nonce of RFC 9654), and whether an answer that came back is the one asked for. */
import { createHash } from 'node:crypto';
import { context, nullValue, octetString, oid, sequence, tlv } from '../cms/der-write.ts';
import { type Certificate, checkOcsps, tryOcsp } from '../x509/index.ts';

const SHA1 = '1.3.14.3.2.26';
const NONCE = '1.3.6.1.5.5.7.48.1.2';

/** Octets of a nonce: RFC 9654 asks for 32. */
export const NONCE_BYTES = 32;

/**
 * CertID of a certificate. SHA-1 names the certificate here and protects nothing; it is the one hash every responder
 * knows (RFC 5019 §2.1.1).
 */
export function certId(certificate: Certificate, issuer: Certificate): Uint8Array {
  const sha1 = (bytes: Uint8Array) => octetString(createHash('sha1').update(bytes).digest());
  return sequence(
    sequence(oid(SHA1), nullValue()),
    sha1(certificate.issuer.bytes),
    sha1(issuer.keyOctets),
    // As it stands in the certificate: a negative or padded number is asked about in the same octets.
    tlv(0x02, new Uint8Array(Buffer.from(certificate.serialNumber, 'hex'))),
  );
}

/** A request about one certificate; without `nonce` it is the short form that may be sent with GET and cached on the way. */
export function buildOcspRequest(
  certificate: Certificate,
  issuer: Certificate,
  nonce: Uint8Array | null,
): Uint8Array {
  const list = sequence(sequence(certId(certificate, issuer)));
  if (nonce === null) return sequence(sequence(list));
  const extension = sequence(oid(NONCE), octetString(octetString(nonce)));
  return sequence(sequence(list, context(2, sequence(extension))));
}

/** The nonce of an answer without its OCTET STRING header, which some responders leave out. */
function plainNonce(value: Uint8Array): Buffer {
  const octets = Buffer.from(value);
  return octets[0] === 0x04 && octets[1] === octets.length - 2 ? octets.subarray(2) : octets;
}

/** What is wrong with an answer as an answer to our request; null: nothing. Its signature is the judge's matter. */
export function answerFault(
  der: Uint8Array,
  certificate: Certificate,
  nonce: Uint8Array | null,
): string | null {
  const answer = tryOcsp(der);
  if (answer === null) return 'not a successful OCSP response';
  if (!answer.entries.some((entry) => entry.serialNumber === certificate.serialNumber))
    return 'the answer is about another certificate';
  // RFC 9654 §2.1: a responder may leave the nonce out, but never answer with another one.
  if (nonce !== null && answer.nonce !== null && !plainNonce(answer.nonce).equals(Buffer.from(nonce)))
    return 'the answer carries the nonce of another request';
  return null;
}

/** Whether the answer says something that may be believed about the certificate right now; only such answers are kept. */
export function isBelievable(
  der: Uint8Array,
  certificate: Certificate,
  issuer: Certificate,
  now: number,
): boolean {
  const answer = tryOcsp(der);
  if (answer === null) return false;
  const status = checkOcsps(certificate, issuer, issuer.publicKey, {
    at: now,
    knownAt: now,
    crls: [],
    ocsps: [answer],
    certificates: [],
    anchor: issuer,
    trustsSigner: () => false,
    busy: new Set(),
  });
  return status.status !== 'unknown';
}
