import { z } from 'zod';

/** A citizen as read from the answer's XML. */
export const citizenRow = z.object({
  SoDinhDanh: z.string().regex(/^\d{12}$/),
  HoVaTen: z.string().min(1),
  NgayThangNamSinh: z.string().regex(/^(\d{8}|\d{4})?$/),
  GioiTinh: z.string(),
  ThuongTru: z.string(),
});

/** Head of every answer: 0 found or fits. */
export const populationHead = z.object({ MaLoi: z.string().regex(/^-?\d{1,4}$/), MoTaLoi: z.string() });
