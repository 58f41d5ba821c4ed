/** What senders say of a document and of the signatures it is to get; names after QCVN 102 and NĐ 30/2020 App. VI. */
import { z } from 'zod';
import { MOST_RECIPIENTS } from './recipients.ts';

const date = z.iso.date().describe('yyyy-MM-dd');

/** One signature to put on the first PDF, in the order given (NĐ 30/2020 art. 32: the leader before the agency). */
export const signatureRequest = z.object({
  key: z.string().max(100).describe('id of a key of the sending agency'),
  profile: z.enum(['plain', 'leader', 'agency', 'copy', 'appendix', 'incoming', 'issue']).default('plain'),
  level: z
    .enum(['B', 'T', 'LT', 'LTA'])
    .optional()
    .describe('level of the signature (ETSI EN 319 142-1); default LIENTHONG_SIGN_LEVEL'),
  format: z
    .enum(['pades', 'xades', 'xmldsig', 'cades', 'asics', 'asice'])
    .optional()
    .describe('pades (default) for PDF; xades, xmldsig for XML; cades, asics, asice for files of any kind'),
  placement: z
    .enum(['enveloped', 'enveloping', 'edxml-header'])
    .optional()
    .describe('where an XML signature stands; default enveloped'),
  asicForm: z.enum(['xades', 'cades']).optional().describe('signature in a container; default xades'),
  reason: z.string().max(200).optional(),
  location: z.string().max(200).optional(),
  file: z.string().max(200).optional().describe('file to sign; default: the first PDF'),
  place: z
    .object({
      page: z.int().min(1).max(100_000),
      box: z
        .tuple([z.number(), z.number(), z.number().positive(), z.number().positive()])
        .describe('x, y, width, height in points on the page as shown, origin lower left'),
    })
    .optional()
    .describe('where it stands; default: found by the profile'),
  issue: z
    .object({ number: z.string().min(1).max(10), date: z.iso.date() })
    .optional()
    .describe(
      'số, ngày ban hành: put into the blanks of page 1 before this signature (with agency or issue)',
    ),
  copyForm: z.enum(['SAO Y', 'SAO LỤC', 'TRÍCH SAO']).optional().describe('for the profile copy'),
  incoming: z
    .object({ number: z.string().min(1).max(20), date: z.string().min(1).max(30) })
    .optional()
    .describe('số đến, ngày đến, for the profile incoming'),
});
export type SignatureRequest = z.infer<typeof signatureRequest>;

/** Metadata of `POST /api/v1/documents` (names after QCVN 102 and NĐ 30/2020 App. VI). */
export const documentMetadata = z.object({
  from: z.string().max(35).describe('agency code of the sender'),
  to: z.array(z.string().max(35)).min(1).max(MOST_RECIPIENTS).describe('agency codes of the recipients'),
  documentId: z
    .string()
    .max(200)
    .optional()
    .describe('default: {from},{yyyy/MM/dd},{codeNumber}/{codeNotation}'),
  code: z.object({ codeNumber: z.string().min(1).max(11), codeNotation: z.string().min(1).max(30) }),
  place: z.string().min(1).max(50).describe('địa danh'),
  promulgationDate: date,
  typeName: z.string().min(1).max(100).describe('Công văn, Quyết định, …'),
  type: z.int().min(1).max(2).default(2).describe('1 văn bản QPPL, 2 văn bản hành chính'),
  subject: z.string().min(1).max(500).describe('trích yếu'),
  content: z.string().max(500).optional(),
  signer: z
    .object({
      competence: z.string().max(100).optional(),
      position: z.string().max(100).optional(),
      fullName: z.string().max(50),
    })
    .optional(),
  priority: z
    .int()
    .min(0)
    .max(4)
    .default(0)
    .describe('0 Thường, 1 Khẩn, 2 Thượng khẩn, 3 Hoả tốc, 4 Hoả tốc hẹn giờ'),
  dueDate: date.optional(),
  toPlaces: z.array(z.string().max(150)).max(100).optional(),
  pageAmount: z.int().min(0).max(999).optional(),
  business: z
    .object({
      businessDocType: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).default(0),
      businessDocReason: z.string().max(500).optional(),
      documentId: z.string().max(200).optional(),
    })
    .optional(),
  sign: z.array(signatureRequest).max(5).default([]),
});
export type DocumentMetadata = z.infer<typeof documentMetadata>;
