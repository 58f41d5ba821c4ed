/** Revocation: CRL and OCSP, whichever yields an answer. */
import type { Certificate } from '../certificate.ts';
import { checkCrls } from './crl-check.ts';
import { checkOcsps } from './ocsp.ts';
import { type RevocationContext, type RevocationStatus, unknownStatus } from './types.ts';

export { type Crl, parseCrl, tryCrl } from './crl.ts';
export { checkOcsps, type OcspAnswer, parseOcsp, tryOcsp } from './ocsp.ts';
export { type RevocationContext, type RevocationStatus, unknownStatus } from './types.ts';

/**
 * State of one certificate from whatever evidence is at hand. "Revoked" by either source wins: a CA may be slow to
 * publish on one of its channels. With neither, the state is unknown.
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  issuerKey: Uint8Array,
  context: RevocationContext,
): RevocationStatus {
  const inner = { ...context, busy: new Set([...context.busy, certificate.fingerprint]) };
  const ocsp = checkOcsps(certificate, issuer, issuerKey, inner);
  if (ocsp.status === 'revoked') return ocsp;
  const crl = checkCrls(certificate, issuer, issuerKey, inner);
  if (crl.status === 'revoked') return crl;
  if (ocsp.status === 'good') return ocsp;
  if (crl.status === 'good') return crl;
  const detail = context.ocsps.length > 0 && context.crls.length === 0 ? ocsp.detail : crl.detail;
  return unknownStatus(detail);
}
