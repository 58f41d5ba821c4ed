/** Signature fields written into an incremental update: found or made, put on their page and into the form. */
import { SigningError } from '../../errors.ts';
import { type FormField, listFields } from '../form.ts';
import { catalogOf, get, type PdfDocument } from '../syntax/document.ts';
import type { PdfPage } from '../syntax/pages.ts';
import {
  array,
  dict,
  isArray,
  isDict,
  isRef,
  name,
  type PdfDict,
  type PdfRef,
  type PdfValue,
  text,
  withEntries,
} from '../syntax/values.ts';
import { allocate, nextObjectNumber } from '../syntax/write.ts';

/** An incremental update being put together: what changes on top of which revision. */
export interface Update {
  readonly document: PdfDocument;
  readonly changes: Map<number, PdfValue>;
  readonly counter: { next: number };
}

/** Annotation flags: print and locked (ISO 32000-2 §12.5.3). */
export const WIDGET_FLAGS = 4 + 128;

/** An empty update of a document. */
export function newUpdate(document: PdfDocument): Update {
  return { document, changes: new Map(), counter: { next: nextObjectNumber(document) } };
}

/** The empty signature field to use, or null to make a new one under `name`. */
export function chooseField(
  document: PdfDocument,
  wanted: string | undefined,
): { name: string; existing: FormField | null } {
  const fields = listFields(document);
  const taken = new Set(fields.map((field) => field.name));
  if (wanted === undefined) {
    let count = 1;
    while (taken.has(`ChuKy${count}`)) count += 1;
    return { name: `ChuKy${count}`, existing: null };
  }
  const existing = fields.find((field) => field.name === wanted);
  if (existing === undefined) {
    if (/[.\0]/.test(wanted) || wanted === '')
      throw new SigningError('SIGNING_OPTION_INVALID', { details: { reason: 'field name' } });
    return { name: wanted, existing: null };
  }
  const usable =
    existing.type === 'Sig' &&
    existing.terminal &&
    existing.num !== null &&
    get(document, existing.dict, 'V') === null;
  if (!usable) throw new SigningError('PDF_FIELD_TAKEN');
  return { name: wanted, existing };
}

/** A new object of the update. */
export function added(update: Update, value: PdfValue): PdfRef {
  const made = allocate(update.counter);
  update.changes.set(made.num, value);
  return made;
}

function current(update: Update, num: number, fallback: PdfValue): PdfValue {
  return update.changes.get(num) ?? fallback;
}

/** Appends an item to an array-valued entry, in place when the array is an object of its own. */
function appendItem(update: Update, owner: PdfDict, key: string, item: PdfRef): PdfDict | null {
  const entry = owner.entries.get(key);
  const list = get(update.document, owner, key);
  const items = isArray(list) ? list.items : [];
  if (isRef(entry)) {
    update.changes.set(entry.num, array(...items, item));
    return null;
  }
  return withEntries(owner, { [key]: array(...items, item) });
}

function addToPage(update: Update, page: PdfPage, widget: PdfRef): void {
  if (page.num === null)
    throw new SigningError('PDF_INVALID', { details: { reason: 'page is not an object of its own' } });
  const owner = current(update, page.num, page.dict);
  const changed = isDict(owner) ? appendItem(update, owner, 'Annots', widget) : null;
  if (changed !== null) update.changes.set(page.num, changed);
}

/** SigFlags 3: signatures exist, append only (ISO 32000-2 §12.7.3). */
function addToForm(update: Update, field: PdfRef | null): void {
  const { document } = update;
  const catalog = catalogOf(document);
  const entry = catalog.entries.get('AcroForm');
  const old = get(document, catalog, 'AcroForm');
  const form = isDict(old) ? old : dict({ Fields: array() });
  const extended = field === null ? form : (appendItem(update, form, 'Fields', field) ?? form);
  const next = withEntries(extended, { SigFlags: 3 });
  if (isRef(entry)) {
    if (extended !== form || form.entries.get('SigFlags') !== 3) update.changes.set(entry.num, next);
    return;
  }
  const root = document.trailer.entries.get('Root');
  if (isRef(root)) update.changes.set(root.num, withEntries(catalog, { AcroForm: next }));
}

export function addField(
  update: Update,
  chosen: ReturnType<typeof chooseField>,
  signature: PdfRef,
  widget: Record<string, PdfValue>,
  page: PdfPage | undefined,
): void {
  if (chosen.existing !== null && chosen.existing.num !== null) {
    const { Rect: _rect, P: _page, ...kept } = widget;
    update.changes.set(chosen.existing.num, withEntries(chosen.existing.dict, { V: signature, ...kept }));
    addToForm(update, null);
    return;
  }
  const field = allocate(update.counter);
  const entries = {
    Type: name('Annot'),
    Subtype: name('Widget'),
    FT: name('Sig'),
    T: text(chosen.name),
    V: signature,
    ...widget,
  };
  update.changes.set(field.num, dict(entries));
  if (page !== undefined) addToPage(update, page, field);
  addToForm(update, field);
}

/** Names the certification signature in the catalog (ISO 32000-2 §12.8.6). */
export function addPermissions(update: Update, signature: PdfRef): void {
  const root = update.document.trailer.entries.get('Root');
  if (!isRef(root)) return;
  const catalog = current(update, root.num, catalogOf(update.document));
  if (isDict(catalog))
    update.changes.set(root.num, withEntries(catalog, { Perms: dict({ DocMDP: signature }) }));
}
