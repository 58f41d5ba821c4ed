import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import type { Gray } from '../image/gray.ts';

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
  const out = new Uint8ClampedArray(image.data.length * 4);
  for (let i = 0; i < image.data.length; i++) {
    const value = image.data[i] as number;
    out[i * 4] = value;
    out[i * 4 + 1] = value;
    out[i * 4 + 2] = value;
    out[i * 4 + 3] = 255;
  }
  return out;
}

/** A mirrored code, or a linear one read backwards, is the other side of the sheet showing through. */
function shinesThrough(code: { isMirrored: boolean; orientation: number; format: string }): boolean {
  const linear = /^(Code|EAN)/.test(code.format);
  return code.isMirrored || (linear && Math.abs(code.orientation) > 135);
}

/** Reads all bar codes of a grey page, sorted from the top. Salt and pepper must be gone (median) beforehand. */
export async function findBarcodes(image: Gray): Promise<FoundBarcode[]> {
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
    .filter((code) => code.isValid && code.text !== '' && !shinesThrough(code))
    .map((code) => {
      const { topLeft, topRight, bottomLeft, bottomRight } = code.position;
      const corners = [topLeft, topRight, bottomLeft, bottomRight];
      return {
        format: NAMES[code.format] ?? code.format,
        text: code.text.normalize('NFC'),
        x0: Math.min(...corners.map((p) => p.x)),
        y0: Math.min(...corners.map((p) => p.y)),
        x1: Math.max(...corners.map((p) => p.x)),
        y1: Math.max(...corners.map((p) => p.y)),
      };
    })
    .sort((a, b) => a.y0 - b.y0 || a.x0 - b.x0);
}
