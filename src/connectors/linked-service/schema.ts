import { z } from 'zod';

/** Answer to a login. */
export const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.coerce.number().positive().optional(),
});

const row = z.looseObject({ soHoSoLT: z.string().min(1), maTTHC: z.string().min(1) });

/** The list of dossiers that wait. */
export const listAnswer = z.object({
  status: z.coerce.number(),
  message: z.string().nullish(),
  data: z.array(row).nullish(),
});

/** One dossier with its XML. */
export const detailAnswer = z.object({
  status: z.coerce.number(),
  message: z.string().nullish(),
  data: row.extend({ duLieu: z.string().min(1) }).nullish(),
});

/** Answer to anything told. */
export const toldAnswer = z.object({ status: z.coerce.number(), message: z.string().nullish() });
