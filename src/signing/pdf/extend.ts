/** Raises the signatures of a PDF to T, LT or LTA, and renews archive time-stamps (ETSI EN 319 142-1 §5.4, §6.3). */
import { SigningError } from '../errors.ts';
import { evidenceWhereRequired, joinEvidence, withEvidence } from '../evidence/index.ts';
import type { SignatureFacts } from '../facts.ts';
import type { ExtendOptions } from '../levels.ts';
import { assertOwnerAllows } from './encryption/permissions.ts';
import { listSignatures } from './form.ts';
import { inspectPdf, isTimestamp } from './inspect.ts';
import { get, openForSigning, type PdfDocument } from './syntax/document.ts';
import { isString } from './syntax/values.ts';
import { buildUpdate } from './syntax/write.ts';
import { DEFAULT_PDF_LIMITS, type PdfLimits } from './syntax/xref.ts';
import { append } from './update/append.ts';
import { documentTimestamp } from './update/document-timestamp.ts';
import { newUpdate } from './update/fields.ts';
import { addToStore, type RelatedEvidence } from './update/store.ts';

/** How to extend a PDF. */
export interface PdfExtendOptions extends ExtendOptions {
  readonly limits?: Partial<PdfLimits>;
  /** A buffer whose front is the file itself, with space behind it (see `append`). */
  readonly room?: Uint8Array;
}

function isStamped(facts: SignatureFacts): boolean {
  return facts.timestamps.some((stamp) => stamp.type === 'signature' || stamp.type === 'document');
}

function open(pdf: Uint8Array, options: PdfExtendOptions): PdfDocument {
  const document = openForSigning(pdf, { ...DEFAULT_PDF_LIMITS, ...options.limits }, options.password);
  assertOwnerAllows(document, 'new-field');
  return document;
}

async function stamped(pdf: Uint8Array, options: PdfExtendOptions): Promise<Uint8Array> {
  const { timestampAuthority, digest = 'sha256' } = options;
  if (timestampAuthority === undefined)
    throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'time-stamping authority' } });
  return append(pdf, await documentTimestamp(open(pdf, options), timestampAuthority, digest), options.room);
}

/** /Contents of each signature and time-stamp field, by name. */
function contentsByField(document: PdfDocument): { name: string; stamp: boolean; contents: Uint8Array }[] {
  return listSignatures(document).flatMap((value) => {
    const contents = get(document, value.dict, 'Contents');
    if (!isString(contents)) return [];
    return [{ name: value.fieldName, stamp: isTimestamp(document, value), contents: contents.bytes }];
  });
}

/** Evidence of every signature and of the stamps on it, each under its own VRI entry. */
async function relatedEvidence(
  document: PdfDocument,
  all: readonly SignatureFacts[],
  options: ExtendOptions,
): Promise<RelatedEvidence[]> {
  const related: RelatedEvidence[] = [];
  let known = options.evidence;
  const held = contentsByField(document);
  for (const facts of all) {
    const { signer, stamps } = await evidenceWhereRequired(facts, known, options.required);
    known = withEvidence(known, joinEvidence(signer, stamps));
    const own = held.find((item) => item.name === facts.id);
    if (own === undefined) continue;
    related.push({ contents: own.contents, evidence: joinEvidence(signer, stamps) });
    for (const { contents } of held.filter((item) => item.stamp))
      related.push({ contents, evidence: stamps });
  }
  return related;
}

async function withStore(
  pdf: Uint8Array,
  facts: readonly SignatureFacts[],
  options: PdfExtendOptions,
): Promise<Uint8Array> {
  const document = open(pdf, options);
  const update = newUpdate(document);
  const added = addToStore(update, await relatedEvidence(document, facts, options));
  return added ? append(pdf, buildUpdate(document, update.changes).bytes, options.room) : pdf;
}

/**
 * Whether the newest thing in the file is a document time-stamp that covers the store: LTA reached and nothing after it. To be
 * asked of the file as it came: a store and a stamp over it say nothing of the evidence for a signature made after the store.
 */
function isArchived(facts: readonly SignatureFacts[]): boolean {
  return facts.every((item) => item.format === 'PAdES-B-LTA');
}

/**
 * The file with all its signatures at `options.level` at least. A missing time-stamp is added as a document time-stamp:
 * nothing inside an existing signature is touched, so every signature stays as it was. At LTA, a file that is archived
 * already gets fresh evidence and another document time-stamp when `options.renew` is set, and is left alone otherwise.
 * @throws SigningError SIGNING_NOTHING_TO_EXTEND, EVIDENCE_UNAVAILABLE, SIGNING_OPTION_INVALID without an authority, what
 *   the authority throws, PDF_INVALID, PDF_TOO_LARGE, PDF_ENCRYPTED, PDF_PASSWORD_WRONG, PDF_OWNER_FORBIDS
 */
export async function extendPdf(pdf: Uint8Array, options: PdfExtendOptions): Promise<Uint8Array> {
  let facts = await inspectPdf(pdf, options.limits, options.password);
  if (facts.length === 0) throw new SigningError('SIGNING_NOTHING_TO_EXTEND');
  const wasArchived = isArchived(facts);
  let file = pdf;
  const again = async (next: Uint8Array): Promise<void> => {
    if (next === file) return;
    file = next;
    facts = await inspectPdf(file, options.limits, options.password);
  };
  if (!facts.every(isStamped)) await again(await stamped(file, options));
  if (options.level === 'T') return file;
  if (options.level === 'LTA' && wasArchived && options.renew !== true) return file;
  await again(await withStore(file, facts, options));
  if (options.level === 'LT') return file;
  await again(await stamped(file, options));
  return withStore(file, facts, options);
}
