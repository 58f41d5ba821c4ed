/** /api/v1/packages and /api/v1/documents: hand in, look up, read the timeline and the proof. */
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import { z } from 'zod';
import { parseEdxml } from '../../../packages/index.ts';
import { type Principal, visibleAgencies } from '../../access/index.ts';
import { deliveryDeadline } from '../../deadlines/index.ts';
import { appendEvents, listEvents, verifyEventChain } from '../../evidence/index.ts';
import {
  acceptDocument,
  acceptEdxml,
  askRecall,
  documentMetadata,
  ExchangeError,
  openPayload,
  recallRequest,
} from '../../exchange/index.ts';
import {
  type DeliveryRow,
  findPackage,
  listDeliveries,
  listVerifications,
  lockDelivery,
  openScratch,
  type PackageRow,
  type Scratch,
  updateDelivery,
} from '../../store/index.ts';
import { idempotencyOf, sendAccepted } from '../acceptance.ts';
import { bodyOf } from '../body.ts';
import { type GatewayDeps, submitterOf } from '../deps.ts';
import { jsonField, receiveMultipart } from '../multipart.ts';
import { HttpError, unsupportedType } from '../problem.ts';
import { type AnyRoute, defineRoute, type RouteContext } from '../route.ts';
import {
  acceptedView,
  packageDetail,
  timelineView,
  viewDelivery,
  viewEvents,
  viewPackage,
  viewVerification,
  visibleDeliveries,
} from '../views.ts';
import { listRoute } from './package-list.ts';

/** Path of one package. */
export const idParams = z.object({ id: z.string().max(60) });

// biome-ignore lint/suspicious/noExplicitAny: any route's context will do
type AnyContext = RouteContext<any, any, any>;

/** The package and the deliveries the caller may see. @throws HttpError NOT_FOUND also for what belongs to others. */
export async function visiblePackage(
  deps: GatewayDeps,
  principal: Principal,
  id: string,
): Promise<{ pkg: PackageRow; deliveries: DeliveryRow[] }> {
  const pkg = await findPackage(deps.x.store.read, id);
  const deliveries =
    pkg === undefined ? null : visibleDeliveries(principal, pkg, await listDeliveries(deps.x.store.read, id));
  if (pkg === undefined || deliveries === null) throw new HttpError('NOT_FOUND');
  return { pkg, deliveries };
}

/** A delivery with its legal limit; only documents that go out from here have one. */
export function viewWithClock(
  deps: GatewayDeps,
  pkg: PackageRow,
  row: DeliveryRow,
): ReturnType<typeof viewDelivery> {
  const goesOut = pkg.kind === 'document' && !deps.x.counterparties.has(pkg.origin);
  return viewDelivery(row, goesOut ? deliveryDeadline(deps.clock, pkg, row, deps.x.now()) : null);
}

/** First reading by the recipient is a fact for the sender's timeline. */
async function noteFetched(
  deps: GatewayDeps,
  principal: Principal,
  deliveries: readonly DeliveryRow[],
): Promise<void> {
  const own = deliveries.find(
    (delivery) => delivery.recipient === principal.agency && delivery.state === 'available',
  );
  if (own === undefined) return;
  const now = deps.x.now();
  await deps.x.store.write(async (tx) => {
    // Two readers at once, or an acknowledgement in between: only the first is the first.
    if ((await lockDelivery(tx, own.id))?.state !== 'available') return;
    await updateDelivery(tx, own.id, { state: 'fetched', updated_at: now });
    await appendEvents(
      tx,
      own.package_id,
      [{ type: 'fetched', actor: principal.agency, deliveryId: own.id }],
      now,
    );
  });
}

async function* singleFile(context: AnyContext, deps: GatewayDeps): AsyncGenerator<Uint8Array> {
  const upload = await receiveMultipart(context.req, deps.x.blobs, deps.config.maxPackageBytes);
  const file = upload.files[0];
  if (file === undefined || upload.files.length !== 1) {
    throw new HttpError('BAD_REQUEST', {
      faults: [
        {
          code: 'N.package',
          path: 'package',
          vi: 'Cần đúng một tệp trong trường "package".',
          en: 'Exactly one file is needed, in the field "package".',
        },
      ],
    });
  }
  yield* await deps.x.blobs.open(file.sha256);
}

function postPackage(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/packages',
    summary: { vi: 'Gửi một gói tin edXML', en: 'Hand in one edXML package (streamed)' },
    access: 'token',
    creates: true,
    consumes: { 'application/xml': 'binary', 'multipart/form-data': 'multipart' },
    responses: { 202: acceptedView },
    async handle(context) {
      const type = context.req.get('content-type') ?? '';
      const source: AsyncIterable<Uint8Array> = /^multipart\/form-data\b/i.test(type)
        ? singleFile(context, deps)
        : requireXml(type, context.req);
      const principal = context.principal();
      const idempotency = idempotencyOf(context.req, principal, 'POST packages');
      const options = idempotency === undefined ? {} : { idempotency };
      sendAccepted(context.res, await acceptEdxml(deps.x, source, submitterOf(principal), options));
    },
  });
}

function requireXml(type: string, req: Request): AsyncIterable<Uint8Array> {
  // Without a type it may be taken for octets (RFC 9110 §8.3).
  if (type !== '' && !/^(application|text)\/(.+\+)?xml\b|^application\/octet-stream\b/i.test(type))
    throw unsupportedType(type, 'application/xml, application/octet-stream, multipart/form-data');
  return bodyOf(req);
}

async function takeDocument(deps: GatewayDeps, context: AnyContext, scratch: Scratch): Promise<void> {
  const principal = context.principal();
  const upload = await receiveMultipart(context.req, scratch, deps.config.maxPackageBytes);
  const metadata = documentMetadata.parse(jsonField(upload, 'metadata'));
  for (const file of upload.files) {
    if (metadata.sign.length > 0 && file.size > deps.config.maxFileBytes)
      throw new HttpError('BODY_TOO_LARGE');
  }
  const idempotency = idempotencyOf(context.req, principal, 'POST documents');
  const submitter = submitterOf(principal);
  sendAccepted(
    context.res,
    await acceptDocument(deps.x, metadata, upload.files, scratch, submitter, deps.keyRing.sign, idempotency),
  );
}

function postDocument(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/documents',
    summary: {
      vi: 'Gửi văn bản: thông tin và tệp; trục ký (nếu yêu cầu), đóng gói và chuyển',
      en: 'Hand in metadata and files; the gateway signs if asked, builds the package and sends it',
    },
    access: 'token',
    creates: true,
    consumes: { 'multipart/form-data': documentMetadata },
    responses: { 202: acceptedView },
    async handle(context) {
      const scratch = openScratch(deps.x.settings.tmpDir);
      try {
        await takeDocument(deps, context, scratch);
      } finally {
        await scratch.dispose();
      }
    },
  });
}

function getPackage(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id',
    summary: { vi: 'Trạng thái gói tin theo từng nơi nhận', en: 'A package and its state per recipient' },
    access: 'token',
    params: idParams,
    responses: { 200: packageDetail },
    async handle({ params, principal, res }) {
      const { pkg, deliveries } = await visiblePackage(deps, principal(), params.id);
      const verifications = await listVerifications(deps.x.store.read, pkg.id);
      res.json({
        ...viewPackage(pkg),
        deliveries: deliveries.map((row) => viewWithClock(deps, pkg, row)),
        verifications: verifications.map(viewVerification),
      });
    },
  });
}

/** A recipient reads nothing of what its sender took back. @throws ExchangeError DOCUMENT_WITHDRAWN. */
function assertStillThere(principal: Principal, pkg: PackageRow, deliveries: readonly DeliveryRow[]): void {
  const agencies = visibleAgencies(principal);
  if (agencies === null || agencies.includes(pkg.sender)) return;
  if (deliveries.some((delivery) => delivery.state !== 'withdrawn')) return;
  throw new ExchangeError('DOCUMENT_WITHDRAWN', {
    vi: 'Văn bản đã được bên gửi thu hồi; nội dung không còn được cung cấp.',
    en: 'The sender has taken this document back; its content is no longer given out.',
  });
}

function postRecall(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'post',
    path: '/api/v1/packages/:id/recall',
    summary: {
      vi: 'Thu hồi văn bản đã gửi: rút bản chưa đi, hỏi nơi đã nhận',
      en: 'Take a document back: what has not left is withdrawn, recipients who have it are asked',
    },
    access: 'token',
    creates: true,
    params: idParams,
    body: recallRequest,
    responses: { 202: acceptedView },
    async handle({ req, res, params, body, principal }) {
      const holder = principal();
      await visiblePackage(deps, holder, params.id);
      const idempotency = idempotencyOf(req, holder, `POST recall ${params.id}`);
      sendAccepted(res, await askRecall(deps.x, params.id, body, submitterOf(holder), idempotency));
    },
  });
}

function getContent(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id/content',
    summary: { vi: 'Nội dung gói tin, nguyên từng byte', en: 'The bytes of the package' },
    access: 'token',
    params: idParams,
    responses: { 200: 'application/xml' },
    async handle({ params, principal, res }) {
      const { pkg, deliveries } = await visiblePackage(deps, principal(), params.id);
      assertStillThere(principal(), pkg, deliveries);
      const content = await openPayload(deps.x, pkg);
      await noteFetched(deps, principal(), deliveries);
      res.type('application/xml').setHeader('Content-Length', pkg.size);
      res.setHeader('Content-Disposition', `attachment; filename="${pkg.id}.edxml"`);
      res.setHeader('Repr-Digest', `sha-256=:${Buffer.from(pkg.payload_sha256, 'hex').toString('base64')}:`);
      await pipeline(content, res);
    },
  });
}

function getAttachment(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id/attachments/:sha256',
    summary: { vi: 'Một tệp đính kèm, đã giải nén', en: 'One attachment, unzipped' },
    access: 'token',
    params: z.object({ id: z.string().max(60), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    responses: { 200: 'application/octet-stream' },
    async handle({ params, principal, res }) {
      const { pkg, deliveries } = await visiblePackage(deps, principal(), params.id);
      const attachments =
        (
          JSON.parse(pkg.metadata) as {
            attachments?: { sha256: string; name: string; sizeBytes: number }[];
          }
        ).attachments ?? [];
      const place = attachments.findIndex((attachment) => attachment.sha256 === params.sha256);
      const wanted = attachments[place];
      if (wanted === undefined) throw new HttpError('NOT_FOUND');
      assertStillThere(principal(), pkg, deliveries);
      const content = await openPayload(deps.x, pkg);
      await noteFetched(deps, principal(), deliveries);
      // Never the sender's media type, and never inline: a browser must not run what a package brings.
      res.type('application/octet-stream').setHeader('Content-Length', wanted.sizeBytes);
      res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(wanted.name)}`);
      await parseEdxml(content, {
        openAttachment: (info) => ({
          write: (chunk) => {
            if (info.index !== place || res.write(chunk)) return;
            return new Promise<void>((resolve) => res.once('drain', resolve).once('close', resolve));
          },
          end() {},
          abort() {},
        }),
      });
      res.end();
    },
  });
}

function getTimeline(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id/timeline',
    summary: { vi: 'Mọi sự kiện của gói tin, đúng thứ tự', en: 'Every event of the package, in order' },
    access: 'token',
    params: idParams,
    responses: { 200: timelineView },
    async handle({ params, principal, res }) {
      const { pkg, deliveries } = await visiblePackage(deps, principal(), params.id);
      const rows = await listEvents(deps.x.store.read, pkg.id);
      const current = (await findPackage(deps.x.store.read, pkg.id)) ?? pkg;
      const chainIntact =
        verifyEventChain(rows.slice(0, current.event_seq), {
          seq: current.event_seq,
          hash: current.event_head,
        }) === null;
      const visible = new Set(deliveries.map((delivery) => delivery.id));
      const shown = rows.filter((row) => row.delivery_id === null || visible.has(row.delivery_id));
      res.json({ packageId: pkg.id, chainIntact, events: viewEvents(shown, deliveries) });
    },
  });
}

/** All routes of this resource. */
export function packageRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    postPackage(deps),
    postDocument(deps),
    listRoute(deps),
    getPackage(deps),
    postRecall(deps),
    getContent(deps),
    getAttachment(deps),
    getTimeline(deps),
  ];
}
