/** /api/v1/level-completions: signed files that are below the level wanted, and how completing them goes. */
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { maySee, type Principal, visibleAgencies } from '../../../access/index.ts';
import {
  findLevelCompletion,
  type LevelCompletionRow,
  listLevelCompletions,
  retryLevelCompletion,
} from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { sendPdf } from './signatures.ts';

const idParams = z.object({ id: z.string().max(60) });

const completionView = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'done', 'stopped']),
  name: z.string(),
  level: z.string(),
  wantedLevel: z.string(),
  source: z.object({
    kind: z.enum(['item', 'request', 'package', 'copy']),
    id: z.string().describe('item: job id and number of the file; package: package id'),
  }),
  attempts: z.int(),
  nextAt: z.string().nullable(),
  reason: z.object({ code: z.string(), text: z.string() }).nullable(),
  sha256: z.string(),
  file: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

function view(row: LevelCompletionRow): z.infer<typeof completionView> {
  return {
    id: row.id,
    state: row.state as 'waiting',
    name: row.name,
    level: row.level,
    wantedLevel: row.wanted,
    source: { kind: row.source as 'item', id: row.source_id },
    attempts: row.attempts,
    nextAt: row.state === 'waiting' ? new Date(row.next_at).toISOString() : null,
    reason: row.reason_code === null ? null : { code: row.reason_code, text: row.reason ?? '' },
    sha256: row.sha256,
    file: `/api/v1/level-completions/${row.id}/file`,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}

async function own(deps: GatewayDeps, principal: Principal, id: string): Promise<LevelCompletionRow> {
  const row = await findLevelCompletion(deps.x.store.read, id);
  if (row === undefined || !maySee(principal, row.agency)) throw new HttpError('NOT_FOUND');
  return row;
}

/** All routes of this resource. */
export function levelCompletionRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/level-completions',
      summary: {
        vi: 'Tệp đã ký chưa đạt mức: đang chờ dấu thời gian, bằng chứng',
        en: 'Signed files below their level, waiting for a time-stamp or evidence',
      },
      access: 'token',
      query: z.object({
        state: z.enum(['waiting', 'stopped', 'done']).optional().describe('default: waiting and stopped'),
        before: z.string().max(60).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      responses: { 200: z.object({ items: z.array(completionView) }) },
      async handle({ query, principal, res }) {
        const rows = await listLevelCompletions(deps.x.store.read, {
          agencies: visibleAgencies(principal()),
          states: query.state === undefined ? ['waiting', 'stopped'] : [query.state],
          before: query.before,
          limit: query.limit,
        });
        res.json({ items: rows.map(view) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/level-completions/:id',
      summary: { vi: 'Một tệp chưa đạt mức', en: 'One file below its level' },
      access: 'token',
      params: idParams,
      responses: { 200: completionView },
      async handle({ params, principal, res }) {
        res.json(view(await own(deps, principal(), params.id)));
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/level-completions/:id/file',
      summary: { vi: 'Tệp ở mức cao nhất đã đạt', en: 'The file, as far as it has come' },
      access: 'token',
      params: idParams,
      responses: { 200: 'application/pdf' },
      async handle({ params, principal, res }) {
        const row = await own(deps, principal(), params.id);
        res.setHeader('Signature-Level', row.level);
        await pipeline(await deps.x.blobs.open(row.sha256), sendPdf(res, row.name));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/level-completions/:id/retry',
      summary: { vi: 'Thử lại ngay, kể cả khi đã dừng', en: 'Try again now, also where it has stopped' },
      access: 'token',
      params: idParams,
      responses: { 202: completionView },
      async handle({ params, principal, res }) {
        const holder = principal();
        if (holder.role === 'auditor') throw new HttpError('FORBIDDEN');
        const row = await own(deps, holder, params.id);
        await deps.x.store.write((tx) => retryLevelCompletion(tx, row.id, deps.x.now()));
        deps.levels.wake();
        res.status(202).json(view(await own(deps, holder, row.id)));
      },
    }),
  ];
}
