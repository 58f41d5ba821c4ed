/** Validation of one certification path, RFC 5280 §6.1, without revocation (see `revocation/`). */
import type { Certificate } from '../certificate.ts';
import { ANY_POLICY, KEY_USAGE } from '../extensions.ts';
import { inheritParameters, isSignedWith } from '../keys.ts';
import { type ConstraintState, newConstraintState, obeysConstraints } from './name-constraints.ts';
import {
  addPolicies,
  mapPolicies,
  newPolicyGraph,
  type PolicyGraph,
  type PolicySets,
  policySets,
} from './policy-graph.ts';

/** Why a path is not valid. `PathResult.reason` carries one of these. */
export type PathCode =
  | 'CERTIFICATE_INVALID'
  | 'NO_PATH'
  | 'SIGNATURE_INVALID'
  | 'NOT_YET_VALID'
  | 'EXPIRED'
  | 'NAME_CHAINING'
  | 'NAME_CONSTRAINTS'
  | 'POLICY'
  | 'NOT_A_CA'
  | 'PATH_LENGTH'
  | 'KEY_USAGE'
  | 'KEY_PURPOSE'
  | 'NAME_MISMATCH'
  | 'UNKNOWN_CRITICAL_EXTENSION'
  | 'REVOKED'
  | 'REVOCATION_UNKNOWN'
  | 'LIMIT_EXCEEDED';

/** The inputs of RFC 5280 §6.1.1 (c)–(g), and the time. */
export interface PathInputs {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly initialPolicies: readonly string[];
  readonly requireExplicitPolicy: boolean;
  readonly inhibitPolicyMapping: boolean;
  readonly inhibitAnyPolicy: boolean;
  /** Intermediates allowed, self-issued ones not counted; absent: as many as there are. */
  readonly maxDepth?: number;
}

/** A fault in a path; `index` counts from the certificate below the anchor (0); -1 is the anchor itself. */
export interface PathFault {
  readonly code: PathCode;
  readonly index: number;
  readonly detail: string;
}

/** What a sound path yields. */
export interface PathOutcome {
  readonly fault: PathFault | null;
  readonly policies: PolicySets;
  /** The public key to use for each certificate, with inherited DSA parameters. */
  readonly keys: readonly Uint8Array[];
}

interface State {
  readonly graph: PolicyGraph;
  readonly constraints: ConstraintState;
  explicitPolicy: number;
  policyMapping: number;
  anyPolicy: number;
  maxPathLength: number;
  key: Uint8Array;
  issuer: string;
}

/** Ends the walk down one path; never leaves this file. */
class Fault extends Error {
  readonly code: PathCode;

  constructor(code: PathCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

const NO_POLICIES: PolicySets = { authority: [], user: [] };

/** A fault of the dates alone, or null. The instants notBefore and notAfter themselves are inside. */
export function validityFault(certificate: Certificate, at: number): 'NOT_YET_VALID' | 'EXPIRED' | null {
  if (at < certificate.notBefore) return 'NOT_YET_VALID';
  // notAfter has whole seconds: the last one counts in full.
  return at >= certificate.notAfter + 1000 ? 'EXPIRED' : null;
}

function initialState(anchor: Certificate, length: number, inputs: PathInputs): State {
  const start = (flag: boolean) => (flag ? 0 : length + 1);
  return {
    graph: newPolicyGraph(),
    constraints: newConstraintState(),
    explicitPolicy: start(inputs.requireExplicitPolicy),
    policyMapping: start(inputs.inhibitPolicyMapping),
    anyPolicy: start(inputs.inhibitAnyPolicy),
    maxPathLength: Math.min(length, inputs.maxDepth ?? length),
    key: anchor.publicKey,
    issuer: anchor.subject.key,
  };
}

/**
 * What the certificate of the anchor says about itself (RFC 5937): its dates, whether it may issue, how deep, and for
 * which names. A version 1 certificate says nothing and is a name and a key alone.
 */
function applyAnchor(anchor: Certificate, state: State, inputs: PathInputs): void {
  const { basicConstraints, keyUsage, nameConstraints } = anchor.extensions;
  const dates = validityFault(anchor, inputs.at);
  if (dates !== null)
    throw new Fault(dates, `the trust anchor is valid ${iso(anchor.notBefore)} to ${iso(anchor.notAfter)}`);
  checkCritical(anchor);
  if (anchor.subject.keys.length === 0) throw new Fault('NAME_CHAINING', 'the trust anchor has no subject');
  if (basicConstraints?.ca === false) throw new Fault('NOT_A_CA', 'the trust anchor is not a CA certificate');
  if (keyUsage !== null && !keyUsage.has(KEY_USAGE.keyCertSign))
    throw new Fault('KEY_USAGE', 'keyCertSign is not among the key usages of the trust anchor');
  state.maxPathLength = Math.min(state.maxPathLength, basicConstraints?.pathLength ?? state.maxPathLength);
  if (nameConstraints !== null) state.constraints.sets.push(nameConstraints);
}

/** §6.1.3: what every certificate must satisfy. */
function basicChecks(certificate: Certificate, state: State, inputs: PathInputs, isLast: boolean): void {
  if (!isSignedWith(certificate, state.key)) {
    throw new Fault('SIGNATURE_INVALID', 'the signature on the certificate does not verify');
  }
  const dates = validityFault(certificate, inputs.at);
  if (dates !== null)
    throw new Fault(dates, `valid ${iso(certificate.notBefore)} to ${iso(certificate.notAfter)}`);
  if (certificate.issuer.key !== state.issuer)
    throw new Fault('NAME_CHAINING', 'issuer is not the subject of the certificate above');
  if ((!certificate.selfIssued || isLast) && !obeysConstraints(certificate, state.constraints)) {
    throw new Fault('NAME_CONSTRAINTS', 'a name is outside the permitted or inside the excluded subtrees');
  }
  const anyAllowed = state.anyPolicy > 0 || (!isLast && certificate.selfIssued);
  addPolicies(state.graph, certificate.extensions.policies, anyAllowed);
  if (state.explicitPolicy === 0 && state.graph.levels === null)
    throw new Fault('POLICY', 'no acceptable policy is left');
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function decrement(state: State): void {
  if (state.explicitPolicy > 0) state.explicitPolicy -= 1;
  if (state.policyMapping > 0) state.policyMapping -= 1;
  if (state.anyPolicy > 0) state.anyPolicy -= 1;
}

/** §6.1.4 (a)–(j): policies and constraints handed to the next certificate. */
function prepareConstraints(certificate: Certificate, state: State): void {
  const { extensions } = certificate;
  if (extensions.policyMappings.some((pair) => pair.issuer === ANY_POLICY || pair.subject === ANY_POLICY)) {
    throw new Fault('POLICY', 'a mapping names anyPolicy');
  }
  mapPolicies(state.graph, extensions.policyMappings, state.policyMapping > 0);
  if (extensions.nameConstraints !== null) state.constraints.sets.push(extensions.nameConstraints);
  if (!certificate.selfIssued) decrement(state);
  state.explicitPolicy = Math.min(
    state.explicitPolicy,
    extensions.requireExplicitPolicy ?? state.explicitPolicy,
  );
  state.policyMapping = Math.min(state.policyMapping, extensions.inhibitPolicyMapping ?? state.policyMapping);
  state.anyPolicy = Math.min(state.anyPolicy, extensions.inhibitAnyPolicy ?? state.anyPolicy);
}

/** §6.1.4 (k)–(n): whether the certificate may issue others at all. */
function checkIssuer(certificate: Certificate, state: State): void {
  const { basicConstraints, keyUsage } = certificate.extensions;
  if (certificate.version !== 3 || basicConstraints?.ca !== true)
    throw new Fault('NOT_A_CA', 'an issuing certificate is not a CA certificate');
  if (certificate.subject.keys.length === 0)
    throw new Fault('NAME_CHAINING', 'an issuing certificate has no subject (RFC 5280 §4.1.2.6)');
  if (!certificate.selfIssued) {
    if (state.maxPathLength <= 0) throw new Fault('PATH_LENGTH', 'the path is longer than allowed');
    state.maxPathLength -= 1;
  }
  state.maxPathLength = Math.min(state.maxPathLength, basicConstraints.pathLength ?? state.maxPathLength);
  if (keyUsage !== null && !keyUsage.has(KEY_USAGE.keyCertSign))
    throw new Fault('KEY_USAGE', 'keyCertSign is not among the key usages');
}

function checkCritical(certificate: Certificate): void {
  const [unknown] = certificate.extensions.unknownCritical;
  if (unknown !== undefined)
    throw new Fault('UNKNOWN_CRITICAL_EXTENSION', `critical extension ${unknown} is not known`);
}

/** §6.1.5: the end of the path. */
function wrapUp(certificate: Certificate, state: State, inputs: PathInputs): PolicySets {
  if (certificate.extensions.nameConstraints !== null && certificate.extensions.basicConstraints?.ca !== true)
    throw new Fault('NAME_CONSTRAINTS', 'name constraints in a certificate that is no CA’s');
  if (state.explicitPolicy > 0) state.explicitPolicy -= 1;
  if (certificate.extensions.requireExplicitPolicy === 0) state.explicitPolicy = 0;
  const sets = policySets(state.graph, inputs.initialPolicies);
  if (state.explicitPolicy === 0 && sets.user.length === 0)
    throw new Fault('POLICY', 'no policy asked for is valid for the path');
  return sets;
}

/**
 * Validates a path. Of the anchor's own certificate its dates, key usage, path length and name constraints are applied
 * (RFC 5937), its policies are not.
 * @param path certificates from just below the anchor to the target; may be empty when the target is the anchor.
 */
export function validatePath(
  anchor: Certificate,
  path: readonly Certificate[],
  inputs: PathInputs,
): PathOutcome {
  const state = initialState(anchor, path.length, inputs);
  const keys: Uint8Array[] = [];
  let policies = NO_POLICIES;
  const failed = (error: unknown, certificate: Certificate, index: number): PathOutcome => {
    if (!(error instanceof Fault)) throw error;
    const detail = `${certificate.subject.text}: ${error.message}`;
    return { fault: { code: error.code, index, detail }, policies: NO_POLICIES, keys };
  };
  try {
    if (path.length > 0) applyAnchor(anchor, state, inputs);
  } catch (error) {
    return failed(error, anchor, -1);
  }
  for (const [index, certificate] of path.entries()) {
    const isLast = index === path.length - 1;
    try {
      basicChecks(certificate, state, inputs, isLast);
      if (!isLast) {
        prepareConstraints(certificate, state);
        checkIssuer(certificate, state);
      }
      checkCritical(certificate);
      if (isLast) policies = wrapUp(certificate, state, inputs);
    } catch (error) {
      return failed(error, certificate, index);
    }
    state.key = inheritParameters(certificate.publicKey, state.key);
    state.issuer = certificate.subject.key;
    keys.push(state.key);
  }
  return { fault: null, policies, keys };
}
