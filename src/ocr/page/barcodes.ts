import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import { directionOfBars, findCodePlaces } from '../image/code-places.ts';
import { crop, type Gray } from '../image/gray.ts';
import { type PaperTiles, paperTiles } from '../image/quality.ts';
import { rotate } from '../image/sharp.ts';

/** A code with its place in pixels of the image handed in. */
export interface FoundBarcode {
  format: string;
  text: string;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const OPTIONS: ReaderOptions = {
  formats: ['QRCode', 'Code128', 'Code39', 'EAN13', 'DataMatrix', 'PDF417', 'Aztec'],
  tryHarder: true,
  tryRotate: true,
  // White on black is not printed on paper; looking for it takes as long again.
  tryInvert: false,
  maxNumberOfSymbols: 16,
};

/** Names of the contract: `QR_CODE`, `CODE_128`, … */
const NAMES: Readonly<Record<string, string>> = {
  QRCode: 'QR_CODE',
  Code128: 'CODE_128',
  Code39: 'CODE_39',
  EAN13: 'EAN_13',
  DataMatrix: 'DATA_MATRIX',
  PDF417: 'PDF_417',
  Aztec: 'AZTEC',
};

let loading: Promise<unknown> | null = null;

/** The WASM comes from the npm package: left alone, the library would fetch it from a CDN. */
async function load(): Promise<void> {
  loading ??= (async () => {
    const path = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    const bytes = await readFile(path);
    const wasmBinary = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.byteLength,
    ) as ArrayBuffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  })();
  await loading;
}

function toRgba(image: Gray): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint32Array(image.data.length);
  for (let i = 0; i < out.length; i++) out[i] = 0xff000000 | ((image.data[i] as number) * 0x010101);
  return new Uint8ClampedArray(out.buffer);
}

/** Ink under this share of the paper's level was printed on this side: what shines through is paler. */
const PRINTED = 0.5;

/** Whether the darkest tenth of a part of the page is as dark as print. */
function isPrinted({ data, width, height }: Gray, at: Omit<FoundBarcode, 'format' | 'text'>): boolean {
  const levels: number[] = [];
  const [x0, x1] = [Math.max(0, Math.floor(at.x0)), Math.min(width, Math.ceil(at.x1))];
  for (let y = Math.max(0, Math.floor(at.y0)); y < Math.min(height, at.y1); y++)
    for (let x = x0; x < x1; x++) levels.push(data[y * width + x] as number);
  levels.sort((a, b) => a - b);
  const level = (share: number): number => levels[Math.floor(share * (levels.length - 1))] ?? 255;
  return level(0.1) < PRINTED * level(0.9);
}

/**
 * A mirrored code is the other side of the sheet showing through. A linear one read backwards may be, or be a label put
 * on upside down: it is as dark as print then.
 */
function shinesThrough(
  code: { isMirrored: boolean; orientation: number; format: string },
  printed: () => boolean,
): boolean {
  const linear = /^(Code|EAN)/.test(code.format);
  return code.isMirrored || (linear && Math.abs(code.orientation) > 135 && !printed());
}

/**
 * Reads the bar codes of a grey page where one may be, sorted from the top. Salt and pepper must be gone (median)
 * beforehand.
 * @param paper tiles of this image, when they are known
 */
export async function findBarcodes(
  image: Gray,
  paper: PaperTiles = paperTiles(image),
): Promise<FoundBarcode[]> {
  const found: FoundBarcode[] = [];
  for (const { x0, y0, x1, y1 } of findCodePlaces(image, paper)) {
    const whole = x1 - x0 === image.width && y1 - y0 === image.height;
    const part = whole ? image : crop(image, x0, y0, x1 - x0, y1 - y0);
    let codes = await readCodes(part);
    if (codes.length === 0 && !whole) codes = await readSlanted(part);
    for (const code of codes)
      found.push({ ...code, x0: code.x0 + x0, y0: code.y0 + y0, x1: code.x1 + x0, y1: code.y1 + y0 });
  }
  return found.sort((a, b) => a.y0 - b.y0 || a.x0 - b.x0);
}

/** Slants the search copes with by itself, degrees. */
const STRAIGHT = 3;

/** Linear codes and PDF417 that lie askew: the bars are turned upright first. */
async function readSlanted(part: Gray): Promise<FoundBarcode[]> {
  const degrees = directionOfBars(part);
  const off = degrees === null ? 0 : Math.abs(degrees % 90);
  if (degrees === null || Math.min(off, 90 - off) < STRAIGHT) return [];
  const level = await rotate(part, degrees);
  // Its place is told by the part of the page: the box of a slanted code is hardly smaller.
  const box = { x0: 0, y0: 0, x1: part.width, y1: part.height };
  return (await readCodes(level)).map((code) => ({ ...code, ...box }));
}

interface Corner {
  x: number;
  y: number;
}

function boxOf(position: Readonly<Record<'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight', Corner>>) {
  const { topLeft, topRight, bottomLeft, bottomRight } = position;
  const corners = [topLeft, topRight, bottomLeft, bottomRight];
  return {
    x0: Math.min(...corners.map((p) => p.x)),
    y0: Math.min(...corners.map((p) => p.y)),
    x1: Math.max(...corners.map((p) => p.x)),
    y1: Math.max(...corners.map((p) => p.y)),
  };
}

async function readCodes(image: Gray): Promise<FoundBarcode[]> {
  await load();
  const data = toRgba(image);
  const pixels = {
    data,
    width: image.width,
    height: image.height,
    colorSpace: 'srgb',
  } as unknown as Parameters<typeof readBarcodes>[0];
  const found = await readBarcodes(pixels, OPTIONS);
  return found
    .filter((code) => code.isValid && code.text !== '')
    .filter((code) => !shinesThrough(code, () => isPrinted(image, boxOf(code.position))))
    .map((code) => ({
      format: NAMES[code.format] ?? code.format,
      text: code.text.normalize('NFC'),
      ...boxOf(code.position),
    }));
}
