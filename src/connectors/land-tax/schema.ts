import { z } from 'zod';

/** Answer of the token endpoint. */
export const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  expires_in: z.coerce.number().positive().optional(),
});

/** Answer to an intake or a voucher. */
export const landAnswer = z.object({
  Status: z
    .union([z.string(), z.number(), z.boolean()])
    .transform((value) => value === true || Number(value) === 1),
  Message: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
});

/** Envelope in which the portal hands a tax notice over: the XML is base64 in it. */
export const noticeEnvelope = z.object({
  SecurityKey: z.string(),
  Service: z.string(),
  Ngay: z.string(),
  IsUpdating: z.string().optional(),
  Data: z.object({ FileThongBaoThue: z.base64().min(1) }),
});
