/** Where the central directory of a ZIP file stands: in one place for every reader, and up to the very end. */
import { SigningError } from '../errors.ts';

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const END_MARK = Buffer.from('PK\x05\x06', 'latin1');
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR64_BYTES = 20;

/** The error of a container that is none, or more than one. */
export function invalid(reason: string, cause?: unknown): SigningError {
  return new SigningError('ASIC_INVALID', { cause, details: { reason } });
}

/** The directory: entries counted, where it begins, and where whatever ends it begins. */
export interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly end: number;
}

/** ZIP64 values have eight octets; what does not fit a file here is no offset or size at all. */
export function long(zip: Buffer, at: number): number {
  const value = zip.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('a ZIP64 value is out of range');
  return Number(value);
}

/** Offset of the end record, which with its comment must end the file; -1 when there is none. */
function findEnd(zip: Buffer): number {
  const lowest = Math.max(0, zip.length - END_BYTES - 0xffff);
  for (let at = zip.length - END_BYTES; at >= lowest; at -= 1) {
    if (zip.readUInt32LE(at) !== END_SIGNATURE) continue;
    if (at + END_BYTES + zip.readUInt16LE(at + 20) === zip.length) return at;
  }
  return -1;
}

/** The one directory of a container. @throws SigningError ASIC_INVALID when there is none, or readers could find another. */
export function findDirectory(zip: Buffer): Directory {
  const end = findEnd(zip);
  if (end < 0) throw invalid('no central directory');
  const directory = directoryOf(zip, end);
  if (hasOtherEnd(zip, directory)) throw invalid('two end records');
  return directory;
}

function directoryOf(zip: Buffer, at: number): Directory {
  const [disk, first, here, count] = [4, 6, 8, 10].map((field) => zip.readUInt16LE(at + field));
  const plain = {
    count: count ?? 0,
    size: zip.readUInt32LE(at + 12),
    offset: zip.readUInt32LE(at + 16),
  };
  if (here !== count || disk !== first) throw invalid('a container in several parts');
  const wide = directory64(zip, at, plain);
  const { offset, size, end } = wide ?? { ...plain, end: at };
  if (offset + size !== end) throw invalid('octets behind the directory');
  return { count: wide?.count ?? plain.count, offset, end };
}

/** The ZIP64 record before an end record; readers that know it believe it, others the end record, so both must agree. */
function directory64(zip: Buffer, end: number, plain: { count: number; size: number; offset: number }) {
  const locator = end - LOCATOR64_BYTES;
  const there = locator >= 0 && zip.readUInt32LE(locator) === LOCATOR64_SIGNATURE;
  const wanted = plain.count === 0xffff || plain.offset === 0xffffffff || plain.size === 0xffffffff;
  if (!there) {
    if (wanted) throw invalid('no ZIP64 locator');
    return null;
  }
  const at = long(zip, locator + 8);
  if (at + END64_BYTES > locator || zip.readUInt32LE(at) !== END64_SIGNATURE)
    throw invalid('no ZIP64 end record');
  if (at + 12 + long(zip, at + 4) !== locator) throw invalid('octets behind the ZIP64 end record');
  const wide = { count: long(zip, at + 32), size: long(zip, at + 40), offset: long(zip, at + 48) };
  const differs = (name: 'count' | 'size' | 'offset', open: number) =>
    plain[name] !== open && plain[name] !== wide[name];
  if (differs('count', 0xffff) || differs('size', 0xffffffff) || differs('offset', 0xffffffff))
    throw invalid('two directories');
  if (long(zip, at + 24) !== wide.count) throw invalid('a container in several parts');
  return { ...wide, end: at };
}

/** Whether the octets behind the directory hold another end record: readers look for theirs from different ends. */
function hasOtherEnd(zip: Buffer, { end }: Directory): boolean {
  const first = zip.indexOf(END_MARK, end);
  return first >= 0 && zip.includes(END_MARK, first + 4);
}

/** Whether octets end as a ZIP file does, whatever stands before. */
export function isZipTail(bytes: Uint8Array): boolean {
  return findEnd(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) >= 0;
}
