/** What the policy asks beyond cryptography and chain: strength of algorithms, and the rules of its own. */
import type { Message, SignatureFacts } from '../facts.ts';
import { type ReportCode, say } from '../messages.ts';
import { type AlgorithmPolicy, DEFAULT_POLICY, type Policy, type RuleLevel, weakness } from '../policy.ts';
import { type ChainLink, keyFacts, signatureDigest } from '../x509/index.ts';
import { type Finding, find } from './findings.ts';

/** What an algorithm policy finds weak in a signature and the signatures of its chain below the anchor. */
function weakParts(
  facts: SignatureFacts,
  chain: readonly ChainLink[],
  since: number,
  algorithms: AlgorithmPolicy,
): ReadonlySet<string> {
  const weak = new Set<string>();
  const note = (digest: string, publicKey: Uint8Array | null) => {
    const key = publicKey === null ? { kind: '', bits: 0 } : keyFacts(publicKey);
    const found = weakness(algorithms, { digest, keyKind: key.kind, keyBits: key.bits }, since);
    if (found !== null) weak.add(found);
  };
  note(facts.digestAlgorithm, chain[0]?.certificate.publicKey ?? null);
  for (const [index, link] of chain.entries()) {
    const digest = signatureDigest(link.certificate.algorithm);
    if (!link.isAnchor && digest !== null) note(digest, chain[index + 1]?.certificate.publicKey ?? null);
  }
  return weak;
}

/**
 * §5.2.8: algorithms of the signature and of every signature below the anchor.
 * @param since when the signature is known to exist, milliseconds since 1970.
 */
export function strengthFindings(
  facts: SignatureFacts,
  chain: readonly ChainLink[],
  proved: boolean,
  since: number,
  policy: Policy,
): Finding[] {
  const subIndication = proved ? 'CRYPTO_CONSTRAINTS_FAILURE' : 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE';
  return [...weakParts(facts, chain, since, policy.algorithms)].map((detail) =>
    find(subIndication, say('WEAK_ALGORITHM', 'error', detail)),
  );
}

/** What the policy lets through although it is weak today: neither fine nor forged, and said so. */
export function toleratedWeakness(
  facts: SignatureFacts,
  chain: readonly ChainLink[],
  since: number,
  policy: Policy,
): Message[] {
  const refused = weakParts(facts, chain, since, policy.algorithms);
  return [...weakParts(facts, chain, since, DEFAULT_POLICY.algorithms)]
    .filter((detail) => !refused.has(detail))
    .map((detail) => say('WEAK_ALGORITHM_TOLERATED', 'warning', detail));
}

interface Rule {
  readonly level: RuleLevel;
  readonly broken: boolean;
  readonly code: ReportCode;
}

function rulesOf(facts: SignatureFacts, proved: boolean, { rules }: Policy): readonly Rule[] {
  const partly = facts.coverage === 'partial';
  return [
    { level: rules.timeProof, broken: !proved, code: 'NO_PROOF_OF_TIME' },
    { level: rules.wholeFile, broken: partly, code: 'PARTLY_COVERED' },
    {
      level: rules.certificateBound,
      broken: facts.signerCertificate !== null && facts.signerCertificateBound === null,
      code: 'CERTIFICATE_NOT_BOUND',
    },
  ];
}

/** §5.2.8.4.2.3: constraints of the policy that make the signature fail. */
export function ruleFindings(facts: SignatureFacts, proved: boolean, policy: Policy): Finding[] {
  return rulesOf(facts, proved, policy)
    .filter((rule) => rule.broken && rule.level === 'fail')
    .map((rule) => find('SIG_CONSTRAINTS_FAILURE', say(rule.code, 'error', `policy ${policy.name}`)));
}

/** Rules of the policy that only warn. */
export function ruleRemarks(facts: SignatureFacts, proved: boolean, policy: Policy): Message[] {
  return rulesOf(facts, proved, policy)
    .filter((rule) => rule.broken && rule.level === 'warn')
    .map((rule) => say(rule.code, 'warning'));
}

/** Certificates that pass although nobody offers their state. */
export function unofferedRemarks(chain: readonly ChainLink[]): Message[] {
  return chain
    .filter((link) => !link.isAnchor && link.revocation.status === 'unknown')
    .map((link) => say('REVOCATION_NOT_OFFERED', 'warning', link.certificate.subject.text));
}
