/** The revisions of a file, and the changes from each to the next. */

import { newCache, openRevision, type PdfDocument } from '../syntax/document.ts';
import { PdfSyntaxError } from '../syntax/parse.ts';
import { lastStartXref, type PdfLimits } from '../syntax/xref.ts';
import { onlySpace, type RevisionMark, revisionMarks, unexplainedOctets } from './coverage.ts';
import { diffRevisions } from './diff.ts';
import type { RevisionChange } from './diff-core.ts';

/** A file and its revisions, oldest first. */
export interface RevisionHistory {
  readonly bytes: Uint8Array;
  readonly revisions: readonly PdfDocument[];
  readonly marks: readonly RevisionMark[];
  readonly limits: PdfLimits;
  /** False when the newest `startxref` leads nowhere, so that the last revision here is not the file’s. */
  readonly newestReadable: boolean;
  readonly shared: PdfDocument['shared'];
  readonly compared: Map<string, readonly RevisionChange[]>;
}

function tryOpen(
  bytes: Uint8Array,
  mark: { value: number; end: number },
  limits: PdfLimits,
  shared: PdfDocument['shared'],
): PdfDocument | null {
  try {
    return openRevision(bytes, mark.end, mark.value, limits, shared);
  } catch (error) {
    if (error instanceof PdfSyntaxError) return null;
    throw error;
  }
}

/**
 * Opens every revision that a `startxref` in the file leads to.
 * @throws PdfSyntaxError when none can be opened.
 */
export function openHistory(bytes: Uint8Array, limits: PdfLimits, password = ''): RevisionHistory {
  const shared = newCache(password);
  const marks = revisionMarks(bytes, limits.maxSections);
  const last = lastStartXref(bytes, bytes.length);
  const lastMark = marks.at(-1);
  const loose =
    last !== null && (lastMark === undefined || last.at !== lastMark.at)
      ? [{ value: last.value, end: bytes.length }]
      : [];
  const revisions: PdfDocument[] = [];
  let newestReadable = false;
  for (const mark of [...marks, ...loose]) {
    if (mark.value === 0) continue;
    const document = tryOpen(bytes, mark, limits, shared);
    newestReadable = document !== null;
    if (document !== null) revisions.push(document);
  }
  if (revisions.length === 0) throw new PdfSyntaxError('no revision of the file can be read');
  return { bytes, revisions, marks, limits, newestReadable, shared, compared: new Map() };
}

function compare(history: RevisionHistory, prev: PdfDocument, next: PdfDocument): readonly RevisionChange[] {
  const key = `${prev.startXref}/${prev.end}>${next.startXref}/${next.end}`;
  let changes = history.compared.get(key);
  if (changes === undefined) {
    const stray = unexplainedOctets(
      next,
      next.entries.changedSince(prev.entries),
      history.marks,
      prev.end,
      next.end,
    );
    const extra: RevisionChange[] =
      stray === null ? [] : [{ kind: 'unexplained-bytes', level: 'other', object: `offset ${stray}` }];
    changes = [...diffRevisions(prev, next), ...extra];
    history.compared.set(key, changes);
  }
  return changes;
}

/**
 * The revision formed by the first `end` octets, or null when they are not one.
 * @param end offset just after the signed octets.
 */
export function revisionAt(history: RevisionHistory, end: number): PdfDocument | null {
  const known = history.revisions.find(
    (document) =>
      document.end >= end && onlySpace(history.bytes, end, document.end) && document.end - end <= 2,
  );
  if (known !== undefined) return known;
  const inside = history.revisions.findLast((document) => document.end <= end);
  return inside !== undefined && onlySpace(history.bytes, inside.end, end) ? inside : null;
}

/**
 * All changes after a revision, oldest first, with what the file holds behind its last revision.
 * @param covered offset behind what was signed: line ends that some makers write behind `%%EOF` belong to it.
 */
export function changesAfter(
  history: RevisionHistory,
  signed: PdfDocument,
  covered: number,
): readonly RevisionChange[] {
  const changes: RevisionChange[] = [];
  let prev = signed;
  for (const next of history.revisions) {
    if (next.end <= prev.end) continue;
    const found = compare(history, prev, next);
    changes.push(...found);
    if (found.length === 0)
      changes.push({ kind: 'revision-added', level: 'validation', object: `offset ${prev.end}` });
    prev = next;
  }
  if (leavesOut(history, signed))
    changes.push({ kind: 'structure-ambiguous', level: 'other', object: 'trailer /Size' });
  const end = Math.max(prev.end, covered);
  if (end < history.bytes.length) {
    const space = onlySpace(history.bytes, end, history.bytes.length);
    const kind = space ? 'trailing-space' : 'trailing-bytes';
    changes.push({ kind, level: space ? 'validation' : 'other', object: `offset ${end}` });
  }
  if (!history.newestReadable)
    changes.push({
      kind: 'structure-unreadable',
      level: 'other',
      object: 'the newest cross-reference section',
    });
  return changes.filter((change, index) => !isAnswered(change, index, changes));
}

/**
 * Whether the trailer that readers use, the newest, says that objects of a revision before it are not there: from its /Size on
 * none are (ISO 32000-2 Table 15). Sloppy updates in between are nobody's.
 */
function leavesOut(history: RevisionHistory, signed: PdfDocument): boolean {
  const later = history.revisions.filter(({ end }) => end > signed.end);
  const sizes = [signed, ...later].map(({ trailer }) => trailer.entries.get('Size'));
  const newest = sizes.at(-1);
  return typeof newest === 'number' && sizes.some((size) => typeof size === 'number' && size > newest);
}

/** An empty field that showed something, and was signed later: its signer answers for what it shows. */
function isAnswered(change: RevisionChange, index: number, all: readonly RevisionChange[]): boolean {
  if (change.kind !== 'signed-content-covered' || change.field === undefined) return false;
  const later = all.slice(index + 1);
  const isFieldOf = (other: RevisionChange): boolean => other.field === change.field;
  // Covering too much is found again when it is signed.
  const signed = later.findIndex((other) => other.kind === 'signature-added' && isFieldOf(other));
  return (
    signed >= 0 &&
    later.slice(0, signed).some((other) => other.kind === 'signature-field-added' && isFieldOf(other))
  );
}
