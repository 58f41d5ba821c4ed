/** `validateCertificate`: path building, RFC 5280 §6 validation and revocation put together. */
import type { IssuerSource, RevocationSource } from '../ports.ts';
import { type Certificate, parseCertificate, tryCertificate } from './certificate.ts';
import { ANY_POLICY } from './extensions.ts';
import { judgeOnline, pathWithIssuers } from './online.ts';
import {
  type Candidate,
  candidatePaths,
  DEFAULT_PATH_LIMITS,
  newSearch,
  type PathLimits,
  type Search,
} from './path/build.ts';
import {
  type PathCode,
  type PathFault,
  type PathInputs,
  type PathOutcome,
  validatePath,
} from './path/rules.ts';
import { namesSubject, pathPurposeFault, purposeFault } from './purpose.ts';
import {
  type Crl,
  checkRevocation,
  type OcspAnswer,
  type RevocationContext,
  type RevocationStatus,
  tryCrl,
  tryOcsp,
} from './revocation/index.ts';
import { listsFor } from './web-profile.ts';

/** Input of `validateCertificate`. All certificates, CRLs and OCSP answers are DER. */
export interface ValidationInput {
  readonly target: Uint8Array;
  readonly trust: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  readonly ocsps?: readonly Uint8Array[];
  /** The time validity is asked for. */
  readonly at: Date;
  /** The time of asking; evidence may be issued up to then. Default `at`. */
  readonly knownAt?: Date;
  /** user-initial-policy-set; default anyPolicy. */
  readonly initialPolicies?: readonly string[];
  readonly requireExplicitPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly inhibitAnyPolicy?: boolean;
  /**
   * Whether the state of every certificate below the anchor must be known; default true. `if-offered`: not where the
   * certificate names no source of it and no list of its issuer is at hand.
   */
  readonly revocation?: boolean | 'if-offered';
  /** Asked for evidence that is not at hand; none means offline. */
  readonly source?: RevocationSource;
  /** Asked for issuers' certificates when no path is found; none means they are not fetched. */
  readonly issuers?: IssuerSource;
  /** A name of `KEY_PURPOSES` or an OID; default `signing`. */
  readonly keyPurpose?: string;
  /** DNS name, e-mail address or IP the target must carry. */
  readonly name?: string;
  /** Intermediates allowed, self-issued ones not counted. */
  readonly maxDepth?: number;
  readonly limits?: Partial<PathLimits>;
}

/** The answer of `lienthong certs validate`. */
export interface PathResult {
  readonly valid: boolean;
  readonly reason: PathCode | null;
  readonly detail: string;
  /** Subjects, target first, anchor last; empty when no path was found. */
  readonly path: readonly string[];
  readonly authorityPolicySet: readonly string[];
  readonly userPolicySet: readonly string[];
}

/** One certificate of the chain that was judged. */
export interface ChainLink {
  readonly certificate: Certificate;
  readonly isAnchor: boolean;
  readonly revocation: RevocationStatus;
}

/** The full outcome, for the judge of signatures. */
export interface Validation {
  readonly result: PathResult;
  /** Target first, anchor last; when no path was found, the target alone. */
  readonly chain: readonly ChainLink[];
  /** Place of the faulty certificate in `chain`, or null. */
  readonly faultAt: number | null;
}

/** Everything one validation works with; what a source brings is added to it. */
export interface Material {
  readonly target: Certificate;
  readonly anchors: readonly Certificate[];
  pool: readonly Certificate[];
  search: Search;
  readonly inputs: PathInputs;
  readonly knownAt: number;
  readonly purpose: string;
  crls: readonly Crl[];
  ocsps: readonly OcspAnswer[];
  /** Side paths of CRL signers already judged, and how many were. */
  readonly signers: Map<string, boolean>;
}

const NOT_NEEDED: RevocationStatus = {
  status: 'not-needed',
  evidence: 'none',
  revokedAt: null,
  reason: null,
  issuedAt: null,
  data: null,
  detail: '',
};

/** Side paths judged for one validation: CRL signers and OCSP responders. */
const MAX_SIGNERS = 64;

function present<T>(items: readonly (T | null)[]): T[] {
  return items.filter((item) => item !== null);
}

function gather(input: ValidationInput): Material {
  const anchors = present(input.trust.map(tryCertificate));
  const ocsps = present((input.ocsps ?? []).map(tryOcsp));
  const embedded = ocsps.flatMap((answer) => answer.certificates);
  const unique = new Map(
    present((input.intermediates ?? []).map(tryCertificate))
      .concat(embedded)
      .map((item) => [item.fingerprint, item]),
  );
  const pool = [...unique.values()];
  return {
    target: parseCertificate(input.target),
    anchors,
    pool,
    search: newSearch(anchors, pool, { ...DEFAULT_PATH_LIMITS, ...input.limits }, input.at.getTime()),
    inputs: {
      at: input.at.getTime(),
      initialPolicies: input.initialPolicies ?? [ANY_POLICY],
      requireExplicitPolicy: input.requireExplicitPolicy ?? false,
      inhibitPolicyMapping: input.inhibitPolicyMapping ?? false,
      inhibitAnyPolicy: input.inhibitAnyPolicy ?? false,
      ...(input.maxDepth === undefined ? {} : { maxDepth: input.maxDepth }),
    },
    purpose: input.keyPurpose ?? 'signing',
    knownAt: (input.knownAt ?? input.at).getTime(),
    crls: present((input.crls ?? []).map(tryCrl)),
    ocsps,
    signers: new Map(),
  };
}

/** Inputs for side paths: no policy is asked of a CRL signer. */
function plainInputs(at: number): PathInputs {
  return {
    at,
    initialPolicies: [ANY_POLICY],
    requireExplicitPolicy: false,
    inhibitPolicyMapping: false,
    inhibitAnyPolicy: false,
  };
}

/** RFC 5280 §6.3.3 (f): a valid path to the same anchor, with the signer's own state known where that does not go in circles. */
function trustsSigner(
  material: Material,
  anchor: Certificate,
  signer: Certificate,
  busy: ReadonlySet<string>,
): boolean {
  if (busy.has(signer.fingerprint)) return false;
  const id = `${anchor.fingerprint}/${signer.fingerprint}/${[...busy].sort().join()}`;
  const known = material.signers.get(id);
  if (known !== undefined) return known;
  if (material.signers.size >= MAX_SIGNERS) return false;
  material.signers.set(id, false);
  let paths = 0;
  for (const candidate of candidatePaths(material.search, signer)) {
    paths += 1;
    if (paths > material.search.limits.maxPaths) break;
    if (candidate.anchor.fingerprint !== anchor.fingerprint) continue;
    const outcome = validatePath(candidate.anchor, candidate.path, plainInputs(material.inputs.at));
    if (outcome.fault !== null) continue;
    const states = revocationStates(material, candidate, outcome, busy);
    if (states.every((state) => state.status === 'good')) {
      material.signers.set(id, true);
      return true;
    }
  }
  return false;
}

/** State of each certificate of a valid path, top first. */
function revocationStates(
  material: Material,
  candidate: Candidate,
  outcome: PathOutcome,
  busy: ReadonlySet<string>,
): RevocationStatus[] {
  const { anchor, path } = candidate;
  const context: RevocationContext = {
    at: material.inputs.at,
    knownAt: material.knownAt,
    crls: listsFor(material.purpose, material.crls),
    ocsps: material.ocsps,
    certificates: [...material.pool, anchor],
    anchor,
    trustsSigner: (signer, inner) => trustsSigner(material, anchor, signer, inner),
    busy,
  };
  return path.map((certificate, index) =>
    checkRevocation(
      certificate,
      path[index - 1] ?? anchor,
      outcome.keys[index - 1] ?? anchor.publicKey,
      context,
    ),
  );
}

/** Whether anyone could tell the state of a certificate: a source named in it, or a list of its issuer. */
function offersRevocation({ extensions, issuer }: Certificate, crls: readonly Crl[]): boolean {
  const named =
    extensions.distributionPoints.length + extensions.freshestCrl.length + extensions.ocspUrls.length;
  return named > 0 || crls.some((crl) => crl.issuer.key === issuer.key);
}

/** One path and what was found on it. */
export interface Judged {
  readonly candidate: Candidate;
  readonly outcome: PathOutcome;
  readonly states: readonly RevocationStatus[];
  readonly fault: PathFault | null;
}

function revocationFault(
  path: readonly Certificate[],
  states: readonly RevocationStatus[],
  at: number,
  excused: (certificate: Certificate) => boolean,
): PathFault | null {
  const name = (index: number) => path[index]?.subject.text ?? '';
  const revoked = states.findIndex((state) => state.status === 'revoked' && (state.revokedAt ?? 0) <= at);
  if (revoked >= 0) {
    const since = new Date(states[revoked]?.revokedAt ?? 0).toISOString();
    return { code: 'REVOKED', index: revoked, detail: `${name(revoked)}: revoked at ${since}` };
  }
  const unknown = states.findIndex(
    (state, index) => state.status === 'unknown' && path[index] !== undefined && !excused(path[index]),
  );
  if (unknown < 0) return null;
  return {
    code: 'REVOCATION_UNKNOWN',
    index: unknown,
    detail: `${name(unknown)}: ${states[unknown]?.detail ?? ''}`,
  };
}

function targetFault(material: Material, name: string | undefined, candidate: Candidate): PathFault | null {
  const { target, purpose } = material;
  const index = candidate.path.length - 1;
  const misuse = purposeFault(target, purpose) ?? pathPurposeFault(candidate.anchor, candidate.path, purpose);
  if (misuse !== null)
    return { code: misuse.startsWith('the key usages') ? 'KEY_USAGE' : 'KEY_PURPOSE', index, detail: misuse };
  if (name !== undefined && !namesSubject(target, name)) {
    return { code: 'NAME_MISMATCH', index, detail: `the certificate does not name ${name}` };
  }
  return null;
}

function judge(material: Material, input: ValidationInput, candidate: Candidate): Judged {
  const { anchor, path } = candidate;
  const outcome = validatePath(anchor, path, material.inputs);
  const wantsStates = outcome.fault === null && input.revocation !== false;
  const states = wantsStates ? revocationStates(material, candidate, outcome, new Set()) : [];
  const excused = (certificate: Certificate) =>
    input.revocation === 'if-offered' && !offersRevocation(certificate, material.crls);
  const fault =
    outcome.fault ??
    targetFault(material, input.name, candidate) ??
    (wantsStates ? revocationFault(path, states, material.inputs.at, excused) : null);
  return { candidate, outcome, states, fault };
}

/** How telling a failed path is: what failed late, or for revocation alone, says more than what failed early. */
function rank(judged: Judged): number {
  const { fault, candidate } = judged;
  if (fault === null) return 1000;
  const step = fault.index / Math.max(1, candidate.path.length);
  if (fault.code === 'REVOKED') return 900 + step;
  if (fault.code === 'REVOCATION_UNKNOWN') return 800 + step;
  return step;
}

function bestPath(material: Material, input: ValidationInput): Judged | null {
  let best: Judged | null = null;
  let paths = 0;
  for (const candidate of candidatePaths(material.search, material.target)) {
    paths += 1;
    if (paths > material.search.limits.maxPaths) break;
    const judged = judge(material, input, candidate);
    if (best === null || rank(judged) > rank(best)) best = judged;
    if (judged.fault === null) break;
  }
  return best;
}

function noPath(material: Material): Validation {
  const { search, target } = material;
  const fault: [PathCode, string] =
    search.exhausted || search.tooLong
      ? ['LIMIT_EXCEEDED', 'too many certificates to try, or too long a path']
      : search.unknownAlgorithm !== null
        ? [
            'SIGNATURE_INVALID',
            `a certificate is signed with an algorithm that is not accepted (${search.unknownAlgorithm})`,
          ]
        : search.wrongSignature
          ? [
              'SIGNATURE_INVALID',
              'an issuer of the right name is at hand, but its key did not sign the certificate',
            ]
          : ['NO_PATH', 'no path leads from the certificate to a trust anchor'];
  const result: PathResult = {
    valid: false,
    reason: fault[0],
    detail: fault[1],
    path: [],
    authorityPolicySet: [],
    userPolicySet: [],
  };
  return { result, chain: [{ certificate: target, isAnchor: false, revocation: NOT_NEEDED }], faultAt: null };
}

function toValidation(judged: Judged): Validation {
  const { candidate, outcome, states, fault } = judged;
  const links: ChainLink[] = candidate.path.map((certificate, index) => ({
    certificate,
    isAnchor: false,
    revocation: states[index] ?? NOT_NEEDED,
  }));
  const chain = [
    { certificate: candidate.anchor, isAnchor: true, revocation: NOT_NEEDED },
    ...links,
  ].reverse();
  const result: PathResult = {
    valid: fault === null,
    reason: fault?.code ?? null,
    detail: fault?.detail ?? 'valid',
    path: chain.map((link) => link.certificate.subject.text),
    authorityPolicySet: fault === null ? outcome.policies.authority : [],
    userPolicySet: fault === null ? outcome.policies.user : [],
  };
  return { result, chain, faultAt: fault === null ? null : candidate.path.length - 1 - fault.index };
}

/**
 * Validates a certificate and tells all it found out.
 * @throws SigningError CERTIFICATE_INVALID when the target cannot be decoded.
 */
export async function inspectCertificate(input: ValidationInput): Promise<Validation> {
  const material = gather(input);
  let best = bestPath(material, input);
  const again = () => bestPath(material, input);
  if (best === null && input.issuers !== undefined) {
    best = await pathWithIssuers(material, input.issuers, again, () => {
      const limits = { ...DEFAULT_PATH_LIMITS, ...input.limits };
      material.search = newSearch(material.anchors, material.pool, limits, input.at.getTime());
    });
  }
  if (best !== null && input.source !== undefined)
    best = await judgeOnline(material, input.source, again, best);
  return best === null ? noPath(material) : toValidation(best);
}

/**
 * RFC 5280 path building and validation with CRLs (§6.3) and OCSP (RFC 6960), as `lienthong certs validate` prints it.
 * A certificate that cannot be decoded is an invalid path with reason CERTIFICATE_INVALID, not an error.
 */
export async function validateCertificate(input: ValidationInput): Promise<PathResult> {
  try {
    return (await inspectCertificate(input)).result;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return {
      valid: false,
      reason: 'CERTIFICATE_INVALID',
      detail,
      path: [],
      authorityPolicySet: [],
      userPolicySet: [],
    };
  }
}
