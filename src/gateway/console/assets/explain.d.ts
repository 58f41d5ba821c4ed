import type {
  ReportCertificate,
  ReportLink,
  SignatureReport,
  VerificationReport,
} from '../../../signing/index.ts';

/** One rule and what was found. */
export interface RuleOutcome {
  readonly id: string;
  readonly clause: string;
  readonly outcome: 'passed' | 'warned' | 'failed' | 'open' | 'skipped' | 'claimed';
  readonly messages: SignatureReport['messages'];
}

/** Every rule with its outcome. */
export function rulesOf(signature: SignatureReport): RuleOutcome[];
/** Whether a time-stamp that passed proves when the signature existed. */
export function hasProvedTime(signature: SignatureReport): boolean;
/** The chain, anchor first. */
export function chainOf(
  report: VerificationReport,
  signature: SignatureReport,
): (ReportLink & Partial<ReportCertificate>)[];
/** The chain of one time-stamp's authority, anchor first. */
export function stampChainOf(
  report: VerificationReport,
  signature: SignatureReport,
  number: number,
): ReportCertificate[];
