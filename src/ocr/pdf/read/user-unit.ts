/** `/UserUnit`: how many 72nds of an inch a unit of a page is (ISO 32000-1 §14.11.6). PDFium does not tell. */
import { textPieces } from '../../file-octets.ts';

/** The entry with what ends its number: at the end of a piece it may not be whole. */
const USER_UNIT = /\/UserUnit\s+(\d+(?:\.\d+)?)(?=[^\d.])/g;
const LONGEST_ENTRY = 64;
/** Larger units are no page: 14,400 units of 1/72 inch are 5 m. */
const LARGEST = 100;

/**
 * The unit of a file's pages in 72nds of an inch: what its page dictionaries say when all that do say the same, else 1.
 * Dictionaries inside compressed object streams are not looked into: their pages are taken as they are.
 */
export async function userUnitOf(path: string): Promise<number> {
  const units = new Set<number>();
  for await (const piece of textPieces(path, LONGEST_ENTRY))
    for (const [, unit] of piece.matchAll(USER_UNIT)) units.add(Number(unit));
  const [unit = 1, ...others] = units;
  return others.length === 0 && unit > 0 && unit <= LARGEST ? unit : 1;
}
