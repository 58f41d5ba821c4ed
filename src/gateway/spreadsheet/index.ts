/** Lists that people keep: CSV and XLSX as rows of cells, bounded before and after unpacking. */
import { readCsv } from './csv.ts';
import { SpreadsheetError } from './error.ts';
import { readXlsx } from './xlsx.ts';

export { SpreadsheetError, type SpreadsheetErrorCode } from './error.ts';

/** A cell: text, number, truth value or an instant; null when empty. */
export type Cell = string | number | boolean | Date | null;

export interface SheetLimits {
  /** Most rows, the heading included. */
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Most bytes after unpacking (XLSX). */
  readonly maxUnpackedBytes: number;
}

/** A list of dossiers of a day is a few hundred rows of twenty columns; a workbook of 5,000 unpacks to about 8 MB. */
export const DEFAULT_SHEET_LIMITS: SheetLimits = {
  maxRows: 5_001,
  maxColumns: 100,
  maxUnpackedBytes: 64 * 1024 * 1024,
};

/**
 * Rows of the first sheet. The kind is told from the first bytes, never from the name.
 * @throws SpreadsheetError
 */
export async function readSheet(
  bytes: Uint8Array,
  limits: SheetLimits = DEFAULT_SHEET_LIMITS,
): Promise<Cell[][]> {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const isOldExcel = bytes[0] === 0xd0 && bytes[1] === 0xcf;
  if (isOldExcel) throw new SpreadsheetError('SHEET_OLD_EXCEL');
  const rows = isZip ? await readXlsx(bytes, limits) : readCsv(bytes, limits);
  if (rows.length > limits.maxRows || rows.some((row) => row.length > limits.maxColumns))
    throw new SpreadsheetError('SHEET_TOO_LARGE');
  return rows;
}
