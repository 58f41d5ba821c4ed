/**
 * Facts to verdict, in the words and the order of ETSI EN 319 102-1 §5: format, cryptography, identification, time,
 * X.509, algorithms, acceptance. Every rule that fails leaves a sentence; the gravest one decides.
 */
import type { Message, SignatureFacts } from './facts.ts';
import { say } from './messages.ts';
import type { Policy } from './policy.ts';
import { type JudgeContext, knownAt, poolOf } from './report/context.ts';
import { conclude, type Finding, find, isBroken } from './report/findings.ts';
import { certificatesOf, embeddedIn, linkOf, noteEvidence } from './report/links.ts';
import {
  ruleFindings,
  ruleRemarks,
  strengthFindings,
  toleratedWeakness,
  unofferedRemarks,
} from './report/rules.ts';
import { claimedTimeRemarks } from './report/signing-time.ts';
import { NO_TIMELINE, readTimeline, type Timeline } from './report/timeline.ts';
import type { ReportCertificate, SignatureReport } from './report-types.ts';
import {
  type ChainLink,
  inspectCertificate,
  type PathCode,
  tryCertificate,
  type Validation,
} from './x509/index.ts';

/** §5.2.2 and §5.2.7: structure and cryptography, from the facts alone. */
function integrityFindings(facts: SignatureFacts): Finding[] {
  const findings = facts.formatFaults
    .filter((fault) => fault.level === 'error')
    .map((fault) => find(fault.subIndication ?? 'FORMAT_FAILURE', plain(fault)));
  if (facts.digestsMatch === false) findings.push(find('HASH_FAILURE', say('HASH_MISMATCH', 'error')));
  if (facts.signatureValid === false)
    findings.push(find('SIG_CRYPTO_FAILURE', say('SIGNATURE_WRONG', 'error')));
  if (facts.signerCertificateBound === false)
    findings.push(find('FORMAT_FAILURE', say('SIGNER_CERTIFICATE_NOT_BOUND', 'error')));
  if (facts.digestsMatch === null)
    findings.push(find('SIGNED_DATA_NOT_FOUND', say('CONTENT_MISSING', 'error')));
  if (facts.changesAfterSigning.some((change) => !change.allowed)) {
    findings.push(find('FORMAT_FAILURE', say('CHANGED_AFTER_SIGNING', 'error')));
  }
  return findings;
}

function plain({ code, level, vi, en }: Message): Message {
  return { code, level, vi, en };
}

/** §5.2.3: who signed. */
function identityFindings(facts: SignatureFacts): Finding[] {
  if (facts.signerCertificate !== null) {
    return facts.signatureValid === null
      ? [find('SIG_CONSTRAINTS_FAILURE', say('SIGNATURE_UNVERIFIED', 'error'))]
      : [];
  }
  // A bare key that verifies: the signature is whole, but no chain can say whose key it is.
  if (facts.signatureValid === true)
    return [find('NO_CERTIFICATE_CHAIN_FOUND', say('KEY_WITHOUT_CERTIFICATE', 'error'))];
  return [find('NO_SIGNING_CERTIFICATE_FOUND', say('NO_SIGNER_CERTIFICATE', 'error'))];
}

/** Sub-indication of a path fault (EN 319 102-1 §5.2.6.4, §5.6.2.4). */
function chainIndication(
  reason: PathCode,
  onSigner: boolean,
  timeline: Timeline,
  best: number,
  validation: Validation,
): string {
  const signer = validation.chain[0]?.certificate;
  switch (reason) {
    case 'NO_PATH':
    case 'LIMIT_EXCEEDED':
      return 'NO_CERTIFICATE_CHAIN_FOUND';
    case 'EXPIRED':
      return onSigner &&
        timeline.notBefore !== null &&
        signer !== undefined &&
        timeline.notBefore > signer.notAfter
        ? 'EXPIRED'
        : 'OUT_OF_BOUNDS_NO_POE';
    case 'NOT_YET_VALID':
      return onSigner && timeline.proof !== null && signer !== undefined && best < signer.notBefore
        ? 'NOT_YET_VALID'
        : 'OUT_OF_BOUNDS_NO_POE';
    case 'REVOKED': {
      const revokedAt = validation.chain[validation.faultAt ?? 0]?.revocation.revokedAt ?? 0;
      if (!onSigner) return 'REVOKED_CA_NO_POE';
      return timeline.notBefore !== null && timeline.notBefore >= revokedAt ? 'REVOKED' : 'REVOKED_NO_POE';
    }
    case 'REVOCATION_UNKNOWN':
      return 'TRY_LATER';
    case 'SIGNATURE_INVALID':
    case 'NAME_CHAINING':
    case 'CERTIFICATE_INVALID':
      return 'CERTIFICATE_CHAIN_GENERAL_FAILURE';
    default:
      return 'CHAIN_CONSTRAINTS_FAILURE';
  }
}

/**
 * Whether an expired signer is known not to have been revoked while it was in force: by a list from after its end that goes on
 * naming expired certificates (expiredCertsOnCRL). An older list says nothing about its last days.
 */
async function isClearedSince(
  validation: Validation,
  facts: SignatureFacts,
  context: JudgeContext,
): Promise<boolean> {
  const signer = validation.chain[0]?.certificate;
  if (validation.result.reason !== 'EXPIRED' || (validation.faultAt ?? 0) !== 0 || signer === undefined)
    return false;
  const { result, chain } = await inspectCertificate({
    ...poolOf(facts, context),
    target: signer.der,
    at: new Date(signer.notAfter),
    knownAt: knownAt(context),
    keyPurpose: context.policy.keyPurpose,
    revocation: true,
  });
  const state = chain[0]?.revocation;
  return result.valid && state?.evidence === 'crl' && (state.issuedAt ?? 0) > signer.notAfter;
}

function chainFindings(
  validation: Validation,
  timeline: Timeline,
  best: number,
  cleared: boolean,
): Finding[] {
  const { reason, detail } = validation.result;
  if (reason === null) return [];
  const onSigner = (validation.faultAt ?? 0) === 0;
  const indication = chainIndication(reason, onSigner, timeline, best, validation);
  const known = cleared && indication === 'OUT_OF_BOUNDS_NO_POE' ? 'OUT_OF_BOUNDS_NOT_REVOKED' : indication;
  return [find(known, say(`CHAIN_${reason}`, 'error', detail))];
}

function remarks(facts: SignatureFacts, timeline: Timeline, now: Date, policy: Policy): Message[] {
  const notes = facts.remarks.map(plain);
  notes.push(...facts.formatFaults.filter((fault) => fault.level !== 'error').map(plain));
  for (const { type, verdict } of timeline.verdicts) {
    if (verdict.indication !== 'PASSED')
      notes.push(say('TIMESTAMP_BAD', 'warning', `${type}: ${verdict.reason}`));
  }
  if (timeline.proof === null && policy.rules.timeProof === 'ignore')
    notes.push(say('NO_PROOF_OF_TIME', 'info'));
  notes.push(...ruleRemarks(facts, timeline.proof !== null, policy));
  notes.push(...claimedTimeRemarks(facts.claimedSigningTime, timeline.proof, now));
  if (facts.coverage === 'earlier-revision') notes.push(say('EARLIER_REVISION', 'info'));
  return notes;
}

async function judgeChain(
  facts: SignatureFacts,
  context: JudgeContext,
  best: number,
): Promise<Validation | 'unreadable' | null> {
  if (facts.signerCertificate === null) return null;
  if (tryCertificate(facts.signerCertificate) === null) return 'unreadable';
  return inspectCertificate({
    ...poolOf(facts, context),
    target: facts.signerCertificate,
    at: new Date(best),
    knownAt: knownAt(context),
    keyPurpose: context.policy.keyPurpose,
  });
}

function toReport(
  facts: SignatureFacts,
  timeline: Timeline,
  best: number,
  chain: readonly ChainLink[],
  findings: readonly Finding[],
  { now, policy }: JudgeContext,
  notes: readonly Message[] = [],
): SignatureReport {
  const signer = facts.signerCertificate === null ? null : tryCertificate(facts.signerCertificate);
  const embedded = embeddedIn(facts);
  return {
    id: facts.id,
    format: facts.format,
    ...conclude(findings),
    signer:
      signer === null
        ? null
        : {
            subject: signer.subject.text,
            issuer: signer.issuer.text,
            serialNumber: displaySerial(signer.serialNumber),
          },
    claimedSigningTime: facts.claimedSigningTime?.toISOString() ?? null,
    bestSignatureTime: new Date(best).toISOString(),
    coverage: facts.coverage,
    changesAfterSigning: facts.changesAfterSigning,
    chain: chain.map((link) => linkOf(link, embedded)),
    timestamps: timeline.verdicts.map(({ type, verdict }) => ({
      type,
      time: verdict.token === null ? null : new Date(verdict.token.genTime).toISOString(),
      indication: verdict.indication,
    })),
    messages: [
      ...findings.map((finding) => finding.message),
      ...notes,
      ...remarks(facts, timeline, now, policy),
    ],
  };
}

/** A verdict, and every certificate it rests on. */
export interface Judgement {
  readonly report: SignatureReport;
  readonly certificates: readonly ReportCertificate[];
}

function displaySerial(hex: string): string {
  return hex.length > 2 && hex.startsWith('00') ? hex.slice(2) : hex;
}

/**
 * Judges one signature.
 * The certificate is judged as of the best signature time (the earliest proved one, else the validation time), with
 * evidence known at the validation time: a certificate revoked after that proof does not hurt the signature.
 */
export async function judgeSignature(facts: SignatureFacts, context: JudgeContext): Promise<Judgement> {
  const findings = integrityFindings(facts);
  if (isBroken(findings)) {
    const report = toReport(facts, NO_TIMELINE, context.at.getTime(), [], findings, context);
    return { report, certificates: [] };
  }
  const timeline = await readTimeline(facts, context);
  const best = timeline.proof ?? context.at.getTime();
  findings.push(...identityFindings(facts));
  if (timeline.notBefore !== null && timeline.proof !== null && timeline.notBefore > timeline.proof) {
    findings.push(find('TIMESTAMP_ORDER_FAILURE', say('TIMESTAMP_ORDER', 'error')));
  }
  const validation = await judgeChain(facts, context, best);
  if (validation === 'unreadable')
    findings.push(find('NO_SIGNING_CERTIFICATE_FOUND', say('CHAIN_CERTIFICATE_INVALID', 'error')));
  const chain = validation === null || validation === 'unreadable' ? [] : validation.chain;
  if (validation !== null && validation !== 'unreadable')
    findings.push(
      ...chainFindings(validation, timeline, best, await isClearedSince(validation, facts, context)),
    );
  const proved = timeline.proof !== null;
  findings.push(...strengthFindings(facts, chain, proved, best, context.policy));
  findings.push(...ruleFindings(facts, proved, context.policy));
  const notes = toleratedWeakness(facts, chain, best, context.policy);
  if (validation !== null && validation !== 'unreadable' && validation.result.valid)
    notes.push(...unofferedRemarks(context.policy.revocation === 'if-offered' ? chain : []));
  const stampChains = timeline.verdicts.map(({ verdict }) => verdict.validation?.chain ?? []);
  noteEvidence([...chain, ...stampChains.flat()], context.onEvidence);
  return {
    report: toReport(facts, timeline, best, chain, findings, context, notes),
    certificates: certificatesOf(facts, chain, stampChains),
  };
}
