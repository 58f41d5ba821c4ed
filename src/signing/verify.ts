/** `verifyFile`: what kind of file it is, who reads its signatures, and the verdict on the whole. */
import { inspectAsic, isZipTail, namesSignatures, type ZipLimits } from './asic/index.ts';
import { readCms } from './cms/index.ts';
import { SigningError, type SigningErrorCode } from './errors.ts';
import type { SignatureFacts } from './facts.ts';
import { say } from './messages.ts';
import { inspectPdf } from './pdf/index.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import type { IssuerSource, RevocationSource } from './ports.ts';
import { type JudgeContext, newStampMemory } from './report/context.ts';
import { judgeSignature } from './report.ts';
import type {
  EvidenceItem,
  Indication,
  ReportCertificate,
  SignatureReport,
  VerificationReport,
} from './report-types.ts';
import { type FileFormat, sniffFormat, toDer } from './sniff.ts';
import type { PathLimits } from './x509/index.ts';
import { inspectXml, type XmlLimits } from './xml/index.ts';

/** A file by name and octets. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What to verify. `contents` are the detached files a signature may cover. */
export interface VerifyInput extends NamedFile {
  readonly contents?: readonly NamedFile[];
  /** Opens an encrypted PDF; signatures are mostly readable without, but what else the file says is not. Default: the empty one. */
  readonly password?: string;
}

/** How to verify. Certificates, CRLs and OCSP answers are DER (see `readCertificates`, `readCrls`). */
export interface VerifyOptions {
  readonly trust: readonly Uint8Array[];
  readonly intermediates?: readonly Uint8Array[];
  readonly crls?: readonly Uint8Array[];
  readonly ocsps?: readonly Uint8Array[];
  /** Public keys (SubjectPublicKeyInfo, DER) of XML signatures that only name theirs; such a signature never passes. */
  readonly keys?: readonly Uint8Array[];
  /** Validation time; default `now`. */
  readonly at?: Date;
  readonly now: Date;
  /** Fetch nothing, even with a `revocation` source. */
  readonly offline?: boolean;
  readonly revocation?: RevocationSource;
  /** Fetches issuers that the file leaves out; absent: they are not fetched. */
  readonly issuers?: IssuerSource;
  /** Default `DEFAULT_POLICY`. */
  readonly policy?: Policy;
  readonly limits?: VerifyLimits;
  /** Receives what a TOTAL-PASSED signature really covers: the only octets to use as signed data. */
  readonly onSigned?: (id: string, content: Uint8Array) => void;
  /** Receives each certificate, CRL and OCSP answer the verdicts rest on, possibly more than once. */
  readonly onEvidence?: (item: EvidenceItem) => void;
  /** Receives the facts before they are judged (`diagnosticOf` makes them printable). */
  readonly onFacts?: (format: FileFormat, facts: readonly SignatureFacts[]) => void;
}

/** Bounds of one verification. */
export interface VerifyLimits {
  /** Default 512 MiB. */
  readonly maxFileBytes?: number;
  /** Signatures judged in one file; default 100. */
  readonly maxSignatures?: number;
  readonly xml?: Partial<XmlLimits>;
  readonly zip?: Partial<ZipLimits>;
  readonly path?: Partial<PathLimits>;
}

const TOO_LARGE: Readonly<Record<FileFormat, SigningErrorCode>> = {
  PDF: 'PDF_TOO_LARGE',
  XML: 'XML_TOO_LARGE',
  EDXML: 'XML_TOO_LARGE',
  CMS: 'CMS_TOO_LARGE',
  'ASIC-E': 'ASIC_TOO_LARGE',
  'ASIC-S': 'ASIC_TOO_LARGE',
  UNKNOWN: 'FORMAT_UNSUPPORTED',
};

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_SIGNATURES = 100;

/** The file as read: its signatures, and its format as its inside tells. */
interface Reading {
  readonly format: FileFormat;
  readonly facts: readonly SignatureFacts[];
}

async function readFile(
  input: VerifyInput,
  limits: VerifyLimits,
  certificates: readonly Uint8Array[],
  keys: readonly Uint8Array[],
): Promise<Reading> {
  const format = sniffFormat(input.bytes);
  const { maxFileBytes = MAX_FILE_BYTES } = limits;
  if (input.bytes.length > maxFileBytes)
    throw new SigningError(TOO_LARGE[format], { details: { limitBytes: maxFileBytes } });
  const xml = { ...limits.xml };
  switch (format) {
    case 'PDF':
      return { format, facts: await inspectPdf(input.bytes, {}, input.password) };
    case 'XML':
    case 'EDXML':
      return {
        format,
        facts: await inspectXml(input.bytes, xml, { contents: input.contents ?? [], certificates, keys }),
      };
    case 'CMS':
      return { format, facts: readDetachable(input, certificates) };
    case 'ASIC-E':
    case 'ASIC-S': {
      const { kind, signatures } = await inspectAsic(input.bytes, {
        certificates,
        xml,
        zip: { ...limits.zip },
      });
      return { format: kind, facts: signatures };
    }
    case 'UNKNOWN': {
      // A container with something put before it opens for readers that start at its end: it gets a verdict, a bad one.
      const disguised = namesSignatures(input.bytes) && isZipTail(input.bytes);
      if (!disguised) return { format, facts: [] };
      const { kind, signatures } = await inspectAsic(input.bytes, { sealed: false });
      return { format: kind, facts: signatures };
    }
  }
}

/**
 * A CMS signature is tried over each content given; the one whose digest fits is its content. One that carries another content
 * of its own is no signature of what was given, however true it is.
 */
function readDetachable(input: VerifyInput, certificates: readonly Uint8Array[]): SignatureFacts[] {
  const der = toDer(input.bytes);
  const tried = (input.contents ?? []).map((content) =>
    readCms(der, { content: content.bytes, certificates, profile: 'detached' }),
  );
  const fitting = tried.find((all) => all.some((facts) => facts.digestsMatch === true));
  return fitting ?? tried[0] ?? readCms(der, { certificates });
}

/** Files named in one remark each; more are as uncovered, but one need not read them all. */
const MAX_NAMED = 20;

/** Files given beside one that needs none look checked when the verdict is good: each that is not covered is named. */
function withUncovered(facts: SignatureFacts, format: FileFormat, input: VerifyInput): SignatureFacts {
  if (format === 'CMS') return facts;
  const left = (input.contents ?? []).filter(({ name }) => facts.coveredNames?.includes(name) !== true);
  const notes = left.slice(0, MAX_NAMED).map(({ name }) => say('CONTENT_NOT_COVERED', 'warning', name));
  return notes.length === 0 ? facts : { ...facts, remarks: [...facts.remarks, ...notes] };
}

function worst(indications: readonly Indication[]): VerificationReport['verdict'] {
  if (indications.length === 0) return 'NO-SIGNATURE';
  if (indications.includes('TOTAL-FAILED')) return 'TOTAL-FAILED';
  return indications.includes('INDETERMINATE') ? 'INDETERMINATE' : 'TOTAL-PASSED';
}

function contextOf(options: VerifyOptions, facts: readonly SignatureFacts[]): JudgeContext {
  const online = options.offline === true ? undefined : options.revocation;
  return {
    trust: options.trust,
    intermediates: options.intermediates ?? [],
    crls: options.crls ?? [],
    ocsps: options.ocsps ?? [],
    at: options.at ?? options.now,
    now: options.now,
    policy: options.policy ?? DEFAULT_POLICY,
    stamps: newStampMemory(facts),
    ...(online === undefined ? {} : { source: online }),
    ...(online === undefined || options.issuers === undefined ? {} : { issuers: options.issuers }),
    ...(options.onEvidence === undefined ? {} : { onEvidence: options.onEvidence }),
    ...(options.limits?.path === undefined ? {} : { limits: options.limits.path }),
  };
}

/**
 * Verifies every signature of a file (ETSI EN 319 102-1). A bad signature is a verdict, not an error.
 * @throws SigningError when the file cannot be read as what it claims to be (PDF_INVALID, XML_INVALID, CMS_INVALID …),
 * or is too large (…_TOO_LARGE).
 */
export async function verifyFile(input: VerifyInput, options: VerifyOptions): Promise<VerificationReport> {
  const limits = options.limits ?? {};
  const certificates = [...(options.intermediates ?? []), ...options.trust];
  const { format, facts: read } = await readFile(input, limits, certificates, options.keys ?? []);
  const facts = read.map((one) => withUncovered(one, format, input));
  if (facts.length > (limits.maxSignatures ?? MAX_SIGNATURES))
    throw new SigningError(TOO_LARGE[format], { details: { signatures: facts.length } });
  options.onFacts?.(format, facts);
  const context = contextOf(options, facts);
  const signatures: SignatureReport[] = [];
  const evidence: ReportCertificate[] = [];
  for (const one of facts) {
    const { report, certificates: used } = await judgeSignature(one, context);
    signatures.push(report);
    evidence.push(...used);
    if (report.indication === 'TOTAL-PASSED' && one.signedContent !== undefined)
      options.onSigned?.(report.id, one.signedContent);
  }
  return {
    file: input.name,
    format,
    validationTime: context.at.toISOString(),
    policy: context.policy.name,
    verdict: worst(signatures.map((report) => report.indication)),
    signatures,
    certificates: evidence,
  };
}
