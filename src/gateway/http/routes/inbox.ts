/** /api/v1/inbox: what arrived for an agency, and its answers; /api/v1/deliveries: an operator's "try again". */
import { z } from 'zod';
import { mayActFor, maySee } from '../../access/index.ts';
import { answerDelivery, reasonOf, retryParked, statusRequest } from '../../exchange/index.ts';
import { findDelivery, findPackage, listInbox } from '../../store/index.ts';
import { idempotencyOf, sendAccepted } from '../acceptance.ts';
import { type GatewayDeps, submitterOf } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { acceptedView, inboxItem, viewInboxItem } from '../views.ts';

function getInbox(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/inbox',
    summary: {
      vi: 'Văn bản và trạng thái đến, cũ trước',
      en: 'What arrived, oldest first; pass the last cursor to go on',
    },
    access: 'token',
    query: z.object({
      agency: z.string().max(35).optional().describe("default: the token's agency"),
      cursor: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      kind: z.enum(['document', 'status', 'result']).optional(),
    }),
    responses: { 200: z.object({ items: z.array(inboxItem), cursor: z.string() }) },
    async handle({ query, principal, res }) {
      const agency = query.agency ?? principal().agency;
      if (!maySee(principal(), agency)) throw new HttpError('FORBIDDEN');
      const rows = await listInbox(deps.x.store.read, agency, query.cursor, query.limit, query.kind);
      res.json({ items: rows.map(viewInboxItem), cursor: String(rows.at(-1)?.seq ?? query.cursor) });
    },
  });
}

function postStatus(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/inbox/:deliveryId/statuses',
    summary: { vi: 'Trả lời trạng thái xử lý (QĐ 28/2018)', en: 'Answer with a processing status' },
    access: 'token',
    creates: true,
    params: z.object({ deliveryId: z.string().max(60) }),
    body: statusRequest,
    responses: { 202: acceptedView },
    async handle({ req, res, params, body, principal }) {
      const holder = principal();
      const idempotency = idempotencyOf(req, holder, `POST statuses ${params.deliveryId}`);
      const accepted = await answerDelivery(
        deps.x,
        params.deliveryId,
        body,
        submitterOf(holder),
        idempotency,
      );
      sendAccepted(res, accepted);
    },
  });
}

const NOT_PARKED = {
  vi: 'Lượt gửi này không ở trạng thái chờ xử lý.',
  en: 'This delivery is not parked.',
};

function postRetry(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/deliveries/:deliveryId/retry',
    summary: { vi: 'Thử gửi lại một lượt gửi đang chờ xử lý', en: 'Try a parked delivery again' },
    access: 'token',
    params: z.object({ deliveryId: z.string().max(60) }),
    responses: { 202: z.object({ deliveryId: z.string(), state: z.string() }) },
    async handle({ res, params, principal }) {
      const holder = principal();
      const delivery = await findDelivery(deps.x.store.read, params.deliveryId);
      const pkg =
        delivery === undefined ? undefined : await findPackage(deps.x.store.read, delivery.package_id);
      if (pkg === undefined || (holder.role !== 'operator' && !mayActFor(holder, pkg.sender)))
        throw new HttpError('NOT_FOUND');
      if (!(await retryParked(deps.x, params.deliveryId, holder.agency))) {
        const { state, reason_code: code } = delivery ?? {};
        const words = state === 'parked' && code ? reasonOf(code).act : NOT_PARKED;
        throw new HttpError('BAD_REQUEST', { faults: [{ code: 'STATE', path: 'deliveryId', ...words }] });
      }
      res.status(202).json({ deliveryId: params.deliveryId, state: 'queued' });
    },
  });
}

/** All routes of this resource. */
export function inboxRoutes(deps: GatewayDeps): AnyRoute[] {
  return [getInbox(deps), postStatus(deps), postRetry(deps)];
}
