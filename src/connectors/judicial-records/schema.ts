import { z } from 'zod';
import { loose } from '../loose.ts';

/** Answer to a submission: `00` taken, `01` exists or is in a state that takes no more, `03` data refused. */
export const submitAnswer = z.object({
  statusCode: z.union([z.string(), z.number()]).transform(String),
  errorDetail: loose,
});

const result = z.object({
  soPhieuLLTP: z.string().min(1),
  ngayCapPhieu: z.string().min(1),
  nguoiKy: loose,
  chucVu: loose,
  phieuLLTP: z.string().min(1),
});

const statusRow = z.object({
  maHoSoMCDT: z.string(),
  trangThaiXuLy: z.coerce.number().int().min(1).max(10),
  lyDoTuChoi: loose,
  ketQuaXuLy: result.nullish(),
});

/** Answer to a status pull; rows come flat or, from some versions, wrapped in a second array. */
export const statusAnswer = z.object({
  status: z.coerce.number(),
  statusDescription: loose,
  value: z
    .array(z.union([statusRow, z.array(statusRow)]))
    .nullish()
    .transform((rows) => (rows ?? []).flat()),
});
