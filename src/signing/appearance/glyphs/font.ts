/** The bundled OpenType fonts: character map, advances, outlines. */
import { readFileSync } from 'node:fs';
import { type CffFont, fontError, readCff } from './cff.ts';

/** Termes has the metrics of Times New Roman, which NĐ 30/2020 asks for; Chorus stands in for handwriting in demonstrations. */
export type FontName = 'termes' | 'chorus';

/** A loaded font. */
export interface Font {
  readonly postScriptName: string;
  readonly unitsPerEm: number;
  readonly ascent: number;
  readonly descent: number;
  readonly bbox: readonly [number, number, number, number];
  readonly cff: CffFont;
  /** Glyph of a Unicode scalar value; 0 when the font has none. */
  glyphOf(codePoint: number): number;
  /** Advance in font units. */
  advanceOf(glyph: number): number;
}

const FILES: Readonly<Record<FontName, readonly [file: string, name: string]>> = {
  termes: ['texgyretermes-regular.otf', 'TeXGyreTermes-Regular'],
  chorus: ['texgyrechorus-mediumitalic.otf', 'TeXGyreChorus-MediumItalic'],
};

const loaded = new Map<FontName, Font>();

function tables(view: DataView): Map<string, { offset: number; length: number }> {
  const found = new Map<string, { offset: number; length: number }>();
  for (let index = 0; index < view.getUint16(4); index += 1) {
    const at = 12 + index * 16;
    const tag = String.fromCharCode(
      view.getUint8(at),
      view.getUint8(at + 1),
      view.getUint8(at + 2),
      view.getUint8(at + 3),
    );
    found.set(tag, { offset: view.getUint32(at + 8), length: view.getUint32(at + 12) });
  }
  return found;
}

/** Segment mapping to delta values (OpenType cmap format 4), the Unicode BMP subtable. */
function readCmap(view: DataView, base: number): Map<number, number> {
  let at = 0;
  for (let index = 0; index < view.getUint16(base + 2); index += 1) {
    const entry = base + 4 + index * 8;
    const offset = base + view.getUint32(entry + 4);
    if (view.getUint16(offset) === 4) at = offset;
  }
  if (at === 0) throw fontError('no Unicode character map');
  const map = new Map<number, number>();
  const segments = view.getUint16(at + 6) / 2;
  for (let segment = 0; segment < segments; segment += 1) {
    const end = view.getUint16(at + 14 + segment * 2);
    const start = view.getUint16(at + 16 + (segments + segment) * 2);
    const delta = view.getInt16(at + 16 + (2 * segments + segment) * 2);
    const rangeAt = at + 16 + (3 * segments + segment) * 2;
    const range = view.getUint16(rangeAt);
    for (let code = start; code <= end && code !== 0xffff; code += 1) {
      const raw = range === 0 ? code : view.getUint16(rangeAt + range + (code - start) * 2);
      if (range === 0 || raw !== 0) map.set(code, (raw + delta) & 0xffff);
    }
  }
  return map;
}

function parseFont(bytes: Uint8Array, postScriptName: string): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const directory = tables(view);
  const at = (tag: string): { offset: number; length: number } => {
    const table = directory.get(tag);
    if (table === undefined) throw fontError(`no ${tag} table`);
    return table;
  };
  const [head, hhea, hmtx, cff] = [at('head').offset, at('hhea').offset, at('hmtx').offset, at('CFF ')];
  const metrics = view.getUint16(hhea + 34);
  const map = readCmap(view, at('cmap').offset);
  return {
    postScriptName,
    unitsPerEm: view.getUint16(head + 18),
    ascent: view.getInt16(hhea + 4),
    descent: view.getInt16(hhea + 6),
    bbox: [
      view.getInt16(head + 36),
      view.getInt16(head + 38),
      view.getInt16(head + 40),
      view.getInt16(head + 42),
    ],
    cff: readCff(bytes.subarray(cff.offset, cff.offset + cff.length)),
    glyphOf: (codePoint) => map.get(codePoint) ?? 0,
    advanceOf: (glyph) => view.getUint16(hmtx + Math.min(glyph, metrics - 1) * 4),
  };
}

/** Loads a bundled font once. @throws SigningError FONT_INVALID */
export function loadFont(name: FontName): Font {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const [file, postScriptName] = FILES[name];
  const font = parseFont(
    new Uint8Array(readFileSync(new URL(`../fonts/${file}`, import.meta.url))),
    postScriptName,
  );
  loaded.set(name, font);
  return font;
}

/** Glyphs of a text in NFC; a character the font lacks becomes a question mark. */
export function glyphsOf(font: Font, text: string): { glyph: number; codePoint: number }[] {
  return [...text.normalize('NFC')].map((character) => {
    const codePoint = character.codePointAt(0) ?? 0x3f;
    const glyph = font.glyphOf(codePoint);
    return glyph === 0 ? { glyph: font.glyphOf(0x3f), codePoint: 0x3f } : { glyph, codePoint };
  });
}

/** Width of a text in points. @param size font size in points. */
export function textWidth(font: Font, text: string, size: number): number {
  return glyphsOf(font, text).reduce(
    (sum, { glyph }) => sum + (font.advanceOf(glyph) * size) / font.unitsPerEm,
    0,
  );
}
