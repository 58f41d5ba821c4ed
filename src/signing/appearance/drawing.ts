/** What a visible signature shows: an image or lines of text, as a form XObject (ISO 32000-2 §8.10). */
import { deflateSync } from 'node:zlib';
import { array, dict, name, type PdfRef, type PdfValue, stream } from '../pdf/syntax/values.ts';
import { type FontName, loadFont, textWidth } from './glyphs/font.ts';
import { createSubset } from './glyphs/subset.ts';
import type { RasterImage } from './image/png.ts';
import { colourResources, fillColour, type Ink, PLAIN_INK, rgbSpace } from './ink.ts';

/** Writes an object and gives its reference. */
export type AddObject = (value: PdfValue) => PdfRef;

/** Something to show in a box of the given size. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Resources and content, for a box of `width` by `height` points. */
  build(add: AddObject, ink: Ink): { resources: PdfValue; content: string };
}

function flate(entries: Record<string, PdfValue>, data: Uint8Array): PdfValue {
  return stream({ ...entries, Filter: name('FlateDecode') }, new Uint8Array(deflateSync(data)));
}

/** Where transparency is not allowed: a pixel is there or not. 1 is masked out (ISO 32000-2 §8.9.6.3). */
function stencil(image: RasterImage, alpha: Uint8Array, add: AddObject): PdfRef {
  const rowBytes = Math.ceil(image.width / 8);
  const bits = new Uint8Array(rowBytes * image.height);
  for (let at = 0; at < alpha.length; at += 1) {
    const [x, y] = [at % image.width, Math.floor(at / image.width)];
    const place = y * rowBytes + (x >> 3);
    if ((alpha[at] ?? 0) < 128) bits[place] = (bits[place] ?? 0) | (0x80 >> (x & 7));
  }
  const entries = { Type: name('XObject'), Subtype: name('Image'), ImageMask: true, BitsPerComponent: 1 };
  return add(flate({ ...entries, Width: image.width, Height: image.height }, bits));
}

function imageObject(image: RasterImage, add: AddObject, ink: Ink): PdfRef {
  const count = image.width * image.height;
  const [colors, alpha] = [new Uint8Array(count * 3), new Uint8Array(count)];
  for (let at = 0; at < count; at += 1) {
    for (let channel = 0; channel < 3; channel += 1)
      colors[at * 3 + channel] = image.pixels[at * 4 + channel] ?? 0;
    alpha[at] = image.pixels[at * 4 + 3] ?? 255;
  }
  const common = {
    Type: name('XObject'),
    Subtype: name('Image'),
    Width: image.width,
    Height: image.height,
    BitsPerComponent: 8,
  };
  const opaque = alpha.every((value) => value === 255);
  const soft = (): PdfRef => add(flate({ ...common, ColorSpace: name('DeviceGray') }, alpha));
  const mask = opaque ? {} : ink.hardEdges ? { Mask: stencil(image, alpha, add) } : { SMask: soft() };
  return add(flate({ ...common, ColorSpace: rgbSpace(ink), ...mask }, colors));
}

function coordinate(value: number): string {
  return value.toFixed(3).replace(/\.?0+$/, '');
}

/** An image filling the box. */
export function imageDrawing(image: RasterImage, width: number, height: number): Drawing {
  return {
    width,
    height,
    build: (add, ink) => ({
      resources: dict({ XObject: dict({ Im: imageObject(image, add, ink) }) }),
      content: `q ${coordinate(width)} 0 0 ${coordinate(height)} 0 0 cm /Im Do Q`,
    }),
  };
}

/** Breaks a text into lines no wider than `room`. @param size points. */
export function wrapText(text: string, room: number, size: number): string[] {
  const font = loadFont('termes');
  const lines: string[] = [];
  let line = '';
  for (const word of text.normalize('NFC').split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(font, longer, size) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** How lines of text look. */
export interface TextStyle {
  readonly font: FontName;
  /** Points. */
  readonly size: number;
  readonly color: readonly [red: number, green: number, blue: number];
  readonly align: 'left' | 'center';
}

/** NĐ 30/2020 App. I II.8b, III.1d, Part II I.3c: Times New Roman, upright, size 10, black. */
export const NOTE_STYLE: TextStyle = { font: 'termes', size: 10, color: [0, 0, 0], align: 'left' };

/** Lines of text in the smallest box that holds them, or in a given one, then scaled down to fit. */
export function textDrawing(
  lines: readonly string[],
  style: TextStyle,
  box?: { width: number; height: number },
): Drawing {
  const font = loadFont(style.font);
  const widest = Math.max(1, ...lines.map((line) => textWidth(font, line, style.size)));
  const tall = Math.max(1, lines.length) * style.size * 1.15;
  const scale = box === undefined ? 1 : Math.min(1, box.width / widest, box.height / tall);
  const [width, height] = box === undefined ? [widest, tall] : [box.width, box.height];
  const size = style.size * scale;
  return {
    width,
    height,
    build: (add, ink) => {
      const subset = createSubset(font);
      const rows = lines.map((line, index) => {
        const left = style.align === 'center' ? (width - textWidth(font, line, size)) / 2 : 0;
        const y = height / 2 + (tall * scale) / 2 - size * 0.9 - index * size * 1.15;
        return `1 0 0 1 ${coordinate(left)} ${coordinate(y)} Tm ${subset.encode(line)} Tj`;
      });
      const color = style.color.map((value) => coordinate(value / 255)).join(' ');
      const content = `q BT ${fillColour(color, ink)} /F1 ${coordinate(size)} Tf ${rows.join('\n')} ET Q`;
      return { resources: dict({ Font: dict({ F1: subset.build(add) }), ...colourResources(ink) }), content };
    },
  };
}

/** A piece of text at a place of the page as shown; `width` is what it takes at its size. */
export interface PlacedText {
  readonly text: string;
  readonly x: number;
  /** Baseline. */
  readonly y: number;
  readonly size: number;
  readonly slant: boolean;
  readonly width: number;
}

/** The font has no italic: dates, which are printed in it, lean by 12 degrees. */
const SLANT = 0.2126;

/** Pieces of black text where they belong, in a box of the page. */
export function placedTexts(
  texts: readonly PlacedText[],
  box: readonly [x: number, y: number, width: number, height: number],
): Drawing {
  const font = loadFont('termes');
  return {
    width: box[2],
    height: box[3],
    build: (add, ink) => {
      const subset = createSubset(font);
      const rows = texts.map(({ text, x, y, size, slant }) => {
        const place = `1 0 ${slant ? SLANT : 0} 1 ${coordinate(x - box[0])} ${coordinate(y - box[1])} Tm`;
        return `/F1 ${coordinate(size)} Tf ${place} ${subset.encode(text)} Tj`;
      });
      const content = `q BT ${fillColour('0 0 0', ink)} ${rows.join('\n')} ET Q`;
      return { resources: dict({ Font: dict({ F1: subset.build(add) }), ...colourResources(ink) }), content };
    },
  };
}

/** Wraps a drawing as the appearance stream. @param matrix keeps it upright on a turned page. */
export function formXObject(
  drawing: Drawing,
  matrix: readonly number[],
  add: AddObject,
  ink: Ink = PLAIN_INK,
): PdfRef {
  const { resources, content } = drawing.build(add, ink);
  return add(
    flate(
      {
        Type: name('XObject'),
        Subtype: name('Form'),
        BBox: array(0, 0, drawing.width, drawing.height),
        Matrix: array(...matrix),
        Resources: resources,
      },
      Buffer.from(content, 'latin1'),
    ),
  );
}
