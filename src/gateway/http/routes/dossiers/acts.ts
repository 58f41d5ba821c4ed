/** Steps, results, requests for papers and payment, payments, ratings, postal orders, questions: told and read back. */
import { z } from 'zod';
import { type DossierKind, maskDossierBody, parseDossier } from '../../../../packages/index.ts';
import {
  ACTS,
  type ActName,
  acceptAct,
  acceptProgress,
  acceptResult,
  progressRequest,
  resultRequest,
} from '../../../exchange/index.ts';
import { listDossierPackages } from '../../../store/index.ts';
import { idempotencyOf, sendAccepted } from '../../acceptance.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { acceptedView } from '../../views.ts';
import { receiveRequest, requestMedia } from './request.ts';
import { codeParams, ownDossier } from './view.ts';

const WORDS: Readonly<Record<ActName | 'progress' | 'results', { vi: string; en: string }>> = {
  progress: { vi: 'Tiến độ xử lý', en: 'Steps of the work' },
  results: { vi: 'Kết quả giải quyết', en: 'Results' },
  supplements: {
    vi: 'Yêu cầu bổ sung và tiếp nhận bổ sung',
    en: 'Requests for more papers and their answers',
  },
  fees: { vi: 'Yêu cầu nghĩa vụ tài chính', en: 'Requests for payment' },
  payments: { vi: 'Thanh toán', en: 'Payments' },
  ratings: { vi: 'Đánh giá mức độ hài lòng', en: 'Ratings' },
  'postal-orders': { vi: 'Phiếu gửi bưu chính', en: 'Postal orders' },
  questions: { vi: 'Hỏi đáp về hồ sơ', en: 'Questions and answers' },
};

const toldView = z.object({
  packageId: z.string(),
  at: z.iso.datetime(),
  state: z.string().describe('state of the package that carries it'),
  body: z
    .record(z.string(), z.unknown())
    .describe('as in schemas/dossier.xsd; what tells of a person is masked'),
});

/** All of them. */
export function actRoutes(deps: GatewayDeps): AnyRoute[] {
  const names = Object.keys(ACTS) as ActName[];
  return [
    progressRoute(deps),
    resultRoute(deps),
    ...names.map((name) => actRoute(deps, name)),
    readRoute(deps, 'progress', 'progress'),
    readRoute(deps, 'results', 'result'),
    ...names.map((name) => readRoute(deps, name, ACTS[name].kind)),
  ];
}

function progressRoute(deps: GatewayDeps): AnyRoute {
  return defineRoute({
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
      const key = idempotencyOf(req, holder, `POST progress ${params.code}`);
      sendAccepted(res, await acceptProgress(deps.x, params.code, body, submitterOf(holder), key));
    },
  });
}

function resultRoute(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/dossiers/:code/results',
    summary: { vi: 'Trả kết quả hồ sơ', en: 'Give the result of a dossier' },
    access: 'token',
    creates: true,
    params: codeParams,
    consumes: requestMedia(resultRequest),
    responses: { 202: acceptedView },
    async handle({ req, res, params, principal }) {
      const holder = principal();
      const { value, files } = await receiveRequest(deps, req, resultRequest);
      const key = idempotencyOf(req, holder, `POST results ${params.code}`);
      sendAccepted(res, await acceptResult(deps.x, params.code, value, files, submitterOf(holder), key));
    },
  });
}

function actRoute(deps: GatewayDeps, name: ActName): AnyRoute {
  const { schema } = ACTS[name];
  return defineRoute({
    method: 'post',
    path: `/api/v1/dossiers/:code/${name}`,
    summary: WORDS[name],
    access: 'token',
    creates: true,
    params: codeParams,
    consumes: requestMedia(schema),
    responses: { 202: acceptedView },
    async handle({ req, res, params, principal }) {
      const holder = principal();
      const { value, files } = await receiveRequest(deps, req, schema as z.ZodType);
      const key = idempotencyOf(req, holder, `POST ${name} ${params.code}`);
      sendAccepted(res, await acceptAct(deps.x, params.code, name, value, files, submitterOf(holder), key));
    },
  });
}

function readRoute(deps: GatewayDeps, name: keyof typeof WORDS, kind: DossierKind): AnyRoute {
  return defineRoute({
    method: 'get',
    path: `/api/v1/dossiers/:code/${name}`,
    summary: WORDS[name],
    access: 'token',
    params: codeParams,
    responses: { 200: z.object({ items: z.array(toldView) }) },
    async handle({ params, principal, res }) {
      const row = await ownDossier(deps, principal(), params.code);
      const items = [];
      for (const pkg of await listDossierPackages(deps.x.store.read, row.code, kind)) {
        const { message } = await parseDossier(await deps.x.blobs.read(pkg.payload_sha256));
        const body = maskDossierBody(message.kind, message.body);
        items.push({
          packageId: pkg.id,
          at: new Date(pkg.accepted_at).toISOString(),
          state: pkg.state,
          body: body as unknown as Record<string, unknown>,
        });
      }
      res.json({ items });
    },
  });
}
