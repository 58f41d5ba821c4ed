/** Writes ZIP containers as ETSI EN 319 162-1 Annex A.1 wants them: `mimetype` first, stored, without extra fields. */
import { crc32, deflateRawSync } from 'node:zlib';
import { SigningError } from '../../errors.ts';
import type { ZipEntry } from '../zip.ts';

/** 1980-01-01, the zero of ZIP dates: nothing of the machine's clock goes into the container. */
const DATE = 0x0021;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** Sizes and offsets without ZIP64. */
const MAX_BYTES = 0xffff_fffe;

interface Packed {
  readonly name: Buffer;
  readonly method: 0 | 8;
  readonly data: Uint8Array;
  readonly size: number;
  readonly crc: number;
}

function pack(entry: ZipEntry): Packed {
  const name = Buffer.from(entry.name, 'utf8');
  const stored: Packed = {
    name,
    method: 0,
    data: entry.bytes,
    size: entry.bytes.length,
    crc: crc32(entry.bytes),
  };
  if (entry.name === 'mimetype' || entry.bytes.length < 64) return stored;
  const data = deflateRawSync(entry.bytes);
  return data.length < entry.bytes.length ? { ...stored, method: 8, data } : stored;
}

/** Fields that the local and the central header share. */
function common(item: Packed): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(/^[\x20-\x7e]*$/.test(item.name.toString('latin1')) ? 0 : UTF8_NAMES, 2);
  fields.writeUInt16LE(item.method, 4);
  fields.writeUInt16LE(0, 6);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(item.crc, 10);
  fields.writeUInt32LE(item.data.length, 14);
  fields.writeUInt32LE(item.size, 18);
  fields.writeUInt16LE(item.name.length, 22);
  return fields;
}

function central(item: Packed, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([VERSION, 0]), common(item), rest, item.name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/**
 * A container of the entries in the order given.
 * @throws SigningError ASIC_TOO_LARGE over 4 GiB or 65 534 entries
 */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const item = pack(entry);
    directory.push(central(item, offset));
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common(item), item.name]);
    parts.push(head, item.data);
    offset += head.length + item.data.length;
  }
  if (offset > MAX_BYTES || entries.length > 65_534)
    throw new SigningError('ASIC_TOO_LARGE', { details: { sizeBytes: offset } });
  const table = Buffer.concat(directory);
  return new Uint8Array(Buffer.concat([...parts, table, endRecord(entries.length, table.length, offset)]));
}
