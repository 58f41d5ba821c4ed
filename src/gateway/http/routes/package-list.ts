/** GET /api/v1/packages: what an agency sent and received, page by page. */
import { z } from 'zod';
import { visibleAgencies } from '../../access/index.ts';
import { listPackages, type SearchPage, searchPackages } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { packageView, viewPackage } from '../views.ts';

const listQuery = z.object({
  q: z
    .string()
    .max(200)
    .optional()
    .describe('words of the subject, number and notation, or sender; marks and case do not matter'),
  before: z.string().max(60).optional().describe('packageId of the last row of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  kind: z.string().max(20).optional(),
  state: z.string().max(20).optional(),
});

async function listed(
  deps: GatewayDeps,
  agencies: readonly string[] | null,
  query: z.infer<typeof listQuery>,
): Promise<SearchPage> {
  const rows = await listPackages(deps.x.store.read, { agencies }, query);
  return { rows, next: rows.length === query.limit ? (rows.at(-1)?.id ?? null) : null };
}

/** The list. */
export function listRoute(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages',
    summary: { vi: 'Danh sách gói tin, mới nhất trước', en: 'Packages, newest first (keyset paging)' },
    access: 'token',
    query: listQuery,
    responses: { 200: z.object({ items: z.array(packageView), next: z.string().nullable() }) },
    async handle({ query, principal, res }) {
      const agencies = visibleAgencies(principal());
      const page =
        (query.q ?? '').trim() === ''
          ? await listed(deps, agencies, query)
          : await searchPackages(deps.x.store.read, agencies, query.q ?? '', { ...query, direction: 'both' });
      res.json({ items: page.rows.map(viewPackage), next: page.next });
    },
  });
}
