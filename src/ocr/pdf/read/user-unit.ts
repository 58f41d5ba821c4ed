/** `/UserUnit`: how many 72nds of an inch a unit of a page is (ISO 32000-1 §14.11.6). PDFium does not tell. */

const USER_UNIT = /\/UserUnit\s+(\d+(?:\.\d+)?)/g;
/** Bytes searched at a time, and room for an entry that lies across the end of a piece. */
const PIECE = 1024 * 1024;
const LONGEST_ENTRY = 64;
/** Larger units are no page: 14,400 units of 1/72 inch are 5 m. */
const LARGEST = 100;

/**
 * The unit of a file's pages in 72nds of an inch: what its page dictionaries say when all that do say the same, else 1.
 * Dictionaries inside compressed object streams are not looked into: their pages are taken as they are.
 */
export function userUnitOf(file: Uint8Array): number {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const units = new Set<number>();
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.toString('latin1', at, at + PIECE + LONGEST_ENTRY);
    for (const [, unit] of piece.matchAll(USER_UNIT)) units.add(Number(unit));
  }
  const [unit = 1, ...others] = units;
  return others.length === 0 && unit > 0 && unit <= LARGEST ? unit : 1;
}
