import { z } from 'zod';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ''));

/** Answer to `NhanDKHT`: status 1 taken. */
export const submitAnswer = z.object({
  status: z.coerce.number(),
  statusDescription: text,
  errorCode: text,
  errorDescription: text,
});

const outcome = z.looseObject({
  soDinhDanh: text,
  ngayDangKy: text,
  soDangKy: text,
  quyenSo: text,
  trangSo: text,
  giayKhaiSinh: text,
  giayKhaiTu: text,
  giayKetHon: text,
});

/** Answer to `LayKetQua`. */
export const resultAnswer = z.object({
  status: z.coerce.number(),
  statusDescription: text,
  value: z
    .array(
      z.looseObject({
        maHoSoMCDT: z.string(),
        trangThai: z.coerce.number().int(),
        ghiChu: text,
        noiDungXuLy: text,
        ketQuaXuLy: outcome.nullish(),
      }),
    )
    .nullish()
    .transform((rows) => rows ?? []),
});
