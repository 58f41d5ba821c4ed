/** The form half of the comparison: which changes to fields are signing, filling, or neither. */

import { listFields } from '../form.ts';
import { get, getObject, type PdfDocument, resolve } from '../syntax/document.ts';
import {
  decodeText,
  isArray,
  isDict,
  isName,
  isRef,
  isStream,
  isString,
  type PdfDict,
  type PdfValue,
} from '../syntax/values.ts';
import type { Diff, DiffLevel } from './diff-core.ts';
import type { ChangeKind } from './kinds.ts';
import { hidesPage, isVisible, type Shown } from './overlay.ts';

interface FieldContext {
  readonly name: string;
  readonly type: string;
  /** Whether the value of the field, or of a field above it, changed. */
  readonly filled: boolean;
}

function itemsOf(value: PdfValue): readonly PdfValue[] {
  return isArray(value) ? value.items : [];
}

function contextOf(document: Diff['prev'], dict: PdfDict, parent: FieldContext): FieldContext {
  const partial = get(document, dict, 'T');
  const own = isString(partial) ? decodeText(partial) : '';
  const type = get(document, dict, 'FT');
  const name = parent.name !== '' && own !== '' ? `${parent.name}.${own}` : `${parent.name}${own}`;
  return { name, type: isName(type) ? type.value : parent.type, filled: parent.filled };
}

function label(value: PdfValue | undefined, name: string): string {
  return isRef(value) ? `${value.num} ${value.gen} R (field ${name})` : `field ${name}`;
}

/** What setting a signature field's value is: a document time-stamp, by kind and form, is validation data, anything else is signing. */
function signingLevel(
  diff: Diff,
  value: PdfValue | undefined,
): readonly [kind: ChangeKind, level: DiffLevel] {
  const dict = resolve(diff.next, value);
  const type = isDict(dict) ? get(diff.next, dict, 'Type') : null;
  return isName(type, 'DocTimeStamp') && hasStampForm(diff, value)
    ? ['document-timestamp-added', 'validation']
    : ['signature-added', 'signing'];
}

/** What is verified as a time-stamp names no signer who would answer for what its field shows. */
function hasStampForm(diff: Diff, value: PdfValue | undefined): boolean {
  const dict = resolve(diff.next, value);
  return isDict(dict) && isName(get(diff.next, dict, 'SubFilter'), 'ETSI.RFC3161');
}

/** A signature that is there already proves nothing of a field that takes it up later, and least of all what that shows. */
function reportReuse(diff: Diff, value: PdfValue | undefined, where: string, field: string): void {
  if (isRef(value) && getObject(diff.prev, value.num) !== null)
    diff.report('signature-shown-twice', 'other', where, field);
}

function shownBy(diff: Diff, value: PdfValue, dict: PdfDict): Shown[] {
  const kids = itemsOf(get(diff.next, dict, 'Kids')).map((kid) => ({ kid, dict: resolve(diff.next, kid) }));
  return [
    { dict, num: isRef(value) ? value.num : null },
    ...kids.flatMap((item) =>
      isDict(item.dict) ? [{ dict: item.dict, num: isRef(item.kid) ? item.kid.num : null }] : [],
    ),
  ];
}

/** Signing brings a place and a look, nothing that runs. */
function reportActions(diff: Diff, dict: PdfDict, where: string, field: string): void {
  if (dict.entries.has('A') || dict.entries.has('AA')) diff.report('action-added', 'other', where, field);
  if (dict.repeated) diff.report('structure-ambiguous', 'other', where, field);
}

/**
 * A signature may show itself, but not hide the page; a document time-stamp and an empty field show nothing, for nobody
 * answers for what they would show.
 */
function reportCover(diff: Diff, value: PdfValue, dict: PdfDict, own: FieldContext, mayShow: boolean): void {
  const widgets = shownBy(diff, value, dict);
  const bad = mayShow
    ? hidesPage(diff.next, widgets)
    : widgets.some((widget) => isVisible(diff.next, widget.dict));
  if (bad) diff.report('signed-content-covered', 'other', label(value, own.name), own.name);
}

/** A field that was not there: only signature fields may come. */
function newField(diff: Diff, value: PdfValue, parent: FieldContext, depth: number): void {
  const dict = resolve(diff.next, value);
  if (!isDict(dict) || depth > 64) {
    diff.report('form-field-added', 'other', label(value, parent.name));
    return;
  }
  if (isRef(value) && !diff.isField(value.num)) {
    diff.strict(value, value, label(value, parent.name));
    return;
  }
  diff.structural(value);
  const own = contextOf(diff.next, dict, parent);
  reportActions(diff, dict, label(value, own.name), own.name);
  const kids = itemsOf(get(diff.next, dict, 'Kids'));
  for (const [key, entry] of dict.entries)
    if (!['Kids', 'Parent', 'P'].includes(key)) diff.claim(entry, diff.next);
  diff.claimRef(dict.entries.get('Kids'));
  if (kids.length > 0) {
    for (const kid of kids) newField(diff, kid, own, depth + 1);
    if (own.type !== 'Sig') return;
  } else if (own.type !== 'Sig') {
    diff.report('form-field-added', 'other', label(value, own.name), own.name);
    return;
  }
  const signed = isDict(resolve(diff.next, dict.entries.get('V')));
  const [kind, level] = signed
    ? signingLevel(diff, dict.entries.get('V'))
    : (['signature-field-added', 'signing'] as const);
  const V = dict.entries.get('V');
  reportCover(diff, value, dict, own, signed && level === 'signing' && !hasStampForm(diff, V));
  if (signed) reportReuse(diff, V, label(value, own.name), own.name);
  if (signed || kids.length === 0) diff.report(kind, level, label(value, own.name), own.name);
}

/** Entries of a field or widget that change when it is filled or signed. */
const FILLING = ['V', 'AP', 'AS', 'F', 'M', 'MK', 'DA', 'RV', 'I', 'Ff'];

const FILLING_AND_KIDS = [...FILLING, 'Kids'];
/** A field that waits for its signature may move. */
const FILLING_UNSIGNED = [...FILLING_AND_KIDS, 'Rect'];

function onlySetsReadOnly(before: PdfValue | undefined, after: PdfValue | undefined): boolean {
  const [a, b] = [typeof before === 'number' ? before : 0, typeof after === 'number' ? after : 0];
  return (a | 1) === b;
}

function fillingChanged(diff: Diff, before: PdfDict, after: PdfDict): string[] {
  return FILLING.filter((key) => !diff.sameDeep(before.entries.get(key), after.entries.get(key)));
}

function claimFilling(diff: Diff, before: PdfDict, after: PdfDict): void {
  for (const key of FILLING) {
    if (key === 'V') continue;
    diff.claim(before.entries.get(key), diff.prev);
    diff.claim(after.entries.get(key), diff.next);
  }
  if (!diff.sameDeep(before.entries.get('AP'), after.entries.get('AP')))
    diff.replaceAppearance(before.entries.get('AP'), '/AP of a field');
}

function compareSignatureField(
  diff: Diff,
  value: PdfValue,
  before: PdfDict,
  after: PdfDict,
  name: string,
): void {
  const wasSigned = isDict(resolve(diff.prev, before.entries.get('V')));
  const isSigned = isDict(resolve(diff.next, after.entries.get('V')));
  if (wasSigned) {
    diff.strict(before.entries.get('V'), after.entries.get('V'), `${label(value, name)} /V`);
    const kept = pick(before);
    diff.strictEntries(kept, before === after ? kept : pick(after), ['V'], label(value, name));
    return;
  }
  const changed = fillingChanged(diff, before, after).filter((key) => key !== 'V');
  claimFilling(diff, before, after);
  diff.claim(before.entries.get('V'), diff.prev);
  if (isSigned) {
    diff.claim(after.entries.get('V'), diff.next);
    diff.report(...signingLevel(diff, after.entries.get('V')), label(value, name), name);
    reportReuse(diff, after.entries.get('V'), label(value, name), name);
    const silent = hasStampForm(diff, after.entries.get('V')) && isVisible(diff.next, after);
    if (silent || hidesPage(diff.next, shownBy(diff, value, after)))
      diff.report('signed-content-covered', 'other', label(value, name), name);
  } else if (changed.length > 0 || !diff.sameDeep(before.entries.get('Rect'), after.entries.get('Rect')))
    // A field that waits for a signature shows what it showed until it gets one.
    diff.report('form-appearance-changed', 'other', label(value, name), name);
}

function pick(dict: PdfDict): PdfDict {
  const entries = new Map<string, PdfValue>();
  for (const key of FILLING) {
    const value = dict.entries.get(key);
    if (value !== undefined) entries.set(key, value);
  }
  return { ...dict, entries };
}

/** Whether a field holds a signature and nothing below it. */
function isLeafSigned(document: PdfDocument, dict: PdfDict, { type }: FieldContext): boolean {
  return type === 'Sig' && !dict.entries.has('Kids') && isDict(resolve(document, dict.entries.get('V')));
}

function compareField(diff: Diff, old: PdfValue, now: PdfValue, parent: FieldContext, depth: number): void {
  const [before, after] = [resolve(diff.prev, old), resolve(diff.next, now)];
  if (!isDict(before) || !isDict(after) || depth > 64) {
    diff.strict(old, now, label(old, parent.name));
    return;
  }
  diff.structural(old);
  const inherited = contextOf(diff.prev, before, parent);
  if (before === after && isLeafSigned(diff.prev, before, inherited)) {
    // The octets it had: what they refer to must be the same, all of it.
    diff.strictEntries(before, after, [], label(old, inherited.name));
    return;
  }
  const unsigned = inherited.type === 'Sig' && !before.entries.has('V');
  const where = label(old, inherited.name);
  diff.strictEntries(before, after, unsigned ? FILLING_UNSIGNED : FILLING_AND_KIDS, where);
  diff.draws(before.entries.get('AP'), `${where} /AP`);
  const valueChanged = !diff.sameDeep(before.entries.get('V'), after.entries.get('V'));
  const own = { ...inherited, filled: parent.filled || valueChanged };
  if (own.type === 'Sig') compareSignatureField(diff, old, before, after, own.name);
  else compareValueField(diff, old, before, after, own);
  compareFieldLists(diff, before.entries.get('Kids'), after.entries.get('Kids'), own, depth + 1);
}

/** Entries that make a field look otherwise, or vanish. */
const LOOKS = ['AP', 'AS', 'F', 'MK', 'DA', 'RV', 'I'];

/** A new look without a new value would show what the value does not say, or hide it (shadow attacks "replace" and "hide"). */
function showsAnotherValue(own: FieldContext, changed: readonly string[]): boolean {
  return !own.filled && LOOKS.some((key) => changed.includes(key));
}

function compareValueField(
  diff: Diff,
  old: PdfValue,
  before: PdfDict,
  after: PdfDict,
  own: FieldContext,
): void {
  const changed = fillingChanged(diff, before, after);
  const where = label(old, own.name);
  claimFilling(diff, before, after);
  diff.claim(before.entries.get('V'), diff.prev);
  diff.claim(after.entries.get('V'), diff.next);
  if (changed.length === 0) return;
  if (changed.includes('Ff')) {
    const locking =
      changed.length === 1 && onlySetsReadOnly(before.entries.get('Ff'), after.entries.get('Ff'));
    diff.report(
      locking ? 'form-field-locked' : 'form-field-changed',
      locking ? 'signing' : 'other',
      where,
      own.name,
    );
  } else if (showsAnotherValue(own, changed))
    diff.report('form-appearance-changed', 'other', where, own.name);
  else if (
    changed.includes('AP') &&
    hidesPage(diff.next, [{ dict: after, num: isRef(old) ? old.num : null }])
  )
    diff.report('signed-content-covered', 'other', where, own.name);
  else diff.report('form-filled', 'form', where, own.name);
}

function compareFieldLists(
  diff: Diff,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  parent: FieldContext,
  depth: number,
): void {
  diff.claimRef(before);
  diff.claimRef(after);
  const [old, now] = [itemsOf(resolve(diff.prev, before)), itemsOf(resolve(diff.next, after))];
  const later = new Map<number, PdfValue>();
  for (const item of now) if (isRef(item)) later.set(item.num, item);
  const direct = now.filter((item) => !isRef(item));
  let directIndex = 0;
  for (const item of old) {
    const match = isRef(item) ? later.get(item.num) : direct[directIndex++];
    if (match === undefined) diff.report('form-field-removed', 'other', label(item, parent.name));
    else compareField(diff, item, match, parent, depth);
  }
  const known = new Set(old.flatMap((item) => (isRef(item) ? [item.num] : [])));
  for (const item of now) if (isRef(item) && !known.has(item.num)) newField(diff, item, parent, depth);
  for (const item of direct.slice(directIndex)) newField(diff, item, parent, depth);
}

/** Whether the look of some field takes its resources from the form, having none of its own. */
function borrowsResources(document: PdfDocument): boolean {
  const borrows = (value: PdfValue, depth: number): boolean => {
    if (isStream(value)) return value.raw.length > 0 && !value.dict.entries.has('Resources');
    if (!isDict(value) || depth > 1) return false;
    return [...value.entries.values()].some((item) => borrows(resolve(document, item), depth + 1));
  };
  return listFields(document).some(({ dict }) => borrows(get(document, dict, 'AP'), 0));
}

/** Default resources may gain entries; those there must stay. */
function compareResources(diff: Diff, before: PdfValue | undefined, after: PdfValue | undefined): void {
  const [old, now] = [resolve(diff.prev, before), resolve(diff.next, after)];
  diff.claim(after, diff.next);
  diff.claim(before, diff.prev);
  if (!isDict(old)) return;
  for (const [category, value] of old.entries) {
    const [a, b] = [resolve(diff.prev, value), isDict(now) ? get(diff.next, now, category) : null];
    if (!isDict(a) || !isDict(b)) {
      if (!diff.sameDeep(a, b)) diff.report('form-resources-changed', 'other', `/AcroForm /DR /${category}`);
      continue;
    }
    for (const [key, entry] of a.entries) {
      // iText replaces the parts of the last signature's look there; nothing shown comes from them where every look has its own.
      const unused = category === 'XObject' && !borrowsResources(diff.prev);
      if (!unused && !diff.sameDeep(entry, b.entries.get(key)))
        diff.report('form-resources-changed', 'other', `/AcroForm /DR /${category} /${key}`);
    }
  }
}

/** Asking readers to draw all fields anew changes what those show whose look and value differ (shadow attack "replace"). */
function compareRedrawing(diff: Diff, before: PdfDict, after: PdfDict): void {
  const asks = (document: PdfDocument, form: PdfDict): boolean =>
    get(document, form, 'NeedAppearances') === true;
  if (asks(diff.prev, before) || !asks(diff.next, after)) return;
  const redrawn = listFields(diff.prev).some(({ type, dict }) => type !== 'Sig' && dict.entries.has('AP'));
  if (redrawn) diff.report('form-redrawn', 'other', '/AcroForm /NeedAppearances');
}

/** Compares the two /AcroForm entries. */
export function compareForm(diff: Diff, before: PdfValue | undefined, after: PdfValue | undefined): void {
  const [old, now] = [resolve(diff.prev, before), resolve(diff.next, after)];
  diff.claimRef(before);
  diff.claimRef(after);
  if (old === null && now === null) return;
  if (!isDict(now)) {
    diff.report('form-removed', 'other', '/AcroForm');
    return;
  }
  const base: PdfDict = isDict(old) ? old : { kind: 'dict', entries: new Map(), repeated: false };
  compareFieldLists(
    diff,
    base.entries.get('Fields'),
    now.entries.get('Fields'),
    { name: '', type: '', filled: false },
    0,
  );
  compareResources(diff, base.entries.get('DR'), now.entries.get('DR'));
  const free = ['Fields', 'DR', 'SigFlags', 'NeedAppearances', ...(base.entries.has('DA') ? [] : ['DA'])];
  diff.strictEntries(base, now, free, '/AcroForm');
  if (isDict(old)) compareRedrawing(diff, base, now);
  if (now.repeated) diff.report('structure-ambiguous', 'other', '/AcroForm');
}
