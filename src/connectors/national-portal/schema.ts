import { z } from 'zod';

const code = z.union([z.string(), z.number()]).transform((value) => Number(value));

/** Head of every answer; `error_code` comes as 0, "0" or "00". */
export const portalHead = z.object({
  error_code: code,
  message: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
});

/** The head after reading. */
export type PortalHead = z.infer<typeof portalHead>;

/** Answer to a login. */
export const portalSession = z.object({ session: z.string().min(1).max(4096), error_code: code.optional() });

const row = z.record(z.string(), z.unknown());

/** Lists come under `data` or `result`, one row sometimes without its array. */
export const portalRows = z
  .object({ data: z.union([z.array(row), row]).nullish(), result: z.union([z.array(row), row]).nullish() })
  .transform(({ data, result }) => {
    const rows = data ?? result ?? [];
    return Array.isArray(rows) ? rows : [rows];
  });

/** The fields of a looked-up dossier that we use. */
export const portalDossierRow = z.object({
  MaHoSo: z.string(),
  TrangThaiHoSo: z.union([z.string(), z.number()]).transform(Number),
  MaTTHC: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
});
