import { PackageError } from '../errors.ts';

/** APPNOTE 6.3.10 §4.3.7, .9, .12, .14, .15, .16. */
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const END = 0x06054b50;

/** The first bytes of every ZIP archive that holds a file. */
export const ZIP_MAGIC = Buffer.from('PK\u0003\u0004', 'latin1');

const END_MAGIC = Buffer.from('PK\u0005\u0006', 'latin1');

/** The mark of a data descriptor. */
export const DESCRIPTOR_MAGIC = Buffer.from('PK\u0007\u0008', 'latin1');
/** Of a data descriptor with its mark and 64-bit sizes. */
export const MOST_IN_DESCRIPTOR = 24;

/** What the archive says of its first file before the file's data. */
export interface LocalHeader {
  name: string;
  method: 0 | 8;
  /** Sizes and checksum come after the data; the three fields below are then unset zeros. */
  hasDescriptor: boolean;
  crc: number;
  compressedSize: number;
  size: number;
  /** Where the data starts. */
  dataOffset: number;
}

/** Sizes and checksum of a file, as stated or as measured. */
export interface FileFacts {
  crc: number;
  compressedSize: number;
  size: number;
}

/** Bytes needed to read the local header: 30 fixed, then name and extra field. Undefined while not even 30 are there. */
export function localHeaderLength(bytes: Buffer): number | undefined {
  if (bytes.length < 30) return undefined;
  return 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
}

/** The name of the first file, for deciding what the archive is; never used to open a path. */
export function localHeaderName(bytes: Buffer): string {
  const utf8 = (bytes.readUInt16LE(6) & 0x0800) !== 0;
  return bytes.subarray(30, 30 + bytes.readUInt16LE(26)).toString(utf8 ? 'utf8' : 'latin1');
}

/** Reads a complete local header. Throws `EDXML_ZIP_UNSUPPORTED`, `EDXML_ZIP_UNSAFE_NAME`, `EDXML_ZIP_BROKEN`. */
export function readLocalHeader(bytes: Buffer): LocalHeader {
  const flags = bytes.readUInt16LE(6);
  const method = bytes.readUInt16LE(8);
  if ((flags & 0x2041) !== 0) throw new PackageError('EDXML_ZIP_UNSUPPORTED', { reason: 'encrypted' });
  if (method !== 0 && method !== 8)
    throw new PackageError('EDXML_ZIP_UNSUPPORTED', { reason: `method ${method}` });
  const hasDescriptor = (flags & 0x0008) !== 0;
  const name = localHeaderName(bytes);
  assertSafeName(name);
  const dataOffset = localHeaderLength(bytes) ?? 30;
  const extra = bytes.subarray(30 + bytes.readUInt16LE(26), dataOffset);
  const facts = {
    crc: bytes.readUInt32LE(14),
    compressedSize: bytes.readUInt32LE(18),
    size: bytes.readUInt32LE(22),
  };
  applyZip64(facts, extra);
  return { name, method, hasDescriptor, ...facts, dataOffset };
}

/** A name with a path, a drive or a control character has no place in an envelope of one file. */
function assertSafeName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (name === '' || /[/\\:\u0000-\u001f\u007f]/.test(name) || name === '.' || name === '..') {
    throw new PackageError('EDXML_ZIP_UNSAFE_NAME');
  }
}

/** Replaces 0xFFFFFFFF sizes by those of the zip64 extra field. §4.5.3. */
function applyZip64(facts: FileFacts & { start?: number }, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(at);
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    if (id !== 0x0001) continue;
    let used = 0;
    if (facts.size === 0xffffffff && field.length >= used + 8) {
      facts.size = Number(field.readBigUInt64LE(used));
      used += 8;
    }
    if (facts.compressedSize === 0xffffffff && field.length >= used + 8) {
      facts.compressedSize = Number(field.readBigUInt64LE(used));
      used += 8;
    }
    if (facts.start === 0xffffffff && field.length >= used + 8)
      facts.start = Number(field.readBigUInt64LE(used));
  }
}

/**
 * Finds the data descriptor that follows the data: with or without signature, 32- or 64-bit sizes (§4.3.9). Returns its
 * length; throws `EDXML_ZIP_BROKEN` when none of the four forms matches what was measured.
 */
export function readDescriptor(tail: Buffer, found: FileFacts): number {
  const start = tail.length >= 4 && tail.readUInt32LE(0) === DESCRIPTOR ? 4 : 0;
  for (const from of start === 0 ? [0] : [4, 0]) {
    if (tail.length < from + 12 || tail.readUInt32LE(from) !== found.crc) continue;
    const small = tail.readUInt32LE(from + 4) === found.compressedSize >>> 0;
    // Of an empty file the longer form begins like the shorter one.
    const isLonger =
      found.size === 0 && startsDirectory(tail, from + 20) && !startsDirectory(tail, from + 12);
    if (small && !isLonger && tail.readUInt32LE(from + 8) === found.size >>> 0 && found.size < 2 ** 32)
      return from + 12;
    if (tail.length < from + 20) continue;
    const compressed = tail.readBigUInt64LE(from + 4);
    if (
      compressed === BigInt(found.compressedSize) &&
      tail.readBigUInt64LE(from + 12) === BigInt(found.size)
    ) {
      return from + 20;
    }
  }
  throw broken('size or checksum does not match');
}

function startsDirectory(tail: Buffer, at: number): boolean {
  return tail.length >= at + 4 && tail.readUInt32LE(at) === CENTRAL;
}

/**
 * Reads the directory after the file: exactly one entry, which must be the file just read, then the end record and
 * nothing else. Throws `EDXML_ZIP_ENTRIES`, `EDXML_ZIP_BROKEN`.
 */
export function readTail(tail: Buffer, header: LocalHeader, found: FileFacts): void {
  if (tail.length < 4) throw broken('cut short');
  if (tail.readUInt32LE(0) === LOCAL) throw new PackageError('EDXML_ZIP_ENTRIES');
  let at = 0;
  let entries = 0;
  while (tail.length - at >= 46 && tail.readUInt32LE(at) === CENTRAL) {
    entries += 1;
    if (entries > 1) throw new PackageError('EDXML_ZIP_ENTRIES');
    at = readCentralEntry(tail, at, header, found);
  }
  if (entries !== 1) throw broken('no directory');
  at = skipZip64End(tail, at);
  if (tail.length - at < 22 || tail.readUInt32LE(at) !== END) throw broken('cut short');
  if (tail.readUInt16LE(at + 10) !== 1) throw new PackageError('EDXML_ZIP_ENTRIES');
  const over = at + 22 + tail.readUInt16LE(at + 20);
  // Readers that look for the end record from behind would go by another one.
  if (tail.subarray(at + 22).includes(END_MAGIC)) throw new PackageError('EDXML_ZIP_ENTRIES');
  if (tail.length < over || !isPadding(tail.subarray(over))) throw broken('bytes after the end record');
}

/** What senders leave behind an archive: the rest of a buffer that was larger (.NET's `GetBuffer`), or the end of a line. */
export function isPadding(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0 || byte === 0x0a || byte === 0x0d);
}

function readCentralEntry(tail: Buffer, at: number, header: LocalHeader, found: FileFacts): number {
  const nameLength = tail.readUInt16LE(at + 28);
  const extraLength = tail.readUInt16LE(at + 30);
  const end = at + 46 + nameLength + extraLength + tail.readUInt16LE(at + 32);
  if (end > tail.length) throw broken('cut short');
  const facts = {
    crc: tail.readUInt32LE(at + 16),
    compressedSize: tail.readUInt32LE(at + 20),
    size: tail.readUInt32LE(at + 24),
    start: tail.readUInt32LE(at + 42),
  };
  applyZip64(facts, tail.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
  const utf8 = (tail.readUInt16LE(at + 8) & 0x0800) !== 0;
  const name = tail.subarray(at + 46, at + 46 + nameLength).toString(utf8 ? 'utf8' : 'latin1');
  const same =
    facts.crc === found.crc && facts.size === found.size && facts.compressedSize === found.compressedSize;
  // Readers that go by the directory would find another file where it says that this one starts.
  if (!same || name !== header.name || facts.start !== 0)
    throw broken('the directory describes another file');
  return end;
}

function skipZip64End(tail: Buffer, at: number): number {
  let next = at;
  if (tail.length - next >= 56 && tail.readUInt32LE(next) === END64) {
    next += 12 + Number(tail.readBigUInt64LE(next + 4));
  }
  if (tail.length - next >= 20 && tail.readUInt32LE(next) === END64_LOCATOR) next += 20;
  return next;
}

function broken(reason: string): PackageError {
  return new PackageError('EDXML_ZIP_BROKEN', { reason });
}
