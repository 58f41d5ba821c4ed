/** A row of a list of dossiers as the request it stands for: headings in Vietnamese or English, with or without diacritics. */
import { foldVietnamese } from '../../../packages/index.ts';
import type { Fault } from '../errors.ts';
import { type DossierMetadata, dossierMetadata } from './requests.ts';

type Cell = string | number | boolean | Date | null;

/** Heading (folded) → place in the request. The first is the one the documentation shows. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  code: ['ma ho so', 'code', 'dossier code'],
  procedureCode: ['ma thu tuc', 'ma tthc', 'procedure code'],
  procedureName: ['ten thu tuc', 'ten tthc', 'procedure name'],
  fieldCode: ['ma linh vuc', 'field code'],
  fieldName: ['ten linh vuc', 'linh vuc', 'field name'],
  'applicant.name': ['chu ho so', 'ho ten', 'ho va ten', 'applicant'],
  'applicant.type': ['loai doi tuong', 'applicant type'],
  identity: ['so dinh danh', 'so cccd', 'cccd', 'cmnd', 'identity number'],
  'applicant.phone': ['dien thoai', 'so dien thoai', 'phone'],
  'applicant.email': ['email', 'thu dien tu'],
  'applicant.address': ['dia chi', 'address'],
  summary: ['trich yeu', 'summary'],
  channel: ['kenh', 'kenh thuc hien', 'channel'],
  receivedAt: ['ngay tiep nhan', 'received at'],
  dueAt: ['ngay hen tra', 'due at'],
  handlingUnit: ['don vi xu ly', 'handling unit'],
  note: ['ghi chu', 'note'],
};

/** Columns without which no row can be a dossier; names and field come from the catalogue when the list has none. */
const NEEDED = ['procedureCode', 'applicant.name'];

const CHANNELS: Readonly<Record<string, number>> = { 'truc tiep': 1, 'truc tuyen': 2, 'buu chinh': 3 };

/** The list's columns in order; undefined for one we do not know. */
export function readHeading(row: readonly Cell[]): { columns: (string | undefined)[]; faults: Fault[] } {
  const byName = new Map(
    Object.entries(COLUMNS).flatMap(([key, names]) => names.map((name) => [name, key] as const)),
  );
  const columns = row.map((cell) => byName.get(foldVietnamese(String(cell ?? ''))));
  const faults = NEEDED.filter((key) => !columns.includes(key)).map((key) => ({
    code: `N.${key}`,
    path: key,
    vi: `Thiếu cột "${COLUMNS[key]?.[0]}".`,
    en: `The column "${COLUMNS[key]?.at(-1)}" is missing.`,
  }));
  return { columns, faults };
}

/** What the catalogue adds to a row. */
export interface ProcedureFacts {
  readonly name: string;
  readonly fieldCode: string;
  readonly fieldName: string;
}

/** One row as a request, or what is wrong with it. */
export function readRow(
  agency: string,
  columns: readonly (string | undefined)[],
  row: readonly Cell[],
  procedureOf: (code: string) => ProcedureFacts | undefined,
): { request?: DossierMetadata; faults: Fault[] } {
  const cells = new Map<string, Cell>();
  columns.forEach((key, at) => {
    if (key !== undefined) cells.set(key, row[at] ?? null);
  });
  const text = (key: string): string | undefined => {
    const cell = cells.get(key);
    return cell === null || cell === undefined || cell === '' ? undefined : String(cell).trim();
  };
  const known = procedureOf(text('procedureCode') ?? '');
  const identity = text('identity');
  const value = {
    agency,
    code: text('code'),
    procedureCode: text('procedureCode'),
    procedureName: text('procedureName') ?? known?.name,
    fieldCode: text('fieldCode') ?? known?.fieldCode,
    fieldName: text('fieldName') ?? known?.fieldName,
    applicant: {
      name: text('applicant.name'),
      type: text('applicant.type') === undefined ? undefined : Number(text('applicant.type')),
      identities: identity === undefined ? undefined : [identityOf(identity)],
      phone: text('applicant.phone'),
      email: text('applicant.email'),
      address: text('applicant.address'),
    },
    summary: text('summary'),
    channel: channelOf(text('channel')),
    receivedAt: instantOf(cells.get('receivedAt')),
    dueAt: instantOf(cells.get('dueAt')),
    handlingUnit: text('handlingUnit'),
    note: text('note'),
  };
  const parsed = dossierMetadata.safeParse(value);
  if (parsed.success) return { request: parsed.data, faults: [] };
  return {
    faults: parsed.error.issues.map((issue) => {
      const path = issue.path.join('.');
      const column = COLUMNS[path]?.[0] ?? path;
      return {
        code: `M.${path}`,
        path,
        vi: `Cột "${column}" thiếu hoặc sai.`,
        en: `"${path}" is missing or wrong: ${issue.message}`,
      };
    }),
  };
}

/** Excel eats the leading zero of a citizen number kept as a number. */
function identityOf(text: string): { type: number; number: string } {
  const digits = text.replace(/\s/g, '');
  if (/^\d{10,12}$/.test(digits)) return { type: 1, number: digits.padStart(12, '0') };
  return { type: 2, number: /^\d{8}$/.test(digits) ? digits.padStart(9, '0') : digits };
}

function channelOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return CHANNELS[foldVietnamese(text)] ?? Number(text);
}

/** `dd/MM/yyyy[ HH:mm[:ss]]` in Vietnam, an ISO instant, or a date cell (kept by the reader as UTC of what is shown). */
export function instantOf(cell: Cell | undefined): string | undefined {
  if (cell === null || cell === undefined || cell === '') return undefined;
  if (cell instanceof Date) return `${cell.toISOString().slice(0, 19)}+07:00`;
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(
    String(cell).trim(),
  );
  if (match === null) return String(cell);
  const [, day = '', month = '', year = '', hour = '0', minute = '00', second = '00'] = match;
  const two = (part: string): string => part.padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}+07:00`;
}
