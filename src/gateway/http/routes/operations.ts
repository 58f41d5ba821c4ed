/** /api/v1/counterparties and /api/v1/parked: what an operator watches, pauses, and lets go on. */
import { z } from 'zod';
import {
  actionFor,
  type CounterpartyState,
  describeCounterparties,
  pauseCounterparty,
  previewRetry,
  type RetryPreview,
  resumeCounterparty,
  retryMany,
} from '../../exchange/index.ts';
import { assertOperator, type GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';

const instant = z.iso.datetime();

const counterpartyView = z.object({
  system: z.string(),
  state: z.enum(['open', 'maintenance', 'down']),
  since: instant.nullable(),
  until: instant.nullable().describe('maintenance ends by itself, or the next trial'),
  reason: z.string().nullable(),
  actor: z.string().nullable(),
  errorCode: z.string().nullable(),
  waiting: z.int().describe('deliveries that have not left yet; counting stops at 10,000'),
});

const pauseBody = z.object({
  reason: z.string().trim().min(1).max(200).describe('shown to everyone whose mail waits'),
  until: z.iso.datetime({ offset: true }).optional().describe('default: until it is resumed'),
});

const parkedFilter = z.object({
  system: z.string().max(40).optional(),
  reasonCode: z.string().max(60).optional(),
  sender: z.string().max(35).optional(),
});

const previewView = z.object({
  count: z.int(),
  isCapped: z.boolean().describe('there are more'),
  asOf: instant.describe('pass it on to POST /api/v1/parked/retry'),
  groups: z.array(
    z.object({
      system: z.string(),
      reasonCode: z.string().nullable(),
      action: z.object({ vi: z.string(), en: z.string() }).describe('what a person does about it'),
      count: z.int(),
      oldest: instant,
      newest: instant,
    }),
  ),
  sample: z.array(
    z.object({
      deliveryId: z.string(),
      packageId: z.string(),
      code: z.string(),
      subject: z.string(),
      sender: z.string(),
      recipient: z.string(),
      system: z.string(),
      reason: z.object({ code: z.string(), text: z.string() }).nullable(),
      parkedAt: instant,
    }),
  ),
});

function iso(at: number): string {
  return new Date(at).toISOString();
}

function orNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}

function viewCounterparty(state: CounterpartyState): z.infer<typeof counterpartyView> {
  return { ...state, since: orNull(state.since), until: orNull(state.until) };
}

async function oneOf(deps: GatewayDeps, system: string): Promise<z.infer<typeof counterpartyView>> {
  const [state] = await describeCounterparties(deps.x.store, [system], deps.x.now());
  if (state === undefined) throw new HttpError('NOT_FOUND');
  return viewCounterparty(state);
}

function assertKnown(deps: GatewayDeps, system: string): void {
  if (!deps.x.counterparties.has(system)) throw new HttpError('NOT_FOUND');
}

function getCounterparties(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/counterparties',
    summary: { vi: 'Tình trạng các hệ thống bên ngoài', en: 'How every counterparty stands' },
    access: 'token',
    responses: { 200: z.object({ items: z.array(counterpartyView) }) },
    async handle({ principal, res }) {
      assertOperator(principal(), true);
      const systems = [...deps.x.counterparties.keys()];
      const states = await describeCounterparties(deps.x.store, systems, deps.x.now());
      res.json({ items: states.map(viewCounterparty) });
    },
  });
}

function postPause(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/counterparties/:system/pause',
    summary: { vi: 'Tạm dừng gửi tới một hệ thống', en: 'Pause sending to a counterparty (maintenance)' },
    access: 'token',
    params: z.object({ system: z.string().max(40) }),
    body: pauseBody,
    responses: { 200: counterpartyView },
    async handle({ principal, params, body, res }) {
      assertOperator(principal());
      assertKnown(deps, params.system);
      const now = deps.x.now();
      const until = body.until === undefined ? null : Date.parse(body.until);
      if (until !== null && until <= now) {
        const words = { vi: 'Thời điểm này đã qua.', en: 'This moment is past.' };
        throw new HttpError('BAD_REQUEST', { faults: [{ code: 'R.until', path: 'until', ...words }] });
      }
      const pause = { reason: body.reason, actor: principal().agency, until };
      await pauseCounterparty(deps.x.store, params.system, pause, now);
      await deps.x.gates.refresh(now);
      deps.x.log.warn({ system: params.system, until: body.until ?? null }, 'counterparty paused');
      res.json(await oneOf(deps, params.system));
    },
  });
}

function postResume(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/counterparties/:system/resume',
    summary: { vi: 'Mở lại việc gửi tới một hệ thống', en: 'Resume sending to a counterparty' },
    access: 'token',
    params: z.object({ system: z.string().max(40) }),
    responses: { 200: counterpartyView },
    async handle({ principal, params, res }) {
      assertOperator(principal());
      assertKnown(deps, params.system);
      const now = deps.x.now();
      await resumeCounterparty(deps.x.store, params.system, now);
      await deps.x.gates.refresh(now);
      deps.x.log.info({ system: params.system }, 'counterparty resumed');
      res.json(await oneOf(deps, params.system));
    },
  });
}

function viewPreview(preview: RetryPreview): z.infer<typeof previewView> {
  return {
    count: preview.count,
    isCapped: preview.isCapped,
    asOf: iso(preview.asOf),
    groups: preview.groups.map(({ system, reason_code: reasonCode, count, oldest, newest }) => ({
      system,
      reasonCode,
      action: actionFor(reasonCode ?? ''),
      count,
      oldest: iso(oldest),
      newest: iso(newest),
    })),
    sample: preview.sample.map((line) => ({
      deliveryId: line.id,
      packageId: line.package_id,
      code: line.code,
      subject: line.subject,
      sender: line.sender,
      recipient: line.recipient,
      system: line.system,
      reason: line.reason_code === null ? null : { code: line.reason_code, text: line.reason ?? '' },
      parkedAt: iso(line.updated_at),
    })),
  };
}

function getParked(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/parked',
    summary: {
      vi: 'Lượt gửi đang dừng, gộp theo hệ thống và lý do: xem trước khi gửi lại hàng loạt',
      en: 'What is parked, by system and reason: the preview of a bulk retry',
    },
    access: 'token',
    query: parkedFilter,
    responses: { 200: previewView },
    async handle({ principal, query, res }) {
      assertOperator(principal(), true);
      res.json(viewPreview(await previewRetry(deps.x, query)));
    },
  });
}

function postRetryMany(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/parked/retry',
    summary: {
      vi: 'Gửi lại hàng loạt những gì đã xem trước',
      en: 'Try again everything the preview showed; what was parked after `asOf` is left alone',
    },
    access: 'token',
    body: parkedFilter.extend({ asOf: z.iso.datetime({ offset: true }) }),
    responses: { 202: z.object({ released: z.int() }) },
    async handle({ principal, body: { asOf, ...filter }, res }) {
      const holder = principal();
      assertOperator(holder);
      const released = await retryMany(deps.x, { ...filter, until: Date.parse(asOf) }, holder.agency);
      deps.x.log.info({ ...filter, released }, 'parked deliveries released');
      res.status(202).json({ released });
    },
  });
}

/** All routes of this resource. */
export function operationRoutes(deps: GatewayDeps): AnyRoute[] {
  return [getCounterparties(deps), postPause(deps), postResume(deps), getParked(deps), postRetryMany(deps)];
}
