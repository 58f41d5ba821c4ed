/** Signs a PDF as PAdES B-B (or B-T) by incremental update (ETSI EN 319 142-1 §5, §6.3). */

import { type AppearanceOptions, type PlacedAppearance, placeAppearance } from '../appearance/index.ts';
import { commonName } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest, TimestampAuthority } from '../ports.ts';
import { signContainer } from './container.ts';
import { type FormField, listFields, listSignatures, permissionsOf } from './form.ts';
import { findLeader } from './leader.ts';
import { catalogOf, get, openForSigning, type PdfDocument } from './syntax/document.ts';
import { listPages, type PdfPage } from './syntax/pages.ts';
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
  ref,
  text,
  withEntries,
} from './syntax/values.ts';
import { allocate, nextObjectNumber } from './syntax/write.ts';
import { DEFAULT_PDF_LIMITS, type PdfLimits } from './syntax/xref.ts';

/** How to sign. Appearance options are those of NĐ 30/2020 App. I; without profile, image and box the signature is invisible. */
export interface PdfSignOptions extends AppearanceOptions {
  readonly reason?: string;
  readonly location?: string;
  readonly signingTime: Date;
  /** Default sha256. */
  readonly digest?: SigningDigest;
  /** Name of the field: an empty signature field of that name is used, else one is made. Default: `ChuKy1`, `ChuKy2`, … */
  readonly field?: string;
  /** Adds a signature time-stamp (B-T). */
  readonly timestampAuthority?: TimestampAuthority;
  readonly limits?: Partial<PdfLimits>;
}

interface Update {
  readonly document: PdfDocument;
  readonly changes: Map<number, PdfValue>;
  readonly counter: { next: number };
}

/** `D:YYYYMMDDHHmmSS+07'00'`: Vietnam has one zone, UTC+7 without summer time. */
export function vietnamPdfDate(time: Date): string {
  const local = new Date(time.getTime() + 7 * 3_600_000).toISOString();
  return `D:${local.slice(0, 19).replace(/[-:T]/g, '')}+07'00'`;
}

function refuseWhereForbidden(document: PdfDocument): void {
  for (const signature of listSignatures(document)) {
    if (permissionsOf(document, signature).level === 1) throw new SigningError('PDF_SIGNING_FORBIDDEN');
  }
}

/** The empty signature field to use, or null to make a new one under `name`. */
function chooseField(
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

function signatureDictionary(options: PdfSignOptions, signerName: string): PdfDict {
  return dict({
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    M: text(vietnamPdfDate(options.signingTime)),
    Name: text(signerName),
    Reason: options.reason === undefined ? undefined : text(options.reason),
    Location: options.location === undefined ? undefined : text(options.location),
  });
}

/** Annotation flags: print and locked (ISO 32000-2 §12.5.3). */
const WIDGET_FLAGS = 4 + 128;

function widgetEntries(
  update: Update,
  placed: PlacedAppearance | null,
  page: PdfPage | undefined,
): Record<string, PdfValue> {
  const entries: Record<string, PdfValue> = { F: WIDGET_FLAGS };
  if (page?.num !== undefined && page.num !== null) entries['P'] = ref(page.num);
  entries['Rect'] = placed === null ? array(0, 0, 0, 0) : array(...placed.rect);
  if (placed !== null) {
    const stream = placed.build((value) => {
      const made = allocate(update.counter);
      update.changes.set(made.num, value);
      return made;
    });
    entries['AP'] = dict({ N: stream });
  }
  return entries;
}

function addField(
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

/**
 * Signs; the file given stays as it is, octet for octet, at the front of the file returned, so earlier signatures stay valid.
 * @throws SigningError PDF_INVALID, PDF_TOO_LARGE, PDF_ENCRYPTED, PDF_SIGNING_FORBIDDEN, PDF_FIELD_TAKEN, PDF_PAGE_NOT_FOUND,
 *   SIGNING_ANCHOR_NOT_FOUND, SIGNING_NO_LEADER_SIGNATURE, SIGNING_OPTION_INVALID, IMAGE_INVALID, IMAGE_TOO_LARGE
 */
export async function signPdf(pdf: Uint8Array, signer: Signer, options: PdfSignOptions): Promise<Uint8Array> {
  const document = openForSigning(pdf, { ...DEFAULT_PDF_LIMITS, ...options.limits });
  refuseWhereForbidden(document);
  const chosen = chooseField(document, options.field);
  const pages = listPages(document);
  const leader = options.profile === 'agency' ? await findLeader(pdf, document, pages) : null;
  const defaultName = commonName(signer.certificate) ?? '';
  const placed = placeAppearance({ document, pages, options, defaultName, leader });
  const page = pages[placed?.pageIndex ?? (options.page ?? 1) - 1];
  if (page === undefined && placed !== null) throw new SigningError('PDF_PAGE_NOT_FOUND');
  const update: Update = { document, changes: new Map(), counter: { next: nextObjectNumber(document) } };
  const signature = allocate(update.counter);
  update.changes.set(signature.num, signatureDictionary(options, options.signerName ?? defaultName));
  addField(update, chosen, signature, widgetEntries(update, placed, page), page);
  return signContainer(document, update.changes, signature.num, {
    signer,
    digest: options.digest ?? 'sha256',
    ...(options.timestampAuthority === undefined ? {} : { timestampAuthority: options.timestampAuthority }),
  });
}
