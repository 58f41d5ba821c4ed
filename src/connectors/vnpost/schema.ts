import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Answer to an order: `Status` 1 taken (its item code in `Message`), 2 the number is known already, else refused. */
export const orderAnswer = z.object({ Status: z.coerce.number(), Message: text, ItemCode: text });

/** Answer to a question about an order. */
export const trackingAnswer = z.object({
  Status: z.coerce.number(),
  Message: text,
  Data: z
    .object({
      ItemCode: z.string(),
      State: z.coerce
        .number()
        .int()
        .pipe(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])),
      Time: z.string(),
    })
    .nullish(),
});
