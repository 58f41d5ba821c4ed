/**
 * The structure tree of a tagged PDF (ISO 32000-2 §14.7): a writer that keeps a file accessible gives each new signature field an
 * element of its own. An element may gain such children and nothing else; what was tagged stays tagged as it was.
 */
import { get, getObject, isPlaced, type PdfDocument, resolve, samePlace } from '../syntax/document.ts';
import { isArray, isDict, isName, isRef, type PdfDict, type PdfValue, ref } from '../syntax/values.ts';
import { type Diff, sameShallow } from './diff-core.ts';

const ROOT = '/Root /StructTreeRoot';
/** What an element for a signature field may say of itself; text in place of what is drawn is not among it. */
const ELEMENT_KEYS: ReadonlySet<string> = new Set(['Type', 'S', 'P', 'K', 'Pg', 'T', 'Alt', 'Lang', 'ID']);
const OBJECT_KEYS: ReadonlySet<string> = new Set(['Type', 'Obj', 'Pg']);
/** Depth of the number tree that leads from the drawn back to the tags. */
const MAX_DEPTH = 32;

/** Compares the trees of both revisions. */
export function compareTags(diff: Diff, before: PdfValue | undefined, after: PdfValue | undefined): void {
  const [old, now] = [resolve(diff.prev, before), resolve(diff.next, after)];
  const gains =
    isDict(old) && isDict(now) && diff.sameReference(before, after) ? findGains(diff, old, now) : null;
  if (gains === null || !isDict(old) || !isDict(now)) {
    diff.strict(before, after, ROOT);
    return;
  }
  for (const { num } of gains) diff.structural(ref(num));
  diff.structural(before);
  for (const { num, old: was, now: is } of gains) diff.strictEntries(was, is, ['K'], `${num} 0 R (${ROOT})`);
  for (const num of gains.flatMap(({ added }) => added)) claimElement(diff, num);
  diff.strictEntries(old, now, ['K', 'ParentTree', 'ParentTreeNextKey'], ROOT);
  followKids(diff, old, now, ROOT);
  for (const { num, old: was, now: is } of gains) followKids(diff, was, is, `${num} 0 R (${ROOT})`);
  compareParents(diff, old, now, new Set(gains.flatMap(({ added }) => added)));
  diff.report('tags-added', 'signing', ROOT);
}

/** An element that gained children: their object numbers. */
interface Gain {
  readonly num: number;
  readonly old: PdfDict;
  readonly now: PdfDict;
  readonly added: readonly number[];
}

/** Elements that gained children for new signature fields; null when there is none, or when some element changed otherwise. */
function findGains(diff: Diff, oldRoot: PdfDict, nowRoot: PdfDict): readonly Gain[] | null {
  const gains: Gain[] = [];
  for (const num of diff.changed ?? diff.next.entries.keys()) {
    if (samePlace(diff.prev, diff.next, num)) continue;
    const [old, now] = [getObject(diff.prev, num), getObject(diff.next, num)];
    if (
      old === oldRoot ||
      !isDict(old) ||
      !isDict(now) ||
      !isName(old.entries.get('S')) ||
      sameShallow(old, now)
    )
      continue;
    if (!isName(old.entries.get('Type'), 'StructElem')) continue;
    const added = addedKids(diff, num, old, now);
    if (added === null) return null;
    gains.push({ num, old, now, added });
  }
  const rootKids = addedKids(diff, null, oldRoot, nowRoot);
  return gains.length > 0 && rootKids?.length === 0 ? gains : null;
}

function kidsOf(document: PdfDocument, element: PdfDict): readonly PdfValue[] {
  const kids = get(document, element, 'K');
  if (isArray(kids)) return kids.items;
  const single = element.entries.get('K');
  return single === undefined || single === null ? [] : [single];
}

/** The children an element gained behind those it had; null when those changed, or when a new one is not a signature field's. */
function addedKids(diff: Diff, parent: number | null, old: PdfDict, now: PdfDict): number[] | null {
  const [was, is] = [kidsOf(diff.prev, old), kidsOf(diff.next, now)];
  if (is.length < was.length || !was.every((kid, index) => sameShallow(kid, is[index]))) return null;
  const added: number[] = [];
  for (const kid of is.slice(was.length)) {
    if (parent === null || !isRef(kid) || !isFieldElement(diff, kid.num, parent)) return null;
    added.push(kid.num);
  }
  return added;
}

/** A new element that holds new fields of the form and nothing else. */
function isFieldElement(diff: Diff, num: number, parent: number): boolean {
  const element = getObject(diff.next, num);
  if (isPlaced(diff.prev, num) || !isDict(element) || element.repeated) return false;
  const up = element.entries.get('P');
  if (![...element.entries.keys()].every((key) => ELEMENT_KEYS.has(key))) return false;
  if (!isName(element.entries.get('S'), 'Form') || !isRef(up) || up.num !== parent) return false;
  const kids = kidsOf(diff.next, element);
  return kids.length > 0 && kids.every((kid) => isNewField(diff, resolve(diff.next, kid)));
}

/** An object reference (§14.7.5.3) to a widget that came with this revision. */
function isNewField(diff: Diff, value: PdfValue): boolean {
  if (!isDict(value) || !isName(value.entries.get('Type'), 'OBJR')) return false;
  const target = value.entries.get('Obj');
  if (![...value.entries.keys()].every((key) => OBJECT_KEYS.has(key))) return false;
  return isRef(target) && !isPlaced(diff.prev, target.num) && diff.isField(target.num);
}

function claimElement(diff: Diff, num: number): void {
  diff.structural(ref(num));
  const element = getObject(diff.next, num);
  if (!isDict(element)) return;
  diff.claimRef(element.entries.get('K'));
  for (const kid of kidsOf(diff.next, element)) diff.claimRef(kid);
}

/** What an element had as children is compared like everything else. */
function followKids(diff: Diff, old: PdfDict, now: PdfDict, where: string): void {
  diff.claimRef(old.entries.get('K'));
  diff.claimRef(now.entries.get('K'));
  const is = kidsOf(diff.next, now);
  for (const [index, kid] of kidsOf(diff.prev, old).entries()) diff.strict(kid, is[index], `${where} /K`);
}

/** From what is drawn to its elements (§14.7.5.4): what was there stays, new keys lead to new elements. */
function compareParents(diff: Diff, old: PdfDict, now: PdfDict, added: ReadonlySet<number>): void {
  const where = `${ROOT} /ParentTree`;
  const was = numbersOf(diff, diff.prev, old.entries.get('ParentTree'));
  const is = numbersOf(diff, diff.next, now.entries.get('ParentTree'));
  const next = [get(diff.prev, old, 'ParentTreeNextKey'), get(diff.next, now, 'ParentTreeNextKey')];
  const grows = next.every((value) => typeof value === 'number') && Number(next[1]) >= Number(next[0]);
  if (was === null || is === null || !(grows || sameShallow(next[0], next[1]))) {
    diff.report('content-changed', 'other', where);
    return;
  }
  for (const [key, value] of was) {
    const later = is.get(key);
    if (later === undefined || sameShallow(value, later)) diff.strict(value, later, `${where} ${key}`);
    else diff.strict(resolve(diff.prev, value), resolve(diff.next, later), `${where} ${key}`);
  }
  for (const [key, value] of is) {
    if (was.has(key)) continue;
    if (!isRef(value) || !added.has(value.num)) diff.report('content-changed', 'other', `${where} ${key}`);
  }
}

/** The pairs of a number tree; null when it is not one. */
function numbersOf(
  diff: Diff,
  document: PdfDocument,
  root: PdfValue | undefined,
): Map<number, PdfValue> | null {
  const found = new Map<number, PdfValue>();
  const visited = new Set<number>();
  const visit = (value: PdfValue | undefined, depth: number): boolean => {
    // A node that is its own descendant, or has two parents: no tree, and endless to walk.
    if (isRef(value)) {
      if (visited.has(value.num)) return false;
      visited.add(value.num);
    }
    diff.claimRef(value);
    const node = resolve(document, value);
    if (!isDict(node) || depth > MAX_DEPTH) return false;
    diff.claimRef(node.entries.get('Kids'));
    diff.claimRef(node.entries.get('Nums'));
    const [kids, pairs] = [get(document, node, 'Kids'), get(document, node, 'Nums')];
    if (isArray(kids) && !kids.items.every((kid) => visit(kid, depth + 1))) return false;
    for (let index = 0; isArray(pairs) && index < pairs.items.length; index += 2) {
      const key = pairs.items[index];
      if (typeof key !== 'number' || found.has(key)) return false;
      found.set(key, pairs.items[index + 1] ?? null);
    }
    return true;
  };
  return root === undefined || visit(root, 0) ? found : null;
}
