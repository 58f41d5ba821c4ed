/** The rules look at where things stand on a sheet; of one that was photographed, on the sheet seen from above. */
import { type Homography, invert, project } from '../image/sheet/homography.ts';
import { projectBox, unionBox } from '../page/geometry.ts';
import type { Box, OcrField, OcrFields, OcrWord, PageReading } from '../types.ts';

const mapOf = (sheet: NonNullable<PageReading['sheet']>): Homography => sheet.toPage as unknown as Homography;

/** Box of a word on the flat sheet: its corners tell it better than the box around them. */
function flatBox(
  { box, quad }: OcrWord,
  toSheet: Homography,
  limits: { width: number; height: number },
): Box {
  if (!quad) return projectBox(toSheet, box, limits);
  const [a, b, c, d] = [0, 2, 4, 6].map((i) => project(toSheet, quad[i] as number, quad[i + 1] as number));
  const middle = (p = { x: 0, y: 0 }, q = p) => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
  const flat = [middle(a, d).x, middle(a, b).y, middle(b, c).x, middle(c, d).y].map(Math.round);
  return flat as Box;
}

/** A page as the rules for fields want it; a scan as it is. */
export function asFlat(page: PageReading): PageReading {
  const { sheet } = page;
  if (!sheet) return page;
  const toSheet = invert(mapOf(sheet));
  const lines = page.lines.map((line) => {
    const words = line.words.map((word) => ({ ...word, box: flatBox(word, toSheet, sheet) }));
    return { words, box: words.length === 0 ? line.box : unionBox(words.map((w) => w.box)) };
  });
  const barcodes = page.barcodes.map((code) => ({ ...code, box: projectBox(toSheet, code.box, sheet) }));
  return { ...page, width: sheet.width, height: sheet.height, lines, barcodes };
}

/** Fields with their places on the pages as these are shown. */
export function onPages(fields: OcrFields, pages: readonly PageReading[]): OcrFields {
  const placed = (field: OcrField<unknown> | null): OcrField<unknown> | null => {
    const page = field === null ? undefined : pages[field.page - 1];
    if (!field || !page?.sheet) return field;
    return { ...field, box: projectBox(mapOf(page.sheet), field.box, page) };
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, placed(field)]),
  ) as unknown as OcrFields;
}
