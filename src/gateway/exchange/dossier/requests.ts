/** What callers send about dossiers, as schemas: they check the request and make the OpenAPI page. */
import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });

const state = z.int().min(1).max(10).describe('TrangThaiHoSo 1–10');

/** Metadata of `POST /api/v1/dossiers`; components name the uploaded files. */
export const dossierMetadata = z.object({
  agency: z.string().max(35).describe('agency that received it'),
  code: z.string().max(60).optional().describe('mã hồ sơ; issued by the gateway when left out'),
  procedureCode: z.string().max(40),
  procedureName: z.string().min(1).max(500),
  fieldCode: z.string().min(1).max(50),
  fieldName: z.string().min(1).max(200),
  handlingUnit: z.string().max(200).optional().describe("default: the agency's name"),
  applicant: z.object({
    type: z.int().min(1).max(4).default(1),
    name: z.string().min(1).max(200),
    identities: z
      .array(z.object({ type: z.int().min(1).max(2), number: z.string().regex(/^\d{9}(\d{3})?$/) }))
      .max(2)
      .optional(),
    address: z.string().max(500).optional(),
    email: z.string().max(100).optional(),
    phone: z.string().max(20).optional(),
  }),
  summary: z.string().max(1000).optional(),
  channel: z.int().min(1).max(3).default(1),
  submissionForm: z.int().min(0).max(1).default(0),
  receivedAt: instant.optional(),
  dueAt: instant.optional(),
  form: z.record(z.string(), z.unknown()).optional().describe("the ministry's e-form, sent on in otherInfo"),
  components: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        componentCode: z.string().max(50).optional(),
        file: z.string().max(200).optional(),
        digitised: z.boolean().optional(),
      }),
    )
    .max(100)
    .default([]),
  fees: z
    .array(
      z.object({
        code: z.string(),
        name: z.string(),
        collectedAt: z.union([z.literal(1), z.literal(2), z.literal(4)]),
        amountVnd: z.int().min(0),
        feeType: z.int().min(1).max(3).default(1),
      }),
    )
    .max(50)
    .optional(),
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
});

export type ProgressRequest = z.infer<typeof progressRequest>;

/** Metadata of `POST /api/v1/dossiers/{code}/results`. */
export const resultRequest = z.object({
  state: z.union([z.literal(9), z.literal(10)]).default(9),
  note: z.string().max(1000).optional(),
  papers: z
    .array(
      z.object({
        name: z.string().min(1).max(2000),
        resultCode: z.string().max(50).optional(),
        paperNumber: z.string().max(100).optional(),
        file: z.string().max(200).optional(),
      }),
    )
    .min(1)
    .max(20),
});

export type ResultRequest = z.infer<typeof resultRequest>;
