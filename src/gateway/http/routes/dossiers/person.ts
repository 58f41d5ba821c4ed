/** Who applied: sealed in the database, opened for those who handle the dossier, and every reading written down. */
import { z } from 'zod';
import { maskDossierBody } from '../../../../packages/index.ts';
import { appendEvents } from '../../../evidence/index.ts';
import { drawReceipt } from '../../../receipt/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { codeParams, ownDossier } from './view.ts';

/** Who sees it unmasked: those of the agency itself who work on dossiers. Operators and auditors see that it is there. */
const MAY_READ: ReadonlySet<string> = new Set(['clerk', 'officer', 'system']);

/** `GET /api/v1/dossiers/{code}/applicant`. */
export function personRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code/applicant',
      summary: {
        vi: 'Chủ hồ sơ và tờ khai; mỗi lần xem đều được ghi lại',
        en: 'Applicant and form; every reading is recorded',
      },
      access: 'token',
      params: codeParams,
      query: z.object({ purpose: z.string().max(200).optional().describe('why it is read, for the record') }),
      responses: {
        200: z.object({
          masked: z.boolean(),
          applicant: z.record(z.string(), z.unknown()),
          form: z.unknown().nullable(),
        }),
      },
      async handle({ params, query, principal, res }) {
        const holder = principal();
        const row = await ownDossier(deps, holder, params.code);
        const message = deps.x.openDossierData(row);
        if (message.kind !== 'dossier') throw new HttpError('NOT_FOUND');
        const masked = !MAY_READ.has(holder.role) || holder.agency !== row.agency;
        const { applicant, otherInfo } = masked ? maskDossierBody('dossier', message.body) : message.body;
        const now = deps.x.now();
        // Written before the answer leaves: a reading nobody could record does not happen.
        await deps.x.store.write((tx) =>
          appendEvents(
            tx,
            row.package_id,
            [
              {
                type: 'personal-data-read',
                actor: holder.agency,
                data: { role: holder.role, token: holder.tokenId, masked, purpose: query.purpose ?? null },
              },
            ],
            now,
          ),
        );
        res.json({ masked, applicant, form: formOf(otherInfo) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code/receipt',
      summary: { vi: 'Giấy tiếp nhận và hẹn trả, để in (PDF)', en: 'The receipt, for printing (PDF)' },
      access: 'token',
      params: codeParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const holder = principal();
        const row = await ownDossier(deps, holder, params.code);
        const message = deps.x.openDossierData(row);
        if (message.kind !== 'dossier') throw new HttpError('NOT_FOUND');
        const masked = !MAY_READ.has(holder.role) || holder.agency !== row.agency;
        const body = masked ? maskDossierBody('dossier', message.body) : message.body;
        const data = { role: holder.role, token: holder.tokenId, masked, purpose: 'receipt' };
        await deps.x.store.write((tx) =>
          appendEvents(
            tx,
            row.package_id,
            [{ type: 'personal-data-read', actor: holder.agency, data }],
            deps.x.now(),
          ),
        );
        const pdf = await drawReceipt({
          code: row.code,
          agency: message.from.name ?? row.agency,
          applicant: body.applicant.name,
          procedure: body.procedureName,
          receivedAt: new Date(row.received_at),
          dueAt: row.due_at === null ? null : new Date(row.due_at),
          papers: [...(body.components ?? []), ...(body.otherPapers ?? [])].map((paper) => paper.name),
          feeVnd: row.fee_vnd,
          lookupUrl: `${deps.publicUrl()}/tra-cuu?ma=${row.code}`,
        });
        res
          .type('application/pdf')
          .setHeader('Content-Disposition', `inline; filename="giay-tiep-nhan-${row.code}.pdf"`)
          .send(Buffer.from(pdf));
      },
    }),
  ];
}

function formOf(otherInfo: string | undefined): unknown {
  if (otherInfo === undefined) return null;
  try {
    return JSON.parse(otherInfo);
  } catch {
    return otherInfo;
  }
}
