/** Text and rules on A4 pages from top to bottom, with page breaks and a foot on every page. */
import { readFile } from 'node:fs/promises';
import fontkit from '@pdf-lib/fontkit';
import {
  type Color,
  PDFDict,
  PDFDocument,
  type PDFFont,
  PDFName,
  type PDFPage,
  PDFStream,
  rgb,
} from 'pdf-lib';

/** How a piece of text looks. */
export interface TextLook {
  readonly size?: number;
  readonly bold?: boolean;
  readonly color?: Color;
  /** Points from the left margin. */
  readonly indent?: number;
  /** Room after it, points. */
  readonly after?: number;
}

/** Colours of the report. */
export const INK = rgb(0.09, 0.13, 0.17);
export const GREY = rgb(0.35, 0.4, 0.45);
export const TONES = {
  good: rgb(0.08, 0.38, 0.18),
  bad: rgb(0.61, 0.11, 0.11),
  wait: rgb(0.44, 0.27, 0),
  plain: rgb(0.24, 0.29, 0.33),
} as const;

const A4 = { width: 595.28, height: 841.89 } as const;
const MARGIN = { left: 62, right: 45, top: 56, bottom: 62 } as const;
const LINE = 1.32;
/** Pages drawn; a file of a hundred signatures stays below it. */
const MAX_PAGES = 200;

/** Characters the font lacks, and control or direction marks, which would mislead a reader. */
const MISLEADING = /[\p{Cc}\p{Bidi_Control}]/gu;

/** A document under way. */
export interface Canvas {
  /** Writes text, wrapped; the cursor moves below it. */
  text(words: string, look?: TextLook): void;
  /** A label on the left and text beside it. */
  pair(label: string, words: string, look?: TextLook & { readonly labelWidth?: number }): void;
  /** A box with a coloured edge around what `draw` writes. */
  box(tone: keyof typeof TONES, draw: () => void): void;
  rule(): void;
  space(points: number): void;
  /** Breaks the page unless so much room is left. */
  need(points: number): void;
  finish(foot: string): Promise<Uint8Array>;
}

/** Whole: the subsetter of the library cannot write these OpenType fonts. */
async function embed(pdf: PDFDocument, path: string): Promise<PDFFont> {
  return pdf.embedFont(await readFile(new URL(path, import.meta.url)), { subset: false });
}

/** Lines of `text` in `width` points; a word wider than that is cut. */
export function wrapWords(text: string, width: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    const joined = line === '' ? rest : `${line} ${rest}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(rest) > width && rest.length > 1) {
      let cut = Math.max(1, Math.floor((rest.length * width) / widthOf(rest)));
      while (cut > 1 && widthOf(rest.slice(0, cut)) > width) cut -= 1;
      lines.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    line = rest;
  }
  return [...lines, line];
}

/** To be called after `flush`, before `save`. The library writes OpenType fonts with CFF outlines as if they were TrueType; readers warn of it (ISO 32000-2 table 124). */
export function nameFontFiles(pdf: PDFDocument): void {
  const name = (text: string) => PDFName.of(text);
  for (const [, object] of pdf.context.enumerateIndirectObjects()) {
    if (!(object instanceof PDFDict)) continue;
    const file = object.get(name('FontFile2'));
    if (file !== undefined) {
      object.delete(name('FontFile2'));
      object.set(name('FontFile3'), file);
      const stream = pdf.context.lookup(file);
      if (stream instanceof PDFStream) stream.dict.set(name('Subtype'), name('OpenType'));
    }
    if (object.get(name('Subtype')) === name('CIDFontType2')) {
      object.set(name('Subtype'), name('CIDFontType0'));
      object.delete(name('CIDToGIDMap'));
    }
  }
}

/** Starts a document. `title` and `language` go into its metadata; `now` is its date. */
export async function createCanvas(options: {
  readonly title: string;
  readonly language: string;
  readonly now: Date;
}): Promise<Canvas> {
  const pdf = await PDFDocument.create();
  pdf.registerFontkit(fontkit);
  const regular = await embed(pdf, '../../signing/appearance/fonts/texgyretermes-regular.otf');
  const bold = await embed(pdf, '../../ocr/sample-scan/fonts/texgyretermes-bold.otf');
  pdf.setTitle(options.title, { showInWindowTitleBar: true });
  pdf.setLanguage(options.language);
  pdf.setProducer('lienthong');
  pdf.setCreationDate(options.now);
  pdf.setModificationDate(options.now);
  const known = { regular: new Set(regular.getCharacterSet()), bold: new Set(bold.getCharacterSet()) };
  const pages: PDFPage[] = [];
  let page = pdf.addPage([A4.width, A4.height]);
  pages.push(page);
  let y = A4.height - MARGIN.top;
  let inset = 0;

  function plain(words: string, isBold: boolean): string {
    const set = isBold ? known.bold : known.regular;
    return [...words.normalize('NFC').replace(MISLEADING, '?')]
      .map((char) => (set.has(char.codePointAt(0) ?? 0) ? char : '?'))
      .join('');
  }

  function breakPage(): void {
    if (pages.length >= MAX_PAGES) return;
    page = pdf.addPage([A4.width, A4.height]);
    pages.push(page);
    y = A4.height - MARGIN.top;
  }

  function need(points: number): void {
    if (y - points < MARGIN.bottom) breakPage();
  }

  function write(words: string, x: number, width: number, look: TextLook): void {
    const { size = 10.5, bold: isBold = false, color = INK } = look;
    const font = isBold ? bold : regular;
    const widthOf = (text: string) => font.widthOfTextAtSize(text, size);
    for (const part of words.split('\n')) {
      for (const line of wrapWords(plain(part, isBold), width, widthOf)) {
        need(size * LINE);
        y -= size * LINE;
        page.drawText(line, { x, y: y + size * 0.25, size, font, color });
      }
    }
  }

  const left = () => MARGIN.left + inset;
  const room = () => A4.width - MARGIN.left - MARGIN.right - inset * 2;

  return {
    text(words, look = {}) {
      const indent = look.indent ?? 0;
      write(words, left() + indent, room() - indent, look);
      y -= look.after ?? 0;
    },
    pair(label, words, look = {}) {
      const { labelWidth = 150, ...rest } = look;
      need(28);
      const [startPage, top] = [page, y];
      write(label, left(), labelWidth - 8, { size: 9.5, color: GREY });
      const [labelPage, below] = [page, y];
      if (labelPage === startPage) y = top;
      write(words, left() + labelWidth, room() - labelWidth, rest);
      if (page === labelPage) y = Math.min(y, below);
      y -= look.after ?? 2;
    },
    box(tone, draw) {
      y -= 8;
      need(40);
      const [startPage, top] = [page, y];
      inset += 10;
      draw();
      inset -= 10;
      y -= 6;
      const bottom = startPage === page ? y : MARGIN.bottom;
      startPage.drawRectangle({ x: left(), y: bottom, width: 3, height: top - bottom, color: TONES[tone] });
      if (startPage !== page) {
        const start = A4.height - MARGIN.top;
        page.drawRectangle({ x: left(), y, width: 3, height: start - y, color: TONES[tone] });
      }
      y -= 8;
    },
    rule() {
      need(10);
      y -= 5;
      page.drawLine({
        start: { x: left(), y },
        end: { x: left() + room(), y },
        thickness: 0.5,
        color: rgb(0.8, 0.83, 0.86),
      });
      y -= 3;
    },
    space(points) {
      y -= points;
    },
    need,
    async finish(foot) {
      for (const [index, one] of pages.entries()) {
        const number = `${index + 1}/${pages.length}`;
        one.drawText(plain(foot, false), { x: MARGIN.left, y: 34, size: 8, font: regular, color: GREY });
        one.drawText(number, {
          x: A4.width - MARGIN.right - regular.widthOfTextAtSize(number, 8),
          y: 34,
          size: 8,
          font: regular,
          color: GREY,
        });
      }
      await pdf.flush();
      nameFontFiles(pdf);
      return pdf.save();
    },
  };
}
