import { z } from 'zod';
import { flag, loose, messageType, required, rows } from '../loose.ts';

/** Head of every answer; a refusal carries its code in `data`. */
export const provincialHead = z.object({
  success: flag,
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
  data: rows(
    z.object({
      docId: required,
      from: loose,
      to: loose,
      status: loose,
      messageType,
      createdTime: loose,
      updatedTime: loose,
    }),
  ),
});

/** `getSentEdocList`, where an axis offers it. */
export const provincialSentList = z.object({
  data: rows(
    z.object({
      docId: required,
      documentId: loose,
      from: loose,
      to: loose,
      status: loose,
      sha256: loose,
      createdTime: loose,
    }),
  ),
});
