/** Where a certificate says its state can be asked, after the operator's rewriting of old addresses. */
import type { Certificate } from '../x509/index.ts';
import type { KnownAddresses } from './types.ts';

/** Old host (with port when it is not the usual one) → the host that answers now. */
export type Rewrites = Readonly<Record<string, string>>;

/**
 * Addresses that moved. Certificates of the specialised CA issued before its second generation name `ocsp.ca.ptc`,
 * which resolves nowhere outside its old network; the service answers at `ocsp.ca.gov.vn`.
 */
export const NATIONAL_REWRITES: Rewrites = { 'ocsp.ca.ptc': 'ocsp.ca.gov.vn' };

/** Addresses tried for one question; a certificate that names more is not obeyed. */
const MAX_ADDRESSES = 4;
const MAX_URL_LENGTH = 2000;

/** The address to really ask, or null when it is none we could: not http(s), with a password, malformed. */
export function rewrite(address: string, rewrites: Rewrites): string | null {
  if (address.length > MAX_URL_LENGTH || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.username !== '' || url.password !== '') return null;
  const moved = Object.hasOwn(rewrites, url.host) ? rewrites[url.host] : undefined;
  if (moved !== undefined) url.host = moved;
  url.hash = '';
  return url.href;
}

function cleaned(addresses: readonly string[], rewrites: Rewrites): readonly string[] {
  const usable = addresses.flatMap((address) => rewrite(address, rewrites) ?? []);
  return [...new Set(usable)].slice(0, MAX_ADDRESSES);
}

function knownFor(issuer: Certificate, known: readonly KnownAddresses[]): KnownAddresses | undefined {
  return known.find((entry) => entry.issuer === issuer.fingerprint);
}

/** OCSP responders to ask about `certificate`, in order. */
export function ocspAddresses(
  certificate: Certificate,
  issuer: Certificate,
  rewrites: Rewrites,
  known: readonly KnownAddresses[],
): readonly string[] {
  return cleaned([...certificate.extensions.ocspUrls, ...(knownFor(issuer, known)?.ocsps ?? [])], rewrites);
}

/** Lists to fetch for `certificate`: each inner list holds the addresses of one list, of which one answer is enough. */
export function crlAddresses(
  certificate: Certificate,
  issuer: Certificate,
  rewrites: Rewrites,
  known: readonly KnownAddresses[],
): readonly (readonly string[])[] {
  const { distributionPoints, freshestCrl } = certificate.extensions;
  const named = [...distributionPoints, ...freshestCrl]
    .map((point) =>
      cleaned(
        (point.fullName ?? []).flatMap((name) => (name.kind === 'uri' ? [name.value] : [])),
        rewrites,
      ),
    )
    .filter((addresses) => addresses.length > 0)
    .slice(0, MAX_ADDRESSES);
  const fallback = cleaned(knownFor(issuer, known)?.crls ?? [], rewrites);
  // The pinned address of the issuer's list is one more way to the same list, not another list.
  if (named.length === 0) return fallback.length === 0 ? [] : [fallback];
  return named.map((addresses, index) =>
    index === 0 ? [...new Set([...addresses, ...fallback])] : addresses,
  );
}

/** Where the issuer's certificate can be fetched (authorityInfoAccess, caIssuers). */
export function issuerAddresses(certificate: Certificate, rewrites: Rewrites): readonly string[] {
  return cleaned(certificate.extensions.issuerUrls, rewrites);
}
