/**
 * Compares two revisions of a file object by object. Everything reachable must be the same, except at the places that
 * signing, long-term validation data, form filling and annotations may touch (ISO 32000-2 §12.8.2.2, §12.8.4.3).
 */

import { listFields } from '../form.ts';
import {
  catalogOf,
  get,
  getObject,
  isPlaced,
  type PdfDocument,
  resolve,
  samePlace,
} from '../syntax/document.ts';
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
import { type Diff, type DiffLevel, type RevisionChange, strictComparer } from './diff-core.ts';
import { compareForm } from './diff-form.ts';
import { compareTags } from './diff-tags.ts';

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
const CATALOG_FREE: Readonly<Record<string, readonly [kind: string, level: DiffLevel]>> = {
  DSS: ['dss-added', 'validation'],
  Extensions: ['extensions-changed', 'validation'],
  Metadata: ['metadata-changed', 'validation'],
  Version: ['version-changed', 'validation'],
};

function compareFree(
  diff: Diff,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  kind: string,
  level: DiffLevel,
  where: string,
): void {
  const changed = !diff.sameDeep(before, after);
  diff.claim(before, diff.prev);
  diff.claim(after, diff.next);
  if (changed) diff.report(kind, level, where);
}

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

function items(document: PdfDocument, dict: PdfDict, key: string): readonly PdfValue[] {
  const value = get(document, dict, key);
  return isArray(value) ? value.items : [];
}

function describe(value: PdfValue | undefined): string {
  return isRef(value) ? `${value.num} ${value.gen} R` : 'direct';
}

function comparePage(diff: Diff, before: PdfDict, after: PdfDict, page: number): void {
  const annotations = [get(diff.prev, before, 'Annots'), get(diff.next, after, 'Annots')];
  const lists = annotations.every((value) => value === null || isArray(value));
  diff.strictEntries(before, after, lists ? ['Annots'] : [], `page ${page}`);
  for (const key of ['Contents', 'Resources']) diff.draws(before.entries.get(key), `page ${page} /${key}`);
  const [old, now] = [items(diff.prev, before, 'Annots'), items(diff.next, after, 'Annots')];
  diff.claimRef(before.entries.get('Annots'));
  diff.claimRef(after.entries.get('Annots'));
  if (old === now && old.every((item) => isRef(item) && diff.isField(item.num))) return;
  const kept = new Map<number, PdfValue>();
  for (const item of now) if (isRef(item)) kept.set(item.num, item);
  const oldNumbers = new Set(old.flatMap((item) => (isRef(item) ? [item.num] : [])));
  const directOld = old.filter((item) => !isRef(item));
  const directNow = now.filter((item) => !isRef(item));
  if (
    directOld.length !== directNow.length ||
    directOld.some((item, index) => !diff.sameDeep(item, directNow[index]))
  ) {
    diff.report('annotation-changed', 'annotation', `page ${page} /Annots`);
  }
  for (const item of old) {
    if (!isRef(item)) continue;
    if (!kept.has(item.num))
      diff.report(
        'annotation-removed',
        diff.isField(item.num) ? 'other' : 'annotation',
        `${describe(item)} on page ${page}`,
      );
    else if (!diff.isField(item.num))
      compareFree(diff, item, item, 'annotation-changed', 'annotation', `${describe(item)} on page ${page}`);
  }
  for (const item of now) {
    if (!isRef(item) || oldNumbers.has(item.num) || diff.isField(item.num)) continue;
    diff.claim(item, diff.next);
    diff.report('annotation-added', 'annotation', `${describe(item)} on page ${page}`);
  }
}

/** Whether the source of a hybrid file can be opened: some copy the entry and leave it to name an object that is not there. */
function namesSource(document: PdfDocument, value: PdfValue | undefined): boolean {
  const list = resolve(document, value);
  return isArray(list) ? list.items.some((item) => isStream(resolve(document, item))) : list !== null;
}

function compareTrailers(diff: Diff): void {
  const [before, after] = [diff.prev.trailer, diff.next.trailer];
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
