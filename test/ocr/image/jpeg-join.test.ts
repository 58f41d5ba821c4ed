import { expect } from 'chai';
import { describe, it } from 'mocha';
import sharp, { type JpegOptions } from 'sharp';
import { joinJpegParts } from '../../../src/ocr/image/jpeg/join.ts';
import { isJpegOf } from '../../../src/ocr/image/jpeg/parse.ts';
import { readDirectory } from '../../../src/ocr/image/tiff/directory.ts';
import { type JpegParts, jpegParts } from '../../../src/ocr/image/tiff/jpeg-parts.ts';
import { meanDifference } from './pictures.ts';

const TILE = 32;
const [WIDTH, HEIGHT] = [75, 50];
const ACROSS = 3;

/** A tile of dots, each different. */
function tile(seed: number, channels: 1 | 3): Buffer {
  let state = seed + 1;
  return Buffer.from(
    Uint8Array.from({ length: TILE * TILE * channels }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) & 255;
    }),
  );
}

const encode = (seed: number, channels: 1 | 3, options: JpegOptions): Promise<Buffer> =>
  sharp(tile(seed, channels), { raw: { width: TILE, height: TILE, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .jpeg({ chromaSubsampling: '4:4:4', ...options })
    .toBuffer();

/** Six tiles, of which those on the right and below reach beyond the picture. */
async function tiles(channels: 1 | 3, optionsOf: (i: number) => JpegOptions): Promise<JpegParts> {
  const parts = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => ({
      bytes: new Uint8Array(await encode(i, channels, optionsOf(i))),
      width: TILE,
      height: TILE,
    })),
  );
  return { width: WIDTH, height: HEIGHT, across: ACROSS, components: channels, isYcc: channels === 3, parts };
}

/** The tiles decoded one by one and put side by side. */
async function sideBySide({ parts }: JpegParts): Promise<Buffer> {
  const size = { width: ACROSS * TILE, height: 2 * TILE };
  const placed = await Promise.all(
    parts.map(async ({ bytes }, i) => ({
      input: await sharp(bytes).png().toBuffer(),
      left: TILE * (i % ACROSS),
      top: TILE * Math.floor(i / ACROSS),
    })),
  );
  const sheet = sharp({ create: { ...size, channels: 3, background: '#000' } }).composite(placed);
  const whole = sharp(await sheet.png().toBuffer()).extract({
    left: 0,
    top: 0,
    width: WIDTH,
    height: HEIGHT,
  });
  return whole.removeAlpha().toColourspace('srgb').raw().toBuffer();
}

const pixelsOf = (jpeg: Uint8Array): Promise<Buffer> => sharp(jpeg).toColourspace('srgb').raw().toBuffer();

/** A TIFF of so many tiles, all of them the same JPEG at the same place. */
function overlapping(jpeg: Uint8Array, count: number): Buffer {
  const at = 8 + jpeg.length + (jpeg.length % 2);
  const [offsets, lengths] = [at, at + 4 * count];
  const entries = [
    [256, 4, 1, 16 * count],
    [257, 4, 1, 16],
    [258, 4, 1, 8],
    [259, 4, 1, 7],
    [262, 4, 1, 1],
    [277, 4, 1, 1],
    [322, 4, 1, 16],
    [323, 4, 1, 16],
    [324, 4, count, offsets],
    [325, 4, count, lengths],
  ];
  const directory = lengths + 4 * count;
  const tiff = Buffer.alloc(directory + 2 + 12 * entries.length + 4);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(directory, 4);
  tiff.set(jpeg, 8);
  for (let i = 0; i < count; i++) {
    tiff.writeUInt32LE(8, offsets + 4 * i);
    tiff.writeUInt32LE(jpeg.length, lengths + 4 * i);
  }
  tiff.writeUInt16LE(entries.length, directory);
  for (const [i, [tag = 0, type = 0, length = 0, value = 0]] of entries.entries()) {
    tiff.writeUInt16LE(tag, directory + 2 + 12 * i);
    tiff.writeUInt16LE(type, directory + 4 + 12 * i);
    tiff.writeUInt32LE(length, directory + 6 + 12 * i);
    tiff.writeUInt32LE(value, directory + 10 + 12 * i);
  }
  return tiff;
}

const octets = (tiff: Uint8Array) => ({
  size: tiff.length,
  peekAt: (offset: number) => tiff[offset],
  slice: (start: number, end: number) => tiff.subarray(start, end),
});

describe('ocr: JPEG parts joined', () => {
  for (const channels of [1, 3] as const)
    for (const [tables, optionsOf] of [
      ['the usual tables', () => ({ optimiseCoding: false })],
      ['tables of their own', () => ({ optimiseCoding: true })],
      ['some with, some without', (i: number) => ({ optimiseCoding: i % 2 === 0 })],
    ] as const)
      it(`show the same pixels: ${channels} components, ${tables}`, async () => {
        const page = await tiles(channels, (i) => ({ quality: 90, ...optionsOf(i) }));

        const joined = joinJpegParts(page);

        expect(joined).to.not.equal(null);
        const pixels = await pixelsOf(joined as Uint8Array);
        expect(meanDifference(pixels, await sideBySide(page))).to.equal(0);
      });

  it('are left alone when they are progressive, of different quality or size, or cut short', async () => {
    const progressive = await tiles(3, () => ({ progressive: true }));
    const mixed = await tiles(3, (i) => ({ quality: 60 + i }));
    const sound = await tiles(3, () => ({}));
    const wrongSize = { ...sound, parts: sound.parts.map((part) => ({ ...part, height: 16 })) };
    const cut = { ...sound, parts: sound.parts.map((p) => ({ ...p, bytes: p.bytes.subarray(0, 800) })) };

    for (const page of [progressive, mixed, wrongSize, cut]) expect(joinJpegParts(page)).to.equal(null);
  });

  it('never throw anything out, whatever byte is another', async () => {
    const sound = await tiles(1, () => ({ quality: 50 }));
    let state = 7;
    const next = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % limit;
    };
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const parts = sound.parts.map((part) => ({ ...part, bytes: part.bytes.slice() }));
      const { bytes } = parts[next(parts.length)] as JpegParts['parts'][number];
      for (let change = 0; change <= round % 4; change++) bytes[next(bytes.length)] = next(256);
      if (joinJpegParts({ ...sound, parts }) === null) refused++;
    }
    expect(refused).to.be.within(300, 1499);
  });

  it('are not read again and again where they lie over one another', async () => {
    const grey = { raw: { width: 16, height: 16, channels: 1 as const } };
    const small = await sharp(Buffer.alloc(256, 9), grey).jpeg().toBuffer();
    const large = Buffer.concat([small, Buffer.alloc(100_000)]);
    const parts = (tiff: Buffer) => jpegParts(octets(tiff), readDirectory(octets(tiff), 0));

    expect(parts(overlapping(small, 3))?.parts).to.have.length(3);
    expect(parts(overlapping(large, 2000))).to.equal(null);
  });

  it('are left alone when they bring thousands of Huffman tables', async () => {
    const page = await tiles(1, () => ({}));
    const [first, ...others] = page.parts as [JpegParts['parts'][number], ...JpegParts['parts']];
    const withTables = (count: number): JpegParts => {
      const tables = Array.from({ length: count }, (_, i) => {
        const counts = [0, 2, ...Array<number>(14).fill(0)];
        return Buffer.from([0xff, 0xc4, 0, 21, 0x0f, ...counts, i & 255, i >> 8]);
      });
      const bytes = Buffer.concat([first.bytes.subarray(0, 2), ...tables, first.bytes.subarray(2)]);
      return { ...page, parts: [{ ...first, bytes }, ...others] };
    };

    expect(joinJpegParts(withTables(100))).to.not.equal(null);
    expect(joinJpegParts(withTables(5000))).to.equal(null);
  });

  it('are carried whole only when a PDF can show them: Huffman codes, not lossless, eight bits', async () => {
    const jpeg = await encode(1, 3, {});
    const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const as = (marker: number, bits: number): boolean => {
      const other = Buffer.from(jpeg);
      other[at + 1] = marker;
      other[at + 4] = bits;
      return isJpegOf(other, TILE, TILE, 3);
    };

    for (const marker of [0xc0, 0xc1, 0xc2]) expect(as(marker, 8), marker.toString(16)).to.equal(true);
    for (const marker of [0xc3, 0xc5, 0xc9, 0xca, 0xcb]) expect(as(marker, 8)).to.equal(false);
    expect(as(0xc1, 12)).to.equal(false);
  });

  it('are not carried without the tables they share, when those cannot be read', async () => {
    const grey = { raw: { width: 16, height: 16, channels: 1 as const } };
    const tiff = overlapping(await sharp(Buffer.alloc(256, 9), grey).jpeg().toBuffer(), 3);
    // The entry for the tables stands in the place of that for the components, of which there is one anyway.
    const at = tiff.readUInt32LE(4) + 2 + 12 * 5;
    const parts = (type: number, length: number) => {
      tiff.writeUInt16LE(347, at);
      tiff.writeUInt16LE(type, at + 2);
      tiff.writeUInt32LE(length, at + 4);
      return jpegParts(octets(tiff), readDirectory(octets(tiff), 0));
    };

    expect(jpegParts(octets(tiff), readDirectory(octets(tiff), 0))?.parts).to.have.length(3);
    expect(parts(7, 4)?.parts, 'tables without any').to.have.length(3);
    expect(parts(7, 80_001), 'too long').to.equal(null);
    expect(parts(6, 4), 'signed bytes').to.equal(null);
  });
});
