import type { OcrBarcode, OcrFields, PageReading } from '../types.ts';
import { findFormFields } from './form.ts';
import { findAgencies, findHead, findNumber, findSubject, findTitle } from './header.ts';
import { findAddressees, findRecipients } from './parties.ts';
import { findPlaceAndDate } from './place-date.ts';
import { findSigner } from './signer.ts';
import { type FieldLine, fieldOf, isCapitals, toFieldLines, toKey } from './text.ts';

/** Pages looked at: the head is on the first, the signature seldom after the tenth. */
const MAX_PAGES = 30;

/**
 * Finds the fields of an administrative document (NĐ 30/2020 App. I), a receipt or an application form. The first
 * page with text is taken for the first page of the document. What is not there stays `null`.
 */
export function extractFields(pages: readonly PageReading[]): OcrFields {
  const all = pages.slice(0, MAX_PAGES).flatMap((page, i) => toFieldLines(page, i + 1));
  const firstPage = all[0]?.page ?? 1;
  const width = pages[firstPage - 1]?.width ?? 1;
  const first = all.filter((line) => line.page === firstPage);
  const barcodes: OcrBarcode[] = pages.flatMap((page, i) =>
    page.barcodes.map((code) => ({ ...code, page: i + 1 })),
  );
  const head = findHead(first, width);
  const title = findTitle(first, head);
  const subject = findSubject(first, head, title);
  const isLetter = title === null && subject !== null;
  const typeName = title
    ? fieldOf(title.name, title.lines)
    : isLetter && subject
      ? { ...subject, value: 'Công văn' }
      : null;
  const isMinutes = title?.name === 'Biên bản';
  const signer = findSigner(all, width);
  const form = findFormFields(all, barcodes, title?.isForm ?? title === null);
  return {
    ...findAgencies(head),
    ...findNumber(head, typeName?.value ?? null),
    ...findPlaceAndDate(all, isMinutes),
    typeName,
    subject,
    ...signer,
    recipients: findRecipients(all),
    addressees: findAddressees(first),
    ...form,
    applicantName: title?.isForm
      ? agreeOnName(form.applicantName ?? declarant(signer), signer.signerName, all)
      : form.applicantName,
  };
}

/** Who signs as the declarant is the applicant, when the line at the top could not be read. */
function declarant(signer: Pick<OcrFields, 'signerPosition' | 'signerName'>): OcrFields['applicantName'] {
  const role = toKey(signer.signerPosition?.value ?? '');
  return /^nguoi (khai|yeu cau|lam don|viet don|de nghi|nop)/.test(role) ? signer.signerName : null;
}

/**
 * A form names the applicant twice, filled in at the top and under the signature. Where both agree but for the
 * accents, each word is taken from the surer reading.
 */
function agreeOnName(
  filled: OcrFields['applicantName'],
  signed: OcrFields['signerName'],
  lines: readonly FieldLine[],
): OcrFields['applicantName'] {
  if (!filled || !signed || toKey(filled.value) !== toKey(signed.value)) return filled;
  const sureness = (value: string, page: number): number[] =>
    value.split(' ').map((part) => {
      const words = lines.filter((l) => l.page === page).flatMap((l) => l.words);
      return Math.max(0, ...words.filter((w) => w.text === part).map((w) => w.confidence));
    });
  const [own, other] = [filled.value.split(' '), signed.value.split(' ')];
  const [ownSure, otherSure] = [sureness(filled.value, filled.page), sureness(signed.value, signed.page)];
  const capitals = isCapitals(filled.value);
  const value = own
    .map((word, i) => ((otherSure[i] ?? 0) > (ownSure[i] ?? 0) ? recase(other[i] ?? word, capitals) : word))
    .join(' ');
  return { ...filled, value };
}

function recase(word: string, capitals: boolean): string {
  return capitals ? word.toLocaleUpperCase('vi') : word;
}
