/** Finds the competent person's signature, which must be there before the agency seals (NĐ 30/2020 art. 32.2d). */
import { shownBox } from '../appearance/geometry.ts';
import type { LeaderPlace } from '../appearance/index.ts';
import { certificateParts } from '../cms/index.ts';
import type { SignatureFacts } from '../facts.ts';
import { type FormField, listFields } from './form.ts';
import { inspectPdf } from './inspect.ts';
import { get, getItems, type PdfDocument, resolve } from './syntax/document.ts';
import type { PdfPage } from './syntax/pages.ts';
import { isArray, isRef } from './syntax/values.ts';

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

/** The last sound signature of a person, preferring visible ones; null when there is none. */
export async function findLeader(
  pdf: Uint8Array,
  document: PdfDocument,
  pages: readonly PdfPage[],
  password?: string,
): Promise<LeaderPlace | null> {
  const sound = (await inspectPdf(pdf, {}, password))
    .filter((facts) => isSound(facts) && isPerson(facts))
    .map((facts) => facts.id);
  const places = listFields(document)
    .filter((field) => sound.includes(field.name) && field.terminal)
    .map((field) => placeOf(document, pages, field));
  return places.findLast((place) => place.box !== null) ?? places.at(-1) ?? null;
}
