import { type PDFContext, type PDFDocument, PDFName, type PDFPage, type PDFRef, PDFString } from 'pdf-lib';
import type { OcrWord, ReadLine, WordQuad } from '../types.ts';
import { buildGlyphlessFont, GLYPHLESS_ADVANCE } from './glyphless-font.ts';

/** Resource name of the layer's font; unlikely to meet one of the scanner's. */
export const LAYER_FONT = 'LTOCR';

/** ToUnicode: CID = UTF-16 code unit. Ranges never cross a high byte (ISO 32000-1 §9.10.3). */
function toUnicodeMap(): string {
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  const ranges: string[] = [];
  for (let high = 0; high < 256; high++)
    ranges.push(`<${hex(high * 256)}> <${hex(high * 256 + 255)}> <${hex(high * 256)}>`);
  const blocks: string[] = [];
  for (let i = 0; i < ranges.length; i += 100) {
    const block = ranges.slice(i, i + 100);
    blocks.push(`${block.length} beginbfrange\n${block.join('\n')}\nendbfrange`);
  }
  return [
    '/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap',
    '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def',
    '/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def',
    '1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange',
    ...blocks,
    'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend',
  ].join('\n');
}

/** Adds the glyphless font to the document once; all pages share it. */
export function addGlyphlessFont(document: PDFDocument): PDFRef {
  const context: PDFContext = document.context;
  const file = buildGlyphlessFont();
  const fontFile = context.register(context.flateStream(file, { Length1: file.length }));
  const map = new Uint8Array(0x10000 * 2);
  for (let i = 1; i < map.length; i += 2) map[i] = 1;
  const cidToGid = context.register(context.flateStream(map));
  const toUnicode = context.register(context.flateStream(toUnicodeMap()));
  const descriptor = context.register(
    context.obj({
      Type: 'FontDescriptor',
      FontName: 'LienThongGlyphless',
      Flags: 5,
      FontBBox: [0, -200, GLYPHLESS_ADVANCE, 800],
      ItalicAngle: 0,
      Ascent: 800,
      Descent: -200,
      CapHeight: 700,
      StemV: 80,
      FontFile2: fontFile,
    }),
  );
  const descendant = context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'CIDFontType2',
      BaseFont: 'LienThongGlyphless',
      CIDSystemInfo: { Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 },
      FontDescriptor: descriptor,
      DW: GLYPHLESS_ADVANCE,
      CIDToGIDMap: cidToGid,
    }),
  );
  return context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'Type0',
      BaseFont: 'LienThongGlyphless',
      Encoding: 'Identity-H',
      DescendantFonts: [descendant],
      ToUnicode: toUnicode,
    }),
  );
}

/** Where the upright page lies in the user space of its PDF page. */
export interface LayerPlacement {
  /** Pixels of the upright page. */
  width: number;
  height: number;
  /** Slant of the text, positive rises to the right. */
  skewDegrees: number;
  /** Box shown, in user space: `[x0, y0, x1, y1]`. */
  box: [number, number, number, number];
  /** Value of /Rotate the page will carry: 0, 90, 180, 270. */
  rotate: number;
}

interface UserPoint {
  x: number;
  y: number;
}

/** Upright pixel → user space, undoing /Rotate (ISO 32000-1 §7.7.3.3: clockwise when shown). */
function toUserSpace(p: LayerPlacement, px: number, py: number): UserPoint {
  const [x0, y0, x1, y1] = p.box;
  const sideways = p.rotate === 90 || p.rotate === 270;
  const u = (px / p.width) * (sideways ? y1 - y0 : x1 - x0);
  const v = (py / p.height) * (sideways ? x1 - x0 : y1 - y0);
  if (p.rotate === 90) return { x: x0 + v, y: y0 + u };
  if (p.rotate === 180) return { x: x1 - u, y: y0 + v };
  if (p.rotate === 270) return { x: x1 - v, y: y1 - u };
  return { x: x0 + u, y: y1 - v };
}

function hexText(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += text.charCodeAt(i).toString(16).padStart(4, '0');
  return out;
}

const fine = (value: number): string => (Math.round(value * 100_000) / 100_000).toString();

const round = (value: number): string => (Math.round(value * 1000) / 1000).toString();

/** A word in the frame of its slanted line: along the base line and across it, pixels. */
interface LevelWord {
  text: string;
  from: number;
  to: number;
  bottom: number;
  height: number;
}

/** A word of a photographed page, whose corners are known. */
function toLevelSeenAslant(text: string, quad: WordQuad, cos: number, sin: number): LevelWord {
  const [ax, ay, bx, by, cx, cy, dx, dy] = quad;
  const along = (x: number, y: number): number => x * cos - y * sin;
  const across = (x: number, y: number): number => x * sin + y * cos;
  const from = along(dx, dy);
  const bottom = (across(cx, cy) + across(dx, dy)) / 2;
  const height = Math.max(1, bottom - (across(ax, ay) + across(bx, by)) / 2);
  return { text, from, to: Math.max(from + 1, along(cx, cy)), bottom, height };
}

/** Un-slants the box around a slanted word. */
function toLevel(word: OcrWord, cos: number, sin: number): LevelWord {
  if (word.quad) return toLevelSeenAslant(word.text, word.quad, cos, sin);
  const w = word.box[2] - word.box[0];
  const h = word.box[3] - word.box[1];
  const s = Math.abs(sin);
  const d = cos * cos - s * s;
  const width = Math.max(1, (w * cos - h * s) / d);
  const height = Math.max(1, (h * cos - w * s) / d);
  const cx = (word.box[0] + word.box[2]) / 2;
  const cy = (word.box[1] + word.box[3]) / 2;
  const x = cx * cos - cy * sin;
  const y = cx * sin + cy * cos;
  return { text: word.text, from: x - width / 2, to: x + width / 2, bottom: y + height / 2, height };
}

/** Base line of a line: most words have no letter that hangs below it. */
function baselineOf(words: readonly LevelWord[]): number {
  const bottoms = words.map((w) => w.bottom).sort((a, b) => a - b);
  return bottoms[Math.floor(bottoms.length * 0.3)] as number;
}

/** Rise of a line from end to end, in font sizes, up to which readers (poppler: 0.5) still see one line. */
const MAX_RISE = 0.4;

/**
 * Points along a base line. A long slanted line is drawn a little flatter than it is, about its middle: otherwise
 * readers cut it in two and phrases are no longer found. Not in a photograph, whose lines may rise by more than the text
 * is high: there it would lie on the words of other lines.
 */
function tamedLine(
  words: readonly LevelWord[],
  baseline: number,
  height: number,
  angle: number,
  placement: LayerPlacement,
  isAslant: boolean,
): (along: number) => UserPoint {
  const from = Math.min(...words.map((w) => w.from));
  const to = Math.max(...words.map((w) => w.to));
  const middle = (from + to) / 2;
  const rise = Math.abs((to - from) * Math.sin(angle));
  const drawn = !isAslant && rise > MAX_RISE * height ? (angle * MAX_RISE * height) / rise : angle;
  const x = middle * Math.cos(angle) + baseline * Math.sin(angle);
  const y = -middle * Math.sin(angle) + baseline * Math.cos(angle);
  return (along) =>
    toUserSpace(placement, x + (along - middle) * Math.cos(drawn), y - (along - middle) * Math.sin(drawn));
}

/** Blank between two words in font sizes: readers (poppler: 0.1) take what is closer for one word. */
const WORD_GAP = 0.2;
/** … but a word keeps so much of its width. */
const LEAST_WIDTH = 0.4;

/** Ends of the words of a line: words whose boxes touch, as those that were read as one, get a blank between them. */
function endsOf(words: readonly LevelWord[], height: number): number[] {
  return words.map(({ from, to }, i) => {
    const next = words[i + 1];
    if (next === undefined || next.from <= from) return to;
    return Math.max(from + LEAST_WIDTH * (to - from), Math.min(to, next.from - WORD_GAP * height));
  });
}

/** Slant of a line, radians: its own where the page was photographed, for there each has another; else that of the page. */
function slantOf({ words }: ReadLine, placement: LayerPlacement): number {
  const [first, last] = [words[0]?.quad, words.at(-1)?.quad];
  if (!first || !last) return (placement.skewDegrees * Math.PI) / 180;
  return Math.atan2(first[7] - last[5], last[4] - first[6]);
}

/** Text operators of one line: one base line and one font size, so that readers see one line. */
function lineContent(line: ReadLine, placement: LayerPlacement, unit: number): string[] {
  const angle = slantOf(line, placement);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const words = line.words.map((w) => toLevel(w, cos, sin));
  const baseline = baselineOf(words);
  const height = Math.max(...words.map((w) => w.height)) * 0.8;
  const size = Math.max(1, height * unit);
  const at = tamedLine(words, baseline, height, angle, placement, line.words[0]?.quad !== undefined);
  const ends = endsOf(words, height);
  return words.flatMap((word, i) => {
    const start = at(word.from);
    const end = at(ends[i] as number);
    const length = Math.max(0.01, Math.hypot(end.x - start.x, end.y - start.y));
    const [c, s] = [(end.x - start.x) / length, (end.y - start.y) / length];
    const natural = (word.text.length * GLYPHLESS_ADVANCE * size) / 1000;
    return [
      `/${LAYER_FONT} ${round(size)} Tf ${round((100 * length) / natural)} Tz`,
      `${fine(c)} ${fine(s)} ${fine(-s)} ${fine(c)} ${round(start.x)} ${round(start.y)} Tm`,
      `<${hexText(`${word.text} `)}> Tj`,
    ];
  });
}

/** Content stream that writes each word invisibly at its place, with a blank after it. */
export function layerContent(lines: readonly ReadLine[], placement: LayerPlacement): string {
  const origin = toUserSpace(placement, 0, 0);
  const right = toUserSpace(placement, 1, 0);
  const unit = Math.hypot(right.x - origin.x, right.y - origin.y);
  const body = lines.filter((l) => l.words.length > 0).flatMap((line) => lineContent(line, placement, unit));
  return ['q', 'BT', '3 Tr', ...body, 'ET', 'Q', ''].join('\n');
}

/** Puts the layer under the page's own content, where no unbalanced state of the scanner's stream can move it. */
export function addLayer(document: PDFDocument, page: PDFPage, font: PDFRef, content: string): void {
  const { context } = document;
  const stream = context.register(context.flateStream(content));
  page.node.normalize();
  page.node.setFontDictionary(PDFName.of(LAYER_FONT), font);
  const contents = page.node.Contents();
  if (contents && 'insert' in contents) contents.insert(0, stream);
  else page.node.set(PDFName.of('Contents'), context.obj([stream]));
}

/**
 * Makes a page's own text say nothing to those who extract or search it, and leaves what is seen: one blank stands for
 * all of it (`ActualText`, ISO 32000-1 §14.9.4; nothing at all is passed over by some readers).
 */
export function muteText(document: PDFDocument, page: PDFPage): void {
  const { context } = document;
  page.node.normalize();
  const contents = page.node.Contents();
  if (!contents || !('insert' in contents)) return;
  contents.insert(0, context.register(context.stream('/Span <</ActualText ( )>> BDC\n')));
  contents.push(context.register(context.stream('\nEMC\n')));
}
