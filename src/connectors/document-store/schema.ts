import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const code = z.union([z.string(), z.number()]).transform(Number);

/** Answer to a search. */
export const storeAnswer = z.object({
  errorCode: code,
  message: text,
  result: z
    .object({
      DanhSachGiayToKetQua: z
        .array(
          z.object({
            MaKetQua: z.string(),
            TenGiayTo: z.string(),
            SoKyHieu: text,
            CoQuanChuQuan: z.string(),
            DanhSachTepDinhKem: z.array(z.object({ TenTep: z.string(), DuongDan: z.string() })).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** Answer to the fetching of a file. */
export const fileAnswer = z.object({ errorCode: code, message: text, result: z.base64().nullish() });
