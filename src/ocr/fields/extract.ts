import type { OcrBarcode, OcrFields, PageReading } from '../types.ts';
import { agreeOnInitials, agreeOnPlace, agreeOnUnit, agreeWithPlace, agreeWithTwins } from './agree.ts';
import { agreeOnCard } from './citizen-card.ts';
import { asFlat, onPages } from './flat.ts';
import { addressedApplicant, agreeOnPersons } from './form/applicant.ts';
import { findFormFields } from './form/form.ts';
import { findAgencies, findHead, findSubject } from './header.ts';
import { findNumber } from './number.ts';
import { findAddressees, findRecipients } from './parties.ts';
import { findPlaceAndDate } from './place-date.ts';
import { findSigner } from './signers/signer.ts';
import { fieldOf, toFieldLines, toKey } from './text.ts';
import { findTitle, isAboutNamed } from './titles/title.ts';

/** Pages looked at: the head is on the first, the signature seldom after the tenth. */
const MAX_PAGES = 30;

/**
 * Finds the fields of an administrative document (NĐ 30/2020 App. I), a receipt or an application form. The first
 * page with text is taken for the first page of the document. What is not there stays `null`.
 */
export function extractFields(readings: readonly PageReading[]): OcrFields {
  const pages = readings.slice(0, MAX_PAGES).map(asFlat);
  return onPages(readFields(pages), readings);
}

function readFields(pages: readonly PageReading[]): OcrFields {
  const all = pages.flatMap((page, i) => toFieldLines(page, i + 1));
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
  const numbered = findNumber(head.numberLine, typeName?.value ?? null);
  const isMinutes = title?.name === 'Biên bản';
  const signer = findSigner(all, width);
  const agencies = findAgencies(head, title);
  const dated = findPlaceAndDate(all, isMinutes);
  const isForm = title ? title.isForm || isAboutNamed(title, first) : !isLetter;
  const written = findFormFields(all, barcodes, isForm, title?.lines[0] ?? null);
  const form = isForm ? agreeOnCard(written, barcodes) : written;
  const addressees = agreeOnPersons(findAddressees(first), all);
  const applicant = form.applicantName ?? declarant(signer) ?? addressedApplicant(addressees);
  return {
    issuingAgency: agreeWithPlace(agencies.issuingAgency, dated.place, first),
    superiorAgency: agreeWithPlace(agencies.superiorAgency, dated.place, first),
    ...numbered,
    codeNotation: agreeOnInitials(numbered.codeNotation, agencies.issuingAgency),
    ...dated,
    place: agreeOnPlace(dated.place, [agencies.issuingAgency, agencies.superiorAgency], first),
    typeName,
    subject,
    ...signer,
    signerName: title?.isForm ? agreeWithTwins(signer.signerName, all) : signer.signerName,
    recipients: agreeOnUnit(findRecipients(all), numbered.codeNotation),
    addressees,
    ...form,
    applicantName: title?.isForm ? agreeWithTwins(applicant, all) : form.applicantName,
  };
}

/** Who signs as the declarant is the applicant, when the line at the top could not be read. */
function declarant(signer: Pick<OcrFields, 'signerPosition' | 'signerName'>): OcrFields['applicantName'] {
  const role = toKey(signer.signerPosition?.value ?? '');
  return /^(nguoi (khai|ke khai|yeu cau|lam don|viet don|de nghi|nop)|chu ho kinh doanh)/.test(role)
    ? signer.signerName
    : null;
}
