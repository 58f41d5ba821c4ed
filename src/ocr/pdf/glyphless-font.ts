/**
 * A TrueType font of two empty glyphs, built byte by byte: every letter of the text layer maps to glyph 1, so
 * nothing is ever drawn while readers take the text from ToUnicode. Advance 500 of 1000 units.
 */

const UNITS = 1000;
/** Advance width of every character, thousandths of the font size. */
export const GLYPHLESS_ADVANCE = 500;

function u16(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    out.writeUInt16BE(value & 0xffff, i * 2);
  });
  return out;
}

function u32(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    out.writeUInt32BE(value >>> 0, i * 4);
  });
  return out;
}

function headTable(): Buffer {
  return Buffer.concat([
    u32(0x00010000, 0x00010000, 0, 0x5f0f3cf5),
    u16(0x0003, UNITS),
    u32(0, 0, 0, 0), // created and modified: fixed for byte-identical output
    u16(0, 0, UNITS, UNITS, 0, 8, 2, 0, 0),
  ]);
}

function maxpTable(): Buffer {
  return Buffer.concat([u32(0x00010000), u16(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)]);
}

function hheaTable(): Buffer {
  return Buffer.concat([
    u32(0x00010000),
    u16(800, -200, 0, GLYPHLESS_ADVANCE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2),
  ]);
}

function nameTable(): Buffer {
  const text = Buffer.from('LienThongGlyphless', 'utf16le').swap16();
  const records = [1, 4, 6].map((id) => u16(3, 1, 0x409, id, text.length, 0));
  return Buffer.concat([u16(0, records.length, 6 + 12 * records.length), ...records, text]);
}

function os2Table(): Buffer {
  const head = u16(4, GLYPHLESS_ADVANCE, 400, 5, 0, 500, 500, 0, 100, 500, 500, 0, 400, 50, 300, 0);
  const panose = Buffer.alloc(10);
  const tail = Buffer.concat([
    u32(0, 0, 0, 0),
    Buffer.from('LTNG', 'latin1'),
    u16(0x40, 0x20, 0xffff, 800, -200, 0, 800, 200),
    u32(1, 0),
    u16(0, 0, 0, 0x20, 1),
  ]);
  return Buffer.concat([head, panose, tail]);
}

function cmapTable(): Buffer {
  // Format 4 with the closing segment only: the PDF maps CIDs to glyphs itself.
  return Buffer.concat([u16(0, 1, 3, 1), u32(12), u16(4, 24, 0, 2, 2, 0, 0, 0xffff, 0, 0xffff, 1, 0)]);
}

function checksum(data: Buffer): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (sum + data.readUInt32BE(i)) >>> 0;
  return sum;
}

function pad(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

/** Builds the font file (about 700 bytes), the same bytes every time. */
export function buildGlyphlessFont(): Uint8Array {
  const tables: [string, Buffer][] = [
    ['OS/2', os2Table()],
    ['cmap', cmapTable()],
    ['glyf', Buffer.alloc(4)],
    ['head', headTable()],
    ['hhea', hheaTable()],
    ['hmtx', u16(GLYPHLESS_ADVANCE, 0, GLYPHLESS_ADVANCE, 0)],
    ['loca', u16(0, 0, 0)],
    ['maxp', maxpTable()],
    ['name', nameTable()],
    ['post', u32(0x00030000, 0, 0, 0, 0, 0, 0, 0)],
  ];
  let offset = 12 + 16 * tables.length;
  const directory: Buffer[] = [u32(0x00010000), u16(tables.length, 128, 3, tables.length * 16 - 128)];
  const bodies: Buffer[] = [];
  for (const [tag, body] of tables) {
    const padded = pad(body);
    directory.push(Buffer.from(tag, 'latin1'), u32(checksum(padded), offset, body.length));
    bodies.push(padded);
    offset += padded.length;
  }
  const font = Buffer.concat([...directory, ...bodies]);
  const headOffset =
    12 +
    16 * tables.length +
    ['OS/2', 'cmap', 'glyf'].reduce(
      (sum, tag) => sum + pad(tables.find(([t]) => t === tag)?.[1] as Buffer).length,
      0,
    );
  font.writeUInt32BE((0xb1b0afba - checksum(font)) >>> 0, headOffset + 8);
  return new Uint8Array(font);
}
