/** CSV as Excel and its kin write it: comma, semicolon or tab, UTF-8 with or without a mark. RFC 4180. */
import { parse } from 'csv-parse/sync';
import { SpreadsheetError } from './error.ts';
import type { Cell, SheetLimits } from './index.ts';

const DELIMITERS = [';', '\t', ','] as const;
/** Longest row, characters. */
const MAX_RECORD = 100_000;

/** All rows as text. @throws SpreadsheetError SHEET_UNREADABLE, SHEET_BAD_ENCODING */
export function readCsv(bytes: Uint8Array, limits: SheetLimits): Cell[][] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SpreadsheetError('SHEET_BAD_ENCODING', { cause });
  }
  const heading = text.slice(0, text.search(/\r|\n|$/));
  const delimiter =
    [...DELIMITERS].sort((a, b) => heading.split(b).length - heading.split(a).length)[0] ?? ',';
  try {
    const rows: string[][] = parse(text, {
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: MAX_RECORD,
      // One more than allowed is enough to see that there are too many.
      to: limits.maxRows + 1,
    });
    return rows.map((row) => row.map((cell) => (cell === '' ? null : cell)));
  } catch (cause) {
    throw new SpreadsheetError('SHEET_UNREADABLE', { cause });
  }
}
