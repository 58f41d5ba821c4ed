/** /api/v1/signatures: one file back at once, or many as a job with progress, results and one authorisation. */
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { maySee, type Principal } from '../../../access/index.ts';
import { signatureRequest } from '../../../exchange/index.ts';
import {
  authoriseJob,
  consentFor,
  type FileToSign,
  type NewJob,
  signSingle,
} from '../../../signatures/index.ts';
import {
  type FileOctets,
  findSigningItem,
  findSigningJob,
  isBelow,
  type LevelState,
  listSigningItems,
  openScratch,
  removeLarge,
  type SigningItemRow,
  type SigningJobRow,
  sizeOf,
  sourceOf,
} from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { jsonField, receiveMultipart, type Upload } from '../../multipart.ts';
import { HttpError } from '../../problem.ts';
import { sendProgress } from '../../progress.ts';
import { type AnyRoute, defineRoute, idempotencyKey } from '../../route.ts';
import { isResult, itemView, jobView, reasonView, viewItem, viewSigningJob } from './signature-views.ts';

const sign = z.array(signatureRequest).min(1).max(5);
const signBody = z.object({
  sign,
  documentCode: z.string().max(50).default(''),
  signerName: z.string().max(50).optional(),
  documents: z
    .array(
      z.object({
        file: z.string().max(200).describe('name of the uploaded file'),
        documentCode: z.string().max(50).optional(),
        signerName: z.string().max(50).optional(),
        sign: sign.optional().describe('where it differs from the rest'),
      }),
    )
    .max(2000)
    .optional(),
});
type SignBody = z.infer<typeof signBody>;

/** Most files of one job. */
const MAX_FILES = 2_000;
/** A single file up to this size is signed while its sender waits. */
const AT_ONCE_BYTES = 64 * 1024 * 1024;

const idParams = z.object({ id: z.string().max(60) });
const fileParams = z.object({ id: z.string().max(60), seq: z.coerce.number().int().min(1) });
const consentBody = z.object({ pin: z.string().max(64).optional(), otp: z.string().max(64).optional() });

/** Someone who may sign for their agency. @throws HttpError FORBIDDEN */
export function signerOf(principal: Principal): {
  agency: string;
  actor: string;
  person: Principal['person'];
} {
  if (principal.role === 'auditor') throw new HttpError('FORBIDDEN');
  return { agency: principal.agency, actor: principal.tokenId, person: principal.person };
}

async function ownJob(deps: GatewayDeps, principal: Principal, id: string): Promise<SigningJobRow> {
  const job = await findSigningJob(deps.x.store.read, id);
  if (job === undefined || !maySee(principal, job.agency)) throw new HttpError('NOT_FOUND');
  return job;
}

async function stateOf(deps: GatewayDeps, job: SigningJobRow): Promise<z.infer<typeof jobView>> {
  const needs = job.state === 'consent' ? await consentFor({ x: deps.x, keyRing: deps.keyRing }, job) : null;
  const [first] = JSON.parse(job.sign) as { key: string }[];
  return viewSigningJob(job, needs, deps.keyRing.waiting(first?.key ?? ''));
}

function noFile(): HttpError {
  return new HttpError('BAD_REQUEST', {
    faults: [{ code: 'N.file', path: 'file', vi: 'Chưa có tệp nào.', en: 'There is no file.' }],
  });
}

function filesOf(body: SignBody, upload: Upload): FileToSign[] {
  return upload.files.map(({ name, sha256, size }) => {
    const own = body.documents?.find((document) => document.file === name);
    return {
      name,
      sha256,
      size,
      documentCode: own?.documentCode ?? body.documentCode,
      signerName: own?.signerName ?? body.signerName,
      ...(own?.sign === undefined ? {} : { sign: own.sign }),
    };
  });
}

async function submit(deps: GatewayDeps, res: Response, job: NewJob): Promise<void> {
  deps.keyRing.check(job.agency, [...job.sign, ...job.files.flatMap((file) => file.sign ?? [])]);
  const made = await deps.signingJobs.submit(job);
  if (made.repeated) res.setHeader('Idempotent-Replay', 'true');
  deps.x.log.info({ agency: job.agency, jobId: made.job.id, files: job.files.length }, 'signing job taken');
  res
    .status(202)
    .location(`/api/v1/signatures/${made.job.id}`)
    .json(await stateOf(deps, made.job));
}

/** Many files, or a wish not to wait: everything is durable before the answer. */
async function takeJob(deps: GatewayDeps, req: Request, res: Response, principal: Principal): Promise<void> {
  const asker = signerOf(principal);
  const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes, { maxFiles: MAX_FILES });
  const body = signBody.parse(jsonField(upload, 'metadata'));
  if (upload.files.length === 0) throw noFile();
  await submit(deps, res, {
    ...asker,
    sign: body.sign,
    files: filesOf(body, upload),
    idempotencyKey: idempotencyKey(req),
  });
}

/** Whether the holder of one of the keys has to agree first: then the sender cannot wait for the file. */
async function asksHolder(deps: GatewayDeps, agency: string, sign: SignBody['sign']): Promise<boolean> {
  deps.keyRing.check(agency, sign);
  for (const { key } of sign) if ((await deps.keyRing.consentOf(agency, key)) !== null) return true;
  return false;
}

async function signNow(deps: GatewayDeps, req: Request, res: Response, principal: Principal): Promise<void> {
  const asker = signerOf(principal);
  const scratch = openScratch(deps.x.settings.tmpDir);
  try {
    const upload = await receiveMultipart(req, scratch, deps.config.maxFileBytes);
    const body = signBody.parse(jsonField(upload, 'metadata'));
    const [file, ...more] = upload.files;
    if (file === undefined) throw noFile();
    if (more.length > 0 || file.size > AT_ONCE_BYTES || (await asksHolder(deps, asker.agency, body.sign))) {
      for (const one of upload.files) await deps.x.blobs.put(await scratch.open(one.sha256));
      const files = filesOf(body, upload);
      await submit(deps, res, { ...asker, sign: body.sign, files, idempotencyKey: idempotencyKey(req) });
      return;
    }
    const pdf = await scratch.fileOf(file.sha256);
    const { documentCode, signerName } = body;
    const order = {
      ...asker,
      sign: body.sign,
      name: file.name,
      sha256: file.sha256,
      pdf,
      documentCode,
      signerName,
    };
    const signed = await signSingle({ x: deps.x, keyRing: deps.keyRing }, order);
    deps.x.log.info(
      { agency: asker.agency, jobId: signed.id, signatures: body.sign.length, size: sizeOf(signed.pdf) },
      'file signed',
    );
    sendSigned(res, file.name, body.sign).set({
      'Signature-Id': signed.id,
      'Signature-Level': signed.levels.level,
      ...(isBelow(signed.levels)
        ? { 'Signature-Level-Pending': signed.levels.wantedLevel, Warning: lowerWarning(signed.levels) }
        : {}),
    });
    await sendOctets(res, signed.pdf);
  } finally {
    await scratch.dispose();
  }
}

/** The body of an answer, a large one as it is read; then it is removed. */
async function sendOctets(res: Response, file: FileOctets): Promise<void> {
  res.set('Content-Length', String(sizeOf(file)));
  const source = sourceOf(file);
  try {
    if (source instanceof Uint8Array) res.end(source);
    else await pipeline(source, res);
  } finally {
    await removeLarge(file);
  }
}

/** Never silently: whoever takes the file is told that its level is still to come. */
function lowerWarning({ level, wantedLevel, fault }: LevelState): string {
  return `199 lienthong "level ${level} below ${wantedLevel}: ${fault ?? ''}; completed later"`;
}

/** Media type, and what a name gets behind it where the file is another kind now. */
const KINDS: Readonly<Record<string, readonly [type: string, ending: string]>> = {
  pades: ['application/pdf', ''],
  xades: ['application/xml', ''],
  xmldsig: ['application/xml', ''],
  cades: ['application/pkcs7-mime', '.p7m'],
  asics: ['application/vnd.etsi.asic-s+zip', '.asics'],
  asice: ['application/vnd.etsi.asic-e+zip', '.asice'],
};

/** Heads of a signed file: what it is follows from its last signature. */
function sendSigned(res: Response, name: string, sign: readonly { format?: string | undefined }[]): Response {
  const [type, ending] = KINDS[sign.at(-1)?.format ?? 'pades'] ?? ['application/octet-stream', ''];
  return sendPdf(res, name.endsWith(ending) ? name : `${name}${ending}`).type(type);
}

/** Heads of a PDF that is given away under its name. */
export function sendPdf(res: Response, name: string): Response {
  res.type('application/pdf').set({
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  return res;
}

async function ownItem(
  deps: GatewayDeps,
  principal: Principal,
  { id, seq }: { id: string; seq: number },
): Promise<SigningItemRow> {
  await ownJob(deps, principal, id);
  const item = await findSigningItem(deps.x.store.read, id, seq);
  if (item === undefined) throw new HttpError('NOT_FOUND');
  return item;
}

/** All routes of this resource. */
export function signatureRoutes(deps: GatewayDeps): AnyRoute[] {
  const parts = { x: deps.x, keyRing: deps.keyRing };
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/signatures',
      summary: {
        vi: 'Ký số: một tệp trả về ngay; nhiều tệp, tệp lớn hoặc Prefer: respond-async thì thành một việc',
        en: 'Sign: one file comes back at once; several, a large one, or Prefer: respond-async make a job',
      },
      access: 'token',
      creates: true,
      consumes: { 'multipart/form-data': signBody },
      responses: { 200: 'application/pdf', 202: jobView },
      handle: ({ req, res, principal }) =>
        /\brespond-async\b/.test(req.get('prefer') ?? '')
          ? takeJob(deps, req, res, principal())
          : signNow(deps, req, res, principal()),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signatures/:id',
      summary: { vi: 'Một việc ký: tiến độ', en: 'A signing job: how far it is' },
      access: 'token',
      params: idParams,
      responses: { 200: jobView },
      async handle({ params, principal, res }) {
        res.json(await stateOf(deps, await ownJob(deps, principal(), params.id)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signatures/:id/files',
      summary: { vi: 'Kết quả từng tệp', en: 'Result of each file' },
      access: 'token',
      params: idParams,
      query: z.object({
        after: z.coerce.number().int().min(0).optional(),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ items: z.array(itemView) }) },
      async handle({ params, query, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        const page =
          query.after === undefined ? { limit: query.limit } : { after: query.after, limit: query.limit };
        const items = await listSigningItems(deps.x.store.read, job.id, page);
        res.json({ items: items.map((item) => viewItem(item, job)) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signatures/:id/files/:seq',
      summary: { vi: 'Tệp đã ký', en: 'The signed file' },
      access: 'token',
      params: fileParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const item = await ownItem(deps, principal(), params);
        if (item.signed_sha256 === null || !isResult(item)) throw new HttpError('NOT_FOUND');
        const job = await ownJob(deps, principal(), params.id);
        await pipeline(
          await deps.x.blobs.open(item.signed_sha256),
          sendSigned(res, item.name, JSON.parse(item.sign ?? job.sign)),
        );
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signatures/:id/files/:seq/evidence',
      summary: {
        vi: 'Kết quả kiểm tra và dữ liệu thu hồi lưu kèm chữ ký',
        en: 'The check of the result, and the revocation data kept with the signature',
      },
      access: 'token',
      params: fileParams,
      responses: { 200: z.object({ report: z.unknown(), evidence: z.unknown() }) },
      async handle({ params, principal, res }) {
        const item = await ownItem(deps, principal(), params);
        if (item.report_sha256 === null || !isResult(item)) throw new HttpError('NOT_FOUND');
        const kept = JSON.parse(item.evidence ?? '{}') as Record<string, string[]>;
        const evidence: Record<string, string[]> = {};
        for (const [kind, digests] of Object.entries(kept))
          evidence[kind] = await Promise.all(
            digests.map(async (digest) => (await deps.x.blobs.read(digest)).toString('base64')),
          );
        const report: unknown = JSON.parse((await deps.x.blobs.read(item.report_sha256)).toString('utf8'));
        res.json({ report, evidence });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signatures/:id/events',
      summary: { vi: 'Tiến độ (server-sent events)', en: 'Progress as server-sent events' },
      access: 'token',
      params: idParams,
      responses: { 200: 'text/event-stream' },
      async handle({ params, principal, res }) {
        await ownJob(deps, principal(), params.id);
        await sendProgress(
          res,
          (listener) => deps.signingJobs.watch(params.id, listener),
          async () => {
            const job = await findSigningJob(deps.x.store.read, params.id);
            if (job === undefined) return null;
            return { view: await stateOf(deps, job), isOver: !['waiting', 'running'].includes(job.state) };
          },
        );
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signatures/:id/otp',
      summary: { vi: 'Gửi mã OTP cho người giữ khoá', en: 'Send the key’s holder a one-time code' },
      access: 'token',
      params: idParams,
      responses: { 202: z.object({ id: z.string() }) },
      async handle({ params, principal, res }) {
        signerOf(principal());
        const job = await ownJob(deps, principal(), params.id);
        const wanted = await consentFor(parts, job);
        if (wanted === null) throw new HttpError('BAD_REQUEST', { faults: [reasonView.notWaiting] });
        await deps.keyRing.sendOtp(job.agency, wanted.key);
        res.status(202).json({ id: job.id });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signatures/:id/authorisation',
      summary: {
        vi: 'Người giữ khoá cho phép cả việc, một lần',
        en: 'The key’s holder authorises the whole job, once',
      },
      access: 'token',
      params: idParams,
      body: consentBody,
      responses: { 202: jobView },
      async handle({ params, body, principal, res }) {
        signerOf(principal());
        const job = await ownJob(deps, principal(), params.id);
        if (job.state !== 'consent') throw new HttpError('BAD_REQUEST', { faults: [reasonView.notWaiting] });
        await authoriseJob(parts, job, body);
        await deps.signingJobs.resume(job.id);
        res.status(202).json(await stateOf(deps, await ownJob(deps, principal(), params.id)));
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/signatures/:id',
      summary: { vi: 'Dừng một việc ký; tệp đã ký vẫn giữ', en: 'Stop a job; what is signed stays' },
      access: 'token',
      params: idParams,
      responses: { 202: z.object({ id: z.string() }) },
      async handle({ params, principal, res }) {
        signerOf(principal());
        const job = await ownJob(deps, principal(), params.id);
        if (!(await deps.signingJobs.cancel(job.id)))
          throw new HttpError('BAD_REQUEST', { faults: [reasonView.isOver] });
        res.status(202).json({ id: job.id });
      },
    }),
  ];
}
