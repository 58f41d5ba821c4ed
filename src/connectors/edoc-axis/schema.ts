import { z } from 'zod';
import { list, loose, required, rows } from '../loose.ts';

/** Head of every answer. `code` 0 beside a `status` other than Success is a failure all the same. */
export const edocHead = z.object({
  status: z.string(),
  code: loose,
  errors: list(z.object({ code: loose, description: loose })),
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
  data: rows(z.object({ docId: required, organId: loose })),
});

/** `getOrganizations`; axes of different age name the code `domain`, `organId` or `code`. */
export const edocOrganizations = z.object({
  organizations: list(
    z.object({ domain: loose, organId: loose, code: loose, name: loose, organName: loose, email: loose }),
  ),
});
