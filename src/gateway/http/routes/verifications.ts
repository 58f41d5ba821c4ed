/** /api/v1/verifications, and the reports kept when somebody asked for a link. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { parseEdxml } from '../../../packages/index.ts';
import type { VerificationReport } from '../../../signing/index.ts';
import { createAttempts } from '../../console/attempts.ts';
import { openPayload } from '../../exchange/index.ts';
import {
  findKeptReport,
  keepReport,
  type ReportContext,
  reportPage,
  reportPageCsp,
} from '../../report/index.ts';
import { openScratch } from '../../store/index.ts';
import { listEntries } from '../../trust/index.ts';
import { bodyOf } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { receiveMultipart, type Upload } from '../multipart.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { visiblePackage } from './packages.ts';

const reportView = z.object({
  file: z.string(),
  format: z.string(),
  verdict: z.string(),
  signatures: z.array(z.unknown()),
});
const archived = z.object({
  packageId: z.string().max(60),
  attachment: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('SHA-256 of the attachment; may be left out when there is only one'),
});
const verifyQuery = z.object({
  name: z.string().max(200).optional().describe('name of the file, for application/octet-stream'),
  key: z.string().max(100).optional().describe('sign the PDF report with this key of the agency'),
  profile: z
    .enum(['plain', 'agency'])
    .default('plain')
    .describe('with `key`: how to sign; `agency` needs the signature of a leader, which a report has not'),
});

/** Public verifications under way at once; each may hold a whole file. */
const PUBLIC_CONCURRENCY = 4;
/** Public verifications of one address: thirty at once, then one each two seconds. */
const PUBLIC_BURST = 30;
const PUBLIC_REFILL_MS = 2_000;
const DAY_MS = 86_400_000;

/** What is verified: a file, the contents its signature may cover, and whether a link was asked for. */
interface Asked {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contents: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly keep: boolean;
}

function fault(code: string, path: string, vi: string, en: string): HttpError {
  return new HttpError('BAD_REQUEST', { faults: [{ code, path, vi, en }] });
}

/** The files of a form: `file` (one), `content` (any number); other fields are switches. */
function sortFiles(upload: Upload): { file: Upload['files'][number]; contents: Upload['files'] } {
  const contents = upload.files.filter(({ field }) => field === 'content');
  const files = upload.files.filter(({ field }) => field !== 'content');
  const [file] = files;
  if (file === undefined || files.length !== 1)
    throw fault('N.file', 'file', 'Cần đúng một tệp.', 'Exactly one file is needed.');
  return { file, contents };
}

/** An upload goes to a temporary place chunk by chunk, and is gone when the answer is made. */
async function receiveUpload(deps: GatewayDeps, req: Request, limit: number, name: string): Promise<Asked> {
  const scratch = openScratch(deps.x.settings.tmpDir);
  try {
    if (!/^multipart\//i.test(req.get('content-type') ?? '')) {
      const { sha256 } = await scratch.put(bodyOf(req), limit);
      return { name, bytes: await scratch.read(sha256), contents: [], keep: false };
    }
    const upload = await receiveMultipart(req, scratch, limit);
    const { file, contents } = sortFiles(upload);
    return {
      name: file.name,
      bytes: await scratch.read(file.sha256),
      contents: await Promise.all(
        contents.map(async (one) => ({ name: one.name, bytes: await scratch.read(one.sha256) })),
      ),
      keep: upload.fields['keep'] === '1',
    };
  } finally {
    await scratch.dispose();
  }
}

/** One attachment of a package in the archive that the caller may see. */
async function readArchived(
  deps: GatewayDeps,
  req: Request,
  principal: Parameters<typeof visiblePackage>[1],
): Promise<Asked> {
  const wanted = archived.parse(await readJson(req));
  const { pkg } = await visiblePackage(deps, principal, wanted.packageId);
  const { attachments = [] } = JSON.parse(pkg.metadata) as {
    attachments?: { name: string; sha256: string; sizeBytes: number }[];
  };
  const only = attachments.length === 1 ? attachments[0] : undefined;
  const chosen =
    wanted.attachment === undefined ? only : attachments.find(({ sha256 }) => sha256 === wanted.attachment);
  if (chosen === undefined)
    throw fault(
      'N.attachment',
      'attachment',
      `Hãy nêu một tệp đính kèm: ${attachments.map(({ name, sha256 }) => `${sha256} (${name})`).join(', ')}`,
      'Name one attachment of the package by its SHA-256.',
    );
  if (chosen.sizeBytes > deps.config.maxFileBytes) throw new HttpError('BODY_TOO_LARGE');
  const chunks: Uint8Array[] = [];
  const place = attachments.indexOf(chosen);
  await parseEdxml(await openPayload(deps.x, pkg), {
    openAttachment: (info) => ({
      write(chunk) {
        if (info.index === place) chunks.push(Uint8Array.from(chunk));
      },
      end() {},
      abort() {},
    }),
  });
  return { name: chosen.name, bytes: Buffer.concat(chunks), contents: [], keep: false };
}

const JSON_LIMIT = 16 * 1024;

async function readJson(req: Request): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bodyOf(req)) {
    size += part.length;
    if (size > JSON_LIMIT) throw new HttpError('BODY_TOO_LARGE');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new HttpError('BAD_REQUEST', { cause });
  }
}

async function contextOf(
  deps: GatewayDeps,
  sha256: string,
  sizeBytes: number,
  at: number,
): Promise<ReportContext> {
  const entries = await listEntries(deps.trustDir).catch(() => []);
  return {
    sha256,
    sizeBytes,
    at: new Date(at),
    by: `lienthong ${deps.version}`,
    sets: Object.fromEntries(entries.map((entry) => [entry.sha256, entry.set])),
  };
}

function languageOf(req: Request): 'vi' | 'en' {
  const cookie = /(?:^|;\s*)lienthong_lang=(vi|en)(?:;|$)/.exec(req.get('cookie') ?? '')?.[1];
  return cookie === 'en' ? 'en' : 'vi';
}

function sendHtml(req: Request, res: Response, report: VerificationReport, context: ReportContext): void {
  res
    .set({
      'Content-Security-Policy': reportPageCsp(),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex',
    })
    .type('html')
    .send(reportPage(report, context, languageOf(req)));
}

function sendPdf(res: Response, report: VerificationReport, pdf: Uint8Array): void {
  const name = `bao-cao-${report.file}.pdf`;
  res
    .set({
      'Cache-Control': 'no-store',
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    })
    .type('application/pdf')
    .send(Buffer.from(pdf));
}

/** All routes of this resource. */
export function verificationRoutes(deps: GatewayDeps): AnyRoute[] {
  let publicRunning = 0;
  const tries = createAttempts(PUBLIC_BURST, PUBLIC_REFILL_MS);

  /** Takes a turn for somebody without a token. @throws HttpError UNAUTHENTICATED, TOO_MANY_REQUESTS, BUSY */
  function enter(req: Request, res: Response): () => void {
    if (deps.config.publicVerifyBytes === 0) throw new HttpError('UNAUTHENTICATED');
    const [address, now] = [req.ip ?? '', deps.x.now()];
    const seconds = tries.waitSeconds(address, now);
    if (seconds > 0) {
      res.setHeader('Retry-After', seconds);
      throw new HttpError('TOO_MANY_REQUESTS');
    }
    if (publicRunning >= PUBLIC_CONCURRENCY) throw new HttpError('BUSY');
    tries.wrong(address, now);
    publicRunning += 1;
    return () => {
      publicRunning -= 1;
    };
  }

  /** Keeps the report, never the file, and tells where. */
  async function keep(res: Response, report: VerificationReport, context: ReportContext): Promise<void> {
    const until = deps.x.now() + deps.config.reportLinkDays * DAY_MS;
    const id = await keepReport(join(deps.config.dataDir, 'reports'), {
      report,
      sha256: context.sha256,
      sizeBytes: context.sizeBytes,
      createdAt: context.at.getTime(),
      expiresAt: until,
    });
    res.setHeader('Location', `/kiem-tra/bao-cao/${id}`);
    res.setHeader('Lienthong-Kept-Until', new Date(until).toISOString());
  }

  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/verifications',
      summary: {
        vi: 'Kiểm tra chữ ký số trên một tệp tải lên, hoặc trên tệp của gói tin đã lưu; không lưu lại trừ khi yêu cầu (keep=1)',
        en: 'Verify the signatures of an uploaded file, or of a file of an archived package; nothing is kept unless asked (keep=1)',
      },
      access: 'public',
      query: verifyQuery,
      consumes: {
        'multipart/form-data': 'multipart',
        'application/octet-stream': 'binary',
        'application/json': 'binary',
      },
      responses: { 200: reportView },
      async handle({ req, res, query, principal }) {
        const isKnown = res.locals['principal'] !== null;
        const leave = isKnown ? () => undefined : enter(req, res);
        try {
          const limit = isKnown ? deps.config.maxFileBytes : deps.config.publicVerifyBytes;
          const asked = req.is('application/json')
            ? await readArchived(deps, req, principal())
            : await receiveUpload(deps, req, limit, query.name ?? 'tep');
          const sha256 = createHash('sha256').update(asked.bytes).digest('hex');
          const context = await contextOf(deps, sha256, asked.bytes.length, deps.x.now());
          const report = await deps.x.verifier.verify(asked.name, asked.bytes, asked.contents);
          if (asked.keep && deps.config.reportLinkDays > 0) await keep(res, report, context);
          const kind = req.accepts(['json', 'application/pdf', 'html']);
          if (kind === 'html') return sendHtml(req, res, report, context);
          if (kind !== 'application/pdf') return void res.json(report);
          const pdf = await deps.pool.report(report, context);
          if (query.key === undefined) return sendPdf(res, report, pdf);
          const holder = principal();
          if (holder.role === 'auditor') throw new HttpError('FORBIDDEN');
          const signed = await deps.keyRing.signChecked({
            agency: holder.agency,
            request: { key: query.key, profile: query.profile },
            pdf,
            context: { documentCode: '', signerName: undefined },
            personId: holder.person?.id ?? undefined,
          });
          res.setHeader('Signature-Level', signed.level);
          sendPdf(res, report, signed.pdf);
        } finally {
          leave();
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/kiem-tra/bao-cao/:id',
      summary: { vi: 'Một báo cáo được giữ theo yêu cầu', en: 'A report kept on request' },
      access: 'public',
      params: z.object({ id: z.string().regex(/^[\w-]{24}$/) }),
      responses: { 200: 'text/html' },
      async handle({ req, res, params }) {
        const now = deps.x.now();
        const kept = await findKeptReport(join(deps.config.dataDir, 'reports'), params.id, now);
        if (kept === null) throw new HttpError('NOT_FOUND');
        const { report } = kept;
        const context = await contextOf(deps, kept.sha256, kept.sizeBytes, kept.createdAt);
        if (req.accepts(['html', 'application/pdf']) === 'application/pdf' || req.query['pdf'] !== undefined)
          return sendPdf(res, report, await deps.pool.report(report, context));
        sendHtml(req, res, report, context);
      },
    }),
  ];
}
