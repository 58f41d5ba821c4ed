/** PNG in and out (RFC 2083): bounded decoding for seal and signature images, encoding for generated ones. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { SigningError } from '../../errors.ts';
import { undoPngFilter } from '../../pdf/syntax/filters.ts';

/** A decoded image, 8 bits a channel. */
export interface RasterImage {
  readonly width: number;
  readonly height: number;
  /** RGBA, rows from the top. */
  readonly pixels: Uint8Array;
  /** Physical size from the pHYs chunk, or null. */
  readonly sizeMm: { readonly width: number; readonly height: number } | null;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** 5 MiB of file, 4 000 by 4 000 pixels: a seal at 1 200 dpi is 1 700 pixels wide. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;
const MAX_PIXELS = 16_000_000;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function invalid(reason: string): SigningError {
  return new SigningError('IMAGE_INVALID', { details: { reason } });
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: number;
}

function readHeader(data: Buffer): Header {
  if (data.length < 13) throw invalid('short header');
  const header = {
    width: data.readUInt32BE(0),
    height: data.readUInt32BE(4),
    depth: data[8] ?? 0,
    color: data[9] ?? 0,
  };
  if (header.width < 1 || header.height < 1) throw invalid('empty image');
  if (header.width * header.height > MAX_PIXELS)
    throw new SigningError('IMAGE_TOO_LARGE', { details: { maxPixels: MAX_PIXELS } });
  if (data[12] !== 0) throw invalid('interlaced');
  const depths: Readonly<Record<number, readonly number[]>> = {
    0: [1, 2, 4, 8, 16],
    2: [8, 16],
    3: [1, 2, 4, 8],
    4: [8, 16],
    6: [8, 16],
  };
  if (depths[header.color]?.includes(header.depth) !== true) throw invalid('colour type');
  return header;
}

function readChunks(file: Buffer): Map<string, Buffer[]> {
  const chunks = new Map<string, Buffer[]>();
  for (let at = SIGNATURE.length; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (at + 12 + length > file.length) throw invalid('chunk is cut short');
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length))
      throw invalid('chunk checksum');
    chunks.set(type, [...(chunks.get(type) ?? []), file.subarray(at + 8, at + 8 + length)]);
    if (type === 'IEND') break;
    at += 12 + length;
  }
  return chunks;
}

/** One channel value of a row, scaled to 8 bits except for palette indices. */
function sampleOf(row: Uint8Array, index: number, header: Header): number {
  if (header.depth === 8) return row[index] ?? 0;
  if (header.depth === 16) return row[index * 2] ?? 0;
  const perOctet = 8 / header.depth;
  const shift = 8 - header.depth * ((index % perOctet) + 1);
  const value = ((row[Math.floor(index / perOctet)] ?? 0) >> shift) & ((1 << header.depth) - 1);
  return header.color === 3 ? value : Math.round((value * 255) / ((1 << header.depth) - 1));
}

function toRgba(
  data: Uint8Array,
  header: Header,
  palette: Buffer | undefined,
  alpha: Buffer | undefined,
): Uint8Array {
  if (header.color === 6 && header.depth === 8) return data;
  const channels = CHANNELS[header.color] ?? 1;
  const rowBytes = Math.ceil((header.width * channels * header.depth) / 8);
  const out = new Uint8Array(header.width * header.height * 4);
  for (let y = 0; y < header.height; y += 1) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    for (let x = 0; x < header.width; x += 1) {
      const sample = (channel: number): number => sampleOf(row, x * channels + channel, header);
      const at = (y * header.width + x) * 4;
      const first = sample(0);
      if (header.color === 3) {
        out.set(
          [
            palette?.[first * 3] ?? 0,
            palette?.[first * 3 + 1] ?? 0,
            palette?.[first * 3 + 2] ?? 0,
            alpha?.[first] ?? 255,
          ],
          at,
        );
      } else if (channels <= 2) out.set([first, first, first, channels === 2 ? sample(1) : 255], at);
      else out.set([first, sample(1), sample(2), channels === 4 ? sample(3) : 255], at);
    }
  }
  return out;
}

function physicalSize(chunk: Buffer | undefined, header: Header): RasterImage['sizeMm'] {
  if (chunk === undefined || chunk.length < 9 || chunk[8] !== 1) return null;
  const [x, y] = [chunk.readUInt32BE(0), chunk.readUInt32BE(4)];
  return x === 0 || y === 0 ? null : { width: (header.width / x) * 1000, height: (header.height / y) * 1000 };
}

/** Decodes a PNG file. @throws SigningError IMAGE_INVALID, IMAGE_TOO_LARGE */
export function decodePng(bytes: Uint8Array): RasterImage {
  if (bytes.length > MAX_FILE_BYTES)
    throw new SigningError('IMAGE_TOO_LARGE', { details: { maxBytes: MAX_FILE_BYTES } });
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw invalid('not PNG');
  const chunks = readChunks(file);
  const header = readHeader(chunks.get('IHDR')?.[0] ?? Buffer.alloc(0));
  const bits = (CHANNELS[header.color] ?? 1) * header.depth;
  const rowBytes = Math.ceil((header.width * bits) / 8);
  const expected = (rowBytes + 1) * header.height;
  let raw: Buffer;
  try {
    raw = inflateSync(Buffer.concat(chunks.get('IDAT') ?? []), { maxOutputLength: expected + 1 });
  } catch (error) {
    throw new SigningError('IMAGE_INVALID', { cause: error, details: { reason: 'image data' } });
  }
  if (raw.length !== expected) throw invalid('image data');
  const data = undoPngFilter(raw, rowBytes, Math.max(1, bits >> 3));
  const pixels = toRgba(data, header, chunks.get('PLTE')?.[0], chunks.get('tRNS')?.[0]);
  return {
    width: header.width,
    height: header.height,
    pixels,
    sizeMm: physicalSize(chunks.get('pHYs')?.[0], header),
  };
}

/** Whether a PNG file says how large it is in life (pHYs in metres). @throws SigningError IMAGE_INVALID, IMAGE_TOO_LARGE */
export function statesSize(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_FILE_BYTES)
    throw new SigningError('IMAGE_TOO_LARGE', { details: { maxBytes: MAX_FILE_BYTES } });
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw invalid('not PNG');
  const chunks = readChunks(file);
  return (
    physicalSize(chunks.get('pHYs')?.[0], readHeader(chunks.get('IHDR')?.[0] ?? Buffer.alloc(0))) !== null
  );
}

function chunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}

/** Encodes RGBA pixels, with their physical size. @param widthMm width in millimetres, square pixels. */
export function encodePng(width: number, height: number, pixels: Uint8Array, widthMm: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const density = Buffer.alloc(9, 1);
  density.writeUInt32BE(Math.round((width / widthMm) * 1000), 0);
  density.writeUInt32BE(Math.round((width / widthMm) * 1000), 4);
  const raw = Buffer.alloc((width * 4 + 1) * height);
  for (let y = 0; y < height; y += 1)
    raw.set(pixels.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  const parts = [
    SIGNATURE,
    chunk('IHDR', header),
    chunk('pHYs', density),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}
