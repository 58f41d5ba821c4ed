/** What callers send about dossiers, as schemas: they check the request and make the OpenAPI page. */
import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });

const state = z.int().min(1).max(10).describe('TrangThaiHoSo 1–10');

/** A file uploaded before with `POST /api/v1/files`, named by its digest. */
const reference = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().min(1).max(200),
});

const file = {
  file: z.string().max(200).optional().describe('name of a file of this request'),
  ref: reference.optional().describe('a file uploaded before'),
};

const component = z.object({
  name: z.string().min(1).max(2000),
  componentCode: z.string().max(100).optional(),
  ...file,
  digitised: z.boolean().optional(),
  reused: z.int().min(0).max(2).optional().describe('0 no, 1 reused, 2 reused after digitising'),
  fromNationalStore: z.boolean().optional(),
  substituteResultCode: z.string().max(100).optional(),
});

const fee = z.object({
  code: z.string().min(1).max(50),
  name: z.string().min(1).max(500),
  collectedAt: z.union([z.literal(1), z.literal(2), z.literal(4)]),
  amountVnd: z.int().min(0),
  feeType: z.int().min(1).max(3).default(1),
});

/** Metadata of `POST /api/v1/dossiers`; components name the uploaded files. */
export const dossierMetadata = z.object({
  agency: z.string().max(35).describe('agency that received it'),
  code: z.string().max(60).optional().describe('mã hồ sơ; issued by the gateway when left out'),
  procedureCode: z.string().max(40),
  procedureName: z.string().min(1).max(1000),
  fieldCode: z.string().min(1).max(50),
  fieldName: z.string().min(1).max(500),
  handlingUnit: z.string().max(500).optional().describe("default: the agency's name"),
  state: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('1 submitted online and not looked at yet, 2 received'),
  applicant: z.object({
    type: z.int().min(1).max(4).default(1),
    name: z.string().min(1).max(500),
    portalId: z.string().max(100).optional().describe('TechID of the portal account'),
    identities: z
      .array(z.object({ type: z.int().min(1).max(2), number: z.string().regex(/^\d{9}(\d{3})?$/) }))
      .max(2)
      .optional(),
    address: z.string().max(500).optional(),
    email: z.string().max(100).optional(),
    phone: z.string().max(20).optional(),
    fax: z.string().max(20).optional(),
  }),
  summary: z.string().max(1000).optional(),
  channel: z.int().min(1).max(3).default(1).describe('1 at the counter, 2 online, 3 by post'),
  submissionForm: z.int().min(0).max(1).default(0),
  submittedVia: z.int().min(1).max(2).default(2).describe('1 national portal, 2 own portal'),
  submittedAt: instant.optional(),
  receivedAt: instant.optional(),
  dueAt: instant.optional(),
  note: z.string().max(2000).optional(),
  verifiedByVneid: z.boolean().optional(),
  onlinePayment: z
    .int()
    .min(0)
    .max(3)
    .optional()
    .describe('0 not possible, 1 paid online, 3 possible, not used'),
  connectedDatabases: z.array(z.string().max(50)).max(50).optional(),
  form: z.record(z.string(), z.unknown()).optional().describe("the ministry's e-form, sent on in otherInfo"),
  components: z.array(component).max(100).default([]),
  otherPapers: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        quantity: z.int().min(0),
        paperType: z.int().min(0).optional(),
      }),
    )
    .max(100)
    .optional(),
  fees: z.array(fee).max(50).optional(),
});

export type DossierMetadata = z.infer<typeof dossierMetadata>;

/** Body of `POST /api/v1/dossiers/{code}/progress`. */
export const progressRequest = z.object({
  state,
  handler: z.string().min(1).max(50),
  handlerTitle: z.string().max(100).optional(),
  department: z.string().max(200).optional(),
  content: z.string().min(1).max(1000),
  handledAt: instant.optional(),
  startedAt: instant.optional(),
  dueAt: instant.optional().describe('when this step is due by rule'),
});

export type ProgressRequest = z.infer<typeof progressRequest>;

/** Metadata of `POST /api/v1/dossiers/{code}/results`. */
export const resultRequest = z.object({
  state: z.union([z.literal(3), z.literal(8), z.literal(9), z.literal(10)]).default(9),
  note: z.string().max(2000).optional(),
  returnInfo: z.string().max(1000).optional(),
  papers: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        resultCode: z.string().max(100).optional(),
        componentCode: z.string().max(100).optional(),
        paperNumber: z.string().max(100).optional(),
        ...file,
      }),
    )
    .max(20)
    .default([]),
});

export type ResultRequest = z.infer<typeof resultRequest>;

/** `POST …/supplements`: a request for more papers, and (same `requestId`, `completed`) its answer. */
export const supplementRequest = z.object({
  requestId: z.string().min(1).max(100),
  requestedBy: z.string().min(1).max(100),
  content: z.string().min(1).max(2000),
  requestedAt: instant.optional(),
  completed: z.boolean().default(false),
  receivedBy: z.string().max(100).optional(),
  receivedInfo: z.string().max(1000).optional(),
  receivedAt: instant.optional(),
  newDueAt: instant.optional(),
  papers: z.array(component).max(100).optional(),
  fees: z.array(fee).max(50).optional(),
});

/** `POST …/fees`: what is to be paid. */
export const feeRequest = z.object({
  fees: z.array(fee).min(1).max(50),
  reason: z.string().max(1000).optional(),
  payBefore: instant.optional(),
  beneficiaryAccount: z.string().max(50).optional(),
  beneficiaryName: z.string().max(200).optional(),
  beneficiaryBankCode: z.string().max(50).optional(),
});

/** `POST …/payments`: one transaction; the same reference again changes nothing. */
export const paymentRequest = z.object({
  reference: z.string().min(1).max(100),
  amountVnd: z.int().min(0),
  paidAt: instant,
  outcome: z.int().min(1).max(3).describe('1 paid, 2 failed, 3 refunded'),
  online: z.boolean().default(true),
  channelCode: z.string().max(50).optional(),
  bankCode: z.string().max(50).optional(),
  payerName: z.string().max(200).optional(),
  payerIdNumber: z.string().max(20).optional(),
  fees: z.array(fee).max(50).optional(),
});

/** `POST …/ratings`: how satisfied the applicant was; once per dossier. */
export const ratingRequest = z.object({
  score: z.int().min(1).max(5),
  ratedAt: instant.optional(),
  comment: z.string().max(1000).optional(),
});

const postalParty = z.object({
  name: z.string().min(1).max(200),
  phone: z.string().min(1).max(20),
  address: z.string().min(1).max(500),
  provinceCode: z.string().regex(/^\d{1,3}$/),
  districtCode: z
    .string()
    .regex(/^\d{1,5}$/)
    .optional(),
  wardCode: z
    .string()
    .regex(/^\d{1,6}$/)
    .optional(),
  email: z.string().max(100).optional(),
});

/** `POST …/postal-orders`: papers fetched or a result brought by post. */
export const postalOrderRequest = z.object({
  orderNumber: z.string().min(1).max(50),
  direction: z.int().min(1).max(2),
  sender: postalParty,
  receiver: postalParty,
  content: z.string().max(500).optional(),
  codAmountVnd: z.int().min(0).optional(),
});

/** `POST …/questions`: a question of the applicant, and (same `questionId`, with `answer`) its answer. */
export const questionRequest = z.object({
  questionId: z.string().min(1).max(100),
  title: z.string().max(500).optional(),
  content: z.string().min(1).max(4000),
  askedBy: z.string().max(200).optional(),
  askedAt: instant.optional(),
  answer: z.string().max(8000).optional(),
  answeredBy: z.string().max(200).optional(),
});
