/** /api/v1/ocr-jobs: scans in; progress as server-sent events; searchable PDF and fields out. */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { maySee, type Principal } from '../../access/index.ts';
import { findOcrJob, type OcrJobRow } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { receiveMultipart } from '../multipart.ts';
import { HttpError } from '../problem.ts';
import { sendProgress } from '../progress.ts';
import { type AnyRoute, defineRoute, idempotencyKey } from '../route.ts';

const jobView = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  stage: z.string(),
  pages: z.int(),
  pagesDone: z.int(),
  reason: z.object({ code: z.string(), text: z.string() }).nullable(),
  result: z.unknown().nullable().describe('pages, fields, barcodes (contracts.md ocr)'),
  pdf: z.string().nullable().describe('address of the searchable PDF'),
  pdfSha256: z.string().nullable(),
});
const idParams = z.object({ id: z.string().max(60) });

function viewJob(job: OcrJobRow, result: unknown): z.infer<typeof jobView> {
  return {
    id: job.id,
    state: job.state as 'waiting',
    stage: job.stage,
    pages: job.pages,
    pagesDone: job.pages_done,
    reason: job.reason_code === null ? null : { code: job.reason_code, text: job.reason ?? '' },
    result,
    pdf: job.pdf_sha256 === null ? null : `/api/v1/ocr-jobs/${job.id}/pdf`,
    pdfSha256: job.pdf_sha256,
  };
}

/** The job, when its holder may see it. @throws HttpError NOT_FOUND */
export async function ownJob(deps: GatewayDeps, principal: Principal, id: string): Promise<OcrJobRow> {
  const job = await findOcrJob(deps.x.store.read, id);
  if (job === undefined || !maySee(principal, job.agency)) throw new HttpError('NOT_FOUND');
  return job;
}

/** All routes of this resource. */
export function ocrRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/ocr-jobs',
      summary: {
        vi: 'Nhận dạng hồ sơ quét (PDF, TIFF, JPEG, PNG)',
        en: 'Read scanned files; several files make one dossier',
      },
      access: 'token',
      creates: true,
      consumes: { 'multipart/form-data': 'multipart' },
      responses: { 202: jobView },
      async handle({ req, res, principal }) {
        const { agency } = principal();
        const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
        if (upload.files.length === 0)
          throw new HttpError('BAD_REQUEST', {
            faults: [{ code: 'N.file', path: 'file', vi: 'Chưa có tệp nào.', en: 'There is no file.' }],
          });
        const { job, repeated } = await deps.ocrJobs.submit(
          agency,
          upload.files.map(({ name, sha256, size }) => ({ name, sha256, size })),
          idempotencyKey(req),
          upload.fields.urgent === 'true',
        );
        if (repeated) res.setHeader('Idempotent-Replay', 'true');
        res.status(202).location(`/api/v1/ocr-jobs/${job.id}`).json(viewJob(job, null));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id',
      summary: { vi: 'Tiến độ và kết quả nhận dạng', en: 'Progress and result' },
      access: 'token',
      params: idParams,
      responses: { 200: jobView },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        const result =
          job.result_sha256 === null
            ? null
            : (JSON.parse((await deps.x.blobs.read(job.result_sha256)).toString('utf8')) as unknown);
        res.json(viewJob(job, result));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/pdf',
      summary: { vi: 'PDF hai lớp, tìm kiếm được', en: 'The searchable PDF' },
      access: 'token',
      params: idParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        if (job.pdf_sha256 === null) throw new HttpError('NOT_FOUND');
        const [first] = JSON.parse(job.inputs) as { name: string }[];
        const name = `${(first?.name ?? job.id).replace(/\.[^.]*$/, '')}.ocr.pdf`;
        res
          .type('application/pdf')
          .setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
        await pipeline(await deps.x.blobs.open(job.pdf_sha256), res);
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/ocr-jobs/:id',
      summary: { vi: 'Huỷ việc nhận dạng', en: 'Cancel the job' },
      access: 'token',
      params: idParams,
      responses: { 202: z.object({ id: z.string() }) },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        if (!(await deps.ocrJobs.cancel(job.id)))
          throw new HttpError('BAD_REQUEST', {
            faults: [{ code: 'STATE', path: 'id', vi: 'Việc đã xong.', en: 'The job is over.' }],
          });
        res.status(202).json({ id: job.id });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/events',
      summary: {
        vi: 'Tiến độ theo từng trang (server-sent events)',
        en: 'Progress page by page as server-sent events',
      },
      access: 'token',
      params: idParams,
      responses: { 200: 'text/event-stream' },
      async handle({ params, principal, res }) {
        await ownJob(deps, principal(), params.id);
        await sendProgress(
          res,
          (listener) => deps.ocrJobs.watch(params.id, listener),
          async () => {
            const job = await findOcrJob(deps.x.store.read, params.id);
            if (job === undefined) return null;
            return { view: viewJob(job, null), isOver: !['waiting', 'running'].includes(job.state) };
          },
        );
      },
    }),
  ];
}
