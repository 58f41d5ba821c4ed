/** The mirrored catalogues: search, versions, what changed, and a look at the portal on demand. */
import { z } from 'zod';
import { findCatalogueEntries, listCatalogueChanges, listCatalogueVersions } from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';

const level = z.enum(['central', 'province', 'commune']);
const kind = z.enum(['procedure', 'agency', 'field']);
const DAY_MS = 86_400_000;

const procedureView = z.object({
  code: z.string(),
  level: z.string(),
  name: z.string(),
  fieldCode: z.string(),
  fieldName: z.string(),
  version: z.int(),
  changedAt: z.iso.datetime(),
});

const changeView = z.object({
  kind,
  code: z.string(),
  level: z.string(),
  version: z.int(),
  change: z.enum(['added', 'changed', 'removed', 'restored']),
  name: z.string(),
  at: z.iso.datetime(),
  data: z.unknown(),
});

function viewChange(row: {
  kind: string;
  code: string;
  level: string;
  version: number;
  change: string;
  name: string;
  at: number;
  data: string;
}) {
  return { ...row, at: new Date(Number(row.at)).toISOString(), data: JSON.parse(row.data) as unknown };
}

/** All of them. */
export function catalogueRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/procedures',
      summary: {
        vi: 'Tìm thủ tục hành chính, không cần dấu',
        en: 'Search procedures, diacritics not needed',
      },
      access: 'token',
      query: z.object({
        q: z.string().max(200).default(''),
        level: level.optional(),
        field: z.string().max(50).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(20),
      }),
      responses: { 200: z.object({ items: z.array(procedureView) }) },
      async handle({ query, res }) {
        const found = await deps.procedures.find(query.q, query);
        res.json({
          items: found.map((row) => ({ ...row, changedAt: new Date(row.changedAt).toISOString() })),
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/procedures/:code',
      summary: { vi: 'Một thủ tục và mọi phiên bản', en: 'One procedure and all its versions' },
      access: 'token',
      params: z.object({ code: z.string().max(60) }),
      responses: { 200: z.object({ entries: z.array(z.unknown()), versions: z.array(changeView) }) },
      async handle({ params, res }) {
        const { read } = deps.x.store;
        const versions = await listCatalogueVersions(read, 'procedure', params.code);
        if (versions.length === 0) throw new HttpError('NOT_FOUND');
        const entries = await findCatalogueEntries(read, 'procedure', [params.code]);
        res.json({
          entries: entries.map((row) => JSON.parse(row.data) as unknown),
          versions: versions.map(viewChange),
        });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/catalogue-changes',
      summary: { vi: 'Danh mục thay đổi gì từ hôm qua', en: 'What changed in a catalogue since yesterday' },
      access: 'token',
      query: z.object({
        kind: kind.default('procedure'),
        since: z.iso.datetime({ offset: true }).optional(),
      }),
      responses: { 200: z.object({ items: z.array(changeView) }) },
      async handle({ query, res }) {
        const since = query.since === undefined ? deps.x.now() - DAY_MS : Date.parse(query.since);
        const rows = await listCatalogueChanges(deps.x.store.read, query.kind, since, 5_000);
        res.json({ items: rows.map(viewChange) });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/catalogue-syncs',
      summary: { vi: 'Đồng bộ danh mục từ Cổng DVCQG ngay', en: 'Bring the catalogues up to date now' },
      access: 'token',
      body: z.object({ kinds: z.array(kind).min(1).default(['procedure', 'agency', 'field']) }),
      responses: { 200: z.object({ reports: z.array(z.unknown()) }) },
      async handle({ body, principal, res }) {
        if (principal().role !== 'operator') throw new HttpError('FORBIDDEN');
        const reports = [];
        for (const one of body.kinds) reports.push(await deps.mirror(one));
        res.json({ reports });
      },
    }),
  ];
}
