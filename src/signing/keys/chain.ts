/** Certificates above a signer's own, put in order from those that are at hand. */
import { type CertificateParts, sameName, sameOctets } from '../cms/certificate.ts';

/** Longer chains are no chains of people. */
const MAX_CHAIN = 16;

/** The certificates above a leaf, issuer first, as far as `all` has them. DER. */
export function chainOf(leaf: CertificateParts, all: readonly CertificateParts[]): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let current = leaf;
  while (chain.length < MAX_CHAIN && !sameOctets(current.issuer, current.subject)) {
    const above = all.find(
      (candidate) => candidate !== current && sameName(candidate.subject, current.issuer),
    );
    if (above === undefined || chain.includes(above.der)) break;
    chain.push(above.der);
    current = above;
  }
  return chain;
}
