/** Reads ZIP containers by their central directory, strictly: no duplicate names, no encryption, no bombs. */
import { crc32, inflateRawSync } from 'node:zlib';
import { SigningError } from '../errors.ts';

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
const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_MARK = Buffer.from('PK\x03\x04', 'latin1');
const END_BYTES = 22;

function invalid(reason: string, cause?: unknown): SigningError {
  return new SigningError('ASIC_INVALID', { cause, details: { reason } });
}

interface Directory {
  readonly count: number;
  readonly offset: number;
}

/** ZIP64 values have eight octets; what does not fit a file here is no offset or size at all. */
function long(zip: Buffer, at: number): number {
  const value = zip.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('a ZIP64 value is out of range');
  return Number(value);
}

/** The end record must end the file: a comment that holds another one would make two readers see two containers. */
function findDirectory(zip: Buffer): Directory {
  const lowest = Math.max(0, zip.length - END_BYTES - 0xffff);
  for (let at = zip.length - END_BYTES; at >= lowest; at -= 1) {
    if (zip.readUInt32LE(at) !== END_SIGNATURE) continue;
    if (at + END_BYTES + zip.readUInt16LE(at + 20) !== zip.length) continue;
    const count = zip.readUInt16LE(at + 10);
    const offset = zip.readUInt32LE(at + 16);
    return count === 0xffff || offset === 0xffffffff ? findDirectory64(zip, at) : { count, offset };
  }
  throw invalid('no central directory');
}

/** Whether octets end as a ZIP file does. */
export function isZipTail(bytes: Uint8Array): boolean {
  try {
    findDirectory(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return true;
  } catch {
    return false;
  }
}

function findDirectory64(zip: Buffer, end: number): Directory {
  const locator = end - 20;
  if (locator < 0 || zip.readUInt32LE(locator) !== LOCATOR64_SIGNATURE) throw invalid('no ZIP64 locator');
  const at = long(zip, locator + 8);
  if (at + 56 > locator || zip.readUInt32LE(at) !== END64_SIGNATURE) throw invalid('no ZIP64 end record');
  return { count: long(zip, at + 32), offset: long(zip, at + 48) };
}

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

function readHeader(zip: Buffer, at: number): Header {
  if (zip.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw invalid('central directory is damaged');
  if ((zip.readUInt16LE(at + 8) & 1) !== 0) throw invalid('encrypted entry');
  const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
  const extraEnd = nameEnd + zip.readUInt16LE(at + 30);
  return {
    name: decodeName(zip.subarray(at + 46, nameEnd)),
    method: zip.readUInt16LE(at + 10),
    crc: zip.readUInt32LE(at + 16),
    ...readSizes(zip, at, nameEnd, extraEnd),
    next: extraEnd + zip.readUInt16LE(at + 32),
  };
}

/** Sizes and checksum of the local header are left out where they follow the data (bit 3), or stand in a ZIP64 field. */
function localDiffers(zip: Buffer, { local, method, crc, packed, size }: Header): boolean {
  if (zip.readUInt16LE(local + 8) !== method) return true;
  if ((zip.readUInt16LE(local + 6) & 8) !== 0) return false;
  return [crc, packed, size].some((value, index) => {
    const stated = zip.readUInt32LE(local + 14 + 4 * index);
    return stated !== value && stated !== 0xffffffff;
  });
}

function unpack(zip: Buffer, header: Header): { readonly bytes: Uint8Array; readonly end: number } {
  const { local, packed, size, method, crc } = header;
  if (zip.readUInt32LE(local) !== LOCAL_SIGNATURE) throw invalid('local header is damaged');
  const nameEnd = local + 30 + zip.readUInt16LE(local + 26);
  if (decodeName(zip.subarray(local + 30, nameEnd)) !== header.name) throw invalid('an entry has two names');
  if (localDiffers(zip, header)) throw invalid('an entry is described in two ways');
  const start = nameEnd + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + packed);
  if (data.length !== packed) throw invalid('entry is cut short');
  if (method !== 0 && method !== 8) throw invalid('unknown compression');
  const bytes = method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
  if (bytes.length !== size) throw invalid('entry has another size than stated');
  if (crc32(bytes) !== crc) throw invalid('entry has another checksum than stated');
  return { bytes: new Uint8Array(bytes), end: start + packed };
}

/** Names that are one file where case or the form of accents do not count, as on Windows and macOS. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase().replaceAll('\\', '/');
}

function nameFault(name: string): string | null {
  if (name.includes('\0')) return 'a name holds a NUL';
  return /^(?:[/\\]|[a-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(name)
    ? 'a name leads out of the container'
    : null;
}

/** Readers that run through the file from its beginning must meet the same entries as those that look into its directory. */
function refuseHidden(
  zip: Buffer,
  places: readonly (readonly [start: number, end: number])[],
  until: number,
): void {
  let at = 0;
  for (const [start, end] of [...places.toSorted(([a], [b]) => a - b), [until, until] as const]) {
    if (start < at) throw invalid('entries overlap');
    if (zip.subarray(at, start).includes(LOCAL_MARK)) throw invalid('an entry is missing in the directory');
    at = end;
  }
}

function readAll(zip: Buffer, limits: ZipLimits): ZipEntry[] {
  const { count, offset } = findDirectory(zip);
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
  refuseHidden(zip, places, offset);
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
