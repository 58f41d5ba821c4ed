/** Reads ZIP containers by their central directory, strictly: no duplicate names, no encryption, no bombs. */
import { crc32, inflateRawSync } from 'node:zlib';
import { SigningError } from '../errors.ts';
import { findDirectory, invalid, long } from './zip-directory.ts';
import { folded, hasOtherName, nameFault } from './zip-names.ts';

/** Bounds for hostile containers. */
export interface ZipLimits {
  /** Default 2,000. */
  readonly maxEntries: number;
  /** All entries unpacked; default 512 MiB. */
  readonly maxTotalBytes: number;
  /** Unpacked to packed size of an entry over 1 MiB; default 200. */
  readonly maxRatio: number;
}

/** One file of a container. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const DEFAULTS: ZipLimits = { maxEntries: 2000, maxTotalBytes: 512 * 1024 * 1024, maxRatio: 200 };
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
/** General purpose bits (APPNOTE 4.4.4). */
const ENCRYPTED = 1;
const DESCRIBED_BEHIND = 8;
const DESCRIPTOR_MARK = 0x08074b50;

/** Names are UTF-8 when flagged, or when they happen to be; code page 437 names are kept as Latin-1. */
function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

interface Header {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
  readonly next: number;
}

/** Sizes and offset of an entry that its ZIP64 extra field holds (APPNOTE 4.5.3), in the order of those left open. */
function readSizes(zip: Buffer, at: number, extraAt: number, extraEnd: number) {
  const sizes = {
    size: zip.readUInt32LE(at + 24),
    packed: zip.readUInt32LE(at + 20),
    local: zip.readUInt32LE(at + 42),
  };
  for (let field = extraAt; field + 4 <= extraEnd; field += 4 + zip.readUInt16LE(field + 2)) {
    if (zip.readUInt16LE(field) !== 1) continue;
    let value = field + 4;
    for (const name of ['size', 'packed', 'local'] as const) {
      if (sizes[name] !== 0xffffffff || value + 8 > extraEnd) continue;
      sizes[name] = long(zip, value);
      value += 8;
    }
  }
  return sizes;
}

/** What is a link on unpacking is not what its octets say. */
function isLink(attributes: number): boolean {
  return ((attributes >>> 16) & 0xf000) === 0xa000;
}

function readHeader(zip: Buffer, at: number): Header {
  if (zip.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw invalid('central directory is damaged');
  if ((zip.readUInt16LE(at + 8) & ENCRYPTED) !== 0) throw invalid('encrypted entry');
  if (isLink(zip.readUInt32LE(at + 38))) throw invalid('an entry is a link');
  const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
  const extraEnd = nameEnd + zip.readUInt16LE(at + 30);
  const name = decodeName(zip.subarray(at + 46, nameEnd));
  if (hasOtherName(zip.subarray(nameEnd, extraEnd), name)) throw invalid('an entry has two names');
  return {
    name,
    method: zip.readUInt16LE(at + 10),
    crc: zip.readUInt32LE(at + 16),
    ...readSizes(zip, at, nameEnd, extraEnd),
    next: extraEnd + zip.readUInt16LE(at + 32),
  };
}

/** Sizes and checksum of the local header are left out where they follow the data (bit 3), or stand in a ZIP64 field. */
function localDiffers(zip: Buffer, { local, method, crc, packed, size }: Header): boolean {
  if (zip.readUInt16LE(local + 8) !== method) return true;
  const flags = zip.readUInt16LE(local + 6);
  if ((flags & ENCRYPTED) !== 0) return true;
  const streamed = (flags & DESCRIBED_BEHIND) !== 0;
  return [crc, packed, size].some((value, index) => {
    const stated = zip.readUInt32LE(local + 14 + 4 * index);
    return stated !== value && stated !== 0xffffffff && !(streamed && stated === 0);
  });
}

/** Unpacks all that is there: readers that run through the file go on where the packed data ends by itself. */
function inflate(data: Uint8Array, size: number): Uint8Array {
  // The types of node:zlib do not know what `info` changes.
  const { buffer, engine } = inflateRawSync(data, {
    maxOutputLength: Math.max(1, size),
    info: true,
  }) as unknown as { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };
  if (engine.bytesWritten !== data.length) throw invalid('octets behind the packed data');
  return buffer;
}

/** Length of the data descriptor at `at` (APPNOTE 4.3.9: with or without its mark, sizes of four or eight octets). */
function descriptorLength(zip: Buffer, at: number, { crc, packed, size }: Header): number {
  const marked = at + 4 <= zip.length && zip.readUInt32LE(at) === DESCRIPTOR_MARK;
  const from = at + (marked ? 4 : 0);
  const fits = (wide: boolean) => {
    const read = (offset: number) => (wide ? long(zip, offset) : zip.readUInt32LE(offset));
    const width = wide ? 8 : 4;
    if (from + 4 + 2 * width > zip.length || zip.readUInt32LE(from) !== crc) return false;
    return read(from + 4) === packed && read(from + 4 + width) === size;
  };
  if (fits(false)) return from + 12 - at;
  if (fits(true)) return from + 20 - at;
  throw invalid('an entry is described in two ways');
}

/** The octets of an entry, and where the next one must begin. */
function unpack(zip: Buffer, header: Header): { readonly bytes: Uint8Array; readonly end: number } {
  const { local, packed, size, method, crc } = header;
  if (zip.readUInt32LE(local) !== LOCAL_SIGNATURE) throw invalid('local header is damaged');
  const nameEnd = local + 30 + zip.readUInt16LE(local + 26);
  const start = nameEnd + zip.readUInt16LE(local + 28);
  const { name } = header;
  if (
    decodeName(zip.subarray(local + 30, nameEnd)) !== name ||
    hasOtherName(zip.subarray(nameEnd, start), name)
  )
    throw invalid('an entry has two names');
  if (localDiffers(zip, header)) throw invalid('an entry is described in two ways');
  const data = zip.subarray(start, start + packed);
  if (data.length !== packed) throw invalid('entry is cut short');
  if (method !== 0 && method !== 8) throw invalid('unknown compression');
  const bytes = method === 0 ? data : inflate(data, size);
  if (bytes.length !== size) throw invalid('entry has another size than stated');
  if (crc32(bytes) !== crc) throw invalid('entry has another checksum than stated');
  if (name.endsWith('/') && size > 0) throw invalid('a folder with content');
  const end = start + packed;
  const described = (zip.readUInt16LE(local + 6) & DESCRIBED_BEHIND) !== 0;
  return { bytes: new Uint8Array(bytes), end: described ? end + descriptorLength(zip, end, header) : end };
}

/** Readers that run through the file from its beginning must meet the same entries as those that look into its directory. */
function refuseHidden(places: readonly (readonly [start: number, end: number])[], until: number): void {
  let at = 0;
  for (const [start, end] of [...places.toSorted(([a], [b]) => a - b), [until, until] as const]) {
    if (start < at) throw invalid('entries overlap');
    if (start > at) throw invalid('octets between the entries');
    at = end;
  }
}

function readAll(zip: Buffer, limits: ZipLimits): ZipEntry[] {
  const { count, offset, end: directoryEnd } = findDirectory(zip);
  if (count > limits.maxEntries) throw new SigningError('ASIC_TOO_LARGE', { details: { entries: count } });
  const seen = new Set<string>();
  const entries: ZipEntry[] = [];
  const places: (readonly [start: number, end: number])[] = [];
  let total = 0;
  let at = offset;
  for (let index = 0; index < count; index += 1) {
    const header = readHeader(zip, at);
    at = header.next;
    const fault = nameFault(header.name);
    if (fault !== null) throw invalid(fault);
    if (seen.has(folded(header.name))) throw invalid('two entries of one name');
    seen.add(folded(header.name));
    total += header.size;
    const bomb = header.size > 1024 * 1024 && header.size > header.packed * limits.maxRatio;
    if (total > limits.maxTotalBytes || bomb)
      throw new SigningError('ASIC_TOO_LARGE', { details: { sizeBytes: total } });
    const { bytes, end } = unpack(zip, header);
    places.push([header.local, end]);
    if (!header.name.endsWith('/')) entries.push({ name: header.name, bytes });
  }
  if (at !== directoryEnd) throw invalid('the directory holds more than it counts');
  refuseHidden(places, offset);
  return entries;
}

/**
 * Files of a ZIP container; folders are left out.
 * @throws SigningError ASIC_INVALID, ASIC_TOO_LARGE
 */
export function readZip(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): ZipEntry[] {
  try {
    return readAll(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { ...DEFAULTS, ...limits });
  } catch (cause) {
    throw cause instanceof SigningError ? cause : invalid('damaged', cause);
  }
}
