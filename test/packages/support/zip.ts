import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a test archive; the odd fields override what would be honest. */
export interface ZipEntry {
  name: string;
  data: Uint8Array;
  stored?: boolean;
  /** Sizes after the data: with signature, without, or with 64-bit sizes. */
  descriptor?: 'signed' | 'bare' | 'zip64';
  flags?: number;
  method?: number;
  crc?: number;
  statedSize?: number;
  centralName?: string;
}

/** A ZIP archive made by hand, so that every lie an archive can tell can be told. */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const packed = entry.stored ? Buffer.from(entry.data) : deflateRawSync(entry.data);
    const facts = {
      crc: entry.crc ?? crc32(entry.data),
      packed: packed.length,
      size: entry.statedSize ?? entry.data.length,
    };
    const flags = 0x0800 | (entry.descriptor === undefined ? 0 : 0x0008) | (entry.flags ?? 0);
    const method = entry.method ?? (entry.stored ? 0 : 8);
    const known = entry.descriptor === undefined ? facts : { crc: 0, packed: 0, size: 0 };
    const local = record(0x04034b50, [], flags, method, known, entry.name);
    const descriptor = descriptorOf(entry.descriptor, facts);
    directory.push(record(0x02014b50, [20], flags, method, facts, entry.centralName ?? entry.name, offset));
    parts.push(local, packed, descriptor);
    offset += local.length + packed.length + descriptor.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

interface Facts {
  crc: number;
  packed: number;
  size: number;
}

function record(
  signature: number,
  versions: number[],
  flags: number,
  method: number,
  facts: Facts,
  name: string,
  offset?: number,
): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  const shorts = [...versions, 20, flags, method, 0, 0x21];
  const fixed = Buffer.alloc(offset === undefined ? 30 : 46);
  fixed.writeUInt32LE(signature, 0);
  shorts.forEach((value, index) => {
    fixed.writeUInt16LE(value, 4 + index * 2);
  });
  const at = 4 + shorts.length * 2;
  fixed.writeUInt32LE(facts.crc, at);
  fixed.writeUInt32LE(facts.packed, at + 4);
  fixed.writeUInt32LE(facts.size, at + 8);
  fixed.writeUInt16LE(nameBytes.length, at + 12);
  if (offset !== undefined) fixed.writeUInt32LE(offset, 42);
  return Buffer.concat([fixed, nameBytes]);
}

function descriptorOf(form: ZipEntry['descriptor'], facts: Facts): Buffer {
  if (form === undefined) return Buffer.alloc(0);
  const wide = form === 'zip64';
  const body = Buffer.alloc(wide ? 20 : 12);
  body.writeUInt32LE(facts.crc, 0);
  if (wide) {
    body.writeBigUInt64LE(BigInt(facts.packed), 4);
    body.writeBigUInt64LE(BigInt(facts.size), 12);
  } else {
    body.writeUInt32LE(facts.packed, 4);
    body.writeUInt32LE(facts.size, 8);
  }
  return form === 'bare' ? body : Buffer.concat([Buffer.from('PK\u0007\u0008', 'latin1'), body]);
}
