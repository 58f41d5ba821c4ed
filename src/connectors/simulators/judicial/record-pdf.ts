/**
 * A minimal real PDF (ISO 32000-1) with Vietnamese text and no embedded font. Courier, one of the 14 standard fonts,
 * gives every glyph the same width, marks included, so a letter and its marks are laid over each other; ActualText
 * (§14.9.4) gives readers the true characters.
 */

const FONT_SIZE = 11;
const LINE_HEIGHT = 18;
const LEFT = 60;
const TOP = 790;
const LINES_PER_PAGE = 40;

/** Standard-font glyphs outside ASCII, by code in our own encoding. */
const GLYPHS: readonly [number, string][] = [
  [0x80, 'acute'],
  [0x81, 'grave'],
  [0x82, 'tilde'],
  [0x83, 'circumflex'],
  [0x84, 'breve'],
  [0x85, 'dcroat'],
  [0x86, 'Dcroat'],
  [0x87, 'quoteright'],
  [0x88, 'dotlessi'],
];

interface Mark {
  code: number;
  /** Shift in thousandths of the size: right, up. */
  dx: number;
  dy: number;
}

/** Combining marks of Vietnamese (Unicode NFD) as standard glyphs; horn and hook are an apostrophe set high. */
const MARKS: Record<string, Mark> = {
  '\u0301': { code: 0x80, dx: 0, dy: 0 },
  '\u0300': { code: 0x81, dx: 0, dy: 0 },
  '\u0303': { code: 0x82, dx: 0, dy: 0 },
  '\u0302': { code: 0x83, dx: 0, dy: 0 },
  '\u0306': { code: 0x84, dx: 0, dy: 0 },
  '\u031b': { code: 0x87, dx: 230, dy: -120 },
  '\u0309': { code: 0x87, dx: 0, dy: 60 },
  '\u0323': { code: 0x2e, dx: 0, dy: -190 },
};
const BELOW_OR_BESIDE = new Set(['\u0323', '\u031b']);

/** Builds the PDF, one line of text per item, A4, as many pages as needed. Same lines, same bytes. */
export function buildRecordPdf(lines: readonly string[]): Uint8Array {
  const pages: string[][] = [];
  for (let at = 0; at < Math.max(lines.length, 1); at += LINES_PER_PAGE)
    pages.push(lines.slice(at, at + LINES_PER_PAGE));
  const objects: string[] = [];
  const kids = pages.map((_, at) => `${4 + at * 2} 0 R`).join(' ');
  objects.push('<< /Type /Catalog /Pages 2 0 R /Lang (vi-VN) >>');
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  const differences = GLYPHS.map(([code, name]) => `${code} /${name}`).join(' ');
  objects.push(
    `<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [${differences}] >> >>`,
  );
  pages.forEach((page, at) => {
    const content = page.map((line, row) => drawLine(line, TOP - row * LINE_HEIGHT)).join('');
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + at * 2} 0 R >>`,
    );
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  });
  return assemble(objects);
}

function drawLine(line: string, y: number): string {
  const words = line.normalize('NFC').match(/\s+|\S+/g) ?? [];
  let column = 0;
  let out = '';
  for (const word of words) {
    const characters = [...word];
    if (word.trim() !== '') out += drawWord(word, characters, LEFT + column * FONT_SIZE * 0.6, y);
    column += characters.length;
  }
  return out;
}

function drawWord(word: string, characters: string[], x: number, y: number): string {
  const glyphs = characters
    .map((character, at) => drawCharacter(character, x + at * FONT_SIZE * 0.6, y))
    .join('');
  const actual = Buffer.from(`\ufeff${word}`, 'utf16le').swap16().toString('hex').toUpperCase();
  return `/Span << /ActualText <${actual}> >> BDC BT /F1 ${FONT_SIZE} Tf\n${glyphs}ET EMC\n`;
}

function drawCharacter(character: string, x: number, y: number): string {
  const [base = '', ...marks] = [...character.normalize('NFD')];
  let out = show(
    baseCode(
      base,
      marks.some((mark) => !BELOW_OR_BESIDE.has(mark)),
    ),
    x,
    y,
  );
  let lift = base >= 'A' && base <= 'Z' ? 130 : 0;
  for (const mark of marks) {
    const { code, dx, dy } = MARKS[mark] ?? { code: 0x3f, dx: 0, dy: 0 };
    const stays = BELOW_OR_BESIDE.has(mark);
    const up = stays ? dy + (mark === '\u031b' ? lift : 0) : dy + lift;
    out += show(code, x + (dx * FONT_SIZE) / 1000, y + (up * FONT_SIZE) / 1000);
    if (!stays) lift += 130;
  }
  return out;
}

function baseCode(base: string, marked: boolean): number {
  if (base === 'đ') return 0x85;
  if (base === 'Đ') return 0x86;
  if (base === 'i' && marked) return 0x88;
  const code = base.codePointAt(0) ?? 0x20;
  return code >= 0x20 && code < 0x7f ? code : 0x3f;
}

function show(code: number, x: number, y: number): string {
  const hex = code.toString(16).padStart(2, '0');
  return `1 0 0 1 ${x.toFixed(2)} ${y.toFixed(2)} Tm <${hex}> Tj\n`;
}

function assemble(objects: readonly string[]): Uint8Array {
  let body = '%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n';
  const offsets = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  body += `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.from(body, 'latin1');
}
