import type { CitizenCard, OcrBarcode, OcrFields } from '../types.ts';
import { isoDate } from './place-date.ts';
import { toKey } from './text.ts';

type Person = Pick<OcrFields, 'applicantName' | 'identityNumber' | 'dateOfBirth' | 'permanentAddress'>;

/** Fields of the QR code, parted by bars; the cards of 2024 add others behind them. */
const PARTS = 7;

function isoOf(digits: string): string | null {
  const [, day = '', month = '', year = ''] = /^(\d{2})(\d{2})(\d{4})$/.exec(digits) ?? [];
  return year === '' ? null : isoDate(day, month, year);
}

/**
 * Parses the QR code of a chip identity card (căn cước công dân, căn cước): number, earlier 9-digit number, full name,
 * date of birth, sex, residence, date of issue, parted by `|`, dates as ddMMyyyy.
 * @returns `null` when the code is none: its number must be of twelve digits and hold the sex and year of birth
 *   beside it (NĐ 137/2015 Art. 13)
 */
export function parseCitizenCard(text: string): CitizenCard | null {
  const parts = text
    .normalize('NFC')
    .split('|')
    .map((part) => part.trim());
  const [number = '', earlier = '', name = '', birth = '', sex = '', address = '', issued = ''] = parts;
  const dateOfBirth = isoOf(birth);
  if (parts.length < PARTS || !/^\d{12}$/.test(number) || dateOfBirth === null) return null;
  if (!/^[\p{L} '’.-]{3,100}$/u.test(name)) return null;
  const year = Number(dateOfBirth.slice(0, 4));
  const digit = Number(number[3]);
  const gender = /^nam$/i.test(sex) ? 'Nam' : /^nữ$/i.test(sex) ? 'Nữ' : null;
  const ofYear =
    Math.floor(digit / 2) === Math.floor(year / 100) - 19 && Number(number.slice(4, 6)) === year % 100;
  const ofSex = gender === null || (digit % 2 === 0) === (gender === 'Nam');
  if (!ofYear || !ofSex) return null;
  return {
    identityNumber: number,
    earlierNumber: /^\d{9}$/.test(earlier) ? earlier : null,
    fullName: name,
    dateOfBirth,
    gender,
    address: address === '' ? null : address,
    issuedOn: isoOf(issued),
  };
}

/**
 * Puts what the applicant's card says beside what the form says. Only the card of the person on the form counts: the
 * numbers agree, or there is no number and the names do not differ. What the form says is kept; what it lacks is taken
 * from the card, whose code carries its own check digits.
 */
export function agreeOnCard<T extends Person>(form: T, barcodes: readonly OcrBarcode[]): T {
  const cards = barcodes.flatMap((code) => {
    const card = parseCitizenCard(code.text);
    return card === null ? [] : [{ card, code }];
  });
  const { identityNumber, applicantName } = form;
  const own = cards.filter(({ card }) =>
    identityNumber === null
      ? applicantName === null || toKey(applicantName.value) === toKey(card.fullName)
      : [card.identityNumber, card.earlierNumber].includes(identityNumber.value),
  );
  // Two cards and no number on the form: whose dossier it is cannot be told.
  const [first] = own;
  if (first === undefined || new Set(own.map(({ card }) => card.identityNumber)).size > 1) return form;
  const { card, code } = first;
  const from = (value: string) => ({ value, confidence: 1, page: code.page, box: code.box });
  return {
    ...form,
    identityNumber:
      identityNumber === null ? from(card.identityNumber) : { ...identityNumber, confidence: 1 },
    applicantName: applicantName ?? from(card.fullName),
    dateOfBirth: form.dateOfBirth ?? from(card.dateOfBirth),
    permanentAddress: form.permanentAddress ?? (card.address === null ? null : from(card.address)),
  };
}
