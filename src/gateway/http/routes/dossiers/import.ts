/** `POST /api/v1/dossier-imports`: a list of dossiers, CSV or XLSX, each row taken in or refused by itself, with a report. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  acceptDossier,
  assertDossierValid,
  ExchangeError,
  type Fault,
  readHeading,
  readRow,
} from '../../../exchange/index.ts';
import { readSheet, SpreadsheetError } from '../../../spreadsheet/index.ts';
import { findCatalogueEntries } from '../../../store/index.ts';
import { type GatewayDeps, submitterOf } from '../../deps.ts';
import { receiveMultipart } from '../../multipart.ts';
import { HttpError } from '../../problem.ts';
import { type AnyRoute, defineRoute } from '../../route.ts';

/** Largest list, bytes on the wire. */
const MAX_LIST_BYTES = 10 * 1024 * 1024;

const rowView = z.object({
  row: z.int().describe('as the spreadsheet numbers it: the heading is 1'),
  status: z.enum(['accepted', 'repeated', 'ready', 'refused']),
  code: z.string().nullable(),
  packageId: z.string().nullable(),
  errors: z.array(
    z.object({ code: z.string(), path: z.string().nullable(), vi: z.string(), en: z.string() }),
  ),
});

const reportView = z.object({
  rows: z.array(rowView),
  accepted: z.int(),
  repeated: z.int(),
  refused: z.int(),
  ignoredColumns: z.array(z.string()),
});

type RowReport = z.infer<typeof rowView>;

function refused(row: number, faults: readonly Fault[]): RowReport {
  const errors = faults.map(({ code, path, vi, en }) => ({ code, path: path ?? null, vi, en }));
  return { row, status: 'refused', code: null, packageId: null, errors };
}

/** The import. */
export function importRoutes(deps: GatewayDeps): AnyRoute[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/dossier-imports',
      summary: {
        vi: 'Nhập danh sách hồ sơ từ CSV hoặc XLSX',
        en: 'Take in a list of dossiers from CSV or XLSX',
      },
      access: 'token',
      creates: true,
      query: z.object({
        check: z.enum(['true', 'false']).default('false').describe('true: report only, nothing is taken in'),
      }),
      consumes: { 'multipart/form-data': 'multipart' },
      responses: { 200: reportView },
      async handle({ req, res, query, principal }) {
        const holder = principal();
        const submitter = submitterOf(holder);
        if (!submitter.maySendFor(holder.agency)) throw new HttpError('FORBIDDEN');
        const { files } = await receiveMultipart(req, deps.x.blobs, MAX_LIST_BYTES);
        const [file] = files;
        if (file === undefined) throw new HttpError('BAD_REQUEST');
        const [heading = [], ...rows] = await readList(await deps.x.blobs.read(file.sha256));
        const { columns, faults } = readHeading(heading);
        if (faults.length > 0) throw new HttpError('BAD_REQUEST', { faults });
        const procedures = await findCatalogueEntries(
          deps.x.store.read,
          'procedure',
          rows.map((row) => String(row[columns.indexOf('procedureCode')] ?? '').trim()),
        );
        const reports: RowReport[] = [];
        for (const [index, row] of rows.entries()) {
          const number = index + 2;
          const read = readRow(holder.agency, columns, row, (code) => {
            const found = procedures.find((entry) => entry.code === code);
            return found && { name: found.name, fieldCode: found.parent, fieldName: found.parent_name };
          });
          if (read.request === undefined) reports.push(refused(number, read.faults));
          else reports.push(await takeIn(number, read.request, file.sha256));
        }
        res.json({
          rows: reports,
          ...countOf(reports),
          ignoredColumns: heading.filter((_, at) => columns[at] === undefined).map(String),
        });

        /** The list's digest and the row make the key: the same list again takes nothing in twice. */
        async function takeIn(
          number: number,
          request: Parameters<typeof acceptDossier>[1],
          list: string,
        ): Promise<RowReport> {
          const key = createHash('sha256').update(`${list}:${number}`).digest('hex');
          try {
            if (query.check === 'true') {
              await assertDossierValid(deps.x, request, submitter);
              return {
                row: number,
                status: 'ready',
                code: request.code ?? null,
                packageId: null,
                errors: [],
              };
            }
            const { code, packageId, repeated } = await acceptDossier(deps.x, request, [], submitter, {
              scope: `${holder.agency}:import`,
              key,
            });
            return { row: number, status: repeated ? 'repeated' : 'accepted', code, packageId, errors: [] };
          } catch (cause) {
            if (!(cause instanceof ExchangeError)) throw cause;
            const whole = { code: cause.code, vi: cause.vi, en: cause.message };
            return refused(number, cause.faults.length > 0 ? cause.faults : [whole]);
          }
        }
      },
    }),
  ];
}

function countOf(reports: readonly RowReport[]) {
  const of = (status: RowReport['status']): number => reports.filter((row) => row.status === status).length;
  return { accepted: of('accepted'), repeated: of('repeated'), refused: of('refused') };
}

async function readList(bytes: Uint8Array) {
  try {
    return await readSheet(bytes);
  } catch (cause) {
    if (!(cause instanceof SpreadsheetError)) throw cause;
    const { code, vi, en } = cause;
    throw new HttpError('BAD_REQUEST', { cause, faults: [{ code, vi, en }] });
  }
}
