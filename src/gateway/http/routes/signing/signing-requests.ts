/** /api/v1/signing-requests: documents laid before officers; and the browser bridge's two addresses. */
import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import { z } from 'zod';
import { maySee, type Principal, visibleAgencies } from '../../../access/index.ts';
import { signatureRequest } from '../../../exchange/index.ts';
import {
  findRequest,
  layBefore,
  MOST_BRIDGED,
  refuseRequest,
  signRequests,
} from '../../../signatures/index.ts';
import { listSigningRequests, openScratch, type SigningRequestRow } from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { jsonField, receiveMultipart } from '../../multipart.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute, idempotencyKey } from '../../route.ts';
import { requestView, viewRequest } from './signature-views.ts';
import { sendPdf, signerOf } from './signatures.ts';

const newRequest = z.object({
  title: z.string().trim().min(1).max(500).describe('trích yếu'),
  documentCode: z.string().max(50).default(''),
  profile: signatureRequest.shape.profile.default('leader'),
  signer: z
    .object({
      name: z.string().trim().min(1).max(100),
      id: z
        .string()
        .regex(/^(CCCD|CMND|HC|MST):\S{1,40}$/)
        .optional(),
    })
    .optional()
    .describe('whose signature is wanted; absent: any officer’s'),
  place: signatureRequest.shape.place,
});
const signBody = z
  .object({
    ids: z.array(z.string().max(60)).min(1).max(1000),
    key: z.string().max(100),
    place: signatureRequest.shape.place,
    reason: z.string().max(200).optional(),
    issue: signatureRequest.shape.issue,
  })
  .refine(({ ids, issue }) => issue === undefined || ids.length === 1, {
    path: ['issue'],
    message: 'mỗi văn bản một số / a number goes to one document',
  });
const idParams = z.object({ id: z.string().max(60) });

async function own(deps: GatewayDeps, principal: Principal, id: string): Promise<SigningRequestRow> {
  const row = await findRequest(deps.x, id);
  if (row === null || !maySee(principal, row.agency)) throw new HttpError('NOT_FOUND');
  return row;
}

/** Somebody whose signature counts. @throws HttpError FORBIDDEN */
function officerOf(principal: Principal): ReturnType<typeof signerOf> {
  if (principal.role !== 'officer' && principal.role !== 'clerk') throw new HttpError('FORBIDDEN');
  return signerOf(principal);
}

/** What is handed to the plugin: the function of its maker's script, and its argument. */
const bridgeView = z.object({
  function: z.string(),
  argument: z.record(z.string(), z.unknown()),
  expiresAt: z.string(),
});

/** Address of this gateway as the officer's machine sees it. */
function baseOf(deps: GatewayDeps, req: Request): string {
  const seen = `${req.protocol}://${req.get('host') ?? ''}`;
  return (deps.config.publicUrl === '' ? seen : deps.config.publicUrl).replace(/\/+$/, '');
}

function noFile(): HttpError {
  return new HttpError('BAD_REQUEST', {
    faults: [{ code: 'N.file', path: 'file', vi: 'Cần đúng một tệp PDF.', en: 'Exactly one PDF is needed.' }],
  });
}

/** All routes of this resource. */
export function signingRequestRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/signing-requests',
      summary: { vi: 'Trình một văn bản để ký', en: 'Lay a document before an officer' },
      access: 'token',
      creates: true,
      consumes: { 'multipart/form-data': newRequest },
      responses: { 201: requestView },
      async handle({ req, res, principal }) {
        const asker = signerOf(principal());
        const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
        const body = newRequest.parse(jsonField(upload, 'metadata'));
        const [file, ...more] = upload.files;
        if (file === undefined || more.length > 0) throw noFile();
        const { name, sha256, size } = file;
        const row = await layBefore(deps.x, { ...asker, ...body, name, sha256, size });
        res.status(201).location(`/api/v1/signing-requests/${row.id}`).json(viewRequest(row));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signing-requests',
      summary: { vi: 'Văn bản trình ký', en: 'Documents laid before officers' },
      access: 'token',
      query: z.object({
        state: z.enum(['waiting', 'signing', 'signed', 'refused', 'cancelled']).default('waiting'),
        mine: z
          .enum(['true', 'false'])
          .default('true')
          .describe('only those for the person of this token, and for anybody'),
        before: z.string().max(60).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      responses: { 200: z.object({ items: z.array(requestView) }) },
      async handle({ query, principal, res }) {
        const holder = principal();
        const rows = await listSigningRequests(deps.x.store.read, {
          agencies: visibleAgencies(holder),
          states: [query.state],
          limit: query.limit,
          ...(query.before === undefined ? {} : { before: query.before }),
          ...(query.mine === 'false' || holder.person === undefined ? {} : { person: holder.person }),
        });
        res.json({ items: rows.map(viewRequest) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signing-requests/:id',
      summary: { vi: 'Một văn bản trình ký', en: 'One document laid before an officer' },
      access: 'token',
      params: idParams,
      responses: { 200: requestView },
      async handle({ params, principal, res }) {
        res.json(viewRequest(await own(deps, principal(), params.id)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signing-requests/:id/file',
      summary: { vi: 'Tệp trình ký; đã ký thì là tệp đã ký', en: 'The file; once signed, the signed one' },
      access: 'token',
      params: idParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const row = await own(deps, principal(), params.id);
        await pipeline(await deps.x.blobs.open(row.signed_sha256 ?? row.sha256), sendPdf(res, row.name));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signing-requests/:id/refusal',
      summary: { vi: 'Từ chối ký, kèm lý do', en: 'Refuse to sign, with a reason' },
      access: 'token',
      params: idParams,
      body: z.object({ reason: z.string().trim().min(1).max(500) }),
      responses: { 200: requestView },
      async handle({ params, body, principal, res }) {
        const asker = officerOf(principal());
        const row = await own(deps, principal(), params.id);
        res.json(viewRequest(await refuseRequest(deps.x, row, asker, body.reason)));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signing-requests/signatures',
      summary: {
        vi: 'Ký một hay nhiều văn bản bằng một khoá, một lần cho phép',
        en: 'Sign one or many with one key and one authorisation',
      },
      access: 'token',
      creates: true,
      body: signBody,
      responses: { 202: z.object({ jobId: z.string() }) },
      async handle({ req, body, principal, res }) {
        const holder = principal();
        const asker = officerOf(holder);
        const requests = await Promise.all(body.ids.map((id) => own(deps, holder, id)));
        deps.keyRing.check(
          asker.agency,
          requests.map((row) => ({ key: body.key, profile: row.profile as 'plain' })),
        );
        const { job, repeated } = await signRequests(deps.x, deps.signingJobs, {
          ...asker,
          requests,
          key: body.key,
          place: body.place,
          reason: body.reason,
          issue: body.issue,
          idempotencyKey: idempotencyKey(req),
        });
        if (repeated) res.setHeader('Idempotent-Replay', 'true');
        res.status(202).location(`/api/v1/signatures/${job.id}`).json({ jobId: job.id });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signing-requests/:id/bridge',
      summary: {
        vi: 'Tham số cho phần mềm ký trên máy người ký (VGCA Sign Service)',
        en: 'The argument for the plugin on the officer’s machine (VGCA Sign Service)',
      },
      access: 'token',
      params: idParams,
      body: z.object({}),
      responses: { 200: bridgeView },
      async handle({ req, params, principal, res }) {
        const asker = officerOf(principal());
        const row = await own(deps, principal(), params.id);
        const order = deps.bridge.order(row, asker, baseOf(deps, req));
        res.setHeader('Cache-Control', 'no-store');
        res.json({ ...order, expiresAt: new Date(order.expiresAt).toISOString() });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signing-requests/bridge',
      summary: {
        vi: 'Tham số để phần mềm ký trên máy ký nhiều văn bản một lần (vgca_sign_files)',
        en: 'The argument for the plugin to sign several documents at once (vgca_sign_files)',
      },
      access: 'token',
      body: z.object({ ids: z.array(z.string().max(60)).min(1).max(MOST_BRIDGED) }),
      responses: { 200: bridgeView },
      async handle({ req, body, principal, res }) {
        const holder = principal();
        const asker = officerOf(holder);
        const rows = await Promise.all(body.ids.map((id) => own(deps, holder, id)));
        const order = deps.bridge.orderMany(rows, asker, baseOf(deps, req));
        res.setHeader('Cache-Control', 'no-store');
        res.json({ ...order, expiresAt: new Date(order.expiresAt).toISOString() });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/cau-noi/tep/:token/:name',
      summary: { vi: 'Phần mềm ký tải tệp về', en: 'The plugin fetches the file' },
      access: 'public',
      params: z.object({ token: z.string().max(2000), name: z.string().max(300) }),
      responses: { 200: 'application/pdf' },
      async handle({ params, res }) {
        const row = await deps.bridge.open(params.token);
        await pipeline(await deps.x.blobs.open(row.sha256), sendPdf(res, row.name));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/cau-noi/tep-da-ky',
      summary: { vi: 'Phần mềm ký gửi tệp đã ký về', en: 'The plugin posts the signed file' },
      access: 'public',
      consumes: { 'multipart/form-data': 'multipart' },
      responses: {
        200: z.object({
          Status: z.boolean(),
          Message: z.string(),
          FileName: z.string(),
          FileServer: z.string(),
        }),
      },
      async handle({ req, res }) {
        const scratch = openScratch(deps.x.settings.tmpDir);
        try {
          const upload = await receiveMultipart(req, scratch, deps.config.maxFileBytes, { maxFiles: 1 });
          const [file] = upload.files;
          if (file === undefined) throw noFile();
          const bearer = /^Bearer +(\S+)$/i.exec(req.get('x-jwt-token') ?? '')?.[1];
          const token = upload.fields['JWTToken'] ?? upload.fields['jwttoken'] ?? bearer ?? '';
          const row = await deps.bridge.take(token, await scratch.read(file.sha256));
          deps.x.log.info({ agency: row.agency, requestId: row.id }, 'signed by the plugin');
          const FileServer = `/api/v1/signing-requests/${row.id}/file`;
          res.json({ Status: true, Message: 'Đã nhận văn bản đã ký.', FileName: row.name, FileServer });
        } finally {
          await scratch.dispose();
        }
      },
    }),
  ];
}
