/** A small certification authority for tests: any extension, any fault, EC keys so that it costs nothing. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  tlv,
  utf8String,
} from '../../../src/signing/cms/der-write.ts';

export const DAY = 86_400_000;
/** The "today" of these tests. */
export const NOW = new Date('2026-06-15T08:00:00Z');

export const daysFromNow = (days: number): Date => new Date(NOW.getTime() + days * DAY);

export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Entity extends Keys {
  readonly name: string;
  readonly der: Uint8Array;
}

export interface IssueOptions {
  readonly keys?: Keys;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly number[] | null;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly serial?: number | Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  /** Signs with these keys instead of the issuer's. */
  readonly signedWith?: Keys;
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export function nameOf(commonName: string): Uint8Array {
  return commonName === ''
    ? sequence()
    : sequence(
        setOf(sequence(oid('2.5.4.6'), tlv(0x13, Buffer.from('VN')))),
        setOf(sequence(oid('2.5.4.3'), utf8String(commonName))),
      );
}

export function extension(type: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** Named bits, at most 16 of them. */
export function bits(numbers: readonly number[]): Uint8Array {
  const octets = new Uint8Array(2);
  for (const number of numbers) octets[number >> 3] = (octets[number >> 3] ?? 0) | (0x80 >> (number & 7));
  const last = Math.max(...numbers);
  return bitString(octets.subarray(0, (last >> 3) + 1), 7 - (last & 7));
}

function standardExtensions(options: IssueOptions): Uint8Array[] {
  const ca = options.ca === true;
  const length = options.pathLength === undefined ? [] : [integer(options.pathLength)];
  const usage = options.keyUsage === undefined ? (ca ? [5, 6] : [0, 1]) : options.keyUsage;
  return [
    ...(ca ? [extension('2.5.29.19', sequence(boolean(true), ...length), true)] : []),
    ...(usage === null ? [] : [extension('2.5.29.15', bits(usage), true)]),
    ...(options.extensions ?? []),
  ];
}

export function signDer(tbs: Uint8Array, key: KeyObject): Uint8Array {
  return sequence(tbs, ECDSA_SHA256, bitString(sign('sha256', tbs, key)));
}

let issued = 1000;

/** Serial numbers count up, so that no two certificates of a run share one. */
function nextSerial(): number {
  issued += 1;
  return issued;
}

/** Parts of a TBSCertificate as DER, to be put in place of what `issue` writes; null leaves one out. */
export interface CertificateOctets {
  readonly version?: Uint8Array | null;
  readonly serial?: Uint8Array;
  /** The algorithm inside the part that is signed. */
  readonly algorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly key?: Uint8Array;
  /** Between the key and the extensions: unique identifiers. */
  readonly between?: Uint8Array;
  /** The list, without the tag [3] around it. */
  readonly extensions?: Uint8Array | null;
}

function part(given: Uint8Array | null | undefined, usual: Uint8Array): Uint8Array[] {
  if (given === null) return [];
  return [given ?? usual];
}

/** Issues a certificate; without `issuer` it is self-signed. */
export function issue(
  name: string,
  issuer: Entity | null,
  options: IssueOptions = {},
  octets: CertificateOctets = {},
): Entity {
  const keys = options.keys ?? newKeys();
  const serial = options.serial ?? nextSerial();
  const dates = [options.notBefore ?? daysFromNow(-365), options.notAfter ?? daysFromNow(365)];
  const extensions =
    octets.extensions === undefined ? sequence(...standardExtensions(options)) : octets.extensions;
  const tbs = sequence(
    ...part(octets.version, context(0, integer(2))),
    ...part(octets.serial, integer(serial)),
    ...part(octets.algorithm, ECDSA_SHA256),
    ...part(octets.issuer, nameOf(issuer?.name ?? name)),
    ...part(octets.validity, sequence(...dates.map(time))),
    ...part(octets.subject, nameOf(name)),
    ...part(octets.key, new Uint8Array(keys.publicKey.export({ format: 'der', type: 'spki' }))),
    ...(octets.between === undefined ? [] : [octets.between]),
    ...(extensions === null ? [] : [context(3, extensions)]),
  );
  const signer = options.signedWith ?? issuer ?? keys;
  return { ...keys, name, der: signDer(tbs, signer.privateKey) };
}

export function root(name = 'Root'): Entity {
  return issue(name, null, { ca: true });
}

export interface CrlOptions {
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  /** A number, the whole extension as DER, or null for a list without. */
  readonly number?: number | Uint8Array | null;
  readonly entries?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
  readonly signedWith?: Keys;
}

export function crlEntry(
  serial: Uint8Array,
  revokedAt: Date,
  extensions: readonly Uint8Array[] = [],
): Uint8Array {
  return sequence(
    tlv(0x02, serial),
    time(revokedAt),
    ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
  );
}

export const reasonCode = (reason: number): Uint8Array =>
  extension('2.5.29.21', tlv(0x0a, Uint8Array.of(reason)));

export function crl(issuer: Entity, options: CrlOptions = {}): Uint8Array {
  const { entries = [], number = 1 } = options;
  const numbered = typeof number === 'number' ? extension('2.5.29.20', integer(number)) : number;
  const extensions = [...(numbered === null ? [] : [numbered]), ...(options.extensions ?? [])];
  const tbs = sequence(
    integer(1),
    ECDSA_SHA256,
    nameOf(issuer.name),
    time(options.thisUpdate ?? daysFromNow(-1)),
    time(options.nextUpdate ?? daysFromNow(30)),
    ...(entries.length === 0 ? [] : [sequence(Buffer.concat(entries))]),
    ...(extensions.length === 0 ? [] : [context(0, sequence(...extensions))]),
  );
  return signDer(tbs, (options.signedWith ?? issuer).privateKey);
}

function bitsOfKey(keys: Keys): Uint8Array {
  const spki = keys.publicKey.export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(spki.length - 65));
}

export interface OcspOptions {
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  /** Certificate of a delegated responder, sent along. */
  readonly responder?: Entity;
  /** CertID made with this issuer's key instead. */
  readonly idOf?: Entity;
  readonly tamper?: boolean;
}

/** GeneralizedTime. */
function generalized(value: Date): Uint8Array {
  return tlv(
    0x18,
    Buffer.from(
      value
        .toISOString()
        .replace(/\.\d+Z$/, 'Z')
        .replace(/[-:T]/g, ''),
    ),
  );
}

export function serialOf(entity: Entity): Uint8Array {
  const tbsStart = entity.der.indexOf(0xa0);
  const at = tbsStart + 2 + (entity.der[tbsStart + 1] ?? 0);
  return entity.der.subarray(at + 2, at + 2 + (entity.der[at + 1] ?? 0));
}

export function ocsp(certificate: Entity, issuer: Entity, options: OcspOptions = {}): Uint8Array {
  const responder = options.responder ?? issuer;
  const sha1 = (data: Uint8Array) => createHash('sha1').update(data).digest();
  const id = sequence(
    sequence(oid('1.3.14.3.2.26'), nullValue()),
    octetString(sha1(nameOf(issuer.name))),
    octetString(sha1(bitsOfKey(options.idOf ?? issuer))),
    tlv(0x02, serialOf(certificate)),
  );
  const states = {
    good: contextPrimitive(0, new Uint8Array(0)),
    revoked: context(1, generalized(options.revokedAt ?? daysFromNow(-10))),
    unknown: contextPrimitive(2, new Uint8Array(0)),
  };
  const single = sequence(
    id,
    states[options.status ?? 'good'],
    generalized(options.thisUpdate ?? daysFromNow(-1)),
    context(0, generalized(options.nextUpdate ?? daysFromNow(6))),
  );
  const data = sequence(
    context(1, nameOf(responder.name)),
    generalized(options.thisUpdate ?? daysFromNow(-1)),
    sequence(single),
  );
  const signature = sign('sha256', data, responder.privateKey);
  if (options.tamper === true) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  const certificates = options.responder === undefined ? [] : [context(0, sequence(options.responder.der))];
  const basic = sequence(data, ECDSA_SHA256, bitString(signature), ...certificates);
  return sequence(
    tlv(0x0a, Uint8Array.of(0)),
    context(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octetString(basic))),
  );
}

/** ExtendedKeyUsage. */
export function purposes(oids: readonly string[], critical = false): Uint8Array {
  return extension('2.5.29.37', sequence(...oids.map(oid)), critical);
}

export const generalName = {
  email: (value: string) => contextPrimitive(1, Buffer.from(value)),
  dns: (value: string) => contextPrimitive(2, Buffer.from(value)),
  directory: (commonName: string) => context(4, nameOf(commonName)),
  uri: (value: string) => contextPrimitive(6, Buffer.from(value)),
  ip: (octets: readonly number[]) => contextPrimitive(7, Uint8Array.from(octets)),
};

export function altNames(...names: readonly Uint8Array[]): Uint8Array {
  return extension('2.5.29.17', sequence(...names));
}

export function nameConstraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[],
): Uint8Array {
  const trees = (names: readonly Uint8Array[]) => names.map((name) => sequence(name));
  return extension(
    '2.5.29.30',
    sequence(
      ...(permitted.length === 0 ? [] : [context(0, ...trees(permitted))]),
      ...(excluded.length === 0 ? [] : [context(1, ...trees(excluded))]),
    ),
    true,
  );
}

export function policies(...oids: readonly string[]): Uint8Array {
  return extension('2.5.29.32', sequence(...oids.map((item) => sequence(oid(item)))));
}

export function policyMappings(...pairs: readonly (readonly [string, string])[]): Uint8Array {
  return extension('2.5.29.33', sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))), true);
}
