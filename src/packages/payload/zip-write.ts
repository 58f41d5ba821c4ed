import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { PackageError } from '../errors.ts';

/** 1980-01-01 00:00, the first moment a ZIP archive can name: the same input gives the same bytes. */
const DOS_DATE = 0x0021;
/** Deflate, sizes after the data, UTF-8 name: what `java.util.zip` writes too. */
const FLAGS = 0x0808;
const MAX_BYTES = 0xffffffff;

/** Sizes and digest of what went into {@link zipSingleFile}. */
export interface ZipTally {
  crc: number;
  size: number;
  compressedSize: number;
}

/**
 * Streams a file into a ZIP archive of one entry, deflated, sizes in the data descriptor. APPNOTE 6.3.10 §4.3.
 * Throws `EDXML_TOO_LARGE` at 4 GiB.
 */
export async function* zipSingleFile(
  name: string,
  source: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Uint8Array> {
  const nameBytes = Buffer.from(name, 'utf8');
  const tally: ZipTally = { crc: 0, size: 0, compressedSize: 0 };
  const header = localHeader(nameBytes);
  yield header;
  for await (const chunk of deflated(source, level, tally)) {
    tally.compressedSize += chunk.length;
    if (tally.compressedSize > MAX_BYTES || tally.size > MAX_BYTES) {
      throw new PackageError('EDXML_TOO_LARGE', { limit: MAX_BYTES });
    }
    yield chunk;
  }
  yield trailer(nameBytes, tally, header.length);
}

/** Up to this size a file is deflated at once: setting up a stream for it costs more, 256 KiB of memory among it. */
const SMALL_BYTES = 64 * 1024;

async function* deflated(
  source: AsyncIterable<Uint8Array>,
  level: number,
  tally: ZipTally,
): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  try {
    while (size <= SMALL_BYTES) {
      const { done, value } = await chunks.next();
      if (done === true) {
        const small = Buffer.concat(first);
        tally.crc = crc32(small, tally.crc);
        tally.size += small.byteLength;
        yield deflateRawSync(small, { level });
        return;
      }
      first.push(value);
      size += value.byteLength;
    }
    yield* streamed(joined(first, chunks), level, tally);
  } finally {
    await chunks.return?.();
  }
}

/** What was read, then the rest. */
async function* joined(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (;;) {
    const { done, value } = await rest.next();
    if (done === true) return;
    yield value;
  }
}

async function* streamed(
  source: AsyncIterable<Uint8Array>,
  level: number,
  tally: ZipTally,
): AsyncGenerator<Buffer> {
  const engine = createDeflateRaw({ level, chunkSize: 64 * 1024 });
  const outputs: Buffer[] = [];
  engine.on('data', (bytes: Buffer) => outputs.push(bytes));
  const flushed = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
  try {
    for await (const chunk of source) {
      tally.crc = crc32(chunk, tally.crc);
      tally.size += chunk.byteLength;
      await flushed((done) => engine.write(chunk, done));
      yield* outputs.splice(0);
    }
    const ended = new Promise<void>((resolve) => engine.once('end', resolve));
    await flushed((done) => engine.end(done));
    await ended;
    yield* outputs.splice(0);
  } finally {
    engine.destroy();
  }
}

function localHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function trailer(name: Buffer, tally: ZipTally, headerLength: number): Buffer {
  const descriptor = Buffer.alloc(16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  writeFacts(descriptor, 4, tally);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(FLAGS, 8);
  central.writeUInt16LE(8, 10);
  central.writeUInt16LE(DOS_DATE, 14);
  writeFacts(central, 16, tally);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(headerLength + tally.compressedSize + descriptor.length, 16);
  return Buffer.concat([descriptor, central, name, end]);
}

function writeFacts(target: Buffer, at: number, { crc, compressedSize, size }: ZipTally): void {
  target.writeUInt32LE(crc, at);
  target.writeUInt32LE(compressedSize, at + 4);
  target.writeUInt32LE(size, at + 8);
}
