/** Rules of PDF/A-2 for objects strangers' pages bring along: what may be mended is, the rest is named. */
import {
  decodePDFRawStream,
  PDFArray,
  PDFDict,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
} from 'pdf-lib';

const name = (value: string): PDFName => PDFName.of(value);

/** Blend modes of ISO 32000-1 Tables 136 and 137 (ISO 19005-2 §6.2.10). */
const BLEND_MODES = new Set(
  'Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue Saturation Color Luminosity'.split(
    ' ',
  ),
);

/** §6.2.5: no transfer functions, no halftones but the default; §6.2.10: the blend modes there are. */
export function graphicsStateFault(dict: PDFDict): string | null {
  for (const key of ['TR', 'TR2', 'HTP', 'HT']) dict.delete(name(key));
  const mode = dict.lookup(name('BM'));
  const modes = mode instanceof PDFArray ? mode.asArray() : mode ? [mode] : [];
  const known = modes.every((m) => m instanceof PDFName && BLEND_MODES.has(m.decodeText()));
  return known ? null : 'blend mode';
}

/** What may not stand on a picture or form (§6.2.8, §6.2.9) or lead out of the file (§6.8): taken off. */
export function mendObject(dict: PDFDict): void {
  if (dict.get(name('Subtype')) === name('Form'))
    for (const key of ['OPI', 'PS', 'Subtype2', 'Ref']) dict.delete(name(key));
  dict.delete(name('EF'));
  // The default, which has to be said (§6.2.11.3.2).
  const isTrueType = dict.get(name('Subtype')) === name('CIDFontType2');
  if (isTrueType && !dict.has(name('CIDToGIDMap'))) dict.set(name('CIDToGIDMap'), name('Identity'));
}

/** Flag of a font whose characters are not those of the Latin alphabet (ISO 32000-1 Table 123). */
const SYMBOLIC = 4;
const LATIN_ENCODINGS = [name('MacRomanEncoding'), name('WinAnsiEncoding')];

/** Octets of a stream; of a damaged one none. */
function unpacked(file: PDFRawStream): Buffer {
  try {
    return Buffer.from(decodePDFRawStream(file).decode());
  } catch {
    return Buffer.alloc(0);
  }
}

/** Platform and encoding of each table of characters in a TrueType font, `3,1`; none of one that cannot be read. */
function characterTables(file: PDFObject | undefined): string[] {
  if (!(file instanceof PDFRawStream)) return [];
  const font = unpacked(file);
  const tables = font.length < 12 ? 0 : font.readUInt16BE(4);
  for (let at = 12; at + 16 <= Math.min(font.length, 12 + 16 * tables); at += 16) {
    if (font.toString('latin1', at, at + 4) !== 'cmap') continue;
    const cmap = font.subarray(font.readUInt32BE(at + 8));
    const count = cmap.length < 4 ? 0 : Math.min(cmap.readUInt16BE(2), Math.floor((cmap.length - 4) / 8));
    return Array.from(
      { length: count },
      (_, i) => `${cmap.readUInt16BE(4 + 8 * i)},${cmap.readUInt16BE(6 + 8 * i)}`,
    );
  }
  return [];
}

/** §6.2.11.6: how the codes of a simple TrueType font find their glyphs, which readers else do each in its own way. */
export function encodingFault(font: PDFDict): string | null {
  const descriptor = font.lookup(name('FontDescriptor'));
  if (font.get(name('Subtype')) !== name('TrueType') || !(descriptor instanceof PDFDict)) return null;
  const flags = descriptor.lookup(name('Flags'));
  const encoding = font.lookup(name('Encoding'));
  const tables = characterTables(descriptor.lookup(name('FontFile2')));
  if (flags instanceof PDFNumber && (flags.asNumber() & SYMBOLIC) !== 0) {
    const isClear = tables.length === 1 || tables.includes('3,0');
    return encoding === undefined && isClear ? null : 'font encoding';
  }
  const own = encoding instanceof PDFDict ? encoding : null;
  const base = own === null ? encoding : own.lookup(name('BaseEncoding'));
  const isNamed = LATIN_ENCODINGS.some((latin) => latin === base);
  return isNamed && (!own?.has(name('Differences')) || tables.includes('3,1')) ? null : 'font encoding';
}

const DEEPEST = 30;

/** Whether an object names device CMYK, itself or inside: as base, as alternate, of a group, of a shading (§6.2.4.3). */
export function namesCmyk(object: PDFObject | undefined, depth = 0): boolean {
  if (object === name('DeviceCMYK')) return true;
  if (depth > DEEPEST) return true;
  if (object instanceof PDFRawStream) return namesCmyk(object.dict, depth + 1);
  if (object instanceof PDFDict) return object.values().some((value) => namesCmyk(value, depth + 1));
  return object instanceof PDFArray && object.asArray().some((value) => namesCmyk(value, depth + 1));
}

/** CMYK set by an operator, by the name of its space, or in an inline picture; LZW in one (§6.1.7.2, §6.2.4.3). */
const FORBIDDEN_IN_CONTENT: readonly [RegExp, string][] = [
  [/(?:^|\s)(?:[-+\d.]+\s+){4}[kK](?=\s|$)/, 'CMYK colour'],
  [/\/DeviceCMYK\s+(?:cs|CS)(?=\s|$)/, 'CMYK colour'],
  [/\/(?:CS|ColorSpace)\s*\/(?:CMYK|DeviceCMYK)(?=[\s/])/, 'CMYK picture'],
  [/\/(?:F|Filter)\s*(?:\[\s*)?\/(?:LZW|LZWDecode)(?=[\s/\]])/, 'LZW or Crypt filter'],
];

/** @param content operators as Latin-1 text */
export function contentFault(content: string): string | null {
  return FORBIDDEN_IN_CONTENT.find(([pattern]) => pattern.test(content))?.[1] ?? null;
}

const JP2_SIGNATURE = '0000000c6a5020200d0a870a';
/** Enumerated colour spaces an RGB output intent can show: sRGB, grey, sYCC (ISO 15444-1 Table I.10). */
const JP2_SPACES = [16, 17, 18];

interface Jp2Header {
  channels: number;
  bits: number;
  colours: { method: number; space: number }[];
}

/** Boxes `ihdr` and `colr` of a JPEG 2000 file, wherever they lie in its first 64 KB. */
function jp2Header(bytes: Uint8Array): Jp2Header | null {
  const head = Buffer.from(bytes.subarray(0, 65_536));
  if (head.subarray(0, 12).toString('hex') !== JP2_SIGNATURE) return null;
  const at = head.indexOf('ihdr', 0, 'latin1');
  if (at < 0 || at + 18 > head.length) return null;
  const header: Jp2Header = {
    channels: head.readUInt16BE(at + 12),
    bits: head[at + 14] as number,
    colours: [],
  };
  const end = head.indexOf('jp2c', at, 'latin1');
  for (let from = at; ; from += 4) {
    from = head.indexOf('colr', from, 'latin1');
    if (from < 0 || from + 11 > head.length || (end >= 0 && from > end)) return header;
    header.colours.push({ method: head[from + 4] as number, space: head.readUInt32BE(from + 7) });
  }
}

/** §6.2.8.3: one, three or four channels of equal depth, and one colour specification that is allowed. */
export function jpeg2000Fault(bytes: Uint8Array): string | null {
  const header = jp2Header(bytes);
  const [colour, ...others] = header?.colours ?? [];
  const isPlain =
    header !== null &&
    [1, 3, 4].includes(header.channels) &&
    header.bits !== 255 &&
    colour !== undefined &&
    others.length === 0 &&
    (colour.method === 2 || (colour.method === 1 && JP2_SPACES.includes(colour.space)));
  return isPlain ? null : 'JPEG 2000';
}
