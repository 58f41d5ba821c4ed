import { z } from 'zod';

const id = z.union([z.string(), z.number()]).transform(String);

/** Token of a client (OAuth 2.0 client credentials, asked for in JSON). */
export const tokenB = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.coerce.number().positive().optional(),
});

/** Envelope of every answer. */
export const envelopeB = z.object({
  code: z.union([z.string(), z.number()]).transform(Number),
  message: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  data: z.unknown(),
});

/** What came of an upload: one row per file. */
export const uploadedB = z.array(z.object({ IdTepTin: id, HashTepTin: z.string() })).min(1);

/** The next dossier number of a procedure; a bare text or an object. */
export const nextValueB = z.union([
  z.string().min(1),
  z.object({ MaHoSo: z.string().min(1) }).transform(({ MaHoSo }) => MaHoSo),
]);

/** A dossier looked up. */
export const heldB = z.looseObject({
  MaHoSo: z.string(),
  TrangThai: z.coerce.number().int(),
  MaTTHC: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  IdHoSo: id.optional(),
});
