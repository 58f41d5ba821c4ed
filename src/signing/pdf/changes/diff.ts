/**
 * Compares two revisions of a file object by object. Everything reachable must be the same, except at the places that
 * signing, long-term validation data, form filling and annotations may touch (ISO 32000-2 §12.8.2.2, §12.8.4.3).
 */

import { listFields } from '../form.ts';
import { catalogOf, getObject, isPlaced, type PdfDocument, resolve, samePlace } from '../syntax/document.ts';
import { PdfSyntaxError } from '../syntax/parse.ts';
import {
  isArray,
  isDict,
  isName,
  isRef,
  isStream,
  isString,
  type PdfDict,
  type PdfValue,
} from '../syntax/values.ts';
import { sameEntry, type XrefEntry, type XrefSection } from '../syntax/xref.ts';
import { type Diff, type DiffLevel, type RevisionChange, strictComparer } from './diff-core.ts';
import { compareForm } from './diff-form.ts';
import { compareFree, comparePage, describe, items } from './diff-page.ts';
import { compareTags } from './diff-tags.ts';
import type { ChangeKind } from './kinds.ts';

const TRAILER_FREE = new Set([
  'Size',
  'Prev',
  'XRefStm',
  'ID',
  'Type',
  'W',
  'Index',
  'Filter',
  'DecodeParms',
  'Length',
  'Info',
  'Root',
  'DL',
]);
/** A checksum nobody checks, and the source of a hybrid file. */
const TRAILER_DROPPED = new Set(['DocChecksum', 'AdditionalStreams']);
const CATALOG_FREE: Readonly<Record<string, readonly [kind: ChangeKind, level: DiffLevel]>> = {
  DSS: ['dss-added', 'validation'],
  Extensions: ['extensions-changed', 'validation'],
  Metadata: ['metadata-changed', 'validation'],
  Version: ['version-changed', 'validation'],
};

function comparePermissions(diff: Diff, before: PdfValue | undefined, after: PdfValue | undefined): void {
  const old = resolve(diff.prev, before);
  const now = resolve(diff.next, after);
  if (old === null && isDict(now)) {
    diff.claim(after, diff.next, 1);
    diff.report('certification-added', 'signing', '/Perms');
    return;
  }
  diff.strict(before, after, '/Root /Perms');
}

/** Keys of either, each once. */
function keysOf(before: PdfDict, after: PdfDict): Iterable<string> {
  if (before === after) return before.entries.keys();
  return new Set([...before.entries.keys(), ...after.entries.keys()]);
}

function compareCatalog(diff: Diff, before: PdfDict, after: PdfDict): void {
  if (before !== after && (before.repeated || after.repeated))
    diff.report('structure-ambiguous', 'other', '/Root');
  for (const key of keysOf(before, after)) {
    const [old, now] = [before.entries.get(key), after.entries.get(key)];
    const free = CATALOG_FREE[key];
    if (key === 'AcroForm') compareForm(diff, old, now);
    else if (key === 'Perms') comparePermissions(diff, old, now);
    else if (key === 'Pages') comparePages(diff, old, now);
    else if (key === 'StructTreeRoot') compareTags(diff, old, now);
    else if (free !== undefined) compareFree(diff, old, now, free[0], free[1], `/Root /${key}`);
    else diff.strict(old, now, `/Root /${key}`);
  }
}

function comparePages(diff: Diff, before: PdfValue | undefined, after: PdfValue | undefined): void {
  const seen = new Set<number>();
  let page = 0;
  const visit = (old: PdfValue | undefined, now: PdfValue | undefined, depth: number): void => {
    if (isRef(old)) {
      if (seen.has(old.num) || depth > 64) return;
      seen.add(old.num);
    }
    if (!diff.sameReference(old, now)) {
      diff.report('page-tree-changed', 'other', depth === 0 ? '/Root /Pages' : `page ${page + 1}`);
      return;
    }
    const [a, b] = [resolve(diff.prev, old), resolve(diff.next, now)];
    if (!isDict(a) || !isDict(b)) {
      diff.strict(old, now, `page ${page + 1}`);
      return;
    }
    diff.structural(old);
    if (!a.entries.has('Kids') && !b.entries.has('Kids')) {
      page += 1;
      comparePage(diff, a, b, page);
      return;
    }
    const [kidsA, kidsB] = [items(diff.prev, a, 'Kids'), items(diff.next, b, 'Kids')];
    diff.claimRef(a.entries.get('Kids'));
    diff.claimRef(b.entries.get('Kids'));
    diff.strictEntries(
      a,
      b,
      isMark(b.entries.get('ITXT')) ? ['Kids', 'ITXT'] : ['Kids'],
      `page tree node ${describe(old)}`,
    );
    diff.draws(a.entries.get('Resources'), `page tree node ${describe(old)} /Resources`);
    if (kidsA.length !== kidsB.length)
      diff.report('page-tree-changed', 'other', `page tree node ${describe(old)} /Kids`);
    for (let index = 0; index < Math.min(kidsA.length, kidsB.length); index += 1)
      visit(kidsA[index], kidsB[index], depth + 1);
  };
  visit(before, after, 0);
}

/** iText up to version 5 leaves its version there; a text in an entry nobody reads shows nothing. */
function isMark(value: PdfValue | undefined): boolean {
  return value !== undefined && isString(value);
}

/** Whether the source of a hybrid file can be opened: some copy the entry and leave it to name an object that is not there. */
function namesSource(document: PdfDocument, value: PdfValue | undefined): boolean {
  const list = resolve(document, value);
  return isArray(list) ? list.items.some((item) => isStream(resolve(document, item))) : list !== null;
}

/**
 * What readers could take in two ways: of a key that stands twice some take the first value and some the last; an object is
 * found under one generation only. (What a trailer's /Size leaves out: `revisions.ts`, where the newest is known.)
 */
function compareSections(diff: Diff): void {
  const { prev, next } = diff;
  const added = next.sections.filter(({ offset }) => offset >= prev.end);
  if (added.some(({ trailer }) => trailer.repeated)) diff.report('structure-ambiguous', 'other', 'trailer');
  if (added.some((section) => contradictsItself(section, next.sections)))
    diff.report('structure-ambiguous', 'other', 'trailer /XRefStm');
  for (const num of diff.changed ?? next.entries.keys()) {
    const [a, b] = [prev.entries.get(num), next.entries.get(num)];
    if (a === b || !isPlaced(prev, num) || !isPlaced(next, num)) continue;
    if (generationOf(a) !== generationOf(b)) diff.report('structure-ambiguous', 'other', `object ${num}`);
  }
}

/** Readers look into the table first, or into the stream: in one hybrid section both must say the same (§7.5.8.4). */
function contradictsItself(section: XrefSection, all: readonly XrefSection[]): boolean {
  const stated = section.form === 'table' ? section.trailer.entries.get('XRefStm') : undefined;
  const hidden = all.find((other) => other.form === 'stream' && other.offset === stated);
  return [...(hidden?.entries ?? [])].some(([num, entry]) => {
    const inTable = section.entries.get(num);
    return inTable?.type === 'offset' && entry.type !== 'free' && !sameEntry(inTable, entry);
  });
}

function generationOf(entry: XrefEntry | undefined): number {
  return entry?.type === 'offset' ? entry.gen : 0;
}

function compareTrailers(diff: Diff): void {
  const [before, after] = [diff.prev.trailer, diff.next.trailer];
  compareSections(diff);
  for (const key of keysOf(before, after)) {
    // Left out by most who update a file of LibreOffice's; without it there is one less thing to open, not another.
    const dropped = TRAILER_DROPPED.has(key) && !namesSource(diff.next, after.entries.get(key));
    if (!TRAILER_FREE.has(key) && !dropped)
      diff.strict(before.entries.get(key), after.entries.get(key), `trailer /${key}`);
  }
  compareFree(
    diff,
    before.entries.get('Info'),
    after.entries.get('Info'),
    'document-information-changed',
    'validation',
    'trailer /Info',
  );
  diff.structural(before.entries.get('Root'));
  diff.claimRef(after.entries.get('Root'));
  if (!diff.sameReference(before.entries.get('Root'), after.entries.get('Root'))) {
    diff.report('catalog-renumbered', 'validation', 'trailer /Root');
  }
}

/**
 * Objects of the later revision that no rule has looked at. New ones that nothing refers to show nothing: they are named,
 * and allowed. Old ones redefined out of sight are not.
 */
function reportUnseen(diff: Diff): void {
  for (const num of diff.changed ?? diff.next.entries.keys()) {
    if (diff.seen.has(num) || samePlace(diff.prev, diff.next, num)) continue;
    const [before, after] = [getObject(diff.prev, num), getObject(diff.next, num)];
    if (after === null && !diff.next.broken.has(num)) continue;
    if (
      isStream(after) &&
      (isName(after.dict.entries.get('Type'), 'XRef') || isName(after.dict.entries.get('Type'), 'ObjStm'))
    ) {
      if (before === null || isStream(before)) continue;
    }
    if (diff.next.broken.has(num)) diff.report('object-unreadable', 'other', `${num} 0 R`);
    else if (!isPlaced(diff.prev, num)) diff.report('orphan-object-added', 'validation', `${num} 0 R`);
    else if (!diff.sameDeep(before, after)) diff.report('hidden-object-redefined', 'other', `${num} 0 R`);
  }
}

/** Fields of the earlier revision, and later ones that are new objects: an old object cannot escape comparison by becoming a field. */
function fieldNumbers(prev: PdfDocument, next: PdfDocument): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const field of listFields(prev)) if (field.num !== null) numbers.add(field.num);
  for (const field of listFields(next))
    if (field.num !== null && getObject(prev, field.num) === null) numbers.add(field.num);
  return numbers;
}

/** What changed from one revision to a later one. */
export function diffRevisions(prev: PdfDocument, next: PdfDocument): readonly RevisionChange[] {
  const diff = strictComparer(prev, next, fieldNumbers(prev, next));
  try {
    compareTrailers(diff);
    compareCatalog(diff, catalogOf(prev), catalogOf(next));
    diff.drain();
    reportUnseen(diff);
  } catch (error) {
    if (!(error instanceof PdfSyntaxError)) throw error;
    diff.report('structure-unreadable', 'other', 'the revision cannot be compared');
  }
  return diff.changes;
}
