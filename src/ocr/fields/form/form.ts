import type { OcrBarcode, OcrFields } from '../../types.ts';
import { type FieldLine, fieldOf, trimEnds } from '../text.ts';
import { findApplicant } from './applicant.ts';
import { findDossierCode } from './dossier-code.ts';
import { type Form, findLabelled, toForm } from './labelled.ts';
import {
  confirmIdentity,
  findAddress,
  findBirth,
  findIdentity,
  findPhone,
  linesOfApplicant,
} from './person.ts';

type FormFields = Pick<
  OcrFields,
  | 'applicantName'
  | 'identityNumber'
  | 'dateOfBirth'
  | 'permanentAddress'
  | 'phoneNumber'
  | 'purpose'
  | 'dossierCode'
>;

const PURPOSE_LABELS = [/^muc dich/, /^noi dung (yeu cau|de nghi)/];

function findPurpose(form: Form): OcrFields['purpose'] {
  return findLabelled(form, PURPOSE_LABELS, (found) => {
    const value = trimEnds(found.value).replace(/\.$/, '');
    return value === '' ? null : fieldOf(value, found.lines, found.words);
  });
}

/** Lines that are not above the title: there stand address and telephone of the office that gave the paper. */
function belowTitle(lines: readonly FieldLine[], title: FieldLine | null): readonly FieldLine[] {
  return title === null ? lines : lines.filter((l) => l.page > title.page || l.box[3] > title.box[1]);
}

/** Fields of application forms and receipts. Personal ones are looked for only when `isForm`. */
export function findFormFields(
  lines: readonly FieldLine[],
  barcodes: readonly OcrBarcode[],
  isForm: boolean,
  title: FieldLine | null,
): FormFields {
  const whole = toForm(lines);
  const dossierCode = findDossierCode(whole, lines, barcodes);
  if (!isForm) {
    return {
      applicantName: null,
      identityNumber: null,
      dateOfBirth: null,
      permanentAddress: null,
      phoneNumber: null,
      purpose: null,
      dossierCode,
    };
  }
  const own = toForm(linesOfApplicant(belowTitle(lines, title)));
  const dateOfBirth = findBirth(own);
  return {
    applicantName: findApplicant(own),
    identityNumber: confirmIdentity(findIdentity(own), dateOfBirth),
    dateOfBirth,
    permanentAddress: findAddress(own),
    phoneNumber: findPhone(own),
    purpose: findPurpose(whole),
    dossierCode,
  };
}
