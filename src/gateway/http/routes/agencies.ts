/** /api/v1/agencies: finding recipients. */
import { z } from 'zod';
import { searchAgencies } from '../../directory/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { type AnyRoute, defineRoute } from '../route.ts';

const agencyView = z.object({
  code: z.string(),
  otherCode: z.string().nullable().describe('the code of the other generation (QCVN 102 or QĐ 20/2020)'),
  name: z.string(),
  parent: z.string().nullable(),
  system: z.string().describe('what reaches it: inbox, vxp, provincial'),
});

/** Any token may look: the directory says nothing of documents. */
export function agencyRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/agencies',
      summary: {
        vi: 'Tìm cơ quan nhận theo mã hoặc tên, không cần dấu',
        en: 'Find recipients by code or name, marks aside; pass the last code to go on',
      },
      access: 'token',
      query: z.object({
        q: z.string().max(200).default(''),
        after: z.string().max(35).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(50),
      }),
      responses: { 200: z.object({ items: z.array(agencyView) }) },
      async handle({ query, res }) {
        const { q, after, limit } = query;
        const rows = await searchAgencies(deps.x.store.read, q, {
          limit,
          ...(after === undefined ? {} : { after }),
        });
        res.json({
          items: rows.map(({ code, other_code: otherCode, name, parent, system }) => ({
            code,
            otherCode,
            name,
            parent,
            system,
          })),
        });
      },
    }),
  ];
}
