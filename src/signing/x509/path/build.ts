/** Path building: from a certificate up to the anchors, depth first, every branch cut by a failed signature, a loop or the budget. */
import type { Certificate } from '../certificate.ts';
import { KEY_USAGE } from '../extensions.ts';
import { isKnownSignature, isSignedWith, lacksParameters } from '../keys.ts';
import { validityFault } from './rules.ts';

/** Bounds of one validation. */
export interface PathLimits {
  /** Certificates in one path, the anchor not counted; default 32. */
  readonly maxPathLength: number;
  /** Paths tried; default 256. */
  readonly maxPaths: number;
  /** Signature checks while building, and a tenth of the steps taken from certificate to issuer; default 2,000. */
  readonly maxChecks: number;
}

/** Default bounds: an order above what real hierarchies (cross-certified bridges included) need. */
export const DEFAULT_PATH_LIMITS: PathLimits = { maxPathLength: 32, maxPaths: 256, maxChecks: 2000 };

/** A candidate path: certificates from just below the anchor down to the target. */
export interface Candidate {
  readonly anchor: Certificate;
  readonly path: readonly Certificate[];
}

/** What building used up, and what it ran into: shared by all searches of one validation. */
export interface Search {
  readonly anchors: readonly Certificate[];
  readonly pool: readonly Certificate[];
  readonly limits: PathLimits;
  /** The time validity is asked for, milliseconds since 1970. */
  readonly at: number;
  readonly issued: Map<string, boolean>;
  checks: number;
  steps: number;
  /** An issuer of the right name was there, but its key did not make the signature. */
  wrongSignature: boolean;
  /** OID of a signature algorithm on the way that is outside the closed table; null: none was met. */
  unknownAlgorithm: string | null;
  exhausted: boolean;
  /** A path was given up on because of its length. */
  tooLong: boolean;
}

/** A fresh search. */
export function newSearch(
  anchors: readonly Certificate[],
  pool: readonly Certificate[],
  limits: PathLimits,
  at: number,
): Search {
  return {
    anchors,
    pool,
    limits,
    at,
    issued: new Map(),
    checks: 0,
    steps: 0,
    wrongSignature: false,
    unknownAlgorithm: null,
    exhausted: false,
    tooLong: false,
  };
}

function issuedBy(search: Search, certificate: Certificate, issuer: Certificate): boolean {
  // Known answers cost nothing to look up, but a maze of them has exponentially many ways through: steps count too.
  search.steps += 1;
  if (search.steps > search.limits.maxChecks * 10) search.exhausted = true;
  if (search.exhausted) return false;
  if (lacksParameters(issuer.publicKey)) return true;
  const id = `${certificate.fingerprint}/${issuer.fingerprint}`;
  const known = search.issued.get(id);
  if (known !== undefined) return known;
  search.checks += 1;
  if (search.checks > search.limits.maxChecks) search.exhausted = true;
  const result = !search.exhausted && isSignedWith(certificate, issuer.publicKey);
  if (!result && search.anchors.length > 0) {
    search.wrongSignature = true;
    if (!isKnownSignature(certificate.algorithm)) search.unknownAlgorithm = certificate.algorithm.oid;
  }
  search.issued.set(id, result);
  return result;
}

function keyIdRank(certificate: Certificate, issuer: Certificate): number {
  const wanted = certificate.extensions.authorityKey?.keyId ?? null;
  const offered = issuer.extensions.subjectKeyId;
  if (wanted === null || offered === null) return 1;
  return wanted === offered ? 0 : 2;
}

function issuersOf(certificate: Certificate, among: readonly Certificate[]): Certificate[] {
  return among
    .filter((candidate) => candidate.subject.key === certificate.issuer.key)
    .sort((a, b) => keyIdRank(certificate, a) - keyIdRank(certificate, b));
}

/** Whether no path through this authority can be valid, as it and what stands below it alone tell. */
function isHopeless(issuer: Certificate, path: readonly Certificate[], at: number): boolean {
  const { basicConstraints, keyUsage } = issuer.extensions;
  const below = path.slice(0, -1).filter((item) => !item.selfIssued).length;
  return (
    validityFault(issuer, at) !== null ||
    basicConstraints?.ca !== true ||
    (basicConstraints.pathLength !== null && basicConstraints.pathLength < below) ||
    keyUsage?.has(KEY_USAGE.keyCertSign) === false
  );
}

/** The same name with the same key again is a loop, whatever the certificate around it. */
function isLoop(path: readonly Certificate[], candidate: Certificate): boolean {
  return path.some(
    (item) =>
      item.subject.key === candidate.subject.key && Buffer.compare(item.publicKey, candidate.publicKey) === 0,
  );
}

function* climb(search: Search, path: readonly Certificate[]): Generator<Candidate> {
  const [top] = path;
  if (top === undefined || search.exhausted) return;
  for (const anchor of issuersOf(top, search.anchors)) {
    if (issuedBy(search, top, anchor)) yield { anchor, path };
  }
  if (path.length >= search.limits.maxPathLength) {
    search.tooLong = true;
    return;
  }
  // What cannot lead to a valid path comes last and once: it tells why there is none, and must not crowd out one there is.
  const hopeless: Certificate[] = [];
  for (const issuer of issuersOf(top, search.pool)) {
    if (isLoop(path, issuer)) continue;
    if (isHopeless(issuer, path, search.at)) hopeless.push(issuer);
    else if (issuedBy(search, top, issuer)) yield* climb(search, [issuer, ...path]);
  }
  for (const issuer of hopeless) {
    if (!issuedBy(search, top, issuer)) continue;
    for (const candidate of climb(search, [issuer, ...path])) {
      yield candidate;
      break;
    }
  }
}

/** All candidate paths, best guesses first. A target that is itself an anchor gives the empty path. */
export function* candidatePaths(search: Search, target: Certificate): Generator<Candidate> {
  const self = search.anchors.find((anchor) => anchor.fingerprint === target.fingerprint);
  if (self !== undefined) yield { anchor: self, path: [] };
  else yield* climb(search, [target]);
}
