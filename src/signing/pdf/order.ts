/** Who has signed so far, and what may come next: the order of NĐ 30/2020 art. 15, 18, 21 and 32. */
import { shownBox } from '../appearance/geometry.ts';
import { type AppearanceProfile, blankNumber, type LeaderPlace } from '../appearance/index.ts';
import { certificateParts } from '../cms/index.ts';
import { SigningError } from '../errors.ts';
import type { SignatureFacts } from '../facts.ts';
import { type FormField, listFields } from './form.ts';
import { inspectPdf } from './inspect.ts';
import { get, getItems, type PdfDocument, resolve } from './syntax/document.ts';
import type { PdfPage } from './syntax/pages.ts';
import { isArray, isDict, isRef } from './syntax/values.ts';

/** Organisations carry `UID=MST:<tax code>`, persons `CCCD:`, `CMND:` or `HC:`: an agency's own seal is not a leader's signature. */
function isPerson(facts: SignatureFacts): boolean {
  const subject =
    facts.signerCertificate === null ? null : certificateParts(facts.signerCertificate)?.subject;
  return subject != null && !Buffer.from(subject).includes('MST:');
}

function isSound(facts: SignatureFacts): boolean {
  return facts.formatFaults.length === 0 && facts.digestsMatch === true && facts.signatureValid === true;
}

function pageIndexOf(document: PdfDocument, pages: readonly PdfPage[], field: FormField): number {
  const owner = field.dict.entries.get('P');
  const stated = isRef(owner) ? pages.findIndex((page) => page.num === owner.num) : -1;
  if (stated >= 0) return stated;
  return pages.findIndex((page) =>
    getItems(document, page.dict, 'Annots').some((item) => isRef(item) && item.num === field.num),
  );
}

function placeOf(document: PdfDocument, pages: readonly PdfPage[], field: FormField): LeaderPlace {
  const pageIndex = Math.max(0, pageIndexOf(document, pages, field));
  const rect = get(document, field.dict, 'Rect');
  const numbers = isArray(rect) ? rect.items.map((item) => resolve(document, item)) : [];
  const [x0, y0, x1, y1] = numbers.map((item) => (typeof item === 'number' ? item : 0));
  const page = pages[pageIndex];
  if (page === undefined || x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined)
    return { pageIndex, box: null };
  return { pageIndex, box: x1 - x0 < 1 || y1 - y0 < 1 ? null : shownBox(page, [x0, y0, x1, y1]) };
}

/** Signatures there are before the next one. */
interface Earlier {
  readonly persons: readonly LeaderPlace[];
  readonly agencies: readonly LeaderPlace[];
  readonly broken: boolean;
}

async function earlierSignatures(
  pdf: Uint8Array,
  document: PdfDocument,
  pages: readonly PdfPage[],
  password: string | undefined,
): Promise<Earlier> {
  const all = await inspectPdf(pdf, {}, password);
  const sound = all.filter(isSound);
  const fields = listFields(document).filter((field) => field.terminal);
  const placesOf = (facts: readonly SignatureFacts[]): LeaderPlace[] =>
    fields
      .filter((field) => facts.some(({ id }) => id === field.name))
      .map((field) => placeOf(document, pages, field));
  return {
    persons: placesOf(sound.filter(isPerson)),
    agencies: placesOf(sound.filter((facts) => !isPerson(facts))),
    broken: all.some((facts) => facts.digestsMatch === false || facts.signatureValid === false),
  };
}

function overlap(one: LeaderPlace, other: LeaderPlace): boolean {
  if (one.pageIndex !== other.pageIndex || one.box === null || other.box === null) return false;
  const [ax, ay, aw, ah] = one.box;
  const [bx, by, bw, bh] = other.box;
  return ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
}

/** Whether something other than page content stands in the blank: a number stamped by this or other software. */
function isStamped(document: PdfDocument, page: PdfPage, x: number, y: number): boolean {
  return getItems(document, page.dict, 'Annots').some((item) => {
    const annotation = resolve(document, item);
    if (!isDict(annotation)) return false;
    const rect = get(document, annotation, 'Rect');
    const numbers = isArray(rect) ? rect.items.map((value) => Number(resolve(document, value))) : [];
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers;
    const [left, bottom, width, height] = shownBox(page, [x0, y0, x1, y1]);
    return left <= x && x <= left + width && bottom <= y && y <= bottom + height;
  });
}

function assertNumbered(document: PdfDocument, pages: readonly PdfPage[]): void {
  const [first] = pages;
  const blank = first === undefined ? null : blankNumber(document, first);
  if (first === undefined || blank === null) return;
  if (isStamped(document, first, (blank.x0 + blank.x1) / 2, blank.y + blank.size / 3)) return;
  throw new SigningError('SIGNING_NUMBER_MISSING');
}

/**
 * Refuses what is out of order: a seal before the leader's signature (art. 32.2d) or before the number (art. 15), a leader's
 * signature after the seal, anything but a plain signature on a document whose signatures are broken (art. 21.2a).
 * @returns for the seal, the last signature of a person, preferring visible ones; else null.
 * @throws SigningError SIGNING_NO_LEADER_SIGNATURE, SIGNING_NUMBER_MISSING, SIGNING_ORDER_WRONG, SIGNING_EARLIER_BROKEN
 */
export async function assertOrder(
  pdf: Uint8Array,
  document: PdfDocument,
  pages: readonly PdfPage[],
  options: { readonly profile?: AppearanceProfile; readonly password?: string },
): Promise<LeaderPlace | null> {
  const { profile = 'plain', password } = options;
  if (profile === 'plain') return null;
  const { persons, agencies, broken } = await earlierSignatures(pdf, document, pages, password);
  const leader = persons.findLast((place) => place.box !== null) ?? persons.at(-1) ?? null;
  if (profile === 'agency' && leader === null) throw new SigningError('SIGNING_NO_LEADER_SIGNATURE');
  if (broken) throw new SigningError('SIGNING_EARLIER_BROKEN');
  // A seal lies over a leader's signature; other marks of agencies (numbers, copies, arrivals) do not.
  const isSealed = agencies.some((seal) => persons.some((person) => overlap(seal, person)));
  if (profile === 'leader' && isSealed) throw new SigningError('SIGNING_ORDER_WRONG');
  if (profile === 'issue' && isSealed)
    throw new SigningError('SIGNING_ORDER_WRONG', { details: { reason: 'issue after seal' } });
  if (profile !== 'agency') return null;
  assertNumbered(document, pages);
  return leader;
}
