/** `POST /api/v1/land-tax-notices`: tax notices handed over by the portal; each becomes a request for payment of its dossier. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { noticeEnvelope, parseTaxNotice } from '../../../../connectors/index.ts';
import { acceptAct, ExchangeError } from '../../../exchange/index.ts';
import { findDossier } from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';

const reportView = z.object({
  notices: z.array(
    z.object({
      dossierCode: z.string(),
      status: z.enum(['accepted', 'repeated', 'refused']),
      code: z.string().nullable(),
    }),
  ),
});

/** Same length whatever the texts, so that the time tells nothing. */
function isKey(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** The route; public, because the portal shows a key in the body instead of a token. */
export function taxNoticeRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/land-tax-notices',
      summary: { vi: 'Nhận thông báo thuế đất đai', en: 'Take in land tax notices' },
      access: 'public',
      body: noticeEnvelope,
      responses: { 200: reportView },
      async handle({ body, res }) {
        const key = deps.outside.land?.noticeKey ?? null;
        if (key === null || !isKey(body.SecurityKey, key)) throw new HttpError('FORBIDDEN');
        const notices: z.infer<typeof reportView>['notices'] = [];
        for (const notice of await parseTaxNotice(Buffer.from(body.Data.FileThongBaoThue, 'base64'))) {
          const dossier = await findDossier(deps.x.store.read, notice.dossierCode);
          const submitter = { origin: 'land-tax', actor: 'system:land-tax', maySendFor: () => true };
          const fees = notice.lines.map((line) => ({
            code: line.decisionNumber.slice(0, 50),
            name: line.item,
            collectedAt: 1 as const,
            amountVnd: line.amountVnd,
            feeType: 1,
          }));
          const numbers = notice.lines.map((line) => line.decisionNumber).join(', ');
          // The register is told the tax code again with the payment (counterparties/systems/land-tax.ts).
          const reason = `Thông báo thuế ${numbers.slice(0, 900)} (MST ${notice.lines[0]?.taxCode ?? ''})`;
          // The notice's own numbers are the key: handing it over again asks for nothing twice.
          const idempotency = {
            scope: `land-tax:${notice.dossierCode}`,
            key: createHash('sha256').update(reason).digest('hex'),
          };
          try {
            if (dossier === undefined) throw new ExchangeError('DOSSIER_UNKNOWN', { vi: '', en: '' });
            const { repeated } = await acceptAct(
              deps.x,
              notice.dossierCode,
              'fees',
              { fees, reason },
              [],
              submitter,
              idempotency,
            );
            notices.push({
              dossierCode: notice.dossierCode,
              status: repeated ? 'repeated' : 'accepted',
              code: null,
            });
          } catch (cause) {
            if (!(cause instanceof ExchangeError)) throw cause;
            notices.push({ dossierCode: notice.dossierCode, status: 'refused', code: cause.code });
          }
        }
        res.json({ notices });
      },
    }),
  ];
}
