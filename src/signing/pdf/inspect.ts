/** Facts about every signature of a PDF file (ISO 32000-2 §12.8; ETSI EN 319 142-1). */
import { createHash } from 'node:crypto';
import { SigningError } from '../errors.ts';
import type { ChangeAfterSigning, SignatureFacts, TimestampFacts } from '../facts.ts';
import { occurrences } from '../octets/large-files.ts';
import { holedOctets, type Octets } from '../octets/octets.ts';
import { endsRevision, type RangeFault, type SignedRange, signedRange } from './changes/coverage.ts';
import type { RevisionChange } from './changes/diff-core.ts';
import { changesAfter, openHistory, type RevisionHistory, revisionAt } from './changes/revisions.ts';
import { pdfFault, pdfRemark } from './faults.ts';
import {
  isLocked,
  listFields,
  listSignatures,
  looseSignatures,
  permissionsOf,
  type SignaturePermissions,
  type SignatureValue,
} from './form.ts';
import { emptyFacts, signatureFacts, timestampFacts } from './signature-facts.ts';
import { get, isPdf, type PdfDocument } from './syntax/document.ts';
import { PdfSyntaxError } from './syntax/parse.ts';
import { isName, isString } from './syntax/values.ts';
import { DEFAULT_PDF_LIMITS, type PdfLimits } from './syntax/xref.ts';
import { validationData } from './validation-data.ts';

interface Found {
  readonly id: string;
  readonly value: SignatureValue;
  /** The oldest revision that holds it. */
  readonly document: PdfDocument;
  readonly range: SignedRange | null;
  /** Why there is no range. */
  readonly rangeFault: RangeFault | null;
  /** What the range covers. */
  readonly octets: Octets | null;
  readonly timestamp: boolean;
  readonly permissions: SignaturePermissions;
  /** The revision it signs, when its octets are one. */
  readonly signed: PdfDocument | null;
}

/** Each signature once, as the oldest revision that has it shows it. */
function collectSignatures(history: RevisionHistory): { value: SignatureValue; document: PdfDocument }[] {
  const found = new Map<string, { value: SignatureValue; document: PdfDocument }>();
  const add = (document: PdfDocument, values: readonly SignatureValue[]): void => {
    for (const value of values) {
      const key = value.num === null ? directKey(document, value) : `object ${value.num}`;
      if (found.has(key)) continue;
      // Leaving out one would leave out what it shows, and whether it is sound.
      if (found.size >= history.limits.maxSignatures) throw new PdfSyntaxError('too many signatures');
      found.set(key, { value, document });
    }
  };
  for (const document of history.revisions) add(document, listSignatures(document));
  const newest = history.revisions.at(-1);
  if (newest !== undefined && countRanges(history.bytes, found.size) > found.size)
    add(newest, looseSignatures(newest));
  if (found.size === 0 && !history.newestReadable && countRanges(history.bytes, 0) > 0) {
    throw new PdfSyntaxError('signatures stand in a revision that cannot be read');
  }
  return [...found.values()];
}

/** A signature written into its field: two fields may have one name. */
function directKey(document: PdfDocument, { field, fieldName, dict }: SignatureValue): string {
  const contents = get(document, dict, 'Contents');
  const value = isString(contents) ? createHash('sha256').update(contents.bytes).digest('hex') : '';
  return `field ${field?.num ?? ''} ${fieldName} ${value}`;
}

/** Occurrences of the key /ByteRange in the file, counted just past `enough`. */
function countRanges(bytes: Uint8Array, enough: number): number {
  let count = 0;
  for (const _ of occurrences(bytes, '/ByteRange')) {
    count += 1;
    if (count > enough) break;
  }
  return count;
}

/** Whether a signature dictionary is a document time-stamp. */
export function isTimestamp(document: PdfDocument, value: SignatureValue): boolean {
  return isName(get(document, value.dict, 'SubFilter'), 'ETSI.RFC3161');
}

function coversRevision(
  history: RevisionHistory,
  value: SignatureValue,
  range: SignedRange,
): PdfDocument | null {
  if (!endsRevision(history.bytes, range.end)) return null;
  const signed = revisionAt(history, range.end);
  if (signed === null) return null;
  const held = listSignatures(signed).find((other) =>
    value.num === null ? other.fieldName === value.fieldName : other.num === value.num,
  );
  const contents = held?.dict.entries.get('Contents');
  return isString(contents) && contents.start === range.holeStart ? signed : null;
}

function examine(
  history: RevisionHistory,
  covered: ReturnType<typeof holedOctets>,
  item: { value: SignatureValue; document: PdfDocument },
  index: number,
): Found {
  const { value, document } = item;
  const range = signedRange(document, value);
  const found = {
    ...item,
    id: value.fieldName === '' ? `sig-${index + 1}` : value.fieldName,
    timestamp: isTimestamp(document, value),
    permissions: permissionsOf(document, value),
  };
  if (typeof range === 'string')
    return { ...found, range: null, rangeFault: range, octets: null, signed: null };
  const octets = covered(range.holeStart, range.holeEnd, range.end);
  return { ...found, range, rangeFault: null, octets, signed: coversRevision(history, value, range) };
}

/** Facts of one signature from its own octets. */
function ownFacts({ id, document, value, rangeFault, octets, timestamp, signed }: Found): SignatureFacts {
  if (octets === null)
    return emptyFacts(id, document, value, rangeFault === null ? [] : [pdfFault(rangeFault)]);
  const facts = (timestamp ? timestampFacts : signatureFacts)(id, document, value, octets);
  if (signed !== null) return facts;
  return { ...facts, formatFaults: [...facts.formatFaults, pdfFault('PDF_COVERAGE_BROKEN')] };
}

function allows(
  change: RevisionChange,
  permissions: SignaturePermissions,
  level: number,
  isOld: (field: string) => boolean,
): boolean {
  const { field } = change;
  if (change.level === 'other') return false;
  if (change.level === 'validation') return true;
  if (field !== undefined && isLocked(permissions, field)) {
    // A signature fills its field like any other value; one in a field that came later was not there to be locked.
    if (change.level === 'form' || (change.kind === 'signature-added' && isOld(field))) return false;
  }
  return change.level === 'annotation' ? level >= 3 : level >= 2;
}

/** DocMDP in force for a signature: its own, or the strictest of those before it; 2 when nobody says (filling and signing). */
function levelInForce(own: Found, all: readonly Found[]): number {
  const earlier = all.filter(
    (other) =>
      other === own || (other.range !== null && own.range !== null && other.range.end < own.range.end),
  );
  const stated = earlier.flatMap((other) =>
    other.permissions.level === null ? [] : [other.permissions.level],
  );
  return stated.length === 0 ? 2 : Math.min(...stated);
}

function describeChanges(
  own: Found,
  all: readonly Found[],
  changes: readonly RevisionChange[],
): ChangeAfterSigning[] {
  const level = levelInForce(own, all);
  const isOld = (name: string): boolean =>
    own.signed !== null && listFields(own.signed).some((field) => field.name === name);
  const seen = new Map<string, ChangeAfterSigning>();
  for (const change of changes) {
    const allowed = allows(change, own.permissions, level, isOld);
    seen.set(`${change.kind}|${change.object}`, { kind: change.kind, allowed, object: change.object });
  }
  return [...seen.values()];
}

/** A document time-stamp with where it ends. */
interface DocumentStamp {
  readonly end: number;
  readonly facts: TimestampFacts;
}

/** The file's document time-stamps, each once however many signatures it covers: who judges them can tell they are the same. */
function documentTimestamps(all: readonly Found[]): DocumentStamp[] {
  return all.flatMap(({ timestamp, range, octets, signed, value }) => {
    const contents = value.dict.entries.get('Contents');
    if (!timestamp || range === null || octets === null || signed === null || !isString(contents)) return [];
    const facts: TimestampFacts = { type: 'document', token: unpadded(contents.bytes), over: octets };
    return [{ end: range.end, facts }];
  });
}

function stampsAfter(own: Found, stamps: readonly DocumentStamp[]): TimestampFacts[] {
  const { range } = own;
  return range === null ? [] : stamps.filter(({ end }) => end > range.end).map(({ facts }) => facts);
}

/** /Contents without the zeros that fill the room kept for it. */
function unpadded(bytes: Uint8Array): Uint8Array {
  const first = bytes[1] ?? 0;
  if (first === 0x80) return bytes;
  const count = first < 0x80 ? 0 : first & 0x7f;
  let length = count === 0 ? first : 0;
  for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[2 + index] ?? 0);
  return bytes.subarray(0, Math.min(bytes.length, 2 + count + length));
}

/** Whether a document time-stamp covers evidence kept before it: without that it is no more than level T. */
function isArchived(own: Found, all: readonly Found[], evidenceInside: boolean): boolean {
  return all.some((other) => {
    if (!other.timestamp || other.signed === null || other.range === null || own.range === null) return false;
    if (other.range.end <= own.range.end) return false;
    const store = validationData(other.signed);
    return evidenceInside || store.crls.length + store.ocsps.length > 0;
  });
}

function levelName(format: string, facts: SignatureFacts, hasRevocation: boolean, archived: boolean): string {
  if (format !== 'PAdES-B-B') return format;
  const stamped = facts.timestamps.some((stamp) => stamp.type === 'signature' || stamp.type === 'document');
  if (!stamped) return format;
  if (!hasRevocation) return 'PAdES-B-T';
  return archived ? 'PAdES-B-LTA' : 'PAdES-B-LT';
}

function complete(
  history: RevisionHistory,
  own: Found,
  all: readonly Found[],
  stamps: readonly DocumentStamp[],
): SignatureFacts {
  const newest = history.revisions.at(-1);
  const store = newest === undefined ? { certificates: [], crls: [], ocsps: [] } : validationData(newest);
  const changes =
    own.signed === null || own.range === null
      ? []
      : describeChanges(own, all, changesAfter(history, own.signed, own.range.end));
  const read = ownFacts(own);
  const faults = [...read.formatFaults];
  if (changes.some((change) => !change.allowed))
    faults.push(pdfFault('PDF_CHANGED_AFTER_SIGNING', 'FORMAT_FAILURE'));
  const shared = all.some(
    (other) => other !== own && other.range !== null && other.range.holeStart === own.range?.holeStart,
  );
  if (shared) faults.push(pdfFault('PDF_RANGES_OVERLAP'));
  const whole = own.range !== null && own.signed !== null && changes.length === 0;
  const facts: SignatureFacts = {
    ...read,
    formatFaults: faults,
    certificates: [...read.certificates, ...store.certificates],
    crls: [...read.crls, ...store.crls],
    ocsps: [...read.ocsps, ...store.ocsps],
    timestamps: [...read.timestamps, ...stampsAfter(own, stamps)],
    coverage: own.signed === null ? 'partial' : whole ? 'whole-document' : 'earlier-revision',
    changesAfterSigning: changes,
  };
  const archived = isArchived(own, all, read.crls.length + read.ocsps.length > 0);
  const hasRevocation = facts.crls.length + facts.ocsps.length > 0;
  return { ...facts, format: levelName(facts.format, facts, hasRevocation, archived) };
}

/** A malformed document time-stamp must be heard of too: it becomes a remark on the signatures. */
function withTimestampRemarks(facts: SignatureFacts, all: readonly Found[]): SignatureFacts {
  const unusable = all.some((other) => other.timestamp && (other.range === null || other.signed === null));
  return unusable ? { ...facts, remarks: [...facts.remarks, pdfRemark('PDF_TIMESTAMP_UNUSABLE')] } : facts;
}

/**
 * Facts of every signature in field order of first appearance; document time-stamps are attached to the signatures they
 * cover, and stand for themselves only in a file without signatures. A file with neither gives an empty list.
 * @throws SigningError PDF_INVALID when no revision can be read, PDF_TOO_LARGE
 */
export async function inspectPdf(
  pdf: Uint8Array,
  limits: Partial<PdfLimits> = {},
  password = '',
): Promise<SignatureFacts[]> {
  const bounds = { ...DEFAULT_PDF_LIMITS, ...limits };
  if (pdf.length > bounds.maxBytes)
    throw new SigningError('PDF_TOO_LARGE', { details: { limitBytes: bounds.maxBytes } });
  try {
    if (!isPdf(pdf)) throw new PdfSyntaxError('no PDF header');
    const history = openHistory(pdf, bounds, password);
    const covered = holedOctets(pdf);
    const all = collectSignatures(history).map((item, index) => examine(history, covered, item, index));
    const stamps = documentTimestamps(all);
    const signatures = all.filter((item) => !item.timestamp);
    const shown = signatures.length > 0 ? signatures : all;
    return shown.map((item) => withTimestampRemarks(complete(history, item, all, stamps), all));
  } catch (error) {
    if (error instanceof PdfSyntaxError)
      throw new SigningError('PDF_INVALID', { cause: error, details: { reason: error.message } });
    throw error;
  }
}

/** Whether the newest readable revision holds a signature (a document time-stamp is not one). */
export function hasPdfSignatures(pdf: Uint8Array): boolean {
  try {
    const document = openHistory(pdf, DEFAULT_PDF_LIMITS).revisions.at(-1);
    return document !== undefined && listSignatures(document).some((value) => !isTimestamp(document, value));
  } catch (error) {
    if (error instanceof PdfSyntaxError) return false;
    throw error;
  }
}
