/** Lines of text on a page, and names found in them. */
import type { PlacedCharacter } from './page-text.ts';

/** A line of text found on a page. */
export interface TextLine {
  readonly text: string;
  readonly x0: number;
  readonly x1: number;
  /** Baseline. */
  readonly y: number;
  readonly size: number;
}

/** Groups characters into lines by baseline, breaking at wide gaps (columns), top line first. */
export function textLines(characters: readonly PlacedCharacter[]): TextLine[] {
  const rows = [...characters]
    .filter((item) => item.text.trim() !== '')
    .sort((a, b) => b.y - a.y || a.x0 - b.x0);
  const lines: PlacedCharacter[][] = [];
  for (const item of rows) {
    const row = lines.find(
      (other) =>
        Math.abs((other[0]?.y ?? 0) - item.y) < Math.max(1, item.size * 0.25) && nearEnough(other, item),
    );
    if (row === undefined) lines.push([item]);
    else row.push(item);
  }
  return lines.map((items) => {
    const sorted = items.sort((a, b) => a.x0 - b.x0);
    const text = sorted.map((item) => item.text).join('');
    return {
      text,
      x0: sorted[0]?.x0 ?? 0,
      x1: Math.max(...sorted.map((item) => item.x1)),
      y: sorted[0]?.y ?? 0,
      size: sorted[0]?.size ?? 12,
    };
  });
}

function nearEnough(row: readonly PlacedCharacter[], item: PlacedCharacter): boolean {
  return row.some((other) => item.x0 - other.x1 < item.size * 2 && other.x0 - item.x1 < item.size * 2);
}

/** Text without spaces in NFC, lower case: what names are compared by. */
export function comparable(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, '').toLocaleLowerCase('vi');
}
