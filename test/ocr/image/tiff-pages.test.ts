import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import sharp from 'sharp';
import { type ImageFacts, readImageFacts } from '../../../src/ocr/image/sharp.ts';
import { readTiffPages } from '../../../src/ocr/image/tiff/pages.ts';

const MAX_PIXELS = 10_000_000;
const TAG = {
  height: 257,
  orientation: 274,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
} as const;

/** Where the directories of a little-endian TIFF begin, and where each says which is next. */
function directories(tiff: Buffer): { at: number; next: number }[] {
  const found: { at: number; next: number }[] = [];
  for (let at = tiff.readUInt32LE(4); at !== 0; ) {
    const next = at + 2 + 12 * tiff.readUInt16LE(at);
    found.push({ at, next });
    at = tiff.readUInt32LE(next);
  }
  return found;
}

/** Where the value of a tag of page `page` stands. */
function valueAt(tiff: Buffer, page: number, tag: number): number {
  const { at = 0 } = directories(tiff)[page] ?? {};
  for (let i = 0; i < tiff.readUInt16LE(at); i++)
    if (tiff.readUInt16LE(at + 2 + 12 * i) === tag) return at + 10 + 12 * i;
  throw new Error(`no tag ${tag}`);
}

async function fivePages(): Promise<Buffer> {
  const page = () =>
    sharp({ create: { width: 800, height: 1100, channels: 3, background: '#eee' } })
      .png()
      .toBuffer();
  const pages = await Promise.all(Array.from({ length: 5 }, page));
  return sharp(pages, { join: { animated: true } })
    .withMetadata({ density: 150, orientation: 1 })
    .tiff({ compression: 'lzw', resolutionUnit: 'inch' })
    .toBuffer();
}

describe('ocr: pages of a TIFF', () => {
  let path: string;

  before(() => {
    path = join(mkdtempSync(join(tmpdir(), 'ocr-pages-')), 'scan.tif');
  });
  after(() => rmSync(join(path, '..'), { recursive: true }));

  async function read(tiff: Uint8Array): Promise<ImageFacts[]> {
    writeFileSync(path, tiff);
    return readTiffPages(path, await readImageFacts(path, MAX_PIXELS), MAX_PIXELS);
  }

  it('say by one walk what the decoder says of each', async () => {
    const tiff = await fivePages();
    tiff.writeUInt16LE(3, valueAt(tiff, 1, TAG.resolutionUnit));
    tiff.writeUInt16LE(1, valueAt(tiff, 2, TAG.resolutionUnit));
    tiff.writeUInt16LE(6, valueAt(tiff, 3, TAG.orientation));
    const y = tiff.readUInt32LE(valueAt(tiff, 4, TAG.yResolution));
    tiff.writeUInt32LE(2 * tiff.readUInt32LE(y + 4), y + 4);

    const pages = await read(tiff);

    const decoded: ImageFacts[] = [];
    for (const { at } of directories(tiff)) {
      // The same file, beginning with another page.
      const turned = Buffer.from(tiff);
      turned.writeUInt32LE(at, 4);
      writeFileSync(path, turned);
      decoded.push({ ...(await readImageFacts(path, MAX_PIXELS)), pages: 5 });
    }
    expect(pages.map(({ directory: _, ...facts }) => facts)).to.deep.equal(decoded);
    expect(pages.map(({ directory }) => directory)).to.deep.equal(directories(tiff).map(({ at }) => at));
    expect(new Set(decoded.map((facts) => JSON.stringify(facts))).size, 'five unlike pages').to.equal(5);
  });

  it('are as many as there are when the directories form a ring', async () => {
    const tiff = await fivePages();
    const [first, , third] = directories(tiff);
    tiff.writeUInt32LE(first?.at ?? 0, third?.next ?? 0);

    expect(await read(tiff)).to.have.length(3);
  });

  it('end where a directory lies beyond the file, and a page that claims too much is told when it is read', async () => {
    const tiff = await fivePages();
    const { next = 0 } = directories(tiff)[3] ?? {};
    const at = valueAt(tiff, 2, TAG.height);
    if (tiff.readUInt16LE(at - 6) === 3) tiff.writeUInt16LE(0xffff, at);
    else tiff.writeUInt32LE(0xffffffff, at);
    tiff.writeUInt32LE(0xfffffff0, next);

    const pages = await read(tiff);

    expect(pages).to.have.length(4);
    expect(pages[2]).to.include({ width: 800, height: 1100 });
  });

  it('are known after one with a value beyond the file', async () => {
    const tiff = await fivePages();
    tiff.writeUInt16LE(6, valueAt(tiff, 3, TAG.orientation));
    tiff.writeUInt32LE(0xfffffff0, valueAt(tiff, 1, TAG.xResolution));

    const pages = await read(tiff);

    expect(pages.map(({ orientation }) => orientation)).to.deep.equal([1, 1, 1, 6, 1]);
    expect(pages.map(({ directory }) => directory)).to.deep.equal(directories(tiff).map(({ at }) => at));
  });

  it('are none of a BigTIFF that names a directory beyond four gigabytes, or one without end', async () => {
    const big = Buffer.alloc(64);
    big.write('II+\0', 'latin1');
    big.writeUInt16LE(8, 4);
    big.writeBigUInt64LE(16n, 8);
    big.writeBigUInt64LE(0xffff_ffff_ffffn, 16);
    const far = Buffer.from(big);
    far.writeBigUInt64LE(0x1_0000_0010n, 8);

    for (const tiff of [big, far]) {
      const error = await read(tiff).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'OCR_DAMAGED_FILE');
      const first = { format: 'tiff', pages: 3, width: 1, height: 1, dpi: null, orientation: 1 } as const;
      expect(readTiffPages(path, { ...first, square: null }, MAX_PIXELS)).to.have.length(3);
    }
  });
});
