import { z } from 'zod';

const loose = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)));

/** Head of every answer. `code` 0 beside a `status` other than Success is a failure all the same. */
export const edocHead = z.object({
  status: z.string(),
  code: loose,
  errors: z
    .array(z.object({ code: loose, description: loose }))
    .nullish()
    .transform((errors) => errors ?? []),
});
export type EdocHead = z.infer<typeof edocHead>;

/** `sendDocument`: the axis must name what it took; 0 names nothing. */
export const edocSent = z.object({
  docId: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((id) => id !== '' && id !== '0'),
});

/** `getPendingDocIds`. */
export const edocPending = z.object({
  data: z
    .array(z.object({ docId: z.union([z.string().min(1), z.number()]).transform(String), organId: loose }))
    .nullish()
    .transform((rows) => rows ?? []),
});

/** `getOrganizations`; axes of different age name the code `domain`, `organId` or `code`. */
export const edocOrganizations = z.object({
  organizations: z
    .array(
      z.object({ domain: loose, organId: loose, code: loose, name: loose, organName: loose, email: loose }),
    )
    .nullish()
    .transform((rows) => rows ?? []),
});
