/** Embeds just the glyphs a text uses, as an Identity-H composite font (ISO 32000-2 §9.7, §9.9). */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { array, dict, name, octets, type PdfRef, type PdfValue, stream } from '../../pdf/syntax/values.ts';
import { fontError } from './cff.ts';
import { type Font, glyphsOf } from './font.ts';
import { glyphOutline, type PathStep } from './outline.ts';

/** The predefined ISOAdobe charset names this many glyphs; more would need a charset table. */
const MAX_GLYPHS = 229;

/** Collects the glyphs of texts and turns them into PDF objects. */
export interface FontSubset {
  /** Hex string operand for `Tj`. */
  encode(text: string): string;
  /** Writes the font's objects through `add` and gives the font. */
  build(add: (value: PdfValue) => PdfRef): PdfRef;
}

function encodeNumber(value: number): number[] {
  const rounded = Math.round(value);
  if (rounded >= -107 && rounded <= 107) return [rounded + 139];
  if (rounded >= 108 && rounded <= 1131) return [((rounded - 108) >> 8) + 247, (rounded - 108) & 0xff];
  if (rounded >= -1131 && rounded <= -108) return [((-rounded - 108) >> 8) + 251, (-rounded - 108) & 0xff];
  return [28, (rounded >> 8) & 0xff, rounded & 0xff];
}

/** A charstring of moves, lines and curves only: no hints, no subroutines. The width comes first (nominalWidthX is 0). */
function encodeOutline(path: readonly PathStep[], advance: number): Uint8Array {
  const out: number[] = [...encodeNumber(advance)];
  let [x, y] = [0, 0];
  for (const step of path) {
    const coordinates = step.op === 'curve' ? step.points : [step.x, step.y];
    for (let at = 0; at < coordinates.length; at += 2) {
      const [nextX, nextY] = [Math.round(coordinates[at] ?? 0), Math.round(coordinates[at + 1] ?? 0)];
      out.push(...encodeNumber(nextX - x), ...encodeNumber(nextY - y));
      [x, y] = [nextX, nextY];
    }
    out.push(step.op === 'move' ? 21 : step.op === 'line' ? 5 : 8);
  }
  out.push(14);
  return Uint8Array.from(out);
}

function index(items: readonly Uint8Array[]): Buffer {
  if (items.length === 0) return Buffer.from([0, 0]);
  const offsets = Buffer.alloc((items.length + 1) * 4);
  let at = 1;
  for (const [position, item] of items.entries()) {
    offsets.writeUInt32BE(at, position * 4);
    at += item.length;
  }
  offsets.writeUInt32BE(at, items.length * 4);
  const head = Buffer.from([items.length >> 8, items.length & 0xff, 4]);
  return Buffer.concat([head, offsets, ...items]);
}

/** A five-octet integer operand, so that offsets do not change the length of what holds them. */
function fixedNumber(value: number): number[] {
  return [29, (value >> 24) & 0xff, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}

function buildCff(fontName: string, charStrings: readonly Uint8Array[]): Buffer {
  const header = Buffer.from([1, 0, 4, 4]);
  const names = index([Buffer.from(fontName, 'latin1')]);
  const body = index(charStrings);
  const privateDict = Buffer.from([139, 20]);
  const top = (at: number): Buffer =>
    index([
      Uint8Array.from([
        ...fixedNumber(at),
        17,
        ...fixedNumber(privateDict.length),
        ...fixedNumber(at + body.length),
        18,
      ]),
    ]);
  const strings = index([]);
  const before = header.length + names.length + top(0).length + strings.length * 2;
  return Buffer.concat([header, names, top(before), strings, index([]), body, privateDict]);
}

function toUnicode(mapping: readonly (readonly [glyph: number, codePoint: number])[]): Buffer {
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  const utf16 = (codePoint: number): string =>
    Buffer.from(String.fromCodePoint(codePoint), 'utf16le').swap16().toString('hex');
  const groups: string[] = [];
  for (let at = 0; at < mapping.length; at += 100) {
    const rows = mapping
      .slice(at, at + 100)
      .map(([glyph, codePoint]) => `<${hex(glyph)}> <${utf16(codePoint)}>`);
    groups.push(`${rows.length} beginbfchar\n${rows.join('\n')}\nendbfchar`);
  }
  return Buffer.from(
    `/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n` +
      `/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n${groups.join('\n')}\n` +
      'endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n',
  );
}

function compressed(entries: Record<string, PdfValue>, data: Uint8Array): PdfValue {
  return stream({ ...entries, Filter: name('FlateDecode') }, new Uint8Array(deflateSync(data)));
}

/** Glyph number in the font → number and character in the subset. */
type UsedGlyphs = ReadonlyMap<number, { readonly id: number; readonly codePoint: number }>;

/** Six capitals that tell subsets apart (ISO 32000-2 §9.9.2). */
function subsetTag(glyphs: readonly number[]): string {
  const digest = createHash('sha256').update(glyphs.join()).digest().subarray(0, 6);
  return [...digest].map((octet) => String.fromCharCode(65 + (octet % 26))).join('');
}

function descriptor(font: Font, fontName: string, file: PdfRef, cidSet: PdfRef): PdfValue {
  return dict({
    Type: name('FontDescriptor'),
    FontName: name(fontName),
    Flags: 4,
    FontBBox: array(...font.bbox),
    ItalicAngle: 0,
    Ascent: font.ascent,
    Descent: font.descent,
    CapHeight: 662,
    StemV: 80,
    FontFile3: file,
    CIDSet: cidSet,
  });
}

/** One bit for each glyph of the subset, high bit first: PDF/A-1 asks for it (ISO 19005-1 §6.3.5). */
function cidSetOf(count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let cid = 0; cid < count; cid += 1) bits[cid >> 3] = (bits[cid >> 3] ?? 0) | (0x80 >> (cid & 7));
  return bits;
}

function fontObjects(font: Font, used: UsedGlyphs, add: (value: PdfValue) => PdfRef): PdfRef {
  const glyphs = [...used.keys()];
  const charStrings = glyphs.map((glyph) =>
    encodeOutline(glyphOutline(font.cff, glyph), font.advanceOf(glyph)),
  );
  const fontName = `${subsetTag(glyphs)}+${font.postScriptName}`;
  const file = add(compressed({ Subtype: name('CIDFontType0C') }, buildCff(fontName, charStrings)));
  const descendant = add(
    dict({
      Type: name('Font'),
      Subtype: name('CIDFontType0'),
      BaseFont: name(fontName),
      CIDSystemInfo: dict({
        Registry: octets(Buffer.from('Adobe')),
        Ordering: octets(Buffer.from('Identity')),
        Supplement: 0,
      }),
      FontDescriptor: add(descriptor(font, fontName, file, add(compressed({}, cidSetOf(glyphs.length))))),
      DW: 1000,
      W: array(0, array(...glyphs.map((glyph) => font.advanceOf(glyph)))),
    }),
  );
  const mapping = [...used.values()].map(({ id, codePoint }): [number, number] => [id, codePoint]);
  return add(
    dict({
      Type: name('Font'),
      Subtype: name('Type0'),
      BaseFont: name(fontName),
      Encoding: name('Identity-H'),
      DescendantFonts: array(descendant),
      ToUnicode: add(compressed({}, toUnicode(mapping))),
    }),
  );
}

/** Starts a subset of a font. */
export function createSubset(font: Font): FontSubset {
  const used = new Map<number, { id: number; codePoint: number }>([[0, { id: 0, codePoint: 0xfffd }]]);
  const idOf = (glyph: number, codePoint: number): number => {
    const known = used.get(glyph);
    if (known !== undefined) return known.id;
    if (used.size >= MAX_GLYPHS) throw fontError('too many different characters');
    used.set(glyph, { id: used.size, codePoint });
    return used.size - 1;
  };
  const hex = ({ glyph, codePoint }: { glyph: number; codePoint: number }): string =>
    idOf(glyph, codePoint).toString(16).padStart(4, '0');
  return {
    encode: (text) => `<${glyphsOf(font, text).map(hex).join('')}>`,
    build: (add) => fontObjects(font, used, add),
  };
}
