/** The searchable PDF beside its scan: at most 1.2 times as large, pixels as they were, for every kind of picture. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp, { type Sharp } from 'sharp';
import { readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { writePdf } from '../../../src/ocr/pdf/writer.ts';
import { meanDifference } from '../image/pictures.ts';

const [WIDTH, HEIGHT] = [608, 864];
const DPI = 72;
const LIMIT = 1.2;
const MAX_PIXELS = 4_000_000;

/** A page of strokes with a stamp; `noise` in levels, the same each time. */
function page(noise: number): Uint8Array {
  const out = new Uint8Array(WIDTH * HEIGHT * 3);
  let state = 1;
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const off = Math.round((((state >>> 16) & 255) / 255 - 0.5) * noise);
      const ink = y % 34 < 12 && (x * 13 + (y >> 1) * 7 + (x ^ (y >> 3))) % 29 < 7 && x > 60 && x < 560;
      const stamp = (x - 440) ** 2 + (y - 740) ** 2 < 6400;
      const [r, g, b] = stamp ? [200, 40, 50] : ink ? [25, 25, 30] : [246, 244, 240];
      for (const [c, level] of [r, g, b].entries())
        out[(y * WIDTH + x) * 3 + c] = Math.min(255, Math.max(0, (level as number) + off));
    }
  return out;
}

type Make = (folder: string) => Promise<Uint8Array>;

const raw = (noise: number): Sharp =>
  sharp(page(noise), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const noisy = (): Sharp => raw(14);
const clean = (): Sharp => raw(0);
const grey = (picture: Sharp): Sharp => picture.greyscale().toColourspace('b-w');
const bilevel = (): Sharp => grey(clean()).threshold(128).toColourspace('b-w');

/** A picture by libtiff's own program: kinds sharp does not write. */
const tiffcp =
  (options: string, picture: Sharp): Make =>
  async (folder) => {
    const [from, to] = [join(folder, 'from.tif'), join(folder, 'to.tif')];
    writeFileSync(from, await picture.tiff({ compression: 'none' }).toBuffer());
    execFileSync('tiffcp', [...options.split(' '), from, to]);
    return new Uint8Array(readFileSync(to));
  };
const bitonal =
  (options: string, picture = bilevel()): Make =>
  async (folder) => {
    const [from, to] = [join(folder, 'from.tif'), join(folder, 'to.tif')];
    writeFileSync(from, await picture.tiff({ compression: 'none', bitdepth: 1 }).toBuffer());
    execFileSync('tiffcp', [...options.split(' '), from, to]);
    return new Uint8Array(readFileSync(to));
  };

/** A TIFF of 256 colours from the dots of a PNG with a palette. */
const paletteTiff =
  (options: string): Make =>
  async (folder) => {
    const [from, to] = [join(folder, 'from.tif'), join(folder, 'to.tif')];
    const colours = 64;
    const { data } = await grey(noisy()).raw().toBuffer({ resolveWithObject: true });
    writeFileSync(
      from,
      tiffOfPalette(
        data.map((level) => level >> 2),
        colours,
      ),
    );
    execFileSync('tiffcp', [...options.split(' '), from, to]);
    return new Uint8Array(readFileSync(to));
  };

/** An uncompressed TIFF whose samples name one of `count` bluish colours. */
function tiffOfPalette(samples: Uint8Array, count: number): Uint8Array {
  const map = Array.from({ length: 3 * 256 }, (_, i) => {
    const level = Math.min(255, Math.round(((i % 256) * 255) / (count - 1)));
    return 257 * (i < 512 ? level : 255 - (255 - level) / 2);
  });
  const [mapAt, directoryAt] = [8 + samples.length, 8 + samples.length + 6 * 256];
  const entries: [tag: number, type: number, count: number, value: number][] = [
    [256, 4, 1, WIDTH],
    [257, 4, 1, HEIGHT],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 3],
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 4, 1, HEIGHT],
    [279, 4, 1, samples.length],
    [320, 3, 3 * 256, mapAt],
  ];
  const tiff = Buffer.alloc(directoryAt + 2 + 12 * entries.length + 4);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(directoryAt, 4);
  tiff.set(samples, 8);
  for (const [i, value] of map.entries()) tiff.writeUInt16LE(Math.round(value), mapAt + 2 * i);
  tiff.writeUInt16LE(entries.length, directoryAt);
  for (const [i, [tag, type, length, value]] of entries.entries()) {
    const at = directoryAt + 2 + 12 * i;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(length, at + 4);
    if (type === 3 && length === 1) tiff.writeUInt16LE(value, at + 8);
    else tiff.writeUInt32LE(value, at + 8);
  }
  return tiff;
}

/** Few of the pixels see-through, as cut-out stamps are. */
const withAlpha = (picture: Sharp): Sharp =>
  picture.joinChannel(
    Buffer.from(Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 60 ? 0 : 255))),
    { raw: { width: WIDTH, height: HEIGHT, channels: 1 } },
  );

/** Kind, how it is made, and how large its PDF is at most: measured, rounded up. */
const KINDS: [kind: string, make: Make, ratio: number][] = [
  ['TIFF, none, strips', tiffcp('-s -c none', noisy()), 0.8],
  ['TIFF, LZW, strips', tiffcp('-s -c lzw', noisy()), 1],
  ['TIFF, LZW with predictor, tiles', tiffcp('-t -w 256 -l 256 -c lzw:2', noisy()), 1],
  ['TIFF, Deflate, strips', tiffcp('-s -c zip', noisy()), LIMIT],
  ['TIFF, Deflate, clean', tiffcp('-s -c zip', clean()), LIMIT],
  ['TIFF, PackBits, tiles', tiffcp('-t -w 128 -l 128 -c packbits', noisy()), 1],
  ['TIFF, planes apart', tiffcp('-p separate -s -c lzw', noisy()), 1],
  ['TIFF, JPEG YCbCr in strips', tiffcp('-s -r 16 -c jpeg:75', noisy()), 1.05],
  ['TIFF, JPEG YCbCr in tiles', tiffcp('-t -w 256 -l 256 -c jpeg:75', noisy()), 1.05],
  ['TIFF, JPEG in small tiles', tiffcp('-t -w 64 -l 64 -c jpeg:60', noisy()), 1.05],
  ['TIFF, JPEG RGB in tiles', tiffcp('-t -w 256 -l 256 -c jpeg:r:75', noisy()), 1.05],
  ['TIFF, JPEG grey in tiles', tiffcp('-t -w 256 -l 256 -c jpeg:75', grey(noisy())), 1.05],
  ['BigTIFF, JPEG in strips, big-endian', tiffcp('-8 -B -s -r 64 -c jpeg:75', noisy()), 1.05],
  ['TIFF, grey, Deflate', tiffcp('-s -c zip', grey(noisy())), LIMIT],
  ['TIFF, 64 colours, Deflate', paletteTiff('-s -c zip'), 1.1],
  ['TIFF, 64 colours, LZW', paletteTiff('-s -c lzw'), 1.1],
  ['TIFF, G3', bitonal('-c g3:1d'), LIMIT],
  ['TIFF, G3 in two dimensions', bitonal('-c g3:2d'), LIMIT],
  ['TIFF, G4 in tiles, lsb first', bitonal('-t -w 256 -l 256 -f lsb2msb -c g4'), LIMIT],
  ['TIFF, G4 in one strip', bitonal('-r 9999 -c g4'), LIMIT],
  ['TIFF, G4 in one strip, lsb first', bitonal('-r 9999 -f lsb2msb -c g4'), LIMIT],
  [
    'TIFF, G4 of white zeros',
    () => bilevel().tiff({ compression: 'ccittfax4', bitdepth: 1, miniswhite: true }).toBuffer(),
    LIMIT,
  ],
  ['TIFF, bilevel, Deflate', bitonal('-c zip'), LIMIT],
  [
    'TIFF, 4 bits of grey, Deflate',
    () => grey(noisy()).tiff({ compression: 'deflate', predictor: 'none', bitdepth: 4 }).toBuffer(),
    1.1,
  ],
  [
    'TIFF, 2 bits of grey, Deflate',
    () => grey(noisy()).tiff({ compression: 'deflate', predictor: 'none', bitdepth: 2 }).toBuffer(),
    LIMIT,
  ],
  ['TIFF, alpha, LZW', () => withAlpha(noisy()).tiff({ compression: 'lzw' }).toBuffer(), 1],
  ['TIFF, 16 bits', () => noisy().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(), 1],
  ['TIFF, 16 bits of grey', () => noisy().toColourspace('grey16').tiff({ compression: 'lzw' }).toBuffer(), 1],
  ['PNG, RGB', () => noisy().png().toBuffer(), 1.05],
  ['PNG, RGB interlaced', () => noisy().png({ progressive: true }).toBuffer(), 1.05],
  ['PNG, RGB and alpha', () => withAlpha(noisy()).png().toBuffer(), 1.05],
  ['PNG, grey', () => grey(noisy()).png().toBuffer(), 1.05],
  ['PNG, grey interlaced', () => grey(noisy()).png({ progressive: true }).toBuffer(), 1.05],
  ['PNG, 16 bits', () => noisy().toColourspace('rgb16').png().toBuffer(), 1.05],
  ['PNG, 256 colours', () => noisy().png({ palette: true }).toBuffer(), 1.05],
  ['PNG, 16 colours', () => noisy().png({ palette: true, colours: 16 }).toBuffer(), 1.05],
  ['PNG, 256 colours interlaced', () => noisy().png({ palette: true, progressive: true }).toBuffer(), 1.05],
  [
    'PNG, 64 colours and alpha',
    () => withAlpha(clean()).png({ palette: true, colours: 64 }).toBuffer(),
    LIMIT,
  ],
  ['PNG, bilevel', () => bilevel().png({ palette: true, colours: 2 }).toBuffer(), LIMIT],
  ['JPEG', () => noisy().jpeg().toBuffer(), 1.05],
  ['JPEG, progressive', () => noisy().jpeg({ progressive: true }).toBuffer(), 1.05],
  ['JPEG, grey', () => grey(noisy()).jpeg().toBuffer(), 1.05],
];

describe('ocr: size of the searchable PDF', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocr-sizes-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Writes the PDF of one picture to a file. */
  async function write(picture: Uint8Array, pdfa = false): Promise<Buffer> {
    const [path, target] = [join(folder, 'scan'), join(folder, 'scan.pdf')];
    writeFileSync(path, picture);
    const image = await readImageFacts(path, MAX_PIXELS);
    const { width, height } = image;
    const size = { width, height, dpi: DPI, rotation: 0, skewDegrees: 0 };
    const output = { path, index: 0, image, ...size, lines: [], keepLayer: false, dropOldLayer: false };
    await writePdf([output], { maxPixels: MAX_PIXELS, pdfa }, target);
    return readFileSync(target);
  }

  /** Pixels of the PDF written last as poppler shows them, without resampling. */
  async function shown(): Promise<Uint8Array> {
    const out = join(folder, 'shown');
    execFileSync('pdftocairo', ['-r', String(DPI), '-png', '-singlefile', join(folder, 'scan.pdf'), out]);
    return sharp(`${out}.png`).flatten().toColourspace('srgb').raw().toBuffer();
  }

  for (const [kind, make, ratio] of KINDS)
    it(`${kind}: at most ${ratio}`, async () => {
      const scan = await make(folder);

      const pdf = await write(scan);

      expect(pdf.length / scan.length).to.be.at.most(ratio);
      const pixels = await sharp(scan).flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer();
      // Sixteen bits become eight by one rounding or the other.
      expect(meanDifference(await shown(), pixels)).to.be.lessThan(kind.includes('16 bits') ? 1 : 0.2);
      expect((await write(scan)).equals(pdf), 'the same bytes each time').to.equal(true);
    });
});
