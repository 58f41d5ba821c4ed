import { crc32 } from 'node:zlib';
import { PackageError, type PackageErrorCode } from '../errors.ts';
import { RawInflater } from './inflate.ts';
import {
  DESCRIPTOR_MAGIC,
  type FileFacts,
  isPadding,
  type LocalHeader,
  MOST_IN_DESCRIPTOR,
  readDescriptor,
  readTail,
  ZIP_MAGIC,
} from './zip-format.ts';

/** Bounds of one archive; see `EdxmlLimits`. */
export interface UnzipLimits {
  maxAttachmentBytes: number;
  maxZipRatio: number;
  zipRatioFreeBytes: number;
}

/** Data descriptor, one central directory entry with a long name and extra field, end records: all far below this. */
const MAX_TAIL_BYTES = 256 * 1024;

/**
 * Streams the one file out of a ZIP archive whose local header was read already. Checks sizes and CRC-32 against the
 * archive's own records, refuses a second entry, and gives up as soon as a limit is passed. Throws `EDXML_ZIP_*` and
 * `EDXML_TOO_LARGE`. APPNOTE 6.3.10 §4.3.
 */
export class SingleFileUnzip {
  readonly #header: LocalHeader;
  readonly #limits: UnzipLimits;
  readonly #inflater: RawInflater | undefined;
  /** Stored by a writer that could not go back to say how long it is: it ends where its data descriptor stands. */
  readonly #isOpen: boolean;
  /** The end of what came of such a file, which may be the start of the descriptor. */
  #held = Buffer.alloc(0);
  #phase: 'data' | 'tail' = 'data';
  #input = 0;
  #output = 0;
  #crc = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(header: LocalHeader, limits: UnzipLimits) {
    this.#header = header;
    this.#limits = limits;
    if (header.method === 8)
      this.#inflater = new RawInflater((total, input) => this.#checkSize(total, input));
    this.#isOpen = header.method === 0 && header.hasDescriptor && header.compressedSize === 0;
    if (header.method === 0 && header.compressedSize === 0 && !this.#isOpen) this.#phase = 'tail';
  }

  get #found(): FileFacts {
    return { crc: this.#crc, compressedSize: this.#input, size: this.#output };
  }

  async push(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<void> {
    let rest: Buffer | undefined = chunk;
    if (this.#phase === 'data') {
      if (this.#inflater !== undefined) rest = await this.#inflate(chunk, emit);
      else rest = this.#isOpen ? await this.#copyOpen(chunk, emit) : await this.#copy(chunk, emit);
      if (rest === undefined) return;
      this.#phase = 'tail';
    }
    this.#tailBytes += rest.length;
    if (this.#tailBytes > MAX_TAIL_BYTES && isPadding(rest)) return;
    this.#tail.push(rest);
    if (this.#tailBytes <= MAX_TAIL_BYTES) return;
    const second = Buffer.concat(this.#tail).includes(ZIP_MAGIC);
    throw zipError(second ? 'EDXML_ZIP_ENTRIES' : 'EDXML_ZIP_BROKEN', 'too much after the file');
  }

  /** Checks what follows the file: descriptor, directory of one entry, end record. */
  finish(): void {
    if (this.#phase === 'data' && this.#isOpen)
      throw zipError('EDXML_ZIP_UNSUPPORTED', 'stored without size');
    if (this.#phase === 'data') throw zipError('EDXML_ZIP_BROKEN', 'cut short');
    const tail = Buffer.concat(this.#tail);
    const found = this.#found;
    const after = this.#header.hasDescriptor ? readDescriptor(tail, found) : 0;
    if (!this.#header.hasDescriptor) {
      const { crc, compressedSize, size } = this.#header;
      if (crc !== found.crc || compressedSize !== found.compressedSize || size !== found.size) {
        throw zipError('EDXML_ZIP_BROKEN', 'size or checksum does not match');
      }
    }
    readTail(tail.subarray(after), this.#header, found);
  }

  close(): void {
    this.#inflater?.close();
  }

  async #inflate(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    const rest = await this.#inflater?.push(chunk, (bytes) => this.#emit(bytes, emit));
    this.#input += chunk.length - (rest?.length ?? 0);
    return rest;
  }

  async #copy(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    const left = this.#header.compressedSize - this.#input;
    const data = chunk.subarray(0, left);
    this.#input += data.length;
    this.#checkSize(this.#output + data.length, this.#input);
    await this.#emit(data, emit);
    return this.#input === this.#header.compressedSize ? chunk.subarray(data.length) : undefined;
  }

  /** Up to the descriptor that tells of exactly the bytes before it; what only looks like one is data. */
  async #copyOpen(chunk: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<Buffer | undefined> {
    let bytes = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const at = bytes.indexOf(DESCRIPTOR_MAGIC);
      const sure = at === -1 ? Math.max(0, bytes.length - DESCRIPTOR_MAGIC.length + 1) : at;
      this.#input += sure;
      this.#checkSize(this.#input, this.#input);
      if (sure > 0) await this.#emit(bytes.subarray(0, sure), emit);
      bytes = bytes.subarray(sure);
      this.#held = bytes;
      if (at === -1 || bytes.length < MOST_IN_DESCRIPTOR) return undefined;
      if (isDescriptor(bytes, this.#found)) return bytes;
      this.#input += 1;
      await this.#emit(bytes.subarray(0, 1), emit);
      bytes = bytes.subarray(1);
    }
  }

  async #emit(bytes: Buffer, emit: (bytes: Buffer) => Promise<void>): Promise<void> {
    this.#crc = crc32(bytes, this.#crc);
    this.#output += bytes.length;
    await emit(bytes);
  }

  #checkSize(output: number, input: number): void {
    const { maxAttachmentBytes, maxZipRatio, zipRatioFreeBytes } = this.#limits;
    if (output > maxAttachmentBytes) throw new PackageError('EDXML_TOO_LARGE', { limit: maxAttachmentBytes });
    if (output > zipRatioFreeBytes && output > input * maxZipRatio) {
      throw new PackageError('EDXML_ZIP_BOMB', { limit: maxZipRatio });
    }
  }
}

function isDescriptor(bytes: Buffer, found: FileFacts): boolean {
  try {
    return readDescriptor(bytes, found) > 12;
  } catch {
    return false;
  }
}

function zipError(code: PackageErrorCode, reason: string): PackageError {
  return new PackageError(code, { reason });
}
