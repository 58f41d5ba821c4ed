/** /api/v1/dossiers: received once, synchronised to the portal and to the ministry in charge. */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { DOSSIER_STATES, type DossierState } from '../../../packages/index.ts';
import { type Principal, visibleAgencies } from '../../access/index.ts';
import {
  acceptDossier,
  acceptProgress,
  acceptResult,
  dossierMetadata,
  progressRequest,
  resultRequest,
} from '../../exchange/index.ts';
import { type DossierRow, findDossier, listDossiers } from '../../store/index.ts';
import { idempotencyOf, sendAccepted } from '../acceptance.ts';
import { type GatewayDeps, submitterOf } from '../deps.ts';
import { jsonField, receiveMultipart } from '../multipart.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { acceptedView, packageView, viewPackage } from '../views.ts';

const codeParams = z.object({ code: z.string().max(60) });
const dossierView = z.object({
  code: z.string(),
  agency: z.string(),
  procedureCode: z.string(),
  state: z.int(),
  stateText: z.string(),
  portal: z.object({ state: z.string().nullable() }),
  ministry: z.object({ system: z.string().nullable(), state: z.string().nullable() }),
  result: z.object({ sha256: z.string(), verdict: z.string().nullable(), href: z.string() }).nullable(),
  packageId: z.string(),
  updatedAt: z.iso.datetime(),
});

/** A dossier without what is sealed: applicant and form are read from the package by those who may. */
export function viewDossier(row: DossierRow): z.infer<typeof dossierView> {
  return {
    code: row.code,
    agency: row.agency,
    procedureCode: row.procedure_code,
    state: row.state,
    stateText: DOSSIER_STATES[row.state as DossierState].vi,
    portal: { state: row.portal_state },
    ministry: { system: row.ministry_system, state: row.ministry_state },
    result:
      row.result_sha256 === null
        ? null
        : {
            sha256: row.result_sha256,
            verdict: row.result_verdict,
            href: `/api/v1/dossiers/${row.code}/result`,
          },
    packageId: row.package_id,
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}

async function ownDossier(deps: GatewayDeps, principal: Principal, code: string): Promise<DossierRow> {
  const row = await findDossier(deps.x.store.read, code);
  const agencies = visibleAgencies(principal);
  if (row === undefined || (agencies !== null && !agencies.includes(row.agency)))
    throw new HttpError('NOT_FOUND');
  return row;
}

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
      consumes: { 'multipart/form-data': dossierMetadata },
      responses: { 202: acceptedView.extend({ code: z.string() }) },
      async handle({ req, res, principal }) {
        const holder = principal();
        const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
        const metadata = dossierMetadata.parse(jsonField(upload, 'metadata'));
        const accepted = await acceptDossier(
          deps.x,
          metadata,
          upload.files,
          submitterOf(holder),
          idempotencyOf(req, holder, 'POST dossiers'),
        );
        sendAccepted(res, accepted, `/api/v1/dossiers/${accepted.code}`, { code: accepted.code });
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
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers/:code/progress',
      summary: { vi: 'Cập nhật tiến độ xử lý', en: 'Tell a step of the work' },
      access: 'token',
      creates: true,
      params: codeParams,
      body: progressRequest,
      responses: { 202: acceptedView },
      async handle({ req, res, params, body, principal }) {
        const holder = principal();
        const accepted = await acceptProgress(
          deps.x,
          params.code,
          body,
          submitterOf(holder),
          idempotencyOf(req, holder, `POST progress ${params.code}`),
        );
        sendAccepted(res, accepted);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/dossiers/:code/results',
      summary: { vi: 'Trả kết quả hồ sơ', en: 'Give the result of a dossier' },
      access: 'token',
      creates: true,
      params: codeParams,
      consumes: { 'multipart/form-data': resultRequest },
      responses: { 202: acceptedView },
      async handle({ req, res, params, principal }) {
        const holder = principal();
        const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
        const request = resultRequest.parse(jsonField(upload, 'metadata'));
        const accepted = await acceptResult(
          deps.x,
          params.code,
          request,
          upload.files,
          submitterOf(holder),
          idempotencyOf(req, holder, `POST results ${params.code}`),
        );
        sendAccepted(res, accepted);
      },
    }),
  ];
}
