/** An sRGB display profile (ICC.1:2001-04, version 2.1), built byte by byte: PDF/A names the colours of a scan by it. */

const CURVE_POINTS = 256;

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

/** A number as s15Fixed16. */
function fixed(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeInt32BE(Math.round(value * 65_536));
  return out;
}

function xyz(x: number, y: number, z: number): Buffer {
  return Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), fixed(x), fixed(y), fixed(z)]);
}

/** The transfer curve of IEC 61966-2-1. */
function curve(): Buffer {
  const points = Buffer.alloc(CURVE_POINTS * 2);
  for (let i = 0; i < CURVE_POINTS; i++) {
    const value = i / (CURVE_POINTS - 1);
    const linear = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    points.writeUInt16BE(Math.round(linear * 65_535), i * 2);
  }
  return Buffer.concat([Buffer.from('curv\0\0\0\0', 'latin1'), u32(CURVE_POINTS), points]);
}

function description(text: string): Buffer {
  const ascii = Buffer.from(`${text}\0`, 'latin1');
  // ASCII part, then empty Unicode and Macintosh parts (67 bytes).
  return Buffer.concat([
    Buffer.from('desc\0\0\0\0', 'latin1'),
    u32(ascii.length),
    ascii,
    Buffer.alloc(8 + 3 + 67),
  ]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from('text\0\0\0\0', 'latin1'), Buffer.from(`${value}\0`, 'latin1')]);
}

function header(size: number): Buffer {
  const out = Buffer.alloc(128);
  out.writeUInt32BE(size, 0);
  out.writeUInt32BE(0x02100000, 8);
  out.write('mntrRGB XYZ ', 12, 'latin1');
  // A fixed date, so that the same input gives the same bytes: 2020-01-01.
  [2020, 1, 1, 0, 0, 0].forEach((part, i) => {
    out.writeUInt16BE(part, 24 + 2 * i);
  });
  out.write('acsp', 36, 'latin1');
  // Illuminant of the profile connection space: D50.
  Buffer.concat([fixed(0.9642), fixed(1), fixed(0.8249)]).copy(out, 68);
  return out;
}

/** Builds the profile, about 900 bytes, the same bytes every time. */
export function buildSrgbProfile(): Uint8Array {
  const shared = curve();
  // Primaries of sRGB adapted to D50 (Bradford).
  const tags: [string, Buffer][] = [
    ['desc', description('sRGB IEC61966-2.1')],
    ['cprt', text('No copyright, use freely')],
    ['wtpt', xyz(0.9505, 1, 1.0891)],
    ['rXYZ', xyz(0.4361, 0.2225, 0.0139)],
    ['gXYZ', xyz(0.3851, 0.7169, 0.0971)],
    ['bXYZ', xyz(0.1431, 0.0606, 0.7141)],
    ['rTRC', shared],
    ['gTRC', shared],
    ['bTRC', shared],
  ];
  let offset = 128 + 4 + 12 * tags.length;
  const directory: Buffer[] = [u32(tags.length)];
  const bodies: Buffer[] = [];
  const placed = new Map<Buffer, number>();
  for (const [name, body] of tags) {
    const known = placed.get(body);
    directory.push(Buffer.from(name, 'latin1'), u32(known ?? offset), u32(body.length));
    if (known !== undefined) continue;
    placed.set(body, offset);
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    bodies.push(padded);
    offset += padded.length;
  }
  return new Uint8Array(Buffer.concat([header(offset), ...directory, ...bodies]));
}
