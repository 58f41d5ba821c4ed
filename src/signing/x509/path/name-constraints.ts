/** Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b)(c)) for e-mail, DNS, URI, IP and directory names. */
import type { Certificate } from '../certificate.ts';
import type { NameConstraints } from '../extensions.ts';
import { EMAIL_ATTRIBUTE, type GeneralName, isDnsName, isMailbox, isWithin, type Name } from '../names.ts';

/** Comparisons allowed for one path: hostile chains carry thousands of names times thousands of constraints. */
const MAX_COMPARISONS = 500_000;

/** Constraints gathered on the way down a path. */
export interface ConstraintState {
  readonly sets: NameConstraints[];
  comparisons: number;
}

/** No constraint yet. */
export function newConstraintState(): ConstraintState {
  return { sets: [], comparisons: 0 };
}

function hostOf(uri: string): string | null {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(uri)?.[1];
  return host === undefined || host === '' || host.startsWith('[') || /^[\d.]+$/.test(host) ? null : host;
}

/** DNS: the constraint itself and everything to its left; an empty constraint matches all. A leading dot asks for a real subdomain. */
function dnsWithin(name: string, base: string): boolean {
  const [host, root] = [name.toLowerCase(), base.toLowerCase()];
  if (root === '') return true;
  if (root.startsWith('.')) return host.endsWith(root) && host.length > root.length;
  return host === root || host.endsWith(`.${root}`);
}

/** URI and e-mail hosts: exact host, or with a leading dot any host below it (RFC 5280 §4.2.1.10). */
function hostWithin(name: string, base: string): boolean {
  const [host, root] = [name.toLowerCase(), base.toLowerCase()];
  return root.startsWith('.') ? host.endsWith(root) && host.length > root.length : host === root;
}

function emailWithin(address: string, base: string): boolean {
  const at = address.lastIndexOf('@');
  if (at < 1) return false;
  const host = address.slice(at + 1);
  const baseAt = base.lastIndexOf('@');
  if (baseAt < 0) return hostWithin(host, base);
  return (
    address.slice(0, at) === base.slice(0, baseAt) &&
    host.toLowerCase() === base.slice(baseAt + 1).toLowerCase()
  );
}

function ipWithin(address: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== address.length * 2) return false;
  return address.every((octet, index) => {
    const mask = base[address.length + index] ?? 0;
    return (octet & mask) === ((base[index] ?? 0) & mask);
  });
}

function within(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === 'directory' && base.kind === 'directory') return isWithin(name.name, base.name);
  if (name.kind === 'ip' && base.kind === 'ip') return ipWithin(name.octets, base.octets);
  if (name.kind === 'dns' && base.kind === 'dns') return dnsWithin(name.value, base.value);
  if (name.kind === 'email' && base.kind === 'email') return emailWithin(name.value, base.value);
  if (name.kind === 'uri' && base.kind === 'uri') {
    const host = hostOf(name.value);
    return host !== null && hostWithin(host, base.value);
  }
  return false;
}

const COMPARABLE = new Set(['directory', 'ip', 'dns', 'email', 'uri']);

/** A name that cannot be judged (a URI without a host, a malformed mailbox) may not pass where its kind is constrained. */
function undecidable(name: GeneralName): boolean {
  if (name.kind === 'dns') return !isDnsName(name.value);
  if (name.kind === 'email') return !isMailbox(name.value);
  return !COMPARABLE.has(name.kind) || (name.kind === 'uri' && hostOf(name.value) === null);
}

/** A wildcard stands for every host below it, so an excluded host among those excludes it (CVE-2025-61727). */
function reaches(name: GeneralName, base: GeneralName): boolean {
  const wildcard = name.kind === 'dns' && base.kind === 'dns' && name.value.startsWith('*.');
  return within(name, base) || (wildcard && dnsWithin(base.value, name.value.slice(2)));
}

/** SmtpUTF8Mailbox (RFC 9598): an e-mail address in another form, which constraints on e-mail must reach. */
const SMTP_UTF8 = Buffer.from('06082b06010505070809', 'hex');

function kindOf(name: GeneralName): GeneralName['kind'] {
  return name.kind === 'other' && Buffer.from(name.octets).indexOf(SMTP_UTF8) === 0 ? 'email' : name.kind;
}

function subjectNames(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = [...(certificate.extensions.subjectAltNames ?? [])];
  if (certificate.subject.keys.length > 0) names.push({ kind: 'directory', name: certificate.subject });
  if (certificate.extensions.subjectAltNames === null) names.push(...legacyEmails(certificate.subject));
  return names;
}

function legacyEmails(subject: Name): GeneralName[] {
  const emails = subject.rdns.flat().filter((attribute) => attribute.oid === EMAIL_ATTRIBUTE);
  return emails.map((attribute) => ({ kind: 'email', value: attribute.value }));
}

function allowed(name: GeneralName, set: NameConstraints): boolean {
  const kind = kindOf(name);
  const permitted = set.permitted.filter((base) => base.kind === kind);
  const excluded = set.excluded.filter((base) => base.kind === kind);
  if (permitted.length + excluded.length === 0) return true;
  if (undecidable(name)) return false;
  if (excluded.some((base) => reaches(name, base))) return false;
  return permitted.length === 0 || permitted.some((base) => within(name, base));
}

/**
 * Whether every name of the certificate obeys every constraint above it.
 * A chain with too many names times constraints is refused, not computed.
 */
export function obeysConstraints(certificate: Certificate, state: ConstraintState): boolean {
  if (state.sets.length === 0) return true;
  const names = subjectNames(certificate);
  const bases = state.sets.reduce((sum, set) => sum + set.permitted.length + set.excluded.length, 0);
  state.comparisons += names.length * bases;
  if (state.comparisons > MAX_COMPARISONS) return false;
  return names.every((name) => state.sets.every((set) => allowed(name, set)));
}
