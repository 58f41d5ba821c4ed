/** /api/v1/paper-dossiers: scans of a paper dossier in one call; read, looked over where in doubt, signed as copies, handed in. */
import { z } from 'zod';
import { mayActFor, maySee, type Principal, visibleAgencies } from '../../access/index.ts';
import type { Fault } from '../../exchange/index.ts';
import { fieldsOf, MOST_PAPERS, PREFILLED, paperMetadata, papersOf } from '../../paper-dossiers/index.ts';
import { findPaperDossier, listPaperDossiers, type PaperDossierRow } from '../../store/index.ts';
import { idempotencyOf } from '../acceptance.ts';
import type { GatewayDeps } from '../deps.ts';
import { jsonField, receiveMultipart } from '../multipart.ts';
import { HttpError } from '../problem.ts';
import { sendProgress } from '../progress.ts';
import { type AnyRoute, defineRoute } from '../route.ts';

const fieldView = z.object({
  name: z.enum(PREFILLED),
  value: z
    .string()
    .nullable()
    .describe('null: not on the papers; hidden from those who do not handle dossiers'),
  confidence: z.number(),
  flag: z
    .enum(['doubtful', 'missing', 'malformed', 'conflict', 'unseen'])
    .nullable()
    .describe('why a person has to look at it; null: clear'),
  seenBy: z.string().nullable().describe('token of the person who gave or confirmed it'),
  place: z
    .object({
      component: z.int(),
      page: z.int(),
      box: z.array(z.number()),
      width: z.number(),
      height: z.number(),
    })
    .nullable(),
});

const paperView = z.object({
  id: z.string(),
  state: z
    .enum(['reading', 'review', 'signing', 'done', 'refused', 'failed', 'cancelled'])
    .describe('review: fields wait for a person; refused, failed: see reason, then retry'),
  agency: z.string(),
  procedureCode: z.string(),
  pages: z.int(),
  pagesDone: z.int(),
  fields: z.array(fieldView).nullable().describe('null: not all read yet'),
  papers: z.array(
    z.object({
      name: z.string(),
      scan: z.string(),
      ocrJob: z.string().nullable(),
      copySha256: z.string().nullable().describe('SHA-256 of the signed copy'),
    }),
  ),
  dossier: z.object({ code: z.string(), href: z.string() }).nullable(),
  reason: z
    .object({ code: z.string(), text: z.string(), errors: z.array(z.record(z.string(), z.unknown())) })
    .nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const idParams = z.object({ id: z.string().max(60) });
const HANDLERS: ReadonlySet<string> = new Set(['clerk', 'officer', 'system']);

/** The paper dossier when it is the holder's to see. @throws HttpError NOT_FOUND */
async function ownPaper(deps: GatewayDeps, principal: Principal, id: string): Promise<PaperDossierRow> {
  const row = await findPaperDossier(deps.x.store.read, id);
  if (row === undefined || !maySee(principal, row.agency)) throw new HttpError('NOT_FOUND');
  return row;
}

/** The same, to change something in it. @throws HttpError NOT_FOUND, FORBIDDEN */
async function toChange(deps: GatewayDeps, principal: Principal, id: string): Promise<PaperDossierRow> {
  const row = await ownPaper(deps, principal, id);
  if (!mayActFor(principal, row.agency)) throw new HttpError('FORBIDDEN');
  return row;
}

function stateFault(vi: string, en: string): HttpError {
  return new HttpError('BAD_REQUEST', { faults: [{ code: 'STATE', path: 'id', vi, en }] });
}

/** The row as it is shown; `fields` are read only when asked for, since each showing is written down. */
function viewPaper(
  row: PaperDossierRow,
  fields: z.infer<typeof paperView>['fields'],
): z.infer<typeof paperView> {
  return {
    id: row.id,
    state: row.state as 'reading',
    agency: row.agency,
    procedureCode: row.procedure_code,
    pages: row.pages,
    pagesDone: row.pages_done,
    fields,
    papers: papersOf(row).map(({ name, input, jobId, copy }) => ({
      name,
      scan: input.name,
      ocrJob: jobId,
      copySha256: copy?.sha256 ?? null,
    })),
    dossier: row.code === null ? null : { code: row.code, href: `/api/v1/dossiers/${row.code}` },
    reason:
      row.reason_code === null
        ? null
        : {
            code: row.reason_code,
            text: row.reason ?? '',
            errors: JSON.parse(row.faults ?? '[]') as (Fault & Record<string, unknown>)[],
          },
    createdAt: new Date(Number(row.created_at)).toISOString(),
    updatedAt: new Date(Number(row.updated_at)).toISOString(),
  };
}

async function wholeView(deps: GatewayDeps, holder: Principal, row: PaperDossierRow) {
  const fields = await fieldsOf(deps.x, deps.sealer, row);
  const isHandler = HANDLERS.has(holder.role) && holder.agency === row.agency;
  if (isHandler && fields !== null) await deps.paperDossiers.noteReader(holder, row);
  const shown = fields?.map((field) => ({
    ...field,
    value: isHandler || field.value === null ? field.value : '•••',
    place: field.place === null ? null : { ...field.place, box: [...field.place.box] },
  }));
  return viewPaper(row, shown ?? null);
}

/** All routes of this resource. */
export function paperDossierRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/paper-dossiers',
      summary: {
        vi: 'Nộp hồ sơ giấy: quét, đọc, soát chỗ nghi ngờ, ký bản số hoá, tiếp nhận',
        en: 'Hand in a paper dossier: scans are read, doubts looked over, copies signed, the dossier taken in',
      },
      access: 'token',
      creates: true,
      consumes: { 'multipart/form-data': paperMetadata },
      responses: { 202: paperView },
      async handle({ req, res, principal }) {
        const holder = principal();
        if (!mayActFor(holder, holder.agency)) throw new HttpError('FORBIDDEN');
        const key = idempotencyOf(req, holder, 'POST paper-dossiers');
        const form = { maxFiles: MOST_PAPERS };
        const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes, form);
        const metadata = paperMetadata.parse(jsonField(upload, 'metadata'));
        if (upload.files.length === 0)
          throw new HttpError('BAD_REQUEST', {
            faults: [{ code: 'N.file', path: 'file', vi: 'Chưa có bản quét nào.', en: 'There is no scan.' }],
          });
        const scans = upload.files.map(({ name, sha256, size }) => ({ name, sha256, size }));
        const { row, repeated } = await deps.paperDossiers.submit(holder, metadata, scans, key);
        if (repeated) res.setHeader('Idempotent-Replay', 'true');
        res.status(202).location(`/api/v1/paper-dossiers/${row.id}`).json(viewPaper(row, null));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/paper-dossiers',
      summary: { vi: 'Hồ sơ giấy đang số hoá', en: 'Paper dossiers on their way' },
      access: 'token',
      query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
      responses: { 200: z.object({ items: z.array(paperView) }) },
      async handle({ query, principal, res }) {
        const rows = await listPaperDossiers(deps.x.store.read, visibleAgencies(principal()), query.limit);
        res.json({ items: rows.map((row) => viewPaper(row, null)) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/paper-dossiers/:id',
      summary: {
        vi: 'Tiến độ, các trường đã đọc và chỗ cần soát',
        en: 'Progress, what was read, what is in doubt',
      },
      access: 'token',
      params: idParams,
      responses: { 200: paperView },
      async handle({ params, principal, res }) {
        const holder = principal();
        res.json(await wholeView(deps, holder, await ownPaper(deps, holder, params.id)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/paper-dossiers/:id/events',
      summary: { vi: 'Tiến độ (server-sent events)', en: 'Progress as server-sent events' },
      access: 'token',
      params: idParams,
      responses: { 200: 'text/event-stream' },
      async handle({ params, principal, res }) {
        const row = await ownPaper(deps, principal(), params.id);
        await sendProgress(
          res,
          (listener) => deps.paperDossiers.watch(row, listener),
          async () => {
            const now = await findPaperDossier(deps.x.store.read, row.id);
            if (now === undefined) return null;
            return { view: viewPaper(now, null), isOver: !['reading', 'signing'].includes(now.state) };
          },
        );
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/paper-dossiers/:id/fields',
      summary: {
        vi: 'Xác nhận hoặc sửa các trường; đủ rồi thì hồ sơ tự đi tiếp',
        en: 'Confirm or correct fields; once all are clear the dossier goes on by itself',
      },
      access: 'token',
      params: idParams,
      body: z.object({
        values: z
          .record(z.string().max(40), z.string().max(1000))
          .describe('by name of the field; empty: not on the papers'),
      }),
      responses: { 202: paperView },
      async handle({ body, params, principal, res }) {
        const holder = principal();
        const row = await toChange(deps, holder, params.id);
        if (row.state !== 'review')
          throw stateFault('Hồ sơ không ở bước soát dữ liệu.', 'Its fields are not being looked over now.');
        const unknown = await deps.paperDossiers.confirm(holder, row, body.values);
        if (unknown.length > 0)
          throw new HttpError('BAD_REQUEST', {
            faults: unknown.map((name) => ({
              code: `N.${name}`,
              path: `values.${name}`,
              vi: 'Hồ sơ này không đọc trường này.',
              en: 'This dossier reads no such field.',
            })),
          });
        res.status(202).json(await wholeView(deps, holder, await ownPaper(deps, holder, row.id)));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/paper-dossiers/:id/retry',
      summary: { vi: 'Làm tiếp hồ sơ bị từ chối hoặc bị lỗi', en: 'Take up one that was refused or failed' },
      access: 'token',
      params: idParams,
      responses: { 202: paperView },
      async handle({ params, principal, res }) {
        const row = await toChange(deps, principal(), params.id);
        if (!(await deps.paperDossiers.retry(row)))
          throw stateFault(
            'Hồ sơ không bị từ chối, không bị lỗi.',
            'It was neither refused nor has it failed.',
          );
        res.status(202).json(viewPaper((await findPaperDossier(deps.x.store.read, row.id)) ?? row, null));
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/paper-dossiers/:id',
      summary: { vi: 'Huỷ khi chưa tiếp nhận', en: 'Cancel while it is not taken in' },
      access: 'token',
      params: idParams,
      responses: { 202: z.object({ id: z.string() }) },
      async handle({ params, principal, res }) {
        const row = await toChange(deps, principal(), params.id);
        if (!(await deps.paperDossiers.cancel(row)))
          throw stateFault('Hồ sơ đã ký hoặc đã tiếp nhận.', 'It is being signed or was taken in.');
        res.status(202).json({ id: row.id });
      },
    }),
  ];
}
