/** Validation data for levels LT and LTA: collected, compared, joined. */
export { type CertificateRole, collectEvidence, evidenceOfChain, rootsOf } from './collect.ts';
export { evidenceOfSignature, evidenceWhereRequired, type SignatureEvidence } from './signature.ts';
export {
  type Evidence,
  type EvidenceOptions,
  isEmptyEvidence,
  joinEvidence,
  missingEvidence,
  NO_EVIDENCE,
  withEvidence,
} from './types.ts';
