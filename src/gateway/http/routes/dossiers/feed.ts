/** What comes back to a one-stop system, read by cursor, and files put here to be named by digest. */
import { z } from 'zod';
import { insertUploads, readNews } from '../../../store/index.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { receiveMultipart } from '../../multipart.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';

/** One piece of news; the same in the feed and in webhooks. */
export const newsView = z.object({
  seq: z.int().describe('1, 2, 3 … per agency, without a gap'),
  at: z.iso.datetime(),
  type: z
    .string()
    .describe('dossier.accepted, dossier.progress, dossier.result, dossier.fee, ministry.state …'),
  dossierCode: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** A row of the news as it is shown. */
export function viewNews(row: { seq: number; at: number; type: string; code: string; data: string }) {
  return {
    seq: Number(row.seq),
    at: new Date(row.at).toISOString(),
    type: row.type,
    dossierCode: row.code,
    data: JSON.parse(row.data) as Record<string, unknown>,
  };
}

/** `GET /api/v1/dossier-news` and `POST /api/v1/files`. */
export function feedRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/dossier-news',
      summary: {
        vi: 'Tin về hồ sơ của cơ quan, theo con trỏ',
        en: "News of the agency's dossiers, by cursor",
      },
      access: 'token',
      query: z.object({
        cursor: z.coerce.number().int().min(0).default(0),
        limit: z.coerce.number().int().min(1).max(1000).default(200),
      }),
      responses: { 200: z.object({ items: z.array(newsView), cursor: z.int() }) },
      async handle({ query, principal, res }) {
        const rows = await readNews(deps.x.store.read, principal().agency, query.cursor, query.limit);
        res.json({ items: rows.map(viewNews), cursor: Number(rows.at(-1)?.seq ?? query.cursor) });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/files',
      summary: {
        vi: 'Tải tệp lên trước; hồ sơ nêu tệp theo mã băm',
        en: 'Upload files beforehand; dossiers name them by digest',
      },
      access: 'token',
      creates: true,
      consumes: { 'multipart/form-data': 'multipart' },
      responses: {
        201: z.object({
          files: z.array(
            z.object({ name: z.string(), sha256: z.string(), sizeBytes: z.int(), contentType: z.string() }),
          ),
        }),
      },
      async handle({ req, res, principal }) {
        const holder = principal();
        if (!submitterOf(holder).maySendFor(holder.agency)) throw new HttpError('FORBIDDEN');
        const { files } = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
        if (files.length === 0) throw new HttpError('BAD_REQUEST');
        const rows = files.map((file) => ({
          agency: holder.agency,
          sha256: file.sha256,
          size: file.size,
          content_type: file.contentType,
          at: deps.x.now(),
        }));
        await deps.x.store.write((tx) => insertUploads(tx, rows));
        res.status(201).json({
          files: files.map((file) => ({
            name: file.name,
            sha256: file.sha256,
            sizeBytes: file.size,
            contentType: file.contentType,
          })),
        });
      },
    }),
  ];
}
