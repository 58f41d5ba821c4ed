/** What is handed in with the scans of a paper dossier, and where what is read from them goes. */
import { z } from 'zod';
import { type DossierMetadata, dossierMetadata } from '../exchange/index.ts';

/** Fields of a form that fill a dossier in, by the names `src/ocr` gives them. */
export const PREFILLED = [
  'applicantName',
  'identityNumber',
  'dateOfBirth',
  'permanentAddress',
  'phoneNumber',
  'purpose',
] as const;
/** One of them. */
export type PrefilledField = (typeof PREFILLED)[number];

/** Most papers of one dossier; each is read and signed by itself. */
export const MOST_PAPERS = 20;
/** Readings below this are looked at by a person; a request may ask for more, never for less. */
const LEAST_CONFIDENCE = 0.9;

/** Metadata of `POST /api/v1/paper-dossiers`; what is left out of the applicant and the form is read from the scans. */
export const paperMetadata = dossierMetadata
  .omit({ agency: true, applicant: true, components: true, state: true, channel: true })
  .extend({
    applicant: dossierMetadata.shape.applicant
      .partial()
      .default({ type: 1 })
      .describe('what is known already; it wins over what is read'),
    components: z
      .array(
        z.object({
          name: z.string().min(1).max(2000),
          componentCode: z.string().max(100).optional(),
          file: z.string().max(200).describe('name of a scan of this request'),
        }),
      )
      .min(1)
      .max(MOST_PAPERS)
      .optional()
      .describe('default: every scan is a paper of its own'),
    fields: z
      .array(z.enum(PREFILLED))
      .default([...PREFILLED])
      .describe('what is to be read; a field that could not be read waits for a person'),
    formNames: z
      .partialRecord(z.enum(['dateOfBirth', 'purpose']), z.string().min(1).max(100))
      .default({})
      .describe("name in the ministry's e-form; default birthDate and purpose"),
    review: z.enum(['doubtful', 'always']).default('doubtful').describe('always: a person sees every field'),
    reviewBelow: z.number().min(LEAST_CONFIDENCE).max(1).default(LEAST_CONFIDENCE),
    key: z.string().max(100).describe('id of the agency key that signs digitised copies (profile copy)'),
  });

/** The metadata after reading. */
export type PaperMetadata = z.infer<typeof paperMetadata>;

/** Where each field goes. */
const PLACES: Readonly<Record<PrefilledField, 'name' | 'identity' | 'address' | 'phone' | 'form'>> = {
  applicantName: 'name',
  identityNumber: 'identity',
  permanentAddress: 'address',
  phoneNumber: 'phone',
  dateOfBirth: 'form',
  purpose: 'form',
};

function formName(metadata: PaperMetadata, field: PrefilledField): string {
  const names: Partial<Record<PrefilledField, string>> = metadata.formNames;
  return names[field] ?? (field === 'dateOfBirth' ? 'birthDate' : field);
}

/** Fields to read: those asked for that nobody has typed in already. */
export function wantedFields(metadata: PaperMetadata): PrefilledField[] {
  const { applicant, form = {} } = metadata;
  return metadata.fields.filter((field) => {
    switch (PLACES[field]) {
      case 'name':
        return applicant.name === undefined;
      case 'identity':
        return (applicant.identities ?? []).length === 0;
      case 'address':
        return applicant.address === undefined;
      case 'phone':
        return applicant.phone === undefined;
      default:
        return form[formName(metadata, field)] === undefined;
    }
  });
}

/** The dossier as it is handed in: what was typed and what was read, with the signed copies by their names. */
export function filledIn(
  agency: string,
  metadata: PaperMetadata,
  values: Readonly<Partial<Record<PrefilledField, string>>>,
  components: readonly { name: string; componentCode: string | null; file: string }[],
): DossierMetadata {
  const { fields: _, formNames: __, review: ___, reviewBelow: ____, key: _____, ...rest } = metadata;
  const { applicantName, identityNumber, permanentAddress, phoneNumber } = values;
  const form = { ...rest.form };
  for (const field of ['dateOfBirth', 'purpose'] as const)
    if (values[field] !== undefined) form[formName(metadata, field)] = values[field];
  return dossierMetadata.parse({
    ...rest,
    agency,
    channel: 1,
    applicant: {
      ...rest.applicant,
      ...(applicantName === undefined ? {} : { name: applicantName }),
      ...(identityNumber === undefined
        ? {}
        : { identities: [{ type: identityNumber.length === 9 ? 2 : 1, number: identityNumber }] }),
      ...(permanentAddress === undefined ? {} : { address: permanentAddress }),
      ...(phoneNumber === undefined ? {} : { phone: phoneNumber }),
    },
    ...(Object.keys(form).length === 0 ? {} : { form }),
    components: components.map(({ name, componentCode, file }) => ({
      name,
      ...(componentCode === null ? {} : { componentCode }),
      file,
      digitised: true,
    })),
  });
}
