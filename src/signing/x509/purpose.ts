/** What the target certificate may be used for, and whose it is. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Certificate } from './certificate.ts';
import { KEY_USAGE } from './extensions.ts';
import { isWebPurpose, webFault } from './web-profile.ts';

/** Purposes by name, with the extended key usage OID that allows each (RFC 5280 §4.2.1.12). */
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
  documentSigning: '1.3.6.1.5.5.7.3.36',
};

/** Names accepted by `--key-purpose`: `signing` asks only for a key usage fit for signatures, `any` for nothing. */
export const KEY_PURPOSES: readonly string[] = ['signing', 'any', ...Object.keys(PURPOSES)];

const ANY_PURPOSE = '2.5.29.37.0';

/** The name of a purpose given by name or OID; an OID without a name stays itself. */
function purposeOf(given: string): string {
  return Object.entries(PURPOSES).find(([, oid]) => oid === given)?.[0] ?? given;
}

function usageFault(certificate: Certificate): string | null {
  const usage = certificate.extensions.keyUsage;
  if (usage === null || usage.has(KEY_USAGE.digitalSignature) || usage.has(KEY_USAGE.nonRepudiation))
    return null;
  return 'the key usages do not include digitalSignature or nonRepudiation';
}

/** Authorities that vouch for time or state: a critical extended key usage keeps them to that (RFC 5280 §4.2.1.12). */
const SERVICES: readonly (string | undefined)[] = [PURPOSES['timeStamping'], PURPOSES['OCSPSigning']];

function serviceFault({ extensions }: Certificate): string | null {
  const { extendedKeyUsage, extendedKeyUsageCritical } = extensions;
  if (!extendedKeyUsageCritical || extendedKeyUsage?.every((item) => SERVICES.includes(item)) !== true)
    return null;
  return 'the certificate is for time-stamping or OCSP alone, and says so critically';
}

/**
 * Why the certificate may not be used for a purpose (a name of `KEY_PURPOSES` or an OID), or null.
 * `timeStamping` follows RFC 3161 §2.3: that purpose alone, in a critical extension.
 */
export function purposeFault(certificate: Certificate, given: string): string | null {
  const purpose = purposeOf(given);
  if (purpose === 'any') return null;
  if (purpose === 'signing') return usageFault(certificate) ?? serviceFault(certificate);
  const oid = PURPOSES[purpose] ?? purpose;
  const allowed = certificate.extensions.extendedKeyUsage;
  if (purpose === 'timeStamping') {
    if (allowed?.length !== 1 || allowed[0] !== oid || !certificate.extensions.extendedKeyUsageCritical) {
      return 'not a time-stamping certificate: the extended key usage must be critical and timeStamping alone';
    }
    return usageFault(certificate);
  }
  if (allowed !== null && !allowed.includes(oid) && !allowed.includes(ANY_PURPOSE))
    return `extended key usage ${purpose} is missing`;
  return null;
}

/** Purposes that an intermediate with an extended key usage of its own must list too, as browsers and mail programs ask. */
const NESTED = new Set(['serverAuth', 'clientAuth', 'codeSigning', 'emailProtection']);

/**
 * Why the certificates above the target do not let it be used for `purpose`, or null: the extended key usages of the
 * intermediates, and for TLS the whole profile of its certificates. An OID asks for the purpose alone, without the profile.
 * @param path from just below the anchor to the target.
 */
export function pathPurposeFault(
  anchor: Certificate,
  path: readonly Certificate[],
  given: string,
): string | null {
  const purpose = purposeOf(given);
  const oid = PURPOSES[purpose];
  if (oid === undefined || !NESTED.has(purpose)) return null;
  for (const { extensions, subject } of path.slice(0, -1)) {
    const allowed = extensions.extendedKeyUsage;
    if (allowed !== null && !allowed.includes(oid) && !allowed.includes(ANY_PURPOSE))
      return `extended key usage ${purpose} is missing in ${subject.text}`;
  }
  return isWebPurpose(given) ? webFault(anchor, path, oid) : null;
}

/** Host in the form certificates carry: ASCII labels (A-labels for internationalised ones), lower case, no root dot. */
function hostForm(host: string): string {
  const plain = !/[^ -~]/.test(host);
  return (plain ? host : domainToASCII(host)).toLowerCase().replace(/\.$/, '');
}

function dnsMatches(pattern: string, host: string): boolean {
  const [wanted, given] = [hostForm(host), pattern.toLowerCase()];
  if (wanted === '') return false;
  if (!given.startsWith('*.')) return wanted === given;
  const rest = wanted.slice(wanted.indexOf('.'));
  return wanted.includes('.') && rest === given.slice(1) && rest.indexOf('.', 1) > 0;
}

function ipOctets(address: string): Uint8Array | null {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  if (isIP(address) !== 6 || address.includes('%')) return null;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted !== null) {
    const [, front = '', ...quads] = dotted;
    const [a = 0, b = 0, c = 0, d = 0] = quads.map(Number);
    return ipOctets(`${front}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const [head = '', tail = ''] = address.split('::');
  const words = (part: string) => part.split(':').filter((word) => word !== '');
  const missing = 8 - words(head).length - words(tail).length;
  const all = [
    ...words(head),
    ...Array.from({ length: address.includes('::') ? missing : 0 }, () => '0'),
    ...words(tail),
  ];
  return Uint8Array.from(
    all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]),
  );
}

/** Whether the certificate names `name` (host, e-mail address or IP) among its subjectAltNames (RFC 6125, RFC 9525). */
export function namesSubject(certificate: Certificate, name: string): boolean {
  const names = certificate.extensions.subjectAltNames ?? [];
  const octets = ipOctets(name);
  return names.some((item) => {
    if (octets !== null) return item.kind === 'ip' && Buffer.compare(item.octets, octets) === 0;
    if (name.includes('@')) return item.kind === 'email' && sameMailbox(item.value, name);
    return item.kind === 'dns' && dnsMatches(item.value, name);
  });
}

function sameMailbox(a: string, b: string): boolean {
  const [left, right] = [a.lastIndexOf('@'), b.lastIndexOf('@')];
  return (
    a.slice(0, left) === b.slice(0, right) && a.slice(left).toLowerCase() === b.slice(right).toLowerCase()
  );
}
