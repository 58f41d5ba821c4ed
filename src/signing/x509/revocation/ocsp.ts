/** OCSP answers (RFC 6960): decoding, and whether one says something about a certificate that may be believed. */
import { createHash } from 'node:crypto';
import { child, type DerNode, readOid } from '../../cms/der.ts';
import { bitOctets, decode, guard, integerHex, nested, sameBytes, timeOf } from '../asn1.ts';
import { type Certificate, tryCertificate } from '../certificate.ts';
import { readRawExtensions } from '../extensions.ts';
import { type Algorithm, digestOf, isSignedWith, readAlgorithm } from '../keys.ts';
import { readName } from '../names.ts';
import { validityFault } from '../path/rules.ts';
import { checkCrls } from './crl-check.ts';
import { CLOCK_SKEW_MS, type RevocationContext, type RevocationStatus, unknownStatus } from './types.ts';

/** One SingleResponse; times are milliseconds since 1970. */
export interface OcspEntry {
  readonly hash: string;
  readonly nameHash: Uint8Array;
  readonly keyHash: Uint8Array;
  readonly serialNumber: string;
  readonly state: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: number | null;
  readonly reason: number | null;
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
}

/** A decoded BasicOCSPResponse. */
export interface OcspAnswer {
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly algorithm: Algorithm;
  readonly signature: Uint8Array;
  readonly responderName: string | null;
  /** SHA-1 of the responder's key octets. */
  readonly responderKey: Uint8Array | null;
  readonly producedAt: number;
  readonly entries: readonly OcspEntry[];
  readonly certificates: readonly Certificate[];
  readonly unknownCritical: boolean;
  /** Nonce octets when given. */
  readonly nonce: Uint8Array | null;
}

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const MAX_ENTRIES = 1000;
/** Answers without nextUpdate are taken for this long after thisUpdate (RFC 6960 leaves it to local policy). */
const MAX_AGE_MS = 24 * 3600 * 1000;

function stateOf(node: DerNode): Pick<OcspEntry, 'state' | 'revokedAt' | 'reason'> {
  if (node.tag === 0x80) return { state: 'good', revokedAt: null, reason: null };
  if (node.tag !== 0xa1) return { state: 'unknown', revokedAt: null, reason: null };
  const reason = node.children[1]?.children[0]?.content[0] ?? 0;
  return { state: 'revoked', revokedAt: timeOf(child(node, 0)), reason };
}

function entryOf(node: DerNode): OcspEntry {
  const id = child(node, 0, 0x30);
  const extras = node.children.slice(3);
  const next = extras.find((field) => field.tag === 0xa0);
  const extensions = extras.find((field) => field.tag === 0xa1);
  if (extensions !== undefined && readRawExtensions(child(extensions, 0)).some((item) => item.critical)) {
    throw new Error('critical extension in a single response');
  }
  return {
    hash: digestOf(readAlgorithm(child(id, 0)).oid) ?? '',
    nameHash: child(id, 1, 0x04).content,
    keyHash: child(id, 2, 0x04).content,
    serialNumber: integerHex(child(id, 3)),
    ...stateOf(child(node, 1)),
    thisUpdate: timeOf(child(node, 2)),
    nextUpdate: next === undefined ? null : timeOf(child(next, 0)),
  };
}

function responseData(data: DerNode) {
  const at = data.children[0]?.tag === 0xa0 ? 1 : 0;
  const responder = child(data, at);
  const entries = child(data, at + 2, 0x30).children;
  if (entries.length > MAX_ENTRIES) throw new Error('too many single responses');
  const extensions = data.children[at + 3];
  const list = extensions === undefined ? [] : readRawExtensions(child(extensions, 0));
  return {
    responderName: responder.tag === 0xa1 ? readName(child(responder, 0)).key : null,
    responderKey: responder.tag === 0xa2 ? child(responder, 0, 0x04).content : null,
    producedAt: timeOf(child(data, at + 1)),
    entries: entries.map(entryOf),
    unknownCritical: list.some((item) => item.critical && item.oid !== NONCE),
    nonce: list.find((item) => item.oid === NONCE)?.value ?? null,
  };
}

function basicOf(root: DerNode): DerNode {
  if (root.children[0]?.tag !== 0x0a) return root;
  if (root.children[0].content[0] !== 0) throw new Error('the responder answered with an error');
  const bytes = child(child(root, 1, 0xa0), 0, 0x30);
  if (readOid(child(bytes, 0)) !== BASIC_RESPONSE) throw new Error('unknown response type');
  return nested(child(bytes, 1, 0x04).content);
}

const parsed = new WeakMap<Uint8Array, OcspAnswer>();

/**
 * Decodes an OCSPResponse, or the bare BasicOCSPResponse that CAdES and PDF embed.
 * @throws SigningError OCSP_INVALID
 */
export function parseOcsp(der: Uint8Array): OcspAnswer {
  const known = parsed.get(der);
  if (known !== undefined) return known;
  const root = decode(der, 'OCSP_INVALID');
  const answer = guard('OCSP_INVALID', () => {
    const basic = basicOf(root);
    const tbs = child(basic, 0, 0x30);
    const certificates = basic.children[3] === undefined ? [] : child(basic.children[3], 0).children;
    return {
      der,
      tbs: tbs.bytes,
      algorithm: readAlgorithm(child(basic, 1)),
      signature: bitOctets(child(basic, 2)),
      certificates: certificates.map((node) => tryCertificate(node.bytes)).filter((item) => item !== null),
      ...responseData(tbs),
    };
  });
  parsed.set(der, answer);
  return answer;
}

/** Decodes an answer, or null when it cannot be: for pools of candidates, where junk is just left out. */
export function tryOcsp(der: Uint8Array): OcspAnswer | null {
  try {
    return parseOcsp(der);
  } catch {
    return null;
  }
}

/** RFC 6960 §4.1.1: CertID names issuer, key and serial number. */
function concerns(entry: OcspEntry, certificate: Certificate, issuer: Certificate): boolean {
  if (entry.serialNumber !== certificate.serialNumber || entry.hash === '') return false;
  const digest = (bytes: Uint8Array) => createHash(entry.hash).update(bytes).digest();
  return (
    sameBytes(entry.nameHash, digest(certificate.issuer.bytes)) &&
    sameBytes(entry.keyHash, digest(issuer.keyOctets))
  );
}

function isResponder(answer: OcspAnswer, certificate: Certificate): boolean {
  if (answer.responderName !== null) return answer.responderName === certificate.subject.key;
  const key = createHash('sha1').update(certificate.keyOctets).digest();
  return answer.responderKey !== null && sameBytes(answer.responderKey, key);
}

/**
 * RFC 6960 §4.2.2.2: issued directly by the same CA, for OCSP signing, and in force when the answer was made.
 * Without the nocheck extension its own state is a matter of local policy (§4.2.2.2.1): ours refuses one known to be
 * revoked, since asking a responder about itself proves nothing.
 */
function isDelegate(
  responder: Certificate,
  issuer: Certificate,
  issuerKey: Uint8Array,
  answer: OcspAnswer,
): boolean {
  const { extensions } = responder;
  return (
    responder.issuer.key === issuer.subject.key &&
    extensions.extendedKeyUsage?.includes(OCSP_SIGNING) === true &&
    extensions.unknownCritical.length === 0 &&
    validityFault(responder, answer.producedAt) === null &&
    isSignedWith(responder, issuerKey)
  );
}

function isAuthentic(
  answer: OcspAnswer,
  issuer: Certificate,
  issuerKey: Uint8Array,
  context: RevocationContext,
): boolean {
  const signs = (key: Uint8Array) => isSignedWith(answer, key);
  if (isResponder(answer, issuer) && signs(issuerKey)) return true;
  for (const responder of [...answer.certificates, ...context.certificates]) {
    if (!isResponder(answer, responder) || !isDelegate(responder, issuer, issuerKey, answer)) continue;
    if (!signs(responder.publicKey)) continue;
    if (
      responder.extensions.ocspNoCheck ||
      checkCrls(responder, issuer, issuerKey, context).status !== 'revoked'
    )
      return true;
  }
  return false;
}

function isFresh(entry: OcspEntry, answer: OcspAnswer, context: RevocationContext): boolean {
  const latest = context.knownAt + CLOCK_SKEW_MS;
  if (entry.thisUpdate > latest || answer.producedAt > latest) return false;
  return (entry.nextUpdate ?? entry.thisUpdate + MAX_AGE_MS) >= context.at;
}

/** State of a certificate by OCSP answers; the newest that may be believed decides. */
export function checkOcsps(
  certificate: Certificate,
  issuer: Certificate,
  issuerKey: Uint8Array,
  context: RevocationContext,
): RevocationStatus {
  let detail = 'no OCSP answer for the certificate';
  const candidates = context.ocsps
    .flatMap((answer) => answer.entries.map((entry) => ({ answer, entry })))
    .filter(({ entry }) => concerns(entry, certificate, issuer))
    .sort((a, b) => b.entry.thisUpdate - a.entry.thisUpdate);
  for (const { answer, entry } of candidates) {
    if (answer.unknownCritical) detail = 'the OCSP answer has an unknown critical extension';
    else if (!isFresh(entry, answer, context)) detail = 'the OCSP answer is stale or from the future';
    else if (!isAuthentic(answer, issuer, issuerKey, context))
      detail = 'the OCSP answer is not signed by an authorised responder';
    else if (entry.state === 'unknown') detail = 'the responder does not know the certificate';
    else {
      const { state: status, revokedAt, reason, thisUpdate: issuedAt } = entry;
      return { status, evidence: 'ocsp', revokedAt, reason, issuedAt, data: answer.der, detail: status };
    }
  }
  return unknownStatus(detail);
}
