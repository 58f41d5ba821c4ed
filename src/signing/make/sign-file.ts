/**
 * `signFile`: a signature as officers and agencies put it on documents. Check the certificate, sign, raise to the level
 * wanted, verify with our own verifier, and only then release (NĐ 23/2025/NĐ-CP art. 17; TT 15/2025/TT-BKHCN art. 5).
 */
import { assumedSealMm } from '../appearance/index.ts';
import { SigningError } from '../errors.ts';
import { type EvidenceOptions, rootsOf, withEvidence } from '../evidence/index.ts';
import type { Message, SignatureFacts } from '../facts.ts';
import type { SignatureLevel } from '../levels.ts';
import { assertMaySign, type SignerCheck } from '../may-sign.ts';
import { say } from '../messages.ts';
import type { Signer, TimestampAuthority } from '../ports.ts';
import type { SignatureReport, VerificationReport } from '../report-types.ts';
import { parseTimestampToken } from '../timestamp/index.ts';
import { verifyFile } from '../verify.ts';
import { parseCertificate } from '../x509/index.ts';
import { levelOf, type SignedInput } from './extend-file.ts';
import { type FilesToSign, type FormatOptions, LEVELLED_FORMATS, signOnce } from './formats.ts';
import { raiseFile } from './raise-file.ts';

/** How to sign a file. */
export interface SignFileOptions extends FormatOptions {
  readonly level: SignatureLevel;
  /** Trust and evidence, for the check before, for the level, and for the verification after. `now` is beside it. */
  readonly evidence: Omit<EvidenceOptions, 'now'>;
  /** When the check is made; default the signing time. Later where the signing time was fixed beforehand. */
  readonly now?: Date;
  /** UIDs of the account, see `MaySignOptions`. */
  readonly expectedUids?: readonly string[];
  /** Needed from level T on. */
  readonly timestampAuthority?: TimestampAuthority;
  /**
   * What to do when no time-stamp or no evidence can be had now: `refuse` (default), or `lower`: go on at the level that was
   * reached, said in `messages`; `extendFile` completes it later.
   */
  readonly whenUnavailable?: 'refuse' | 'lower';
}

/** A signed file with what has to be stored beside it. */
export interface SignedFile {
  readonly bytes: Uint8Array;
  /** The level reached. Below the wanted one only with `whenUnavailable: 'lower'`. */
  readonly level: SignatureLevel;
  readonly wantedLevel: SignatureLevel;
  /** The check before signing, with its evidence. */
  readonly check: SignerCheck;
  /** Report of our own verifier on the file as released. */
  readonly verification: VerificationReport;
  /** Why the level is below the wanted one; null when it is not. */
  readonly fault: SigningError | null;
  /** What the person must be told, e.g. that a level could not be reached yet. */
  readonly messages: readonly Message[];
}

function option(reason: string): SigningError {
  return new SigningError('SIGNING_OPTION_INVALID', { details: { reason } });
}

function assertSensible(options: SignFileOptions): void {
  if (options.level === 'B') return;
  if (!LEVELLED_FORMATS.includes(options.format)) throw option('XML-DSig has no levels above B; use xades');
  if (options.timestampAuthority === undefined)
    throw option(`level ${options.level} needs a time-stamping authority`);
}

/** An authority that remembers the latest time it gave: what is made can be verified no earlier than that. */
function remembering(authority: TimestampAuthority, seen: (time: number) => void): TimestampAuthority {
  return {
    timestamp: async (data, digest) => {
      const token = await authority.timestamp(data, digest);
      seen(parseTimestampToken(token).genTime);
      return token;
    },
  };
}

interface Making {
  readonly signer: Signer;
  readonly files: FilesToSign;
  readonly options: SignFileOptions;
  readonly evidence: EvidenceOptions;
  readonly authority: TimestampAuthority | undefined;
  readonly failures: SigningError[];
}

function isOwn(facts: SignatureFacts, signer: Signer): boolean {
  return (
    facts.signerCertificate !== null && Buffer.compare(facts.signerCertificate, signer.certificate) === 0
  );
}

/** A file as the verifier and the extender take it: detached signatures come with what they are over. */
function inputOf(making: Making, bytes: Uint8Array): SignedInput {
  const { format, placement, detached } = making.options;
  const isDetached = (format === 'cades' && detached === true) || placement === 'detached';
  const { password, room } = making.options.pdf ?? {};
  return {
    bytes,
    contents: isDetached ? making.files : [],
    ...(password === undefined ? {} : { password }),
    ...(room === undefined ? {} : { room }),
  };
}

/** Raises what was signed; a fault at one level leaves the one below where the caller allows that. */
async function raise(making: Making, signed: Uint8Array): Promise<Uint8Array> {
  const { options, evidence, authority, failures } = making;
  if (failures.length > 0 || options.level === 'B') return signed;
  const stampedAtOnce = options.format === 'pades' || options.format === 'cades';
  const { digest } = options;
  const raised = await raiseFile(inputOf(making, signed), {
    level: options.level,
    from: stampedAtOnce ? 'T' : 'B',
    evidence,
    required: (facts) => isOwn(facts, making.signer),
    ...(digest === undefined ? {} : { digest }),
    ...(authority === undefined ? {} : { timestampAuthority: authority }),
  });
  if (raised.fault === null) return raised.bytes;
  if (options.whenUnavailable !== 'lower') throw raised.fault;
  failures.push(raised.fault);
  return raised.bytes;
}

/** The signature made last with this certificate. */
function ownReport(report: VerificationReport, signer: Signer): SignatureReport | undefined {
  const { subject, serialNumber } = parseCertificate(signer.certificate);
  const serial = BigInt(`0x${serialNumber}`);
  return report.signatures.findLast(
    (item) => item.signer?.subject === subject.text && BigInt(`0x${item.signer.serialNumber}`) === serial,
  );
}

/** The verdict on what has just been made. @throws SigningError SIGNING_RESULT_UNSOUND */
function assertSound(report: VerificationReport, signer: Signer, check: SignerCheck): SignatureReport {
  const own = ownReport(report, signer);
  const tolerated = check.revocation === 'unknown' && own?.subIndication === 'TRY_LATER';
  if (own !== undefined && (own.indication === 'TOTAL-PASSED' || tolerated)) return own;
  throw new SigningError('SIGNING_RESULT_UNSOUND', {
    details: { reason: own?.subIndication ?? 'not found', message: own?.messages[0]?.code ?? '' },
  });
}

/** Signatures that were not broken before must not be now. */
async function assertOthersUnhurt(
  making: Making,
  report: VerificationReport,
  verify: (bytes: Uint8Array) => Promise<VerificationReport>,
): Promise<void> {
  const broken = report.signatures.filter((item) => item.indication === 'TOTAL-FAILED');
  if (broken.length === 0) return;
  const before = await verify(making.files[0].bytes);
  const hurt = broken.find((item) =>
    before.signatures.some((other) => other.id === item.id && other.indication !== 'TOTAL-FAILED'),
  );
  if (hurt !== undefined)
    throw new SigningError('SIGNING_RESULT_UNSOUND', {
      details: { reason: `an earlier signature would break: ${hurt.subIndication ?? ''}` },
    });
}

function messagesOf(making: Making, reached: SignatureLevel, check: SignerCheck): Message[] {
  const { level } = making.options;
  const messages: Message[] = [];
  if (reached !== level) {
    const why = making.failures[0];
    messages.push(say('LEVEL_NOT_REACHED', 'warning', `${reached} < ${level}: ${why?.code ?? ''}`));
  }
  if (check.revocation === 'unknown') messages.push(say('SIGNED_WITH_STATE_UNKNOWN', 'warning'));
  if (making.options.format === 'pades' && assumedSealMm(making.options.pdf ?? {}) !== null)
    messages.push(say('SEAL_SIZE_ASSUMED', 'warning'));
  return messages;
}

/**
 * Signs one file, or several in one detached signature or container. Nothing is released that our own verifier does not
 * pass; signatures that are there already stay as good as they were.
 * @throws SigningError those of `assertMaySign` and of the format, SIGNING_RESULT_UNSOUND, and unless `whenUnavailable` is
 *   `lower`: TSA_UNAVAILABLE, TSA_REFUSED, TIMESTAMP_INVALID, EVIDENCE_UNAVAILABLE
 */
export async function signFile(
  files: FilesToSign,
  signer: Signer,
  options: SignFileOptions,
): Promise<SignedFile> {
  assertSensible(options);
  const { signingTime, timestampAuthority, expectedUids, now = signingTime } = options;
  const check = await assertMaySign(signer, {
    ...options.evidence,
    at: now,
    ...(expectedUids === undefined ? {} : { expectedUids }),
  });
  let latest = now.getTime();
  const authority =
    timestampAuthority === undefined || options.level === 'B'
      ? undefined
      : remembering(timestampAuthority, (time) => {
          latest = Math.max(latest, time);
        });
  const trust = options.evidence.trust ?? rootsOf(signer.chain);
  const evidence = withEvidence({ ...options.evidence, now }, check.evidence);
  const making: Making = { signer, files, options, evidence, authority, failures: [] };
  const signed = await signOnce(files, signer, options, {
    ...(authority === undefined ? {} : { timestampAuthority: authority }),
    ...(options.whenUnavailable === 'lower'
      ? { onTimestampFailure: (error) => making.failures.push(error) }
      : {}),
  });
  const bytes = await raise(making, signed);
  const verify = (octets: Uint8Array): Promise<VerificationReport> =>
    verifyFile(
      { name: files[0].name, ...inputOf(making, octets) },
      { ...evidence, trust, now: new Date(latest) },
    );
  const verification = await verify(bytes);
  const level = levelOf(assertSound(verification, signer, check));
  await assertOthersUnhurt(making, verification, verify);
  return {
    bytes,
    level,
    wantedLevel: options.level,
    check,
    verification,
    fault: level === options.level ? null : (making.failures[0] ?? null),
    messages: messagesOf(making, level, check),
  };
}
