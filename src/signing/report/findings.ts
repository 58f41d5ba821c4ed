/** Findings, how grave each is, and the verdict they come to (EN 319 102-1 §5.1.4, Table 6). */
import type { Message } from '../facts.ts';
import type { Indication } from '../report-types.ts';

/** One rule that was not met: what it means for the verdict, and the sentence about it. */
export interface Finding {
  readonly subIndication: string;
  readonly message: Message;
}

/** Sub-indications that mean TOTAL-FAILED (EN 319 102-1 Table 6); all others are INDETERMINATE. */
const FAILED = [
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'REVOKED',
  'EXPIRED',
  'NOT_YET_VALID',
];

/** Among findings of one indication, the one that says most, first. */
const GRAVITY = [
  ...FAILED,
  'SIGNED_DATA_NOT_FOUND',
  'SIG_CONSTRAINTS_FAILURE',
  'NO_SIGNING_CERTIFICATE_FOUND',
  'REVOKED_NO_POE',
  'REVOKED_CA_NO_POE',
  'CHAIN_CONSTRAINTS_FAILURE',
  'CERTIFICATE_CHAIN_GENERAL_FAILURE',
  'TIMESTAMP_ORDER_FAILURE',
  'CRYPTO_CONSTRAINTS_FAILURE',
  'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  'NO_CERTIFICATE_CHAIN_FOUND',
  'OUT_OF_BOUNDS_NO_POE',
  'OUT_OF_BOUNDS_NOT_REVOKED',
  'TRY_LATER',
];

/** Makes a finding. */
export function find(subIndication: string, message: Message): Finding {
  return { subIndication, message };
}

function gravity(finding: Finding): number {
  const at = GRAVITY.indexOf(finding.subIndication);
  return at < 0 ? GRAVITY.length : at;
}

/** The verdict: the gravest finding decides. */
export function conclude(findings: readonly Finding[]): {
  indication: Indication;
  subIndication: string | null;
} {
  const [worst] = [...findings].sort((a, b) => gravity(a) - gravity(b));
  if (worst === undefined) return { indication: 'TOTAL-PASSED', subIndication: null };
  const indication = FAILED.includes(worst.subIndication) ? 'TOTAL-FAILED' : 'INDETERMINATE';
  return { indication, subIndication: worst.subIndication };
}

/** True when what is wrong is beyond what certificates could mend: then they are not looked at, nor anything fetched. */
export function isBroken(findings: readonly Finding[]): boolean {
  return findings.some((finding) => FAILED.includes(finding.subIndication));
}
