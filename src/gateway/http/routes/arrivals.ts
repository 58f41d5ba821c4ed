/** /api/v1/arrivals: what came from outside and goes to nobody, and ticking it off once somebody has dealt with it. */
import { z } from 'zod';
import {
  type ArrivalsPreview,
  actionFor,
  arrivalFaults,
  previewArrivals,
  reasonOf,
  settleArrival,
  settleArrivals,
} from '../../exchange/index.ts';
import { findPackage, type PackageRow } from '../../store/index.ts';
import { assertOperator, type GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { idParams } from './packages.ts';

const instant = z.iso.datetime();
const words = z.object({ vi: z.string(), en: z.string() });

const filter = z.object({
  system: z.string().max(40).optional().describe('where it came from'),
  reasonCode: z.string().max(60).optional(),
});

const note = z.string().trim().min(1).max(500).describe('what was done about it; stays on the timeline');

const previewView = z.object({
  count: z.int(),
  isCapped: z.boolean().describe('there are more'),
  asOf: instant.describe('pass it on to POST /api/v1/arrivals/settle'),
  groups: z.array(
    z.object({
      system: z.string(),
      reasonCode: z.string(),
      reason: words,
      action: words.describe('what a person does about it'),
      count: z.int(),
      oldest: instant,
      newest: instant,
    }),
  ),
  sample: z.array(
    z.object({
      packageId: z.string(),
      system: z.string(),
      remoteId: z.string().describe('its id at that system'),
      reason: z.object({ code: z.string(), text: z.string() }),
      size: z.int(),
      arrivedAt: instant,
    }),
  ),
});

const stateView = z.object({ packageId: z.string(), state: z.string() });

function iso(at: number): string {
  return new Date(at).toISOString();
}

function viewPreview({
  count,
  isCapped,
  asOf,
  groups,
  sample,
}: ArrivalsPreview): z.infer<typeof previewView> {
  return {
    count,
    isCapped,
    asOf: iso(asOf),
    groups: groups.map(({ oldest, newest, ...group }) => {
      const { vi, en } = reasonOf(group.reasonCode);
      return {
        ...group,
        reason: { vi, en },
        action: actionFor(group.reasonCode),
        oldest: iso(oldest),
        newest: iso(newest),
      };
    }),
    sample: sample.map((pkg) => ({
      packageId: pkg.id,
      system: pkg.origin,
      remoteId: pkg.document_id,
      reason: { code: pkg.code, text: pkg.subject },
      size: Number(pkg.size),
      arrivedAt: iso(pkg.accepted_at),
    })),
  };
}

/** @throws HttpError NOT_FOUND */
async function arrivalOf(deps: GatewayDeps, id: string): Promise<PackageRow> {
  const pkg = await findPackage(deps.x.store.read, id);
  if (pkg === undefined || arrivalFaults(pkg) === null) throw new HttpError('NOT_FOUND');
  return pkg;
}

function move(deps: GatewayDeps, word: 'settle' | 'reopen', summary: { vi: string; en: string }): AnyRoute {
  return defineRoute({
    method: 'post',
    path: `/api/v1/arrivals/:id/${word}`,
    summary,
    access: 'token',
    params: idParams,
    body: z.object({ note }),
    responses: { 200: stateView },
    async handle({ principal, params, body, res }) {
      const holder = principal();
      assertOperator(holder);
      await arrivalOf(deps, params.id);
      const by = { actor: holder.agency, token: holder.tokenId, note: body.note };
      const to = word === 'settle' ? 'done' : 'attention';
      // Said twice, it stands as it was said first.
      const moved = await settleArrival(deps.x, params.id, by, to);
      if (moved)
        deps.x.log.info(
          { packageId: params.id, to, token: holder.tokenId },
          'an arrival was moved by a person',
        );
      res.json({ packageId: params.id, state: (await arrivalOf(deps, params.id)).state });
    },
  });
}

function getArrivals(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/arrivals',
    summary: {
      vi: 'Gói tin đến không chuyển được, gộp theo hệ thống và lý do: xem trước khi đánh dấu đã xử lý',
      en: 'Arrivals that go to nobody, by system and reason: the preview of ticking many off',
    },
    access: 'token',
    query: filter,
    responses: { 200: previewView },
    async handle({ principal, query, res }) {
      assertOperator(principal(), true);
      res.json(viewPreview(await previewArrivals(deps.x, query)));
    },
  });
}

function postSettleMany(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/arrivals/settle',
    summary: {
      vi: 'Đánh dấu đã xử lý hàng loạt những gì đã xem trước',
      en: 'Tick off everything the preview showed; what came after `asOf` is left alone',
    },
    access: 'token',
    body: filter.extend({ asOf: z.iso.datetime({ offset: true }), note }),
    responses: { 200: z.object({ settled: z.int() }) },
    async handle({ principal, body, res }) {
      const holder = principal();
      assertOperator(holder);
      const { asOf, note: said, ...chosen } = body;
      const by = { actor: holder.agency, token: holder.tokenId, note: said };
      const settled = await settleArrivals(deps.x, { ...chosen, until: Date.parse(asOf) }, by);
      deps.x.log.info({ ...chosen, settled, token: holder.tokenId }, 'arrivals were ticked off');
      res.json({ settled });
    },
  });
}

/** All routes of this resource. */
export function arrivalRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    getArrivals(deps),
    postSettleMany(deps),
    move(deps, 'settle', {
      vi: 'Đánh dấu một gói tin đến là đã xử lý',
      en: 'Tick off one arrival: somebody has dealt with it',
    }),
    move(deps, 'reopen', {
      vi: 'Mở lại một gói tin đến đã đánh dấu',
      en: 'Take an arrival up again that was ticked off',
    }),
  ];
}
