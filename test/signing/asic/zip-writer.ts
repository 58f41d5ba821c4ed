/** Writes ZIP files octet by octet, with whatever two readers could read in two ways. */
import { crc32, deflateRawSync } from 'node:zlib';

/** One entry. What stands in the local header alone is told apart by `local…`. */
export interface Entry {
  readonly name: string;
  readonly data: string | Uint8Array;
  readonly localName?: string;
  readonly deflate?: boolean;
  /** General purpose flags besides UTF-8 names. */
  readonly flags?: number;
  readonly localFlags?: number;
  readonly extra?: Uint8Array;
  readonly localExtra?: Uint8Array;
  /** Checksum and sizes of the local header; default: the true ones. */
  readonly localSizes?: readonly [crc: number, packed: number, size: number];
  /** A data descriptor behind the data, with this checksum or the true one. */
  readonly descriptor?: boolean | number;
  /** Octets put behind the packed data and counted with it. */
  readonly packedTail?: Uint8Array;
  /** Octets between this entry and the next. */
  readonly gap?: Uint8Array;
  readonly attributes?: number;
}

/** What stands around the entries. */
export interface Around {
  readonly before?: Uint8Array;
  /** Between the last entry and the directory. */
  readonly beforeDirectory?: Uint8Array;
  /** More directory records, not counted. */
  readonly uncounted?: readonly Entry[];
  readonly count?: number;
  /** Between the directory and the end record; `end` is told where it starts. */
  readonly beforeEnd?: (directory: number, at: number) => Uint8Array;
  readonly comment?: (directory: number) => Uint8Array;
}

/** An extra field (APPNOTE 4.5). */
export function extraField(id: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

interface Packed {
  readonly crc: number;
  readonly packed: Buffer;
  readonly size: number;
}

function pack({ data, deflate = false, packedTail = Buffer.alloc(0) }: Entry): Packed {
  const raw = Buffer.from(data as Uint8Array);
  const packed = Buffer.concat([deflate ? deflateRawSync(raw) : raw, packedTail]);
  return { crc: crc32(raw), packed, size: raw.length };
}

function common(
  entry: Entry,
  flags: number,
  sizes: readonly number[],
  name: Buffer,
  extra: Uint8Array,
): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(0x800 | flags, 2);
  header.writeUInt16LE(entry.deflate === true ? 8 : 0, 4);
  for (const [index, size] of sizes.entries()) header.writeUInt32LE(size, 10 + 4 * index);
  header.writeUInt16LE(name.length, 22);
  header.writeUInt16LE(extra.length, 24);
  return header;
}

function localPart(entry: Entry, { crc, packed, size }: Packed): Buffer {
  const { localExtra = new Uint8Array(), descriptor = false, gap = new Uint8Array() } = entry;
  const name = Buffer.from(entry.localName ?? entry.name);
  const sizes = entry.localSizes ?? (descriptor === false ? [crc, packed.length, size] : [0, 0, 0]);
  const flags = entry.localFlags ?? (entry.flags ?? 0) | (descriptor === false ? 0 : 8);
  const parts = [
    Buffer.from('504b0304', 'hex'),
    common(entry, flags, sizes, name, localExtra),
    name,
    localExtra,
    packed,
  ];
  if (descriptor !== false) {
    const behind = Buffer.from('504b0708000000000000000000000000', 'hex');
    behind.writeUInt32LE(descriptor === true ? crc : descriptor, 4);
    behind.writeUInt32LE(packed.length, 8);
    behind.writeUInt32LE(size, 12);
    parts.push(behind);
  }
  return Buffer.concat([...parts, gap]);
}

function centralPart(entry: Entry, { crc, packed, size }: Packed, offset: number): Buffer {
  const { extra = new Uint8Array() } = entry;
  const name = Buffer.from(entry.name);
  const flags = (entry.flags ?? 0) | (entry.descriptor === undefined || entry.descriptor === false ? 0 : 8);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(entry.attributes ?? 0, 6);
  tail.writeUInt32LE(offset, 10);
  const head = Buffer.from('504b01021403', 'hex');
  return Buffer.concat([
    head,
    common(entry, flags, [crc, packed.length, size], name, extra),
    tail,
    name,
    extra,
  ]);
}

/** The end record of a directory. */
export function endRecord(count: number, size: number, offset: number, comment: Uint8Array): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}

/** A ZIP file of the entries, in order. */
export function zip(entries: readonly Entry[], around: Around = {}): Buffer {
  const locals: Buffer[] = [Buffer.from(around.before ?? new Uint8Array())];
  const central: Buffer[] = [];
  let at = locals[0]?.length ?? 0;
  for (const entry of entries) {
    const packed = pack(entry);
    const local = localPart(entry, packed);
    central.push(centralPart(entry, packed, at));
    locals.push(local);
    at += local.length;
  }
  for (const entry of around.uncounted ?? []) central.push(centralPart(entry, pack(entry), 0));
  const gap = Buffer.from(around.beforeDirectory ?? new Uint8Array());
  const start = at + gap.length;
  const directory = Buffer.concat(central);
  const behind = around.beforeEnd?.(start, start + directory.length) ?? new Uint8Array();
  const comment = around.comment?.(start) ?? new Uint8Array();
  const end = endRecord(around.count ?? entries.length, directory.length, start, comment);
  return Buffer.concat([...locals, gap, directory, behind, end]);
}
