import { z } from 'zod';

const loose = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)));

const required = z.union([z.string().min(1), z.number()]).transform(String);

/** Head of every answer; a refusal carries its code in `data`. */
export const provincialHead = z.object({
  success: z.boolean(),
  message: loose,
  docId: loose,
  data: z.unknown().optional(),
});

/** `data` of a refusal: `{docId, status:"error", errorCode, errorDesc}`. */
export const provincialRefusal = z.object({ errorCode: loose, errorDesc: loose });

/** `sendEdoc`: the axis must name the document it took, at the top or in `data`. */
export const provincialSent = z
  .object({ docId: loose, data: z.object({ docId: loose }).nullish().catch(null) })
  .transform(({ docId, data }) => ({ docId: docId || (data?.docId ?? '') }))
  .refine(({ docId }) => docId !== '', { path: ['docId'] });

/** `syncReceivedEdocList`. */
export const provincialReceivedList = z.object({
  data: z
    .array(
      z.object({
        docId: required,
        from: loose,
        to: loose,
        status: loose,
        messageType: z.enum(['edoc', 'status']),
        createdTime: loose,
        updatedTime: loose,
      }),
    )
    .nullish()
    .transform((rows) => rows ?? []),
});

/** `getSentEdocList`, where an axis offers it. */
export const provincialSentList = z.object({
  data: z
    .array(
      z.object({
        docId: required,
        documentId: loose,
        from: loose,
        to: loose,
        status: loose,
        sha256: loose,
        createdTime: loose,
      }),
    )
    .nullish()
    .transform((rows) => rows ?? []),
});
