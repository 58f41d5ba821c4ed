/** Indicators of QĐ 766/QĐ-TTg by agency and month, as JSON and CSV, each number down to its dossiers. */
import { z } from 'zod';
import { maySee, type Principal, visibleAgencies } from '../../../access/index.ts';
import {
  countIndicators,
  type IndicatorRow,
  listIndicatorDossiers,
  MEASURE_NAMES,
  type Measure,
  type Span,
} from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';
import { dossierView, viewDossier } from './view.ts';

/** What each number says, for people who read it elsewhere. */
export const MEASURE_WORDS: Readonly<Record<Measure, { vi: string; en: string }>> = {
  onTime: {
    vi: 'Giải quyết đúng hạn, trên số đã xong có hẹn trả',
    en: 'Finished on time, of those finished that had a due date',
  },
  digitisedDossiers: {
    vi: 'Có thành phần số hoá, trên số có giấy tờ',
    en: 'With digitised papers, of those with papers',
  },
  reusedPapers: {
    vi: 'Có giấy tờ tái sử dụng, trên số có giấy tờ',
    en: 'With reused papers, of those with papers',
  },
  digitisedResults: {
    vi: 'Trả kết quả điện tử, trên số đã xong',
    en: 'With an electronic result, of those finished',
  },
  onlineSubmission: { vi: 'Nộp trực tuyến, trên số tiếp nhận', en: 'Submitted online, of those received' },
  onlinePayment: {
    vi: 'Thanh toán trực tuyến, trên số phải nộp phí',
    en: 'Paid online, of those with a fee',
  },
  satisfaction: {
    vi: 'Đánh giá từ 4/5 trở lên, trên số có đánh giá',
    en: 'Rated 4 of 5 or better, of those rated',
  },
};

const month = z
  .string()
  .regex(/^20\d{2}-(0[1-9]|1[0-2])$/)
  .describe('yyyy-MM, Vietnam');
const share = z.object({ of: z.int(), among: z.int(), percent: z.number().nullable(), says: z.string() });
const rowView = z.object({
  agency: z.string(),
  month: z.string(),
  received: z.int(),
  measures: z.object(Object.fromEntries(MEASURE_NAMES.map((name) => [name, share]))),
});

/** Instants between which a month lies in Vietnam (UTC+7 all year). */
export function monthSpan(text: string): { from: number; to: number } {
  const [year = 0, number = 1] = text.split('-').map(Number);
  const offset = 7 * 3_600_000;
  return { from: Date.UTC(year, number - 1, 1) - offset, to: Date.UTC(year, number, 1) - offset };
}

function spanOf(principal: Principal, text: string, agency: string | undefined): Span {
  if (agency !== undefined && !maySee(principal, agency)) throw new HttpError('NOT_FOUND');
  return { ...monthSpan(text), agencies: agency === undefined ? visibleAgencies(principal) : [agency] };
}

function percentOf({ of, among }: { of: number; among: number }): number | null {
  return among === 0 ? null : Math.round((1000 * of) / among) / 10;
}

function view(row: IndicatorRow, text: string) {
  const measures = MEASURE_NAMES.map((name) => {
    const { of, among } = row.measures[name];
    return [name, { of, among, percent: percentOf({ of, among }), says: MEASURE_WORDS[name].vi }];
  });
  return { agency: row.agency, month: text, received: row.received, measures: Object.fromEntries(measures) };
}

/** A cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The table as CSV with a byte order mark, for Excel. */
export function indicatorCsv(rows: readonly IndicatorRow[], text: string): string {
  const heading = [
    'agency',
    'month',
    'received',
    ...MEASURE_NAMES.flatMap((name) => [`${name}.of`, `${name}.among`, `${name}.percent`]),
  ];
  const lines = rows.map((row) => [
    row.agency,
    text,
    String(row.received),
    ...MEASURE_NAMES.flatMap((name) => {
      const { of, among } = row.measures[name];
      return [String(of), String(among), String(percentOf({ of, among }) ?? '')];
    }),
  ]);
  return `\ufeff${[heading, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** All of them. */
export function indicatorRoutes(deps: GatewayDeps): AnyRoute[] {
  const { read } = deps.x.store;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/indicators',
      summary: {
        vi: 'Chỉ số phục vụ theo cơ quan và tháng (QĐ 766)',
        en: 'Service indicators by agency and month (Decision 766)',
      },
      access: 'token',
      query: z.object({
        month,
        agency: z.string().max(35).optional(),
        format: z.enum(['json', 'csv']).default('json'),
      }),
      responses: { 200: z.object({ items: z.array(rowView) }) },
      async handle({ query, principal, res }) {
        const rows = await countIndicators(read, spanOf(principal(), query.month, query.agency));
        if (query.format === 'csv') {
          res
            .type('text/csv; charset=utf-8')
            .setHeader('Content-Disposition', `attachment; filename="chi-so-${query.month}.csv"`);
          res.send(indicatorCsv(rows, query.month));
          return;
        }
        res.json({ items: rows.map((row) => view(row, query.month)) });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/indicators/:measure/dossiers',
      summary: { vi: 'Hồ sơ đứng sau một chỉ số', en: 'The dossiers behind a number' },
      access: 'token',
      params: z.object({ measure: z.enum(MEASURE_NAMES as [Measure, ...Measure[]]) }),
      query: z.object({
        month,
        agency: z.string().max(35).optional(),
        part: z
          .enum(['of', 'others'])
          .default('of')
          .describe('of: counted; others: in the whole but not counted'),
        after: z.string().max(60).default(''),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      responses: { 200: z.object({ items: z.array(dossierView) }) },
      async handle({ params, query, principal, res }) {
        const span = spanOf(principal(), query.month, query.agency);
        const rows = await listIndicatorDossiers(read, params.measure, query.part, span, query);
        res.json({ items: rows.map(viewDossier) });
      },
    }),
  ];
}
