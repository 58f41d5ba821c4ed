/** XLSX (ECMA-376), its parts unpacked by us within limits before the reader sees them. */
import { unzipSync, zipSync } from 'fflate';
import { readSheet as readFirstSheet } from 'read-excel-file/node';
import { SpreadsheetError } from './error.ts';
import type { Cell, SheetLimits } from './index.ts';

/** Parts of a workbook: a handful per sheet. */
const MAX_PARTS = 500;
/** What the reader needs; pictures, macros and the like stay packed. */
const WANTED = /^(\[Content_Types\]\.xml|_rels\/.*|xl\/.*\.(xml|rels))$/i;

/**
 * Rows of the first sheet. Each part is unpacked into a buffer of the size the archive states for it and never grows beyond; the
 * reader then gets an archive without compression, so that nothing can unpack to more than was counted.
 * @throws SpreadsheetError SHEET_UNREADABLE, SHEET_TOO_LARGE
 */
export async function readXlsx(bytes: Uint8Array, limits: SheetLimits): Promise<Cell[][]> {
  let total = 0;
  let parts = 0;
  let flat: Uint8Array;
  try {
    const files = unzipSync(bytes, {
      filter(file) {
        if (!WANTED.test(file.name)) return false;
        parts += 1;
        total += file.originalSize;
        if (parts > MAX_PARTS || total > limits.maxUnpackedBytes)
          throw new SpreadsheetError('SHEET_TOO_LARGE');
        return true;
      },
    });
    flat = zipSync(files, { level: 0 });
  } catch (cause) {
    throw cause instanceof SpreadsheetError ? cause : new SpreadsheetError('SHEET_UNREADABLE', { cause });
  }
  try {
    return (await readFirstSheet(Buffer.from(flat), 1)) as Cell[][];
  } catch (cause) {
    throw new SpreadsheetError('SHEET_UNREADABLE', { cause });
  }
}
