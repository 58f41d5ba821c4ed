/** /api/v1/dossiers: received once, synchronised to the portal and to the ministry in charge. */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { visibleAgencies } from '../../../access/index.ts';
import { acceptDossier, acceptDossierMessage, dossierMetadata } from '../../../exchange/index.ts';
import { listDossiers } from '../../../store/index.ts';
import { idempotencyOf, sendAccepted } from '../../acceptance.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { acceptedView, packageView, viewPackage } from '../../views.ts';
import { actRoutes } from './acts.ts';
import { feedRoutes } from './feed.ts';
import { importRoutes } from './import.ts';
import { lookupRoutes } from './lookups.ts';
import { personRoutes } from './person.ts';
import { readBounded, receiveRequest, requestMedia } from './request.ts';
import { codeParams, dossierView, ownDossier, viewDossier } from './view.ts';
import { webhookRoutes } from './webhooks.ts';

export { viewDossier } from './view.ts';

/** Largest dossier message, bytes: as its parser takes (files travel by digest). */
const MESSAGE_LIMIT_BYTES = 4 * 1024 * 1024;

/** All routes of this resource. */
export function dossierRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers',
      summary: {
        vi: 'Tiếp nhận hồ sơ một cửa, đồng bộ lên Cổng DVCQG và bộ chủ quản',
        en: 'Take in a one-stop dossier and synchronise it',
      },
      access: 'token',
      creates: true,
      consumes: requestMedia(dossierMetadata),
      responses: { 202: acceptedView.extend({ code: z.string() }) },
      async handle({ req, res, principal }) {
        const holder = principal();
        const { value: metadata, files } = await receiveRequest(deps, req, dossierMetadata);
        const accepted = await acceptDossier(
          deps.x,
          metadata,
          files,
          submitterOf(holder),
          idempotencyOf(req, holder, 'POST dossiers'),
        );
        sendAccepted(res, accepted, `/api/v1/dossiers/${accepted.code}`, { code: accepted.code });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/dossier-messages',
      summary: {
        vi: 'Nhận bản tin hồ sơ (schemas/dossier.xsd) từ hệ thống khác, kiểm tra chữ ký',
        en: 'Take a dossier message (schemas/dossier.xsd) from another system; its signature is verified',
      },
      access: 'token',
      creates: true,
      consumes: { 'application/xml': 'binary' },
      responses: { 202: acceptedView },
      async handle({ req, res, principal }) {
        if (req.is(['application/xml', 'text/xml']) === false) throw new HttpError('UNSUPPORTED_MEDIA_TYPE');
        const bytes = await readBounded(req, MESSAGE_LIMIT_BYTES);
        sendAccepted(res, await acceptDossierMessage(deps.x, bytes, submitterOf(principal())));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers',
      summary: { vi: 'Danh sách hồ sơ', en: 'Dossiers' },
      access: 'token',
      query: z.object({
        before: z.string().max(60).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      responses: { 200: z.object({ items: z.array(dossierView) }) },
      async handle({ query, principal, res }) {
        res.json({
          items: (await listDossiers(deps.x.store.read, visibleAgencies(principal()), query)).map(
            viewDossier,
          ),
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code',
      summary: {
        vi: 'Trạng thái hồ sơ ở một cửa, Cổng DVCQG và bộ',
        en: 'State of a dossier here, at the portal and at the ministry',
      },
      access: 'token',
      params: codeParams,
      responses: { 200: dossierView.extend({ packages: z.array(packageView) }) },
      async handle({ params, principal, res }) {
        const row = await ownDossier(deps, principal(), params.code);
        const packages = await deps.x.store.read
          .selectFrom('packages')
          .selectAll()
          .where('dossier_code', '=', row.code)
          .orderBy('id')
          .limit(500)
          .execute();
        res.json({ ...viewDossier(row), packages: packages.map(viewPackage) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/dossiers/:code/result',
      summary: { vi: 'Tệp kết quả của bộ', en: "The ministry's result file" },
      access: 'token',
      params: codeParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const row = await ownDossier(deps, principal(), params.code);
        if (row.result_sha256 === null) throw new HttpError('NOT_FOUND');
        res
          .type('application/pdf')
          .setHeader('Content-Disposition', `attachment; filename="${row.code}.pdf"`);
        await pipeline(await deps.x.blobs.open(row.result_sha256), res);
      },
    }),
    ...actRoutes(deps),
    ...feedRoutes(deps),
    ...webhookRoutes(deps),
    ...importRoutes(deps),
    ...personRoutes(deps),
    ...lookupRoutes(deps),
  ];
}
