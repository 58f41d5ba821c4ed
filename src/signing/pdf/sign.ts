/** Signs a PDF as PAdES B-B (or B-T) by incremental update (ETSI EN 319 142-1 §5, §6.3). */

import {
  type AppearanceOptions,
  drawIssue,
  type PlacedAppearance,
  placeAppearance,
} from '../appearance/index.ts';
import { buildCms, commonName } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { Signer, SigningDigest, TimestampAuthority } from '../ports.ts';
import { assertOwnerAllows } from './encryption/permissions.ts';
import { isLocked, listSignatures, permissionsOf } from './form.ts';
import { assertOrder } from './order.ts';
import { emptyAppearance, inkOf, wantsAppearance } from './pdf-a.ts';
import { stampIssue } from './stamp.ts';
import { catalogOf, get, getDict, openForSigning, type PdfDocument } from './syntax/document.ts';
import { listPages, type PdfPage } from './syntax/pages.ts';
import { array, dict, name, type PdfDict, type PdfValue, ref, text } from './syntax/values.ts';
import { allocate } from './syntax/write.ts';
import { DEFAULT_PDF_LIMITS, type PdfLimits } from './syntax/xref.ts';
import { append } from './update/append.ts';
import { fillContainer } from './update/container.ts';
import {
  added,
  addField,
  addPermissions,
  chooseField,
  newUpdate,
  type Update,
  WIDGET_FLAGS,
} from './update/fields.ts';
import { measured, tokenRoom } from './update/token-size.ts';

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
  /** Told when no time-stamp could be had: the signature then stays at B-B. Without it that is an error. */
  readonly onTimestampFailure?: (error: SigningError) => void;
  /**
   * Makes it the certification signature of the file (ISO 32000-2 §12.8.2.2): 1 allows no later change, 2 filling forms and
   * signing, 3 annotations too. Only the first signature of a file can certify.
   */
  readonly certify?: 1 | 2 | 3;
  readonly limits?: Partial<PdfLimits>;
  /** Opens an encrypted file: the owner’s, or a user’s whom the owner lets sign. What is added is encrypted like the rest. */
  readonly password?: string;
  /** A buffer whose front is the file itself, with space behind it: saves a copy of large files (see `append`). */
  readonly room?: Uint8Array;
}

/** `D:YYYYMMDDHHmmSS+07'00'`: Vietnam has one zone, UTC+7 without summer time. */
export function vietnamPdfDate(time: Date): string {
  const local = new Date(time.getTime() + 7 * 3_600_000).toISOString();
  return `D:${local.slice(0, 19).replace(/[-:T]/g, '')}+07'00'`;
}

/** What earlier signatures leave allowed (§12.8.2.2): a certification that forbids it, or a locked field, ends it here. */
function refuseWhereForbidden(document: PdfDocument, fieldName: string, options: PdfSignOptions): void {
  const signatures = listSignatures(document);
  for (const signature of signatures) {
    const permissions = permissionsOf(document, signature);
    if (permissions.level === 1) throw new SigningError('PDF_SIGNING_FORBIDDEN');
    if (isLocked(permissions, fieldName))
      throw new SigningError('PDF_SIGNING_FORBIDDEN', {
        details: { reason: 'the signature field is locked' },
      });
  }
  if (options.certify !== undefined && signatures.length > 0)
    throw new SigningError('SIGNING_OPTION_INVALID', {
      details: { reason: 'only the first signature of a file can certify it' },
    });
}

/** FieldMDP as the /Lock of the field asks (§12.7.5.5), DocMDP when it certifies. */
function references(options: PdfSignOptions, lock: PdfDict | null): PdfValue | undefined {
  const transform = (method: string, parameters: Record<string, PdfValue | undefined>): PdfDict =>
    dict({
      Type: name('SigRef'),
      TransformMethod: name(method),
      TransformParams: dict({ Type: name('TransformParams'), V: name('1.2'), ...parameters }),
    });
  const made: PdfDict[] = [];
  if (options.certify !== undefined) made.push(transform('DocMDP', { P: options.certify }));
  const action = lock?.entries.get('Action');
  if (action !== undefined)
    made.push(transform('FieldMDP', { Action: action, Fields: lock?.entries.get('Fields') }));
  return made.length === 0 ? undefined : array(...made);
}

function signatureDictionary(options: PdfSignOptions, signerName: string, lock: PdfDict | null): PdfDict {
  return dict({
    Reference: references(options, lock),
    Type: name('Sig'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.CAdES.detached'),
    M: text(vietnamPdfDate(options.signingTime)),
    Name: text(signerName),
    Reason: options.reason === undefined ? undefined : text(options.reason),
    Location: options.location === undefined ? undefined : text(options.location),
  });
}

function widgetEntries(
  update: Update,
  placed: PlacedAppearance | null,
  page: PdfPage | undefined,
  existing: PdfDict | undefined,
): Record<string, PdfValue> {
  const entries: Record<string, PdfValue> = { F: WIDGET_FLAGS };
  if (page?.num !== undefined && page.num !== null) entries['P'] = ref(page.num);
  entries['Rect'] = placed === null ? array(0, 0, 0, 0) : array(...placed.rect);
  const add = (value: PdfValue) => added(update, value);
  if (placed !== null) entries['AP'] = dict({ N: placed.build(add) });
  else if (wantsAppearance(update.document, existing)) entries['AP'] = emptyAppearance(add);
  return entries;
}

/** Room for the CMS: attributes, identifiers and the largest signature value take under 3 KiB beside certificates and token. */
function estimateSize(signer: Signer, authority: TimestampAuthority | undefined): number {
  const certificates = [signer.certificate, ...signer.chain].reduce((sum, der) => sum + der.length, 0);
  return certificates + 3_072 + (authority === undefined ? 0 : tokenRoom(authority));
}

/**
 * Number and date, before the signature itself: part of the page while nobody has signed, else a signature of its own, since
 * page content must not change under signatures that are there.
 */
async function issued(
  pdf: Uint8Array,
  signer: Signer,
  options: PdfSignOptions,
  issue: NonNullable<PdfSignOptions['issue']>,
): Promise<Uint8Array> {
  const document = openForSigning(pdf, { ...DEFAULT_PDF_LIMITS, ...options.limits }, options.password);
  const [page] = listPages(document);
  if (page === undefined) throw new SigningError('PDF_PAGE_NOT_FOUND');
  const found = drawIssue(document, page, issue, options.documentCode);
  if (found === null) return pdf;
  if (listSignatures(document).length === 0) {
    if (options.profile === 'agency') throw new SigningError('SIGNING_NO_LEADER_SIGNATURE');
    assertOwnerAllows(document, 'new-field');
    return append(pdf, stampIssue(document, page, found), options.room);
  }
  if (options.profile !== 'agency') throw new SigningError('SIGNING_ORDER_WRONG');
  const { field: _field, imagePng: _image, box: _box, page: _page, ...rest } = options;
  return signPdf(pdf, signer, { ...rest, profile: 'issue', reason: 'Cấp số, ngày ban hành' });
}

/**
 * Signs; the file given stays as it is, octet for octet, at the front of the file returned, so earlier signatures stay valid.
 * @throws SigningError PDF_INVALID, PDF_TOO_LARGE, PDF_ENCRYPTED, PDF_PASSWORD_WRONG, PDF_OWNER_FORBIDS,
 *   PDF_SIGNING_FORBIDDEN, PDF_FORM_DYNAMIC (ISO 32000-2 §7.7.2 NeedsRendering), PDF_FIELD_TAKEN, PDF_PAGE_NOT_FOUND,
 *   SIGNING_ANCHOR_NOT_FOUND, SIGNING_NO_LEADER_SIGNATURE, SIGNING_NUMBER_MISSING, SIGNING_NUMBER_CONFLICT,
 *   SIGNING_ORDER_WRONG, SIGNING_EARLIER_BROKEN, IMAGE_UNFIT, SIGNING_OPTION_INVALID, IMAGE_INVALID, IMAGE_TOO_LARGE
 */
export async function signPdf(pdf: Uint8Array, signer: Signer, options: PdfSignOptions): Promise<Uint8Array> {
  if (options.issue !== undefined && options.profile !== 'issue') {
    const { issue: _issue, ...rest } = options;
    return signPdf(await issued(pdf, signer, options, options.issue), signer, rest);
  }
  const document = openForSigning(pdf, { ...DEFAULT_PDF_LIMITS, ...options.limits }, options.password);
  if (get(document, catalogOf(document), 'NeedsRendering') === true)
    throw new SigningError('PDF_FORM_DYNAMIC');
  const chosen = chooseField(document, options.field);
  assertOwnerAllows(document, chosen.existing === null ? 'new-field' : 'field');
  refuseWhereForbidden(document, chosen.name, options);
  const pages = listPages(document);
  const leader = await assertOrder(pdf, document, pages, options);
  const defaultName = commonName(signer.certificate) ?? '';
  const placed = placeAppearance({ document, pages, options, defaultName, leader, ink: inkOf(document) });
  const page = pages[placed?.pageIndex ?? (options.page ?? 1) - 1];
  if (page === undefined && placed !== null) throw new SigningError('PDF_PAGE_NOT_FOUND');
  const lock = getDict(document, chosen.existing?.dict, 'Lock');
  const update = newUpdate(document);
  const signature = allocate(update.counter);
  update.changes.set(signature.num, signatureDictionary(options, options.signerName ?? defaultName, lock));
  addField(update, chosen, signature, widgetEntries(update, placed, page, chosen.existing?.dict), page);
  if (options.certify !== undefined) addPermissions(update, signature);
  const size = estimateSize(signer, options.timestampAuthority);
  const authority = options.timestampAuthority;
  const tail = await fillContainer(document, update.changes, signature.num, size, (content) =>
    buildCms(signer, {
      content,
      digest: options.digest ?? 'sha256',
      ...(authority === undefined ? {} : { timestampAuthority: measured(authority) }),
      ...(options.onTimestampFailure === undefined ? {} : { onTimestampFailure: options.onTimestampFailure }),
    }),
  );
  return append(pdf, tail, options.room);
}
