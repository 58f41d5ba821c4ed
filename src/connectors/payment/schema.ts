import { z } from 'zod';

/** Answer to INIT: `message` is JSON in a string when it went well, words when it did not. */
export const initAnswer = z.object({
  error_code: z.union([z.string(), z.number()]).transform(Number),
  message: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
});

/** What the string of a good answer holds. */
export const initLink = z.object({ UrlThanhToan: z.url() });
