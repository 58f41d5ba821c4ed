/** /api/v1/ocr-jobs/{id}/…: looking at pages, correcting them, and the digitised copy that comes out. */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { OcrResult } from '../../../ocr/index.ts';
import { mayActFor } from '../../access/index.ts';
import { buildCopy, keepCorrection, lineageOf, ofPage, unpack } from '../../ocr-jobs/index.ts';
import {
  findOcrPage,
  joinLevels,
  listOcrCorrections,
  type OcrJobRow,
  queueCompletion,
  updateOcrJob,
} from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { ownJob } from './ocr-jobs.ts';

const idParams = z.object({ id: z.string().max(60) });
const pageParams = idParams.extend({ page: z.coerce.number().int().min(1).max(100_000) });

const correctionBody = z
  .object({
    field: z.string().max(40).optional(),
    page: z.int().min(1).optional(),
    word: z.int().min(0).optional(),
    value: z.string().max(2000),
  })
  .refine((c) => (c.field === undefined) !== (c.page === undefined || c.word === undefined), {
    message: 'field, or page and word',
  });
const copyBody = z.object({
  docCode: z.string().max(40),
  metadata: z.record(z.string().max(40), z.string().max(500)).default({}),
  key: z.string().max(100).describe('id of the agency key that may sign copies'),
});
const pageView = z.object({
  page: z.int(),
  width: z.int(),
  height: z.int(),
  image: z.string().nullable(),
  words: z.array(z.unknown()),
});
const copyView = z.object({
  fileName: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  lineage: z.unknown(),
  sha256: z.string(),
  pdf: z.string(),
});

/** A copy as it is kept in its row. */
type StoredCopy = Omit<z.infer<typeof copyView>, 'pdf'>;

async function resultOf(deps: GatewayDeps, job: OcrJobRow): Promise<OcrResult> {
  if (job.result_sha256 === null)
    throw new HttpError('BAD_REQUEST', {
      faults: [{ code: 'STATE', path: 'id', vi: 'Việc chưa xong.', en: 'The job is not finished.' }],
    });
  return JSON.parse((await deps.x.blobs.read(job.result_sha256)).toString('utf8')) as OcrResult;
}

/** Routes of people who check a reading. */
export function ocrReviewRoutes(deps: GatewayDeps): AnyRoute[] {
  const { x } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/pages/:page',
      summary: { vi: 'Một trang với từng từ và vị trí', en: 'One page, word by word, as people left it' },
      access: 'token',
      params: pageParams,
      responses: { 200: pageView },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        const row = await findOcrPage(x.store.read, job.id, params.page);
        if (row === undefined) throw new HttpError('NOT_FOUND');
        const { reading } = unpack(row);
        const changed = new Map(
          ofPage(await listOcrCorrections(x.store.read, job.id), params.page).map((c) => [c.word, c.value]),
        );
        let at = -1;
        const words = reading.lines.flatMap((line, lineNumber) =>
          line.words.map(({ text, confidence, box, read }) => {
            at += 1;
            const value = changed.get(at);
            const own =
              value === undefined ? { text, confidence } : { text: value, confidence: 1, was: text };
            return { ...own, box, line: lineNumber, ...(read === undefined ? {} : { read }) };
          }),
        );
        res.json({
          page: params.page,
          width: reading.width,
          height: reading.height,
          image: row.preview_sha256 === null ? null : `/api/v1/ocr-jobs/${job.id}/pages/${params.page}/image`,
          words,
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/pages/:page/image',
      summary: { vi: 'Ảnh nhỏ của trang, đã xoay thẳng', en: 'A small picture of the upright page' },
      access: 'token',
      params: pageParams,
      responses: { 200: 'image/jpeg' },
      async handle({ req, params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        const sha256 = (await findOcrPage(x.store.read, job.id, params.page))?.preview_sha256 ?? null;
        if (sha256 === null) throw new HttpError('NOT_FOUND');
        // Named by its digest: a page seen once is not fetched again.
        res.set({ 'Cache-Control': 'private, max-age=3600', ETag: `"${sha256}"` });
        if (req.get('if-none-match') === `"${sha256}"`) return void res.status(304).end();
        res.type('image/jpeg');
        await pipeline(await x.blobs.open(sha256), res);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ocr-jobs/:id/corrections',
      summary: { vi: 'Sửa một trường hoặc một từ', en: 'Correct a field or a word; kept with who and when' },
      access: 'token',
      params: idParams,
      body: correctionBody,
      responses: { 201: z.object({ seq: z.int() }) },
      async handle({ body, params, principal, res }) {
        const holder = principal();
        const job = await ownJob(deps, holder, params.id);
        if (!mayActFor(holder, job.agency)) throw new HttpError('FORBIDDEN');
        const result = await resultOf(deps, job);
        const before = await listOcrCorrections(x.store.read, job.id);
        const seq = await keepCorrection(x, job, result, before, holder.tokenId, body);
        if (seq === null)
          throw new HttpError('BAD_REQUEST', {
            faults: [
              {
                code: 'N.place',
                path: body.field === undefined ? 'word' : 'field',
                vi: 'Kết quả nhận dạng không có trường hoặc từ này.',
                en: 'The reading has no such field or word.',
              },
            ],
          });
        res.status(201).json({ seq });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/lineage',
      summary: {
        vi: 'Nguồn gốc: từ ảnh nào, ai sửa gì',
        en: 'From which images, by which engine, what people changed',
      },
      access: 'token',
      params: idParams,
      responses: { 200: z.unknown() },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        res.json(lineageOf(job, await listOcrCorrections(x.store.read, job.id)));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ocr-jobs/:id/confirm',
      summary: {
        vi: 'Làm lại PDF và dữ liệu theo bản đã sửa; trang chưa đọc được thì đọc lại',
        en: 'Make PDF and data again from the corrected reading; pages not read are read again',
      },
      access: 'token',
      params: idParams,
      responses: { 202: z.object({ id: z.string() }) },
      async handle({ params, principal, res }) {
        const holder = principal();
        const job = await ownJob(deps, holder, params.id);
        if (!mayActFor(holder, job.agency)) throw new HttpError('FORBIDDEN');
        if (!(await deps.ocrJobs.rebuild(job.id)))
          throw new HttpError('BAD_REQUEST', {
            faults: [{ code: 'STATE', path: 'id', vi: 'Việc chưa xong.', en: 'The job is not finished.' }],
          });
        res.status(202).json({ id: job.id });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ocr-jobs/:id/digitised-copy',
      summary: {
        vi: 'Bản số hoá: đặt tên, gắn siêu dữ liệu (PL VI NĐ 30/2020) và ký sao y',
        en: 'Digitised copy: file name, metadata of App. VI, signed with the copy profile',
      },
      access: 'token',
      params: idParams,
      body: copyBody,
      responses: { 201: copyView },
      async handle({ body, params, principal, res }) {
        const holder = principal();
        const job = await ownJob(deps, holder, params.id);
        if (!mayActFor(holder, job.agency)) throw new HttpError('FORBIDDEN');
        const result = await resultOf(deps, job);
        if (job.state !== 'done')
          throw new HttpError('BAD_REQUEST', {
            faults: [
              {
                code: 'STATE',
                path: 'id',
                vi: 'PDF và dữ liệu đang được làm lại; hãy đợi xong rồi ký.',
                en: 'PDF and data are being made again; wait until they are, then sign.',
              },
            ],
          });
        const corrections = await listOcrCorrections(x.store.read, job.id);
        // Data and PDF are those of the last confirmed reading: a copy must not lack what was put right since.
        if (corrections.some(({ at }) => at >= (job.started_at ?? 0)))
          throw new HttpError('BAD_REQUEST', {
            faults: [
              {
                code: 'STATE',
                path: 'id',
                vi: 'Có chỗ sửa chưa được xác nhận; hãy xác nhận bản đã sửa trước khi làm bản số hoá.',
                en: 'Some corrections are not confirmed yet; confirm the corrected reading, then make the copy.',
              },
            ],
          });
        const copy = buildCopy(job, result, corrections, body);
        if ('faults' in copy) throw new HttpError('BAD_REQUEST', { faults: copy.faults });
        const pdf = await x.blobs.read(job.pdf_sha256 as string);
        const signed = await deps.keyRing.sign(job.agency, { key: body.key, profile: 'copy' }, pdf, {
          documentCode: `${copy.metadata['CodeNumber']}/${copy.metadata['CodeNotation']}`,
          signerName: undefined,
        });
        const { sha256 } = await x.blobs.put(signed.pdf);
        const stored: StoredCopy = { ...copy, sha256 };
        await x.store.write(async (tx) => {
          await updateOcrJob(tx, job.id, { copy: JSON.stringify(stored) });
          if (signed.signed === undefined) return;
          const state = joinLevels(null, signed.signed);
          const { agency } = job;
          await queueCompletion(
            tx,
            { agency, source: 'copy', sourceId: job.id, name: copy.fileName, sha256, state },
            x.now(),
          );
        });
        x.log.info({ jobId: job.id, agency: job.agency, sha256 }, 'digitised copy signed');
        res.status(201).json({ ...stored, pdf: `/api/v1/ocr-jobs/${job.id}/digitised-copy` });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ocr-jobs/:id/digitised-copy',
      summary: { vi: 'Tải bản số hoá đã ký', en: 'The signed digitised copy' },
      access: 'token',
      params: idParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const job = await ownJob(deps, principal(), params.id);
        if (job.copy === null) throw new HttpError('NOT_FOUND');
        const { fileName, sha256 } = JSON.parse(job.copy) as StoredCopy;
        res
          .type('application/pdf')
          .setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`);
        await pipeline(await x.blobs.open(sha256), res);
      },
    }),
  ];
}
