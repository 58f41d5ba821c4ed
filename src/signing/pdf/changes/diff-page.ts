/** The page half of the comparison: a page stays as it was, but for the annotations that its signers let others add. */
import { get, getObject, type PdfDocument, resolve } from '../syntax/document.ts';
import { isArray, isDict, isName, isRef, type PdfDict, type PdfValue } from '../syntax/values.ts';
import type { Diff, DiffLevel } from './diff-core.ts';
import type { ChangeKind } from './kinds.ts';
import { hidesPage, isVisible } from './overlay.ts';

/** The items of an array in one revision; none where there is no array. */
export function items(document: PdfDocument, dict: PdfDict, key: string): readonly PdfValue[] {
  const value = get(document, dict, key);
  return isArray(value) ? value.items : [];
}

/** An object in words. */
export function describe(value: PdfValue | undefined): string {
  return isRef(value) ? `${value.num} ${value.gen} R` : 'direct';
}

/** Compares what may become another thing, and all below it, as one change of the kind given. */
export function compareFree(
  diff: Diff,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  kind: ChangeKind,
  level: DiffLevel,
  where: string,
): boolean {
  const changed = !diff.sameDeep(before, after);
  diff.claim(before, diff.prev);
  diff.claim(after, diff.next);
  if (changed) diff.report(kind, level, where);
  return changed;
}

/** Compares one page with what it was. @param page its number, from 1, for the words of a report */
export function comparePage(diff: Diff, before: PdfDict, after: PdfDict, page: number): void {
  const annotations = [get(diff.prev, before, 'Annots'), get(diff.next, after, 'Annots')];
  const lists = annotations.every((value) => value === null || isArray(value));
  diff.strictEntries(before, after, lists ? ['Annots'] : [], `page ${page}`);
  for (const key of ['Contents', 'Resources']) diff.draws(before.entries.get(key), `page ${page} /${key}`);
  const [old, now] = [items(diff.prev, before, 'Annots'), items(diff.next, after, 'Annots')];
  diff.claimRef(before.entries.get('Annots'));
  diff.claimRef(after.entries.get('Annots'));
  if (old === now && old.every((item) => isRef(item) && diff.isField(item.num))) return;
  compareDirect(diff, old, now, page);
  const kept = new Set(now.flatMap((item) => (isRef(item) ? [item.num] : [])));
  for (const item of old) if (isRef(item)) compareOld(diff, item, kept.has(item.num), page);
  const listed = old.flatMap((item) => (isRef(item) ? [item.num] : []));
  compareOrder(diff, listed, now, page);
  const known = new Set(listed);
  for (const item of now) if (isRef(item) && !known.has(item.num)) compareNew(diff, item, page);
}

/** Annotations written into the list itself. */
function compareDirect(diff: Diff, old: readonly PdfValue[], now: readonly PdfValue[], page: number): void {
  const [was, is] = [old.filter((item) => !isRef(item)), now.filter((item) => !isRef(item))];
  for (const item of was) drawsLook(diff, item, page);
  if (was.length === is.length && was.every((item, index) => diff.sameDeep(item, is[index]))) return;
  diff.report('annotation-changed', 'annotation', `page ${page} /Annots`);
  for (const item of is)
    if (isDict(item) && !was.some((other) => diff.sameDeep(other, item)))
      reportShown(diff, item, null, `direct on page ${page}`);
}

function drawsLook(diff: Diff, value: PdfValue, page: number): void {
  const dict = resolve(diff.prev, value);
  if (isDict(dict)) diff.draws(dict.entries.get('AP'), `${describe(value)} on page ${page} /AP`);
}

function compareOld(diff: Diff, item: PdfValue & { num: number }, kept: boolean, page: number): void {
  const where = `${describe(item)} on page ${page}`;
  const field = diff.isField(item.num);
  if (!kept) diff.report('annotation-removed', field ? 'other' : 'annotation', where);
  else if (!field) {
    drawsLook(diff, item, page);
    const changed = compareFree(diff, item, item, 'annotation-changed', 'annotation', where);
    const [was, is] = [getObject(diff.prev, item.num), getObject(diff.next, item.num)];
    if (!changed || !isDict(is)) return;
    const acts = (['A', 'AA'] as const).some(
      (key) => !diff.sameDeep(isDict(was) ? was.entries.get(key) : null, is.entries.get(key)),
    );
    reportShown(diff, is, item.num, where, acts);
  }
}

/** Annotations lie over each other in the order of their list. */
function compareOrder(diff: Diff, was: readonly number[], now: readonly PdfValue[], page: number): void {
  const known = new Set(was);
  let at = 0;
  for (const item of now) {
    if (!isRef(item) || !known.has(item.num)) continue;
    while (at < was.length && was[at] !== item.num) at += 1;
    if (at === was.length) {
      diff.report('drawing-order-changed', 'other', `page ${page} /Annots`);
      return;
    }
    at += 1;
  }
}

function compareNew(diff: Diff, item: PdfValue & { num: number }, page: number): void {
  const where = `${describe(item)} on page ${page}`;
  const [was, is] = [getObject(diff.prev, item.num), getObject(diff.next, item.num)];
  if (diff.isField(item.num)) {
    if (isDict(was) && !isSignedNow(diff, was, is) && isShown(diff, was, is))
      diff.report('drawing-order-changed', 'other', where);
    return;
  }
  diff.claim(item, diff.next);
  diff.report('annotation-added', 'annotation', where);
  if (isDict(is)) reportShown(diff, is, item.num, where);
}

function isSignedNow(diff: Diff, was: PdfDict, is: PdfValue): boolean {
  return !isDict(get(diff.prev, was, 'V')) && isDict(is) && isDict(get(diff.next, is, 'V'));
}

function isShown(diff: Diff, was: PdfDict, is: PdfValue): boolean {
  return isVisible(diff.prev, was) || (isDict(is) && isVisible(diff.next, is));
}

/** Actions of annotations that lead somewhere and do nothing else. */
const HARMLESS_ACTIONS: ReadonlySet<string> = new Set(['URI', 'GoTo', 'GoToR']);

/** What no annotation may do, whoever is free to add some: cover the page, run something, or be a field that no form holds. */
function reportShown(diff: Diff, dict: PdfDict, num: number | null, where: string, acts = true): void {
  const action = get(diff.next, dict, 'A');
  const kind = isDict(action) ? get(diff.next, action, 'S') : null;
  const harmless =
    action === null ||
    (isDict(action) && isName(kind) && HARMLESS_ACTIONS.has(kind.value) && !action.entries.has('Next'));
  if (acts && (!harmless || dict.entries.has('AA'))) diff.report('action-added', 'other', where);
  if (isName(get(diff.next, dict, 'Subtype'), 'Widget')) diff.report('form-field-added', 'other', where);
  if (dict.repeated) diff.report('structure-ambiguous', 'other', where);
  if (hidesPage(diff.next, [{ dict, num }])) diff.report('signed-content-covered', 'other', where);
}
