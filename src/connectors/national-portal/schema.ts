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

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ''));

/** A question; key spellings differ between versions in case only, which the client evens out. */
export const portalQuestion = z.object({
  cauhoiid: text.refine((value) => value !== '', 'needed'),
  tieude: text,
  noidung: text,
  nguoihoi: text,
  ngayhoi: text,
});

/** The answer to a question. */
export const portalAnswer = z.object({ noidungtraloi: text });

/** Keys as small letters. */
export function smallKeys(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));
}
