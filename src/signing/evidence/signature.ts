/** Validation data of a whole signature: of its signer, and of the authorities of its time-stamps. */
import { readCms } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SignatureFacts, TimestampFacts } from '../facts.ts';
import { parseTimestampToken } from '../timestamp/index.ts';
import { tryCertificate } from '../x509/index.ts';
import { type CertificateRole, collectEvidence, rootsOf } from './collect.ts';
import { type Evidence, type EvidenceOptions, joinEvidence, NO_EVIDENCE, withEvidence } from './types.ts';

/** Evidence by whose it is. */
export interface SignatureEvidence {
  readonly signer: Evidence;
  readonly stamps: Evidence;
}

/** A time-stamp looked into: its time, its authority, the certificates it brings. */
interface Stamp {
  readonly time: Date;
  readonly certificate: Uint8Array | null;
  readonly pool: readonly Uint8Array[];
}

function openStamp(stamp: TimestampFacts): Stamp | null {
  try {
    const [facts] = readCms(stamp.token);
    const time = new Date(parseTimestampToken(stamp.token).genTime);
    return { time, certificate: facts?.signerCertificate ?? null, pool: facts?.certificates ?? [] };
  } catch {
    return null;
  }
}

/** The time to judge a certificate at: now while it is in force, else a time it is proved to have been used at. */
function judgedAt(certificate: Uint8Array, proved: Date | null, now: Date): Date {
  const parsed = tryCertificate(certificate);
  const over = parsed !== null && parsed.notAfter < now.getTime();
  return over && proved !== null ? proved : now;
}

/**
 * What proves the states of all certificates a signature rests on. Evidence the signature holds already is used first.
 * @throws SigningError EVIDENCE_UNAVAILABLE
 */
export async function evidenceOfSignature(
  facts: SignatureFacts,
  options: EvidenceOptions,
): Promise<SignatureEvidence> {
  let held = withEvidence(options, { certificates: [], crls: facts.crls, ocsps: facts.ocsps });
  const collect = async (
    target: Uint8Array,
    role: CertificateRole,
    pool: readonly Uint8Array[],
    at: Date,
  ) => {
    const trust = options.trust ?? rootsOf([...pool, ...(options.intermediates ?? [])]);
    const found = await collectEvidence(target, role, pool, { ...held, trust }, at);
    held = withEvidence(held, found);
    return found;
  };
  const stamps = facts.timestamps.map(openStamp).filter((stamp) => stamp !== null);
  const proofs = stamps.map((stamp) => stamp.time.getTime());
  const first = proofs.length === 0 ? null : new Date(Math.min(...proofs));
  const { signerCertificate, certificates } = facts;
  const signer =
    signerCertificate === null
      ? NO_EVIDENCE
      : await collect(
          signerCertificate,
          'signing',
          certificates,
          judgedAt(signerCertificate, first, options.now),
        );
  const parts: Evidence[] = [];
  for (const stamp of stamps) {
    if (stamp.certificate === null) continue;
    const later = proofs.filter((time) => time > stamp.time.getTime());
    const proved = later.length === 0 ? stamp.time : new Date(Math.min(...later));
    const at = judgedAt(stamp.certificate, proved, options.now);
    parts.push(await collect(stamp.certificate, 'timeStamping', [...stamp.pool, ...certificates], at));
  }
  return { signer, stamps: joinEvidence(...parts) };
}

/**
 * As `evidenceOfSignature`; for a signature that is not required, nothing where its evidence cannot be had.
 * @throws SigningError EVIDENCE_UNAVAILABLE for a required one
 */
export async function evidenceWhereRequired(
  facts: SignatureFacts,
  options: EvidenceOptions,
  required: ((facts: SignatureFacts) => boolean) | undefined,
): Promise<SignatureEvidence> {
  try {
    return await evidenceOfSignature(facts, options);
  } catch (error) {
    const bearable = error instanceof SigningError && required !== undefined && !required(facts);
    if (!bearable) throw error;
    return { signer: NO_EVIDENCE, stamps: NO_EVIDENCE };
  }
}
